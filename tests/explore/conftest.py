"""Event logs as plain rows: written as reading would write them, and described once more by counting in Python."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pyarrow
import pyarrow.parquet

from querencia.data.tables import EventLog


class Event(NamedTuple):
    """One row of the canonical log."""

    customer: str | int
    session: str | int
    item: str | int
    time: datetime
    type: str
    copies: int = 1


def write_log(path: Path, events: Sequence[Event], **facts: Any) -> EventLog:
    """Write `events` as the canonical Parquet file, and return the log that reading would have left."""
    columns = {name: pyarrow.array([getattr(event, name) for event in events]) for name in Event._fields}
    columns["time"] = columns["time"].cast(pyarrow.timestamp("us"))
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=1_000)
    copies = sum(event.copies for event in events)
    usual = {
        "rows_read": copies,
        "rejected": 0,
        "ignored": 0,
        "duplicates": copies - len(events),
        "session_is_customer": all(event.customer == event.session for event in events),
    }
    return EventLog(
        path=path,
        events=len(events),
        start=min(event.time for event in events).isoformat(),
        end=max(event.time for event in events).isoformat(),
        types=tuple(kind for kind, _ in Counter(event.type for event in events).most_common()),
        **(usual | facts),
    )


def count_by_hand(events: Sequence[Event], *, timezone: str, declared: Sequence[str] = ()) -> dict[str, Any]:
    """Return the figures of `events` as explore.json has them, one loop each, in exact fractions."""
    sessions: dict[tuple[Any, Any], list[Event]] = defaultdict(list)
    for event in events:
        sessions[event.customer, event.session].append(event)
    zone = ZoneInfo(timezone)
    local = [event.time.replace(tzinfo=UTC).astimezone(zone) for event in events]
    types = Counter(event.type for event in events)
    read = Counter[str]()
    for event in events:
        read[event.type] += event.copies
    items = Counter(event.item for event in events)
    return {
        "events": len(events),
        "sessions": len(sessions),
        "customers": len({event.customer for event in events}),
        "items": len(items),
        "types": types,
        "types_read": read,
        "top_items": sorted(items.items(), key=lambda entry: (-entry[1], entry[0]))[:10],
        "by_hour": tuple(sum(time.hour == hour for time in local) for hour in range(24)),
        "by_weekday": tuple(sum(time.weekday() == day for time in local) for day in range(7)),
        "by_weekday_hour": tuple(
            tuple(sum(time.weekday() == day and time.hour == hour for time in local) for hour in range(24))
            for day in range(7)
        ),
        "by_day": sorted(Counter(time.date().isoformat() for time in local).items()),
        "session_seconds": _spread(
            [
                Fraction((max(times) - min(times)) // timedelta(microseconds=1), 1_000_000)
                for times in ([event.time for event in session] for session in sessions.values())
            ],
            (0, 1, 60, 600, 3_600, 21_600, 86_400, 259_200, 604_800),
        ),
        "events_per_session": _spread(
            [Fraction(len(session)) for session in sessions.values()], (1, 2, 3, 6, 11, 21, 51, 101, 201, 501)
        ),
        "minimum_lengths": [
            (least, len(long), sum(long))
            for least in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
            for long in [[len(session) for session in sessions.values() if len(session) >= least]]
        ],
        "popularity": _popularity(sorted(items.values())),
        "funnel": _funnel(list(sessions.values()), _order(declared, types)),
    }


def _spread(values: list[Fraction], starts: Sequence[int]) -> dict[str, Any]:
    ends = [*starts[1:], float("inf")]
    return {
        "mean": float(statistics.mean(values)),
        "median": float(statistics.median(values)),
        "p90": float(_quantile(values, Fraction(9, 10))),
        "max": float(max(values)),
        "bars": [sum(low <= value < high for value in values) for low, high in zip(starts, ends, strict=True)],
    }


def _quantile(values: Iterable[Fraction], share: Fraction) -> Fraction:
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    low = ordered[int(position)]
    high = ordered[min(int(position) + 1, len(ordered) - 1)]
    return low + (high - low) * (position - int(position))


def _popularity(counts: list[int]) -> dict[str, Any]:
    n, total = len(counts), sum(counts)
    differences = sum(abs(one - other) for one in counts for other in counts)

    def held(share: Fraction) -> float:
        return sum(counts[n - ceil(n * share) :]) / total

    return {
        # Half the relative mean difference: the Gini coefficient as Gini defined it.
        "gini": float(Fraction(differences, 2 * n * total)),
        "top": (ceil(Fraction(n, 100)), held(Fraction(1, 100))),
        "shares": [(share, held(Fraction(str(share)))) for share in (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)],
    }


def _order(declared: Sequence[str], types: Iterable[str]) -> list[str]:
    if len(declared) > 1:
        return list(declared)
    usual = [kind for kind in ("clicks", "carts", "orders") if kind in types]
    return usual if len(usual) > 1 else []


def _funnel(sessions: list[list[Event]], types: list[str]) -> list[tuple[str, int, float, float | None]]:
    reached = [sum(_stands_in_order(session, types[: k + 1]) for session in sessions) for k in range(len(types))]
    return [
        (
            kind,
            count,
            count / len(sessions),
            None if k == 0 or reached[k - 1] == 0 else count / reached[k - 1],
        )
        for k, (kind, count) in enumerate(zip(types, reached, strict=True))
    ]


def _stands_in_order(session: list[Event], types: list[str]) -> bool:
    """Whether some choice of one event per type is in order: every choice is tried."""

    def goes_on(since: datetime, rest: list[str]) -> bool:
        return not rest or any(
            event.type == rest[0] and event.time >= since and goes_on(event.time, rest[1:]) for event in session
        )

    return goes_on(datetime.min, types)
