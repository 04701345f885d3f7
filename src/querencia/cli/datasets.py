"""The commands that fetch public data and make synthetic ones: data get, data make."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from querencia.cli.options import ForceOption, JsonOption, QuietOption, SeedOption, VerboseOption

if TYPE_CHECKING:
    from querencia.cli.console import Terminal
    from querencia.data.datasets.made import MadeDataset

app = typer.Typer(help="Fetch public data, or make synthetic ones.", no_args_is_help=True)


@app.command(epilog="Example: `querencia data make otto --sessions 500000 otto.jsonl`")
def make(
    name: Annotated[str, typer.Argument(help="voiceflip, orange or otto.")],
    path: Annotated[Path, typer.Argument(help="Folder of the new project, or one file for orange and otto.")],
    *,
    customers: Annotated[int | None, typer.Option(min=1, help="Customers (voiceflip, orange).")] = None,
    sessions: Annotated[int | None, typer.Option(min=1, help="Sessions (otto).")] = None,
    seed: SeedOption = 42,
    force: ForceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Make synthetic data that look like the real ones: the same seed gives the same bytes."""
    from querencia.bootstrap import make_data
    from querencia.cli.console import Terminal

    terminal = Terminal(as_json=as_json, quiet=quiet, verbose=verbose)
    with terminal.progress.task(f"Making {name}") as task:
        made = make_data(
            name,
            path,
            customers=customers,
            sessions=sessions,
            seed=seed,
            force=force,
            on_progress=lambda what, done, total: task.update(done, total, what),
        )
    _tell(terminal, made)


@app.command(epilog="Example: `querencia data get online-retail retail && querencia run --project retail`")
def get(
    name: Annotated[str, typer.Argument(help="orange-belgium, otto or online-retail.")],
    path: Annotated[Path | None, typer.Argument(help="Folder of the new project.", show_default="NAME")] = None,
    *,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Fetch a public data set, check it, and leave a project that is ready to run."""
    from querencia.bootstrap import get_data, licence_of
    from querencia.cli.console import Terminal

    terminal = Terminal(as_json=as_json, quiet=quiet, verbose=verbose)
    terminal.note(licence_of(name))
    with terminal.progress.task(f"Fetching {name}") as task:
        got = get_data(name, path or Path(name), on_progress=lambda what, done, total: task.update(done, total, what))
    _tell(terminal, got)


def _tell(terminal: Terminal, made: MadeDataset) -> None:
    if terminal.as_json:
        terminal.give(made)
        return
    for file in made.files:
        terminal.say(f"wrote {file}")
    if made.rows:
        terminal.say(", ".join(f"{count:,} {what}" for what, count in made.rows.items()))
    if made.project is not None:
        terminal.say(f"Next: querencia run --project {made.project}")
