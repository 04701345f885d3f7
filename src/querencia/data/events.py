"""Read an event log, once: every row kept, ignored, rejected or a duplicate, and each counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import ibis

from querencia.data.dialect import on_spark
from querencia.data.reading.encoding import clear_folder
from querencia.data.reading.files import engine_errors, find_files
from querencia.data.reading.flat_events import FlatLog, require_mapped_columns, whole_fields
from querencia.data.reading.layouts import Layout, lay_out
from querencia.data.reading.otto import find_otto_types
from querencia.data.reading.otto_log import OttoLog
from querencia.data.reading.otto_spark import SparkOttoLog
from querencia.data.reading.parquet import publish_folder, workspace
from querencia.data.reading.rejected import RejectedRow, RejectionRule, report_rejected
from querencia.data.reading.scanning import settle_encoding, tell_encodings
from querencia.data.reading.verdicts import NEGATIVE, NO_CUSTOMER, REJECTED, count_lacking
from querencia.data.sources import EventSource
from querencia.data.tables import EventLog
from querencia.errors import SourceEmptyError
from querencia.language.notes import Note


def read_events(
    con: Any,
    source: EventSource,
    *,
    into: Path,
    rejected: Path,
    max_rejected: float,
    timezone: str,
    log_con: Any = None,
    on_file: Callable[[int, int, int], None] = lambda before, size, total: None,
) -> EventLog:
    """Read the files of an event log, once, into Parquet files in the folder `into`.

    `rejected` is the folder for one CSV per file with rows that could not be read; `max_rejected` the share of them
    above which TooManyRejectedError is raised; `timezone` (IANA) that of times without zone. `log_con` is the engine
    that the log is for, where it is not `con`: Spark parses the lines of OTTO's format itself. `on_file` hears, as each
    file begins, the bytes of the files before it, its own, and those of all. Also raises SourceMissingError,
    SourceEmptyError, ColumnMissingError, and SourceError for files that differ or are unreadable.
    """
    log_con = con if log_con is None else log_con
    rule = RejectionRule(folder=rejected, max_rejected=max_rejected, section="events")
    with workspace(into) as work:
        files = find_files(source.path, key="[events] path")
        sizes = [file.stat().st_size for file in files]
        layouts = [lay_out(con, file, into=clear_folder(work / str(n))) for n, file in enumerate(files)]
        parts = [work / str(n) / "events.parquet" for n, _ in enumerate(files)]
        reader = _reader(con, log_con, source, layouts, timezone)
        counts, marks, staged = Counter[int](), Counter[int](), []
        with reader.reading(layouts, parts):
            for n, (layout, part) in enumerate(zip(layouts, parts, strict=True)):
                on_file(sum(sizes[:n]), sizes[n], sum(sizes))
                read = settle_encoding(con, layout, part=part, stage=reader.stage, count_rejected=_rejections(reader))
                found = reader.count_verdicts(read, part)
                rows = reader.find_rejected(read, part) if found[REJECTED] else ()
                report_rejected(read, rows, rejected=found[REJECTED], rows=found.total(), rule=rule)
                counts, marks = counts + found, marks + reader.count_marks(part)
                staged.append(read)
        events = clear_folder(work / "events")
        with engine_errors(source.path):
            reader.join(parts, into=events)
        publish_folder(events, into)
    grown = [file.name for file, size in zip(files, sizes, strict=True) if file.stat().st_size != size]
    notes = tell_encodings(staged) + [
        Note(code="source_grew", values={"file": name}, level="warning") for name in grown
    ]
    return _describe(log_con, source, into, counts, count_lacking(marks, reader.fields), notes)


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


class _LogReader(Protocol):
    """How the files of one log are read, whatever their format."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the log maps."""

    def reading(self, layouts: Sequence[Layout], parts: Sequence[Path]) -> AbstractContextManager[None]:
        """Be ready for all files, as long as the body lasts, which stages one after the other."""

    def stage(self, layout: Layout, part: Path) -> Layout:
        """Write the events of a file to Parquet; return its layout as it was read."""

    def count_verdicts(self, layout: Layout, part: Path) -> Counter[int]:
        """Return how many rows of a staged file have each verdict."""

    def count_marks(self, part: Path) -> Counter[int]:
        """Return how many rows of a staged file have each mark of what they lack."""

    def find_rejected(self, layout: Layout, part: Path) -> Iterator[RejectedRow]:
        """Return the rows of a staged file that cannot be read, with their lines."""

    def join(self, parts: Sequence[Path], *, into: Path) -> None:
        """Write the events of all staged files to the folder `into`, no event twice."""


def _reader(con: Any, log_con: Any, source: EventSource, layouts: list[Layout], timezone: str) -> _LogReader:
    if source.format == "otto":
        otto = find_otto_types(layouts)
        if on_spark(log_con):
            return SparkOttoLog(con=con, spark=log_con, otto=otto, types=source.types, timezone=timezone)
        return OttoLog(con=con, otto=otto, types=source.types, timezone=timezone)
    for layout in layouts:
        require_mapped_columns(source, layout)
    return FlatLog(con=con, source=source, whole=whole_fields(source, layouts), timezone=timezone)


def _rejections(reader: _LogReader) -> Callable[[Layout, Path], int]:
    return lambda layout, part: reader.count_verdicts(layout, part)[REJECTED]


def _describe(
    con: Any, source: EventSource, into: Path, counts: Counter[int], missing: dict[str, int], notes: list[Note]
) -> EventLog:
    log = EventLog(
        path=into,
        rows_read=counts.total(),
        rejected=counts[REJECTED],
        ignored=counts[NO_CUSTOMER] + counts[NEGATIVE],
        duplicates=0,
        events=0,
        start="",
        end="",
        types=(),
        has_item_names=source.item_name is not None,
        has_prices=source.price is not None,
        ignore_items=source.ignore_items,
        session_is_customer=source.format == "otto",
        declared=source.types or (),
        missing=missing,
    )
    events = log.table(con)
    found = events.group_by("type").agg(
        events=events.count(), copies=events.copies.sum(), start=events.time.min(), end=events.time.max()
    )
    types = found.order_by(ibis.desc("events"), "type").to_pyarrow().to_pylist()
    if not types:
        raise SourceEmptyError(
            f"[events] path = {str(source.path)!r}: of {log.rows_read} rows none is left: {counts[NO_CUSTOMER]} have "
            f"no customer id, {counts[NEGATIVE]} a negative quantity, {counts[REJECTED]} cannot be read. Expected "
            "events of customers: correct the columns under [events]."
        )
    kept = sum(row["events"] for row in types)
    log = replace(
        log,
        duplicates=sum(row["copies"] for row in types) - kept,
        events=kept,
        start=min(row["start"] for row in types).isoformat(),
        end=max(row["end"] for row in types).isoformat(),
        types=tuple(row["type"] for row in types),
    )
    return replace(log, notes=(*notes, *_tell(log, counts)))


def _tell(log: EventLog, counts: Counter[int]) -> Iterator[Note]:
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
