"""Options that every command shares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProjectOption = Annotated[
    Path,
    typer.Option(
        "--project", "-p", metavar="DIR", help="Folder of the project (holds querencia.toml).", show_default="here"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="All notes, and tracebacks of unforeseen faults.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed: the same seed gives the same files.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files of another content that are in the way.")]
HERE = Path()
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        max=64,
        help="Processes that ask the model at the same time (writer = 'llm'); the project's [llm] workers by default.",
        show_default=False,
    ),
]
ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="DIR",
        help="Score with a model that was saved before (output/models/VERSION), and learn nothing.",
        show_default=False,
    ),
]
