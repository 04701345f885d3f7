"""One row per customer from a log of any size: customers are taken range by range, so that memory does not grow.

A customer's figures need their events alone. The files of a log mostly hold customers in order, and then a range of
customers is a part of the files: all ranges together read the log once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis

from querencia.data.dialect import on_spark, write_folder
from querencia.data.reading.parquet import publish_folder, workspace
from querencia.data.tables import EventLog

# About so many events are aggregated at a time: some 500 MB.
EVENTS_AT_ONCE = 4_000_000


def write_per_customer(con: Any, log: EventLog, shape: Callable[[Any], Any], *, into: Path) -> None:
    """Write what `shape` makes of the log's events to Parquet files in the folder `into`, in the customers' order.

    `shape` takes an Ibis table of events and returns one of a row per customer, ordered by `customer`, each made of
    that customer's events alone.
    """
    events = log.table(con)
    with workspace(into) as work:
        folder = work / "rows"
        if on_spark(con):  # which spills, and cuts the customers by itself
            write_folder(con, shape(events), folder)
            publish_folder(folder, into)
            return
        folder.mkdir()
        for number, (first, until) in enumerate(_cut_ranges(con, log, events)):
            chosen = [] if first is None else [events.customer >= first]
            chosen += [] if until is None else [events.customer < until]
            shape(events.filter(*chosen) if chosen else events).to_parquet(folder / f"{number:05}.parquet")
        publish_folder(folder, into)


def read_per_customer(con: Any, folder: Path) -> Any:
    """Return what `write_per_customer` wrote as an Ibis table, in the order of the customers."""
    return con.read_parquet(folder / "*.parquet")


def _cut_ranges(con: Any, log: EventLog, events: Any) -> list[tuple[Any, Any]]:
    """Return the first customer of each range and of the next: None where there is no bound."""
    if log.events <= EVENTS_AT_ONCE:
        return [(None, None)]
    customers = events.group_by("customer").agg(events=events.count())
    before = customers.events.sum().over(ibis.cumulative_window(order_by=customers.customer)) - customers.events
    placed = customers.mutate(place=(before // EVENTS_AT_ONCE).cast("int64"))
    firsts = placed.group_by("place").agg(first=placed.customer.min()).order_by("place")
    bounds = con.to_pyarrow(firsts)["first"].to_pylist()[1:]
    return list(zip([None, *bounds], [*bounds, None], strict=True))
