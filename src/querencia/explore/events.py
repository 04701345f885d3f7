"""The event log, described: types, items, hours and days, sessions. Counts are exact at any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ibis

from querencia.data.local_time import to_local
from querencia.data.tables import EventLog
from querencia.explore.figures import Bin, DayCount, EventFigures, EventsPerSession, ItemCount, SessionSeconds

# Where the bars of the histograms begin; the last has no end.
EVENT_BINS = (1, 2, 3, 6, 11, 21, 51, 101, 201, 501)
SECOND_BINS = (0, 1, 60, 600, 3_600, 6 * 3_600, 86_400, 3 * 86_400, 7 * 86_400)

_MICRO = 1_000_000


def describe_events(con: Any, log: EventLog, *, timezone: str, top: int = 10) -> EventFigures:
    """Return the figures of an event log that has been read.

    Hours, weekdays and days are those of `timezone`; `by_day` holds the days that have events. A session's seconds run
    from its first event to its last. The `top` items are those with most events, ties in the order of their ids; an
    item's name is its commonest one, ties alphabetically first. Means are integer sums divided once.
    """
    events = log.table(con)
    clock = _count_by_hour(con, events, timezone=timezone)
    items, top_items = _count_items(con, log, events, top=top)
    sessions = _measure_sessions(con, events)
    types = Counter[str]()
    by_hour, by_weekday, by_day = [0] * 24, [0] * 7, Counter[str]()
    for kind, hour, count in clock:
        types[kind] += count
        by_hour[hour.hour] += count
        by_weekday[hour.weekday()] += count
        by_day[hour.date().isoformat()] += count
    return EventFigures(
        rows_read=log.rows_read,
        rejected=log.rejected,
        ignored=log.ignored,
        duplicates=log.duplicates,
        events=types.total(),
        sessions=sessions["sessions"],
        items=items,
        customers=int(con.to_pyarrow(events.customer.nunique()).as_py()),
        types=dict(sorted(types.items(), key=lambda entry: (-entry[1], entry[0]))),
        top_items=top_items,
        by_hour=tuple(by_hour),
        by_weekday=tuple(by_weekday),
        by_day=tuple(DayCount(day=day, events=count) for day, count in sorted(by_day.items())),
        session_seconds=_session_seconds(sessions),
        events_per_session=_events_per_session(sessions),
    )


def _count_by_hour(con: Any, events: Any, *, timezone: str) -> list[tuple[str, datetime, int]]:
    """Count events per type and local hour in one scan; types, hours, weekdays and days are sums of these."""
    last = con.to_pyarrow(events.time.max()).as_py()
    if last is None:
        return []
    local = to_local(events.time, timezone=timezone, until=last)
    counted = events.group_by("type", hour=local.truncate("h")).agg(events=events.count())
    rows = con.to_pyarrow(counted).to_pylist()
    return [(row["type"], row["hour"], row["events"]) for row in rows]


def _count_items(con: Any, log: EventLog, events: Any, *, top: int) -> tuple[int, tuple[ItemCount, ...]]:
    counted = events.group_by("item").agg(events=events.count())
    ranked = counted.mutate(items=ibis._.count().over()).order_by(ibis.desc("events"), "item").limit(max(top, 1))
    rows = con.to_pyarrow(ranked).to_pylist()
    chosen = rows[:top]
    names = _name_items(con, events, [row["item"] for row in chosen]) if log.has_item_names else {}
    found = (ItemCount(item=row["item"], events=row["events"], name=names.get(row["item"])) for row in chosen)
    return (rows[0]["items"] if rows else 0), tuple(found)


def _name_items(con: Any, events: Any, items: Sequence[str | int]) -> dict[str | int, str]:
    named = events.filter(events.item.isin(items) & events.item_name.notnull()) if items else None
    if named is None:
        return {}
    rows = con.to_pyarrow(named.group_by("item", "item_name").agg(events=named.count())).to_pylist()
    # Written from the rarest to the commonest, so that the commonest, then alphabetically first, stays.
    rows.sort(key=lambda row: row["item_name"], reverse=True)
    rows.sort(key=lambda row: row["events"])
    return {row["item"]: row["item_name"] for row in rows}


def _measure_sessions(con: Any, events: Any) -> dict[str, Any]:
    # A log may number each customer's sessions from 1: a session is one of its customer's.
    sessions = events.group_by("customer", "session").agg(
        events=events.count(), microseconds=events.time.max().delta(events.time.min(), unit="microsecond")
    )
    figures = {
        "sessions": sessions.count(),
        "events_sum": sessions.events.sum().cast("int64"),
        "events_max": sessions.events.max(),
        "microseconds_sum": sessions.microseconds.sum().cast("decimal(38, 0)"),
    }
    for column in ("events", "microseconds"):
        figures |= {f"{column}_median": sessions[column].quantile(0.5), f"{column}_p90": sessions[column].quantile(0.9)}
    for column, starts in (("events", EVENT_BINS), ("microseconds", tuple(second * _MICRO for second in SECOND_BINS))):
        for index, (low, high) in enumerate(_edges(starts)):
            inside = sessions[column] >= low if high is None else sessions[column].between(low, high - 1)
            figures[f"{column}_bin_{index}"] = sessions.count(where=inside)
    row: dict[str, Any] = con.to_pyarrow(sessions.aggregate(**figures)).to_pylist()[0]
    return row


def _edges(starts: Sequence[int]) -> list[tuple[int, int | None]]:
    return list(zip(starts, [*starts[1:], None], strict=True))


def _session_seconds(sessions: dict[str, Any]) -> SessionSeconds:
    count = sessions["sessions"]
    return SessionSeconds(
        mean=int(sessions["microseconds_sum"]) / (count * _MICRO) if count else 0.0,
        median=(sessions["microseconds_median"] or 0.0) / _MICRO,
        p90=(sessions["microseconds_p90"] or 0.0) / _MICRO,
        histogram=_bins(sessions, "microseconds", SECOND_BINS),
    )


def _events_per_session(sessions: dict[str, Any]) -> EventsPerSession:
    count = sessions["sessions"]
    return EventsPerSession(
        mean=sessions["events_sum"] / count if count else 0.0,
        median=float(sessions["events_median"] or 0.0),
        p90=float(sessions["events_p90"] or 0.0),
        max=sessions["events_max"] or 0,
        histogram=_bins(sessions, "events", EVENT_BINS),
    )


def _bins(sessions: dict[str, Any], column: str, starts: Sequence[int]) -> tuple[Bin, ...]:
    return tuple(
        Bin(low=float(low), high=None if high is None else float(high), sessions=sessions[f"{column}_bin_{index}"])
        for index, (low, high) in enumerate(_edges(starts))
    )
