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
_HOUR = 3_600


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
    hour = _local_hour(events.time, timezone=timezone, start=_moment(log.start), end=_moment(log.end))
    counted = events.group_by("type", hour=hour).agg(events=events.count(), read=events.copies.sum().cast("int64"))
    types, read, by_day = Counter[str](), Counter[str](), Counter[str]()
    grid = [[0] * 24 for _ in range(7)]
    for row in con.to_pyarrow(counted).to_pylist():
        types[row["type"]] += row["events"]
        read[row["type"]] += row["read"]
        moment = _EPOCH + timedelta(seconds=row["hour"])
        grid[moment.weekday()][moment.hour] += row["events"]
        by_day[moment.date().isoformat()] += row["events"]
    return Clock(
        types=_commonest_first(types),
        types_read=_commonest_first(read),
        by_weekday_hour=tuple(map(tuple, grid)),
        by_day=tuple(DayCount(day=day, events=count) for day, count in sorted(by_day.items())),
    )


def _local_hour(time: Any, *, timezone: str, start: datetime, end: datetime) -> Any:
    """Return a UTC timestamp column as seconds from 1970 on the wall clock of `timezone`, down to the full hour.

    Whole numbers, because adding an interval to a timestamp and truncating it costs an engine twice as much. Exact
    for times from `start` to `end`, whichever way the clocks went between the two.
    """
    seconds = time.delta(ibis.literal(_EPOCH), unit="second") + _offset(time, timezone=timezone, start=start, end=end)
    return seconds - seconds % _HOUR


def _offset(time: Any, *, timezone: str, start: datetime, end: datetime) -> Any:
    changes = offset_changes(timezone, until=end.replace(microsecond=0) + timedelta(seconds=1))
    seconds = [(since, int(offset.total_seconds())) for since, offset in changes]
    (_, first), *later = [entry for entry in seconds if entry[0] <= start][-1:] + [
        entry for entry in seconds if entry[0] > start
    ]
    if not later:
        return first
    branches = [(time >= ibis.literal(since), offset) for since, offset in reversed(later)]
    return ibis.cases(*branches, else_=first)


def _moment(iso: str) -> datetime:
    moment = datetime.fromisoformat(iso)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _commonest_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))
