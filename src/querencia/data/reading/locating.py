"""Where rejected rows stand in their file: it is walked once more, as it is, to their lines."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, BinaryIO

from querencia.data.reading.encoding import open_bytes, open_lines
from querencia.data.reading.layouts import Layout
from querencia.data.reading.long_lines import CUT, TOO_LONG
from querencia.data.reading.mending import MARK
from querencia.data.reading.rejected import RejectedRow, rejected_row
from querencia.data.reading.scanning import REASON, broken_path

_BATCH = 1000
# As the engine sees them.
_BLANKS = " \t\r\n\f"
_BOM = b"\xef\xbb\xbf"

# What the engine calls it, and what we do.
_UNREAD = {"INVALID ENCODING": "not valid UTF-8", "LINE SIZE OVER MAXIMUM": TOO_LONG}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A row that cannot be read: the `row`-th of its file (from 0), and why."""

    row: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class LineFault:
    """An event that cannot be read: the text of its line, its position in it (from 0; None: the line), and why."""

    text: str
    event: int | None
    reason: str


def staged_faults(con: Any, part: Path) -> Any:
    """Return the rows of a staged file that hold a reason, as an Ibis table of `row` and `reason`."""
    staged = con.read_parquet(part, file_row_number=True)
    staged = staged.filter(staged[REASON].notnull())
    return staged.select(row=staged.file_row_number, reason=staged[REASON])


def list_faults(con: Any, table: Any, *, part: Path) -> Iterator[Fault]:
    """Return the rows of an Ibis table of `row` and `reason` as faults, in order."""
    ordered = table.select("row", "reason").order_by("row", "reason")
    return (Fault(row=row, reason=reason) for row, reason in _fetch_table(con, ordered, part=part))


def list_line_faults(con: Any, table: Any, *, part: Path) -> Iterator[LineFault]:
    """Return the rows of an Ibis table of `text`, `event` and `reason` as faults, in its order."""
    listed = _fetch_table(con, table.select("text", "event", "reason"), part=part)
    return (LineFault(text=text, event=event, reason=reason) for text, event, reason in listed)


def locate(con: Any, layout: Layout, part: Path, faults: Iterable[Fault]) -> Iterator[RejectedRow]:
    """Return the rejected rows of a flat file in its order, with their lines."""
    if layout.kind == "parquet":
        return _locate_in_parquet(con, layout, faults)
    if layout.kind == "json":
        return _locate_in_json(layout, faults, _list_broken(con, part))
    return _locate_in_csv(layout, faults, _list_broken(con, part))


def locate_lines(con: Any, layout: Layout, part: Path, faults: Iterable[LineFault]) -> Iterator[RejectedRow]:
    """Return the rejected events of a file of JSON lines in its order, with their lines.

    Lines are compared as bytes, which is many times faster than to read them.
    """
    waiting, broken = _by_line(faults), _list_broken(con, part)
    found, unread = next(waiting, None), next(broken, None)
    line = begun = 0
    with open_bytes(layout.text) as lines:
        for line, raw in enumerate(_cut_lines(lines), start=1):
            if found is None and unread is None:
                return
            if unread is not None and line == unread[0]:
                yield rejected_row(line, _UNREAD.get(unread[1], "not valid JSON"), raw.decode(errors="replace"))
                unread = next(broken, None)
            elif found is not None and raw.startswith(found[0]):
                begun = line
                if raw == found[0]:
                    yield from _explain(line, found[0].decode(), found[1])
                    found = next(waiting, None)
    # Not met again as it was: the file has changed since, or its last line was still being written.
    while found is not None:
        yield from _explain(begun or line, found[0].decode(), found[1])
        found = next(waiting, None)
    while unread is not None:
        yield rejected_row(unread[0], _UNREAD.get(unread[1], "not valid JSON"), "")
        unread = next(broken, None)


