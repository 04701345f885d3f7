"""Read an event log, once: every row kept, ignored, rejected or a duplicate, and each counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis

from querencia.data.dialect import on_spark
from querencia.data.reading.encoding import clear_folder
from querencia.data.reading.files import engine_errors, find_files
from querencia.data.reading.flat_events import FlatLog, require_mapped_columns, whole_fields
from querencia.data.reading.layouts import Layout
from querencia.data.reading.otto import find_otto_types
from querencia.data.reading.otto_log import OttoLog
from querencia.data.reading.otto_spark import SparkOttoLog
from querencia.data.reading.parquet import publish_folder, workspace
from querencia.data.reading.rejected import RejectionRule
from querencia.data.reading.scanning import tell_encodings
from querencia.data.reading.staged_log import LogReader, OnFile, lay_out_log, stage_log
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
    on_file: OnFile = lambda before, size, total: None,
) -> EventLog:
    """Read the files of an event log, once, into Parquet files in the folder `into`.

    `rejected` is the folder for one CSV per file with rows that could not be read; `max_rejected` the share of them
    above which TooManyRejectedError is raised; `timezone` (IANA) that of times without zone. `log_con` is the engine
    that the log is for, where it is not `con`: Spark parses the lines of OTTO's format itself. `on_file` hears, as
    files begin, the bytes of those before them, their own, and those of all. Of several files some may be empty, which
    is noted. Also raises SourceMissingError, SourceEmptyError, ColumnMissingError, SourceError for files that differ or
    are unreadable, and WorkError where memory or disk do not suffice.
    """
    log_con = con if log_con is None else log_con
    rule = RejectionRule(folder=rejected, max_rejected=max_rejected, section="events")
    with workspace(into) as work, engine_errors(source.path):
        found = find_files(source.path, key="[events] path")
        stamps = [_stamp(file) for file in found]
        files, empty = lay_out_log(con, found, work=work, only_utf8=source.format == "otto")
        reader = _reader(con, log_con, source, [file.layout for file in files], timezone)
        staged = stage_log(con, reader, files, rule=rule, on_file=on_file)
        events = clear_folder(work / "events")
        reader.join(staged.parts, into=events)
        publish_folder(events, into)
        notes = [
            *tell_encodings(staged.layouts),
            *(Note(code="source_empty", values={"file": file.name}, level="warning") for file in empty),
            *(_tell_growth(file) for file, stamp in zip(found, stamps, strict=True) if _stamp(file) != stamp),
        ]
        return _describe(log_con, source, into, staged.counts, count_lacking(staged.marks, reader.fields), notes)


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


def _reader(con: Any, log_con: Any, source: EventSource, layouts: list[Layout], timezone: str) -> LogReader:
    if source.format == "otto":
        otto = find_otto_types(layouts)
        if on_spark(log_con):
            return SparkOttoLog(con=con, spark=log_con, otto=otto, types=source.types, timezone=timezone)
        return OttoLog(con=con, otto=otto, types=source.types, timezone=timezone)
    require_mapped_columns(source, layouts)
    return FlatLog(con=con, source=source, whole=whole_fields(source, layouts), timezone=timezone)


def _stamp(file: Path) -> tuple[int, int] | None:
    """Return size and time of change, None where there is no such file any more."""
    try:
        facts = file.stat()
    except FileNotFoundError:
        return None
    return facts.st_size, facts.st_mtime_ns


def _tell_growth(file: Path) -> Note:
    return Note(code="source_grew", values={"file": file.name}, level="warning")


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
