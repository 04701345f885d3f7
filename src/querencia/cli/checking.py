"""The command that checks messages from whatever system: check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from querencia.cli.options import HERE, JsonOption, ProjectOption, QuietOption

FOUND = 1


def add_to(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command(epilog="Example: `querencia check messages.csv --project my-project --json`")(check)


def check(
    file: Annotated[Path, typer.Argument(help="CSV with a column `message`; its other columns count as facts.")],
    *,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Check the messages of any CSV as querencia checks its own. Exits with 1 when something is found."""
    from querencia.bootstrap import check_messages
    from querencia.cli.console import Terminal

    terminal = Terminal(as_json=as_json, quiet=quiet)
    checked = check_messages(file, project=project, progress=terminal.progress)
    if as_json:
        terminal.give(checked)
    else:
        for finding in checked.findings:
            terminal.say(f"{file}:{finding.line}: {finding.check}: {finding.text!r}: {finding.reason}")
        terminal.say(
            f"{checked.messages} messages checked, {checked.faulty} with findings, {len(checked.findings)} findings."
        )
    if checked.findings:
        raise typer.Exit(FOUND)