def _cut_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Return the lines of a file without their ends, and without the BOM before the first."""
    start = _BOM
    for raw in stream:
        line = raw.removeprefix(start).removesuffix(b"\n").removesuffix(b"\r")
        start = b""
        if b"\r" in line:
            yield from line.split(b"\r")
        else:
            yield line


def _by_line(faults: Iterable[LineFault]) -> Iterator[tuple[bytes, list[LineFault]]]:
    """Return the faults of each line together, with its bytes: positions grow within a line."""
    taken: list[LineFault] = []
    for fault in faults:
        if taken and (fault.text != taken[-1].text or (fault.event or 0) <= (taken[-1].event or 0)):
            yield taken[0].text.encode(), taken
            taken = []
        taken.append(fault)
    if taken:
        yield taken[0].text.encode(), taken


def _explain(line: int, text: str, faults: Iterable[LineFault]) -> Iterator[RejectedRow]:
    value, broken = _read_object(text)
    for fault in faults:
        event = _event_of(value, fault.event) if broken is None and fault.event is not None else None
        shown = text if event is None else json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        yield rejected_row(line, broken or fault.reason, shown)


def _event_of(session: dict[str, Any], position: int) -> Any:
    events = session.get("events")
    return events[position] if isinstance(events, list) and position < len(events) else None


def _read_object(text: str) -> tuple[dict[str, Any], str | None]:
    """Return the object that a line is, or what keeps it from being one."""
    if text.startswith(CUT):
        return {}, TOO_LONG
    try:
        value = json.loads(text.rstrip())
    except json.JSONDecodeError as error:
        return {}, f"not valid JSON: {error.msg} at column {error.colno}"
    except RecursionError:
        return {}, "not valid JSON: nested too deep"
    return (value, None) if isinstance(value, dict) else ({}, "not a JSON object")


def _locate_in_json(
    layout: Layout, faults: Iterable[Fault], broken: Iterator[tuple[int, str]]
) -> Iterator[RejectedRow]:
    by_row = groupby(faults, key=lambda fault: fault.row)
    found, unread = next(by_row, None), next(broken, None)
    row = 0
    with open_lines(layout.text) as lines:
        for line, text in enumerate(lines, start=1):
            if found is None and unread is None:
                return
            if unread is not None and line == unread[0]:
                yield rejected_row(line, _UNREAD.get(unread[1], "not valid JSON"), text)
                unread = next(broken, None)
            elif text.strip(_BLANKS):
                if found is not None and found[0] == row:
                    _, wrong = _read_object(text)
                    yield from (rejected_row(line, wrong or fault.reason, text) for fault in found[1])
                    found = next(by_row, None)
                row += 1


def _locate_in_csv(layout: Layout, faults: Iterable[Fault], broken: Iterator[tuple[int, str]]) -> Iterator[RejectedRow]:
    next_faults = iter(faults)
    fault, unread = next(next_faults, None), next(broken, None)
    row = 0
    for number, line, cells, text in _csv_records(layout):
        if unread is not None and number == unread[0]:
            yield rejected_row(line, _unread_reason(unread[1], cells, layout), text)
            unread = next(broken, None)
        elif number > layout.skip and _is_row(cells, layout):
            if fault is not None and fault.row == row:
                yield rejected_row(line, fault.reason, text)
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
    if cells and cells[0].startswith(CUT):
        return TOO_LONG
    if cells and cells[0] == MARK:
        return "a quoted value is not closed, or text follows its closing quote"
    if len(cells) != len(layout.columns):
        return f"{len(cells)} columns, expected {len(layout.columns)}"
    return _UNREAD.get(error, "cannot be cut into columns")


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
            yield rejected_row(fault.row + 1, fault.reason, texts[fault.row])


def _list_broken(con: Any, part: Path) -> Iterator[tuple[int, str]]:
    """Return what could not be cut into rows: the number of the record, from 1, and what the engine says of it."""
    query = "SELECT record, error FROM read_parquet(?)"
    return _fetch(con.con.cursor().execute(query, [str(broken_path(part))]))


def _fetch_table(con: Any, table: Any, *, part: Path) -> Iterator[Any]:
    """Return the rows of an Ibis table, over a file: many may come, and memory must not grow with them."""
    listed = part.with_suffix(".faults.parquet")
    table.to_parquet(listed)
    return _fetch(con.con.cursor().execute("SELECT * FROM read_parquet(?)", [str(listed)]))


def _fetch(cursor: Any) -> Iterator[Any]:
    while rows := cursor.fetchmany(_BATCH):
        yield from rows
