"""The commands put together, and what their errors become: the only place that decides exit codes."""

from __future__ import annotations

import io
import sys
import traceback

import typer

from querencia.cli import checking, datasets, projects
from querencia.errors import InputError, QuerenciaError

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="querencia",
    help="Keep your customers: who they are, who is leaving, and a true, checked message for each.",
    epilog="Start with `querencia demo`, then `querencia init my-project`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
projects.add_to(app)
checking.add_to(app)
app.add_typer(datasets.app, name="data")


@app.callback(invoke_without_command=True)
def _root(
    *,
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    if version:
        from querencia import __version__

        sys.stdout.write(f"querencia {__version__}\n")
        raise typer.Exit


def run() -> None:
    """Run the command that stands in ``sys.argv``, and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # JSON and names are UTF-8, whatever the terminal's code page
    try:
        app()
    except InputError as error:
        _fail(error, WRONG_INPUT)
    except QuerenciaError as error:
        _fail(error, FAILED)
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Run the same command again: it goes on from the last finished step.\n")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except OSError as error:
        place = f" {str(error.filename)!r}" if error.filename else ""
        sys.stderr.write(
            f"Error: the system refused{place}: {error.strerror or error}. Check the disk, and who may read and write "
            "there; then run the same command again.\n"
        )
        sys.exit(FAILED)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a user never sees a bare traceback
        if "-v" in sys.argv or "--verbose" in sys.argv:
            traceback.print_exc()
        sys.stderr.write(
            f"querencia failed in a way it did not foresee ({type(error).__name__}). "
            "This is a fault of querencia: run again with -v for its traceback, and report it.\n"
        )
        sys.exit(FAILED)


def _fail(error: QuerenciaError, code: int) -> None:
    sys.stderr.write(f"Error: {error}\n")
    sys.exit(code)
