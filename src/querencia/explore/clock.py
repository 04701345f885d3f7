"""When events happen: one scan counts them per type and local hour; types, days, hours and weekdays are its sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis

from querencia.data.local_time import offset_changes
from querencia.data.tables import EventLog
from querencia.explore.figures import DayCount

_EPOCH = datetime(1970, 1, 1)
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Events per type (commonest first, ties alphabetically), after and before duplicates, and per local time."""

    types: dict[str, int]
    types_read: dict[str, int]
    by_weekday_hour: tuple[tuple[int, ...], ...]
    by_day: tuple[DayCount, ...]

    @property
    def events(self) -> int:
        """How many events there are."""
        return sum(self.types.values())

    @property
    def by_hour(self) -> tuple[int, ...]:
        """Events per hour of the day."""
        return tuple(map(sum, zip(*self.by_weekday_hour, strict=True)))

    @property
    def by_weekday(self) -> tuple[int, ...]:
        """Events per weekday, Monday first."""
        return tuple(map(sum, self.by_weekday_hour))


def read_clock(con: Any, log: EventLog, events: Any, *, timezone: str) -> Clock:
    """Count the events of `log` (its table: `events`) per type and per hour of `timezone` (an IANA name)."""
    offsets = _offsets(timezone, start=_moment(log.start), end=_moment(log.end))
    hour, unit = _local_hour(events.time, offsets)
    counted = events.group_by("type", hour=hour).agg(events=events.count(), read=events.copies.sum().cast("int64"))
    types, read, by_day = Counter[str](), Counter[str](), Counter[str]()
    grid = [[0] * 24 for _ in range(7)]
    for row in con.to_pyarrow(counted).to_pylist():
        types[row["type"]] += row["events"]
        read[row["type"]] += row["read"]
        moment = _EPOCH + row["hour"] * unit
        grid[moment.weekday()][moment.hour] += row["events"]
        by_day[moment.date().isoformat()] += row["events"]
    return Clock(
        types=_commonest_first(types),
        types_read=_commonest_first(read),
        by_weekday_hour=tuple(map(tuple, grid)),
        by_day=tuple(DayCount(day=day, events=count) for day, count in sorted(by_day.items())),
    )


def _offsets(timezone: str, *, start: datetime, end: datetime) -> list[tuple[datetime, int]]:
    """Return (UTC moment, seconds from UTC that hold from then on) for times from `start` to `end`, oldest first."""
    changes = offset_changes(timezone, until=end.replace(microsecond=0) + _SECOND)
    before = [change for change in changes if change[0] <= start][-1:]
    return [
        (since, int(offset.total_seconds()))
        for since, offset in [*before, *(change for change in changes if change[0] > start)]
    ]


def _local_hour(time: Any, offsets: list[tuple[datetime, int]]) -> tuple[Any, timedelta]:
    """Return the hours of a UTC timestamp column on the wall clock that keeps `offsets`, as whole numbers of a unit of
    time from 1970, and that unit.

    Whole numbers, because to add an interval to a timestamp and truncate it costs an engine twice as much. Where
    clocks differ from UTC by whole hours and change on the hour, as most do, hours are counted at once; else seconds.
    """
    start = ibis.literal(_EPOCH)
    if all((since - _EPOCH) % _HOUR == timedelta() and not seconds % 3_600 for since, seconds in offsets):
        whole = [(since, seconds // 3_600) for since, seconds in offsets]
        return time.delta(start, unit="hour") + _at(time, whole), _HOUR
    seconds = time.delta(start, unit="second") + _at(time, offsets)
    return seconds - seconds % 3_600, _SECOND


def _at(time: Any, steps: list[tuple[datetime, int]]) -> Any:
    (_, first), *later = steps
    if not later:
        return first
    branches = [(time >= ibis.literal(since), value) for since, value in reversed(later)]
    return ibis.cases(*branches, else_=first)


def _moment(iso: str) -> datetime:
    moment = datetime.fromisoformat(iso)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _commonest_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
