"""Rejected rows: found again in their file, written down with line and reason, and counted against the limit."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from querencia.data.reading.encoding import open_lines
from querencia.data.reading.files import engine_errors
from querencia.data.reading.layouts import Layout
from querencia.data.reading.mending import MARK
from querencia.data.reading.scanning import REASON, broken_path
from querencia.errors import TooManyRejectedError

_TEXT_LENGTH = 1000
_BATCH = 1000
_EXAMPLES = 3
_BLANKS = " \t\r\n\v\f"

# What the engine calls it, and what we do.
_UNREAD = {"INVALID ENCODING": "not valid UTF-8", "LINE SIZE OVER MAXIMUM": "longer than a row may be"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A row that cannot be read: the `row`-th of its file (from 0), why, and for OTTO the event of the row (from 0)."""

    row: int
    reason: str
    event: int | None = None


@dataclass(frozen=True, kw_only=True)
class RejectedRow:
    """What a rejected CSV says of one row: its line in the source file, from 1; why; and its text, cut at a length."""

    line: int
    reason: str
    text: str


def count_broken_records(con: Any, layout: Layout, part: Path) -> int:
    """Return how many records of a staged file could not be cut into columns."""
    if layout.kind == "parquet":
        return 0
    return int(con.con.execute("SELECT count(*) FROM read_parquet(?)", [str(broken_path(part))]).fetchone()[0])


def list_faults(con: Any, table: Any, *, part: Path) -> Iterator[Fault]:
    """Return the rows of an Ibis table of `row`, `reason` and perhaps `event` as faults, in order.

    They are written down beside the staged file `part` first: many may come, and memory must not grow with them.
    """
    columns = [name for name in ("row", "event", "reason") if name in table.columns]
    listed = part.with_suffix(".faults.parquet")
    table.select(*columns).order_by(*columns).to_parquet(listed)
    cursor = con.con.cursor().execute("SELECT * FROM read_parquet(?)", [str(listed)])
    for values in _fetch(cursor):
        yield Fault(**dict(zip(columns, values, strict=True)))


def staged_faults(con: Any, part: Path) -> Any:
    """Return the rows of a staged file that hold a reason, as an Ibis table of `row` and `reason`."""
    staged = con.read_parquet(part, file_row_number=True)
    staged = staged.filter(staged[REASON].notnull())
    return staged.select(row=staged.file_row_number, reason=staged[REASON])


def locate(con: Any, layout: Layout, part: Path, faults: Iterable[Fault]) -> Iterator[RejectedRow]:
    """Return the rejected rows of a file in its order, with their lines: walks the file once more, as it stands."""
    if layout.kind == "parquet":
        return _locate_in_parquet(con, layout, faults)
    broken = con.con.cursor().execute("SELECT record, error FROM read_parquet(?)", [str(broken_path(part))])
    if layout.kind == "json":
        return _locate_in_json(layout, faults, _fetch(broken))
    return _locate_in_csv(layout, faults, _fetch(broken))


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
    with part.open("w", encoding="utf-8", newline="") as file:
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
    con: Any, layout: Layout, part: Path, faults: Any, *, rejected: int, rows: int, rule: RejectionRule
) -> None:
    """Write down the rejected rows of one file; TooManyRejectedError where they are more than the rule allows.

    `faults` is an Ibis table as `list_faults` takes it.
    """
    if not rejected:
        return
    with engine_errors(layout.file):
        found = locate(con, layout, part, list_faults(con, faults, part=part))
        listed, examples = write_rejected(found, source=layout.file, folder=rule.folder)
    if rejected <= rule.max_rejected * rows:
        return
    first = "; ".join(f"line {row.line}: {row.reason}" for row in examples)
    raise TooManyRejectedError(
        f"{str(layout.file)!r}: {rejected} of {rows} rows cannot be read, more than the share max_rejected = "
        f"{rule.max_rejected!r} allows. First ones: {first}. All of them stand in {str(listed)!r} with line and "
        f"reason: mend the file, correct the keys under [{rule.section}], or raise [project] max_rejected."
    )


def _locate_in_csv(layout: Layout, faults: Iterable[Fault], broken: Iterable[tuple[int, str]]) -> Iterator[RejectedRow]:
    next_faults, next_broken = iter(faults), iter(broken)
    fault, unread = next(next_faults, None), next(next_broken, None)
    row = 0
    for number, line, cells, text in _csv_records(layout):
        if unread is not None and number == unread[0]:
            yield RejectedRow(line=line, reason=_unread_reason(unread[1], cells, layout), text=_cut(text))
            unread = next(next_broken, None)
        elif number > layout.skip and _is_row(cells, layout):
            if fault is not None and fault.row == row:
                yield RejectedRow(line=line, reason=fault.reason, text=_cut(text))
                fault = next(next_faults, None)
            row += 1
        if fault is None and unread is None:
            return


