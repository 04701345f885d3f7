"""What the terminal shows: results on stdout; progress, notes and errors on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from querencia.pipeline.progress import SilentProgress

PLAIN_SECONDS = 10.0


@dataclass(frozen=True)
class Terminal:
    """How one command talks: `as_json` puts one JSON document on stdout, `quiet` leaves progress and notes out."""

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def progress(self) -> Any:
        """Progress bars where stderr is a terminal, plain lines where it is not, nothing when quiet."""
        if self.quiet:
            return SilentProgress()
        return BarProgress() if sys.stderr.isatty() else LineProgress()

    def give(self, result: object) -> None:
        """Print the command's result as one JSON document."""
        sys.stdout.write(json.dumps(to_jsonable_python(result), ensure_ascii=False, indent=2, allow_nan=False) + "\n")

    def say(self, text: str) -> None:
        """Print one line of the result for people."""
        sys.stdout.write(text + "\n")

    def note(self, text: str) -> None:
        """Print one line beside the result, unless quiet."""
        if not self.quiet:
            sys.stderr.write(text + "\n")

    def table(self, title: str, columns: list[str], rows: list[list[str]]) -> None:
        """Print a table for people; numbers to the right."""
        table = Table(title=title, title_justify="left", header_style="bold")
        for index, column in enumerate(columns):
            table.add_column(column, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        Console(file=sys.stdout, width=None if sys.stdout.isatty() else 100).print(table)


class BarProgress:
    """One bar a step, on stderr."""

    @contextmanager
    def task(self, label: str) -> Iterator[Any]:
        """Show a bar as `label` while the step lasts, and leave one line behind."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}"),
        )
        with Bars(*columns, console=Console(file=sys.stderr), transient=False) as bars:
            handle = bars.add_task(label, total=None, detail="")
            yield _Bar(bars, handle)
            total = bars.tasks[0].total or 1
            bars.update(handle, total=total, completed=total, detail="")

    def say(self, text: str) -> None:
        """Print one line among the bars."""
        sys.stderr.write(text + "\n")


class _Bar:
    def __init__(self, bars: Bars, handle: Any) -> None:
        self._bars, self._handle = bars, handle

    def update(self, done: float, total: float | None = None, detail: str = "") -> None:
        self._bars.update(self._handle, completed=int(done), total=None if total is None else int(total), detail=detail)


class LineProgress:
    """Plain lines, for logs: one when a step begins, one when it ends, and one every ten seconds between."""

    @contextmanager
    def task(self, label: str) -> Iterator[Any]:
        """Say that the step begins, how it goes on, and how long it took."""
        begun = time.monotonic()
        self.say(f"{label} ...")
        yield _Lines(self, label, begun)
        self.say(f"{label}: done in {time.monotonic() - begun:.1f} s")

    def say(self, text: str) -> None:
        """Print one line."""
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


class _Lines:
    def __init__(self, progress: LineProgress, label: str, begun: float) -> None:
        self._progress, self._label, self._said = progress, label, begun

    def update(self, done: float, total: float | None = None, detail: str = "") -> None:
        now = time.monotonic()
        if now - self._said < PLAIN_SECONDS:
            return
        self._said = now
        counted = f"{done:.0f} of {total:.0f} ({done / total:.0%})" if total else f"{done:.0f}"
        told = f"{detail} ({done / total:.0%})" if total and detail else f"{counted} {detail}".rstrip()
        self._progress.say(f"{self._label}: {told}")
