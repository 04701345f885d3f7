"""Read an event log, once: every row kept, ignored, rejected or a duplicate, and each counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import ibis

from querencia.data.reading.encoding import clear_folder
from querencia.data.reading.files import engine_errors, find_files
from querencia.data.reading.flat_events import require_mapped_columns, stage_flat, whole_fields
from querencia.data.reading.layouts import Layout, lay_out
from querencia.data.reading.otto import OttoTypes, find_otto_types, otto_faults, stage_otto
from querencia.data.reading.parquet import workspace, write_parquet
from querencia.data.reading.rejected import (
    RejectionRule,
    count_broken_records,
    report_rejected,
    staged_faults,
)
from querencia.data.reading.scanning import settle_encoding, tell_encodings
from querencia.data.reading.sessions import cut_sessions
from querencia.data.reading.verdicts import KEPT, NEGATIVE, NO_CUSTOMER, REJECTED, VERDICT
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog
from querencia.errors import SourceEmptyError
from querencia.language.notes import Note

# The columns of the Parquet file, in the order in which they also rank its rows.
_FIELDS = ("customer", "time", "session", "item", "type", "item_name", "quantity", "price")


def read_events(
    con: Any, source: EventSource, *, into: Path, rejected: Path, max_rejected: float, timezone: str
) -> EventLog:
    """Read the files of an event log into one Parquet file at `into`, ordered by customer and time.

    `rejected` is the folder for one CSV per file with rows that could not be read; `max_rejected` the share of them
    above which TooManyRejectedError is raised; `timezone` (IANA) that of times without zone. Also raises
    SourceMissingError, SourceEmptyError, ColumnMissingError, and SourceError for files that differ or are unreadable.
    """
    rule = RejectionRule(folder=rejected, max_rejected=max_rejected, section="events")
    counts = dict.fromkeys((KEPT, NO_CUSTOMER, NEGATIVE, REJECTED), 0)
    with workspace(into) as work:
        files = find_files(source.path, key="[events] path")
        layouts = [lay_out(con, file, into=clear_folder(work / str(n))) for n, file in enumerate(files)]
        parts = [work / str(n) / "events.parquet" for n, _ in enumerate(files)]
        reader = _reader(con, source, layouts, timezone)
        staged = []
        for layout, part in zip(layouts, parts, strict=True):
            read = settle_encoding(con, layout, part=part, stage=reader.stage, count_rejected=reader.count_rejected)
            found = reader.count(read, part)
            report_rejected(
                con,
                read,
                part,
                reader.faults(read, part),
                rejected=found[REJECTED],
                rows=sum(found.values()),
                rule=rule,
            )
            counts = {verdict: rows + found[verdict] for verdict, rows in counts.items()}
            staged.append(read)
        _write_events(con, source, parts, into=into)
    return _describe(con, source, into, counts, tell_encodings(staged))


def item_names(con: Any, log: EventLog) -> Any:
    """Return the items that have a name as an Ibis table of item, name, price and events, most events first.

    The name is the item's commonest (ties: the first in the alphabet), the price its commonest positive one (ties: the
    lowest; null where there is none). Items of `ignore_items` are left out.
    """
    events = log.table(con)
    events = events.filter(~events.item.cast("string").isin(log.ignore_items)) if log.ignore_items else events
    names = _commonest(events.filter(events.item_name.notnull()), "item_name").rename(name="item_name")
    counts = events.group_by("item").agg(events=ibis._.count())
    named = names.join(counts, "item")
    if log.has_prices:
        prices = _commonest(events.filter(events.price > 0), "price")
        named = named.left_join(prices, "item").drop("item_right")
    else:
        named = named.mutate(price=ibis.null("float64"))
    return named.select("item", "name", "price", "events").order_by(ibis.desc("events"), "item")


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """How the files of one log are read: all of them with the same types."""

    con: Any
    source: EventSource
    timezone: str
    otto: OttoTypes | None
    whole: frozenset[str]

    def stage(self, layout: Layout, part: Path) -> Layout:
        """Write the events of a file, each with its verdict, to `part`."""
        con, zone, types = self.con, self.timezone, self.source.types
        if self.otto is not None:
            return stage_otto(con, layout, otto=self.otto, types=types, timezone=zone, into=part)
        return stage_flat(con, layout, source=self.source, whole=self.whole, timezone=zone, into=part)

    def count(self, layout: Layout, part: Path) -> dict[int, int]:
        """Return how many rows of a staged file have each verdict."""
        staged = self.con.read_parquet(part)
        found = staged.group_by(VERDICT).agg(rows=ibis._.count()).to_pyarrow().to_pylist()
        counts = dict.fromkeys((KEPT, NO_CUSTOMER, NEGATIVE, REJECTED), 0)
        counts |= {row[VERDICT]: row["rows"] for row in found}
        counts[REJECTED] += count_broken_records(self.con, layout, part)
        return counts

    def count_rejected(self, layout: Layout, part: Path) -> int:
        """Return how many rows of a staged file cannot be read."""
        return self.count(layout, part)[REJECTED]

    def faults(self, layout: Layout, part: Path) -> Any:
        """Return the rejected rows of a staged file as an Ibis table of row, reason and perhaps event."""
        if self.otto is None:
            return staged_faults(self.con, part)
        types = self.source.types
        return otto_faults(self.con, layout, otto=self.otto, types=types, timezone=self.timezone)


def _reader(con: Any, source: EventSource, layouts: list[Layout], timezone: str) -> _Reader:
    otto = None
    whole: frozenset[str] = frozenset()
    if source.format == "otto":
        otto = find_otto_types(layouts)
    else:
        for layout in layouts:
            require_mapped_columns(source, layout)
        whole = whole_fields(source, layouts)
    return _Reader(con=con, source=source, timezone=timezone, otto=otto, whole=whole)


def _write_events(con: Any, source: EventSource, parts: list[Path], *, into: Path) -> None:
    with engine_errors(source.path):
        staged = con.read_parquet(parts)
        fields = [field for field in _FIELDS if field in staged.columns]
        events = staged.filter(staged[VERDICT] == KEPT).select(*fields).distinct()
        if source.format == "otto":
            events = events.mutate(session=events.customer)
        elif source.session is None or not _all_have_sessions(events):
            events = cut_sessions(events, minutes=source.session_gap_minutes)
        fields = [field for field in _FIELDS if field in events.columns]
        write_parquet(events.select(*fields).order_by(*fields), into)


def _all_have_sessions(events: Any) -> bool:
    return int(events.session.isnull().sum().to_pyarrow().as_py() or 0) == 0


def _describe(con: Any, source: EventSource, into: Path, counts: dict[int, int], notes: list[Note]) -> EventLog:
    table = con.read_parquet(into)
    span = table.agg(events=table.count(), start=table.time.min(), end=table.time.max()).to_pyarrow().to_pylist()[0]
    ignored = counts[NO_CUSTOMER] + counts[NEGATIVE]
    rows_read = sum(counts.values())
    if not span["events"]:
        raise SourceEmptyError(
            f"[events] path = {str(source.path)!r}: of {rows_read} rows none is left: {counts[NO_CUSTOMER]} have no "
            f"customer id, {counts[NEGATIVE]} a negative quantity, {counts[REJECTED]} cannot be read. Expected "
            "events of customers: correct the columns under [events]."
        )
    types = table.group_by("type").agg(events=ibis._.count()).order_by(ibis.desc("events"), "type")
    log = EventLog(
        path=into,
        rows_read=rows_read,
        rejected=counts[REJECTED],
        ignored=ignored,
        duplicates=counts[KEPT] - span["events"],
        events=span["events"],
        start=span["start"].isoformat(),
        end=span["end"].isoformat(),
        types=tuple(types.to_pyarrow()["type"].to_pylist()),
        has_item_names="item_name" in table.columns,
        has_prices="price" in table.columns,
        ignore_items=source.ignore_items,
    )
    return replace(log, notes=(*notes, *_tell(log, counts)))


def _tell(log: EventLog, counts: dict[int, int]) -> Iterator[Note]:
    if counts[REJECTED]:
        values = {"rejected": counts[REJECTED], "rows": log.rows_read}
        yield Note(code="events_rejected", values=dict(values), level="warning")
    if counts[NO_CUSTOMER]:
        yield Note(code="events_without_customer", values={"events": counts[NO_CUSTOMER]})
    if counts[NEGATIVE]:
        yield Note(code="events_returned", values={"events": counts[NEGATIVE]})
    if log.duplicates:
        yield Note(code="events_duplicate", values={"events": log.duplicates})


def _commonest(events: Any, column: str) -> Any:
    """Return item and the value of `column` that most of its events have; among equals the first in order."""
    counts = events.group_by("item", column).agg(times=ibis._.count())
    best = ibis.window(group_by=counts.item, order_by=[ibis.desc(counts.times), counts[column]])
    ranked = counts.mutate(rank=ibis.row_number().over(best))
    return ranked.filter(ranked["rank"] == 0).select("item", column)