def _csv_records(layout: Layout) -> Iterator[tuple[int, int, list[str], str]]:
    """Return number, first line, cells and text of each record of a CSV or ARFF file, blank ones too, from 1."""
    csv.field_size_limit(sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1)
    taken: list[str] = []
    shown = layout.shown or layout.text
    # Line by line the two are the same, but for the marks of a mended copy.
    with open_lines(layout.text, newline=None) as lines, open_lines(shown, newline=None) as originals:

        def take() -> Iterator[str]:
            for line, original in zip(lines, originals, strict=True):
                taken.append(original)
                yield line.replace("\0", " ")

        escape = "\\" if layout.kind == "arff" else None
        reader = csv.reader(take(), delimiter=layout.delimiter, quotechar=layout.quote, escapechar=escape)
        line = 1
        for number, cells in enumerate(reader, start=1):
            yield number, line, cells, "".join(taken)
            line += len(taken)
            taken.clear()


def _is_row(cells: list[str], layout: Layout) -> bool:
    return bool(cells) or len(layout.columns) == 1


def _unread_reason(error: str, cells: list[str], layout: Layout) -> str:
    if cells and cells[0] == MARK:
        return "a quoted value is not closed, or text follows its closing quote"
    if len(cells) != len(layout.columns):
        return f"{len(cells)} columns, expected {len(layout.columns)}"
    return _UNREAD.get(error, "cannot be cut into columns")


def _locate_in_json(
    layout: Layout, faults: Iterable[Fault], broken: Iterable[tuple[int, str]]
) -> Iterator[RejectedRow]:
    by_row, next_broken = groupby(faults, key=lambda fault: fault.row), iter(broken)
    found, unread = next(by_row, None), next(next_broken, None)
    row = 0
    with open_lines(layout.text) as lines:
        for line, text in enumerate(lines, start=1):
            if found is None and unread is None:
                return
            if unread is not None and line == unread[0]:
                yield RejectedRow(line=line, reason=_UNREAD.get(unread[1], "not valid JSON"), text=_cut(text))
                unread = next(next_broken, None)
            elif text.strip(_BLANKS):
                if found is not None and found[0] == row:
                    yield from _explain(line, text, found[1])
                    found = next(by_row, None)
                row += 1


def _explain(line: int, text: str, faults: Iterable[Fault]) -> Iterator[RejectedRow]:
    try:
        value = json.loads(text.rstrip())
        broken = None if isinstance(value, dict) else "not a JSON object"
    except json.JSONDecodeError as error:
        value, broken = None, f"not valid JSON: {error.msg} at column {error.colno}"
    except RecursionError:
        value, broken = None, "not valid JSON: nested too deep"
    for fault in faults:
        event = _event_of(value, fault.event) if broken is None and fault.event is not None else None
        shown = text if event is None else json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        yield RejectedRow(line=line, reason=broken or fault.reason, text=_cut(shown))


def _event_of(session: dict[str, Any], position: int) -> Any:
    events = session.get("events")
    return events[position] if isinstance(events, list) and position < len(events) else None


def _locate_in_parquet(con: Any, layout: Layout, faults: Iterable[Fault]) -> Iterator[RejectedRow]:
    remaining = iter(faults)
    while batch := list(islice(remaining, _BATCH)):
        cursor = con.con.cursor().execute(
            "SELECT file_row_number, CAST(to_json(source) AS VARCHAR) "
            "FROM (SELECT * FROM read_parquet(?, file_row_number = true)) AS source "
            "WHERE list_contains(?, file_row_number)",
            [str(layout.text), [fault.row for fault in batch]],
        )
        texts = dict(cursor.fetchall())
        for fault in batch:
            yield RejectedRow(line=fault.row + 1, reason=fault.reason, text=_cut(texts[fault.row]))


def _fetch(cursor: Any) -> Iterator[Any]:
    while rows := cursor.fetchmany(_BATCH):
        yield from rows


def _cut(text: str) -> str:
    text = text.rstrip("\r\n")
    return text if len(text) <= _TEXT_LENGTH else text[: _TEXT_LENGTH - 1] + "…"
