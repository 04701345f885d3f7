"""The commands, written out: the reference in the documents."""

from __future__ import annotations

import re
from typing import Any

from typer.main import get_command

from querencia.cli.application import app


def commands_reference() -> str:
    """Return the reference of every command: usage, what it does, its arguments and options, an example."""
    lines = [
        "# The commands",
        "",
        "Exit codes: 0 done; 1 the work failed, or `check` found something; 2 the input is wrong (the message says",
        "what, where, what was expected, and what to do). Results go to stdout, progress, notes and errors to stderr.",
        "This page is made from the code: `uv run python -m querencia.cli.reference`.",
    ]
    for name, command in _walk("querencia", get_command(app)):
        lines += ["", f"## `{name}`", "", (command.help or "").strip(), ""]
        lines += ["| argument or option | meaning |", "| --- | --- |"]
        lines += [_row(parameter) for parameter in command.params if parameter.name != "help"]
        if command.epilog:
            lines += ["", command.epilog]
    return "\n".join(lines) + "\n"


def _walk(name: str, command: Any) -> list[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        return [(name, command)]
    return [found for key, inner in sorted(command.commands.items()) for found in _walk(f"{name} {key}", inner)]


def _row(parameter: Any) -> str:
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    if parameter.param_type_name == "argument":
        names = f"`{(parameter.metavar or (parameter.name or '').upper()).strip('[]')}`"
    text = re.sub(r"\s+", " ", getattr(parameter, "help", "") or "")
    return f"| {names} | {text} |"


if __name__ == "__main__":
    import sys

    sys.stdout.write(commands_reference())
