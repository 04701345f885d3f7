"""The command that checks messages from whatever system: check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from querencia.cli.options import JsonOption, QuietOption, VerboseOption

FOUND = 1


def add_to(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command(epilog="Example: `querencia check messages.csv --project my-project --json`")(check)


def check(
    file: Annotated[Path, typer.Argument(help="CSV with a column `message`; its other columns count as facts.")],
    *,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project", "-p", metavar="DIR", help="Folder of the project.", show_default="here, or nearest above FILE"
        ),
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Check the messages of any CSV as querencia checks its own. Exits with 1 when an error is found."""
    from querencia.bootstrap import check_messages
    from querencia.cli.console import Terminal

    terminal = Terminal(as_json=as_json, quiet=quiet, verbose=verbose)
    checked = check_messages(file, project=project, progress=terminal.progress)
    if checked.outdated:
        terminal.note(
            "Warning: the project has not been run since its files, its settings or querencia changed: what it knows "
            "of its customers did not count. Run `querencia run`, and check again."
        )
    if as_json:
        terminal.give(checked)
    else:
        for finding in checked.findings:
            name = finding.check if finding.severity == "error" else f"{finding.check} ({finding.severity})"
            terminal.say(f"{file}:{finding.line}: {name}: {finding.text!r}: {finding.reason}")
        terminal.say(
            f"{checked.messages:,} messages checked, {checked.known:,} of them to customers of the project; "
            f"{checked.faulty:,} with errors, {len(checked.findings):,} findings."
        )
    if checked.faulty:
        raise typer.Exit(FOUND)
