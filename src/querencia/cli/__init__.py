"""The command line: parse, call, print."""

from __future__ import annotations


def main() -> None:
    """Run the ``querencia`` command: exit 0 done, 1 the work failed, 2 the input is wrong."""
    from querencia.cli.application import run

    run()
