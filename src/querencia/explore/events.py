"""The event log, described: types, items, hours and days, sessions, funnel. Every figure is exact at any size."""

from __future__ import annotations

from typing import Any

from querencia.data.dialect import kept
from querencia.data.tables import EventLog
from querencia.explore.clock import read_clock
from querencia.explore.figures import EventFigures
from querencia.explore.funnel import count_funnel, order_types
from querencia.explore.items import count_items
from querencia.explore.sessions import (
    count_by_minimum_length,
    count_lengths,
    describe_lengths,
    gather_sessions,
    measure_durations,
)


def describe_events(con: Any, log: EventLog, *, timezone: str, top: int = 10) -> EventFigures:
    """Return the figures of an event log that has been read.

    Hours, weekdays and days are those of `timezone`; `by_day` holds the days that have events. A session's seconds run
    from its first event to its last. The `top` items are those with most events, ties in the order of their ids; an
    item's name is its commonest one, ties alphabetically first.

    The log is scanned four times, a few columns each: by type and hour, by item, by session, and the later types of
    the funnel. What comes back is frequencies, from which the rest follows in whole numbers, divided once.
    """
    events = log.table(con)
    clock = read_clock(con, log, events, timezone=timezone)
    top_items, popularity, items = count_items(con, log, events, top=top)
    types = order_types(log, found=clock.types)
    with kept(con, gather_sessions(log, events, entry=types[0] if types else None)) as sessions:
        lengths = count_lengths(con, sessions)
        seconds = measure_durations(con, sessions)
        funnel = count_funnel(con, log, events, sessions, types=types, total=lengths.count)
        customers = lengths.count if log.session_is_customer else _count_customers(con, sessions)
    return EventFigures(
        rows_read=log.rows_read,
        rejected=log.rejected,
        ignored=log.ignored,
        duplicates=log.duplicates,
        events=clock.events,
        sessions=lengths.count,
        items=items,
        customers=customers,
        missing=dict(log.missing),
        types=clock.types,
        types_read=clock.types_read,
        top_items=top_items,
        item_popularity=popularity,
        by_hour=clock.by_hour,
        by_weekday=clock.by_weekday,
        by_weekday_hour=clock.by_weekday_hour,
        by_day=clock.by_day,
        session_seconds=seconds,
        events_per_session=describe_lengths(lengths),
        sessions_by_minimum_length=count_by_minimum_length(lengths),
        funnel=funnel,
    )


def _count_customers(con: Any, sessions: Any) -> int:
    return int(con.to_pyarrow(sessions.customer.nunique()).as_py())
