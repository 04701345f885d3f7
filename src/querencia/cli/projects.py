"""The commands that work on a project: init, demo, run, explore, score, write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from querencia.cli.options import (
    HERE,
    ForceOption,
    JsonOption,
    ModelOption,
    ProjectOption,
    QuietOption,
    SeedOption,
    VerboseOption,
    WorkersOption,
)

Goal = Literal["explore", "score", "write", "run"]
FolderOption = Annotated[Path | None, typer.Option("--project", "-p", metavar="DIR", help="The same as DIR.")]
FolderArgument = Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder to make.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command(epilog="Example: `querencia demo` and open querencia-demo/output/report.html")(demo)
    app.command(epilog="Example: `querencia init my-project && querencia run --project my-project`")(init)
    app.command(epilog="Example: `querencia run --project my-project --json > result.json`")(run)
    app.command(epilog="Example: `querencia explore --project my-project`")(explore)
    app.command(
        epilog="Example: `querencia score --project my-project --json | jq .model.churn.auc`, and every night "
        "`querencia score --project my-project --model my-project/output/models/1f0c9a2b7d3e`"
    )(score)
    app.command(
        epilog='Example: `querencia write --project my-project`; with `writer = "llm"`, on several machines that '
        "share a PostgreSQL store: `querencia write --project my-project --workers 4`"
    )(write)


def demo(
    folder: FolderArgument = Path("querencia-demo"),
    *,
    project: FolderOption = None,
    customers: Annotated[int, typer.Option(min=500, help="Customers to make up.")] = 5000,
    seed: SeedOption = 42,
    force: ForceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run the whole job on a made-up company, VoiceFlip."""
    from querencia.bootstrap import make_demo

    folder = project or folder
    make_demo(folder, customers=customers, seed=seed, force=force)
    _work(folder, "run", as_json=as_json, quiet=quiet, verbose=verbose)


def init(
    folder: FolderArgument = HERE,
    *,
    project: FolderOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write a commented project that runs as it is: a project file, and made-up data to replace with yours."""
    from querencia.bootstrap import start_project
    from querencia.cli.console import Terminal

    folder = project or folder
    files = start_project(folder)
    terminal = Terminal(as_json=as_json, quiet=quiet, verbose=verbose)
    if as_json:
        terminal.give({"files": files})
        return
    for file in files:
        terminal.say(f"wrote {file}")
    terminal.say(f"Next: querencia run --project {folder}")


def run(
    *,
    project: ProjectOption = HERE,
    model: ModelOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Read, explore, score, write messages and report. Steps that are already done are kept."""
    _work(project, "run", model=model, workers=workers, as_json=as_json, quiet=quiet, verbose=verbose)


def explore(
    *,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Read both sources and show what they look like: explore.json and report.html."""
    _work(project, "explore", as_json=as_json, quiet=quiet, verbose=verbose)


def score(
    *,
    project: ProjectOption = HERE,
    model: ModelOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Score and segment every customer: customers.csv, reasons.csv, segments.csv, model.json, and a model to score
    later customers with (output/models/VERSION).
    """
    _work(project, "score", model=model, as_json=as_json, quiet=quiet, verbose=verbose)


def write(
    *,
    project: ProjectOption = HERE,
    model: ModelOption = None,
    workers: WorkersOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Write each customer a checked message: personalized_messages.csv and findings.csv.

    With `writer = "llm"` texts are asked of Azure OpenAI, within `budget_usd`; what an earlier run was given is not
    asked again.
    """
    _work(project, "write", model=model, workers=workers, as_json=as_json, quiet=quiet, verbose=verbose)


def _work(
    folder: Path,
    goal: Goal,
    *,
    as_json: bool,
    quiet: bool,
    verbose: bool,
    model: Path | None = None,
    workers: int | None = None,
) -> None:
    from querencia.bootstrap import open_project
    from querencia.cli.console import Terminal
    from querencia.cli.summary import in_words, show, tell_notes
    from querencia.pipeline.run import run as run_pipeline

    terminal = Terminal(as_json=as_json, quiet=quiet, verbose=verbose)
    plan = open_project(folder, model=model, workers=workers, writes=goal in ("write", "run"))
    result = run_pipeline(plan, goal=goal, progress=terminal.progress)
    if as_json:
        terminal.give(in_words(result))
    else:
        show(result, terminal)
    tell_notes(result, terminal)
