"""The wall clock of a time zone, in arithmetic that any engine can do.

Engines convert time zones row by row and slowly (DuckDB: ten times slower than this), and Ibis has no expression for
it. The standard library knows when a zone's offset changed; here those few moments become one CASE.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import ibis

# No event is older: reading rejects times before 1990.
EARLIEST = datetime(1990, 1, 1)

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def to_local(time: Any, *, timezone: str, until: datetime) -> Any:
    """Return a UTC timestamp column as the wall-clock time of `timezone` (an IANA name), without zone.

    Exact for times from 1990 to `until` (naive, UTC), whichever way the zone's clocks went.
    """
    # Newest first: most events are recent, and a branch costs only the rows that no earlier branch took.
    *recent, (_, first) = reversed(offset_changes(timezone, until=until.replace(microsecond=0) + _SECOND))
    if not recent:
        return time + _interval(first)
    branches = [(time >= ibis.literal(since), _interval(offset)) for since, offset in recent]
    return time + ibis.cases(*branches, else_=_interval(first))


@cache
def offset_changes(timezone: str, *, until: datetime) -> tuple[tuple[datetime, timedelta], ...]:
    """Return (UTC moment, offset from UTC that holds from then on) of `timezone` from 1990 to `until`, oldest first."""
    zone = ZoneInfo(timezone)
    changes = [(EARLIEST, _offset(EARLIEST, zone))]
    day = EARLIEST
    while day < until:
        following = min(day + _DAY, until)
        offset = _offset(following, zone)
        if offset != changes[-1][1]:
            changes.append((_first_moment(day, following, zone), offset))
        day = following
    return tuple(changes)


def _first_moment(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first whole second of (`before`, `after`] with the offset of `after`: offsets change on the second."""
    offset = _offset(after, zone)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(before + middle * _SECOND, zone) == offset:
            high = middle
        else:
            low = middle
    return before + high * _SECOND


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    return offset if offset is not None else timedelta()


def _interval(offset: timedelta) -> Any:
    return ibis.interval(seconds=int(offset.total_seconds()))
