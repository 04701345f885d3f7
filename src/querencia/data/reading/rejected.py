"""Rejected rows: written down with line and reason, and counted against the limit."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from querencia.data.reading.files import engine_errors
from querencia.data.reading.layouts import Layout
from querencia.data.reading.long_lines import CUT
from querencia.data.reading.scanning import broken_path
from querencia.errors import TooManyRejectedError

_TEXT_LENGTH = 1000
_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class RejectedRow:
    """What a rejected CSV says of one row: its line in the source file, from 1; why; and its text, cut at a length."""

    line: int
    reason: str
    text: str


def rejected_row(line: int, reason: str, text: str) -> RejectedRow:
    """Return what is said of a rejected row; its text is cut at a length."""
    text = text.rstrip("\r\n").removeprefix(CUT)
    cut = text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "…"
    return RejectedRow(line=line, reason=reason, text=cut)


def count_broken_records(con: Any, layout: Layout, part: Path) -> int:
    """Return how many records of a staged file could not be cut into columns."""
    if layout.kind == "parquet":
        return 0
    return int(con.con.execute("SELECT count(*) FROM read_parquet(?)", [str(broken_path(part))]).fetchone()[0])


def write_rejected(rows: Iterable[RejectedRow], *, source: Path, folder: Path) -> tuple[Path, list[RejectedRow]]:
    """Write rejected rows to ``<source's name>.csv`` in `folder`, and return its path and the first rows.

    A name that another source has taken is numbered.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, count = folder / f"{source.name}.csv", 1
    while path.exists():
        count += 1
        path = folder / f"{source.name}-{count}.csv"
    examples: list[RejectedRow] = []
    part = path.with_name(f".{path.name}.part")
    # JSON may escape halves of characters, which no file can hold.
    with part.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["line", "reason", "text"])
        for row in rows:
            writer.writerow([row.line, row.reason, row.text])
            if len(examples) < _EXAMPLES:
                examples.append(row)
    part.replace(path)
    return path, examples


@dataclass(frozen=True, kw_only=True)
class RejectionRule:
    """Where rejected rows are written (one CSV per source file in `folder`), the share of one file's rows above which
    reading stops, and the section of the project file that the source stands in."""

    folder: Path
    max_rejected: float
    section: str


def report_rejected(
    layout: Layout, found: Iterable[RejectedRow], *, rejected: int, rows: int, rule: RejectionRule
) -> None:
    """Write down the rejected rows of one file, as they are `found`; TooManyRejectedError where they are more than the
    rule allows."""
    if not rejected:
        return
    with engine_errors(layout.file):
        listed, examples = write_rejected(found, source=layout.file, folder=rule.folder)
    if rejected <= rule.max_rejected * rows:
        return
    first = "; ".join(f"line {row.line}: {row.reason}" for row in examples)
    raise TooManyRejectedError(
        f"{str(layout.file)!r}: {rejected} of {rows} rows cannot be read, more than the share max_rejected = "
        f"{rule.max_rejected!r} allows. First ones: {first}. All of them stand in {str(listed)!r} with line and "
        f"reason: mend the file, correct the keys under [{rule.section}], or raise [project] max_rejected."
    )
