"""What sessions are like: how many events they hold and how long they last, from one row per session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from querencia.data.tables import EventLog
from querencia.explore.figures import Bin, EventsPerSession, MinimumLength, SessionSeconds
from querencia.explore.frequencies import MEDIAN, P90, Frequencies, edges, interpolate, neighbours

# Where the bars of the histograms begin; the last has no end.
EVENT_BINS = (1, 2, 3, 6, 11, 21, 51, 101, 201, 501)
SECOND_BINS = (0, 1, 60, 600, 3_600, 6 * 3_600, 86_400, 3 * 86_400, 7 * 86_400)
MINIMUM_LENGTHS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)

_SECOND = 1_000_000
_HOUR = 3_600 * _SECOND


def session_keys(log: EventLog) -> tuple[str, ...]:
    """Return the columns that tell sessions apart: a log may number each customer's sessions from 1, and grouping by
    one column instead of two is twice as fast."""
    return ("session",) if log.session_is_customer else ("customer", "session")


def gather_sessions(log: EventLog, events: Any, *, entry: str | None) -> Any:
    """Return one row per session: its keys, `events`, `microseconds` from first to last, and `entered`, the time of
    its first event of the type `entry` (null where it has none)."""
    columns = {"events": events.count(), "microseconds": events.time.max().delta(events.time.min(), unit="microsecond")}
    if entry is not None:
        columns["entered"] = events.time.min(where=events.type == entry)
    return events.group_by(*session_keys(log)).agg(**columns)


def count_lengths(con: Any, sessions: Any) -> Frequencies:
    """Return how many sessions hold how many events."""
    counted = sessions.group_by("events").agg(sessions=sessions.count())
    return Frequencies.of((row["events"], row["sessions"]) for row in con.to_pyarrow(counted).to_pylist())


def describe_lengths(lengths: Frequencies) -> EventsPerSession:
    """Return mean, quantiles, maximum and histogram of the events per session."""
    return EventsPerSession(
        mean=lengths.mean(),
        median=lengths.quantile(MEDIAN),
        p90=lengths.quantile(P90),
        max=lengths.largest,
        histogram=_bars(lengths, EVENT_BINS, unit=1),
    )


def count_by_minimum_length(lengths: Frequencies) -> tuple[MinimumLength, ...]:
    """Return how many sessions hold at least so many events, and the events in them."""
    found = []
    for least in MINIMUM_LENGTHS:
        long = [(n, count) for n, count in zip(lengths.values, lengths.counts, strict=True) if n >= least]
        sessions, events = sum(count for _, count in long), sum(n * count for n, count in long)
        found.append(MinimumLength(length=least, sessions=sessions, events=events))
    return tuple(found)


def measure_durations(con: Any, sessions: Any) -> SessionSeconds:
    """Return mean, quantiles and histogram of the sessions' `microseconds`: exact, and faster than sorting them.

    Durations are counted by hour. The first hour, whose bars are narrower, and the hours that the quantiles fall in
    are then counted by second, and of those the seconds that the quantiles fall in by microsecond.
    """
    hours = _count_durations(con, sessions, grain=_HOUR)
    durations = Frequencies.of((row["start"], row["sessions"]) for row in hours)
    wanted = [neighbours(durations.count, share) for share in (MEDIAN, P90)] if hours else []
    ranks = [rank for low, high, _ in wanted for rank in (low, high)]
    for width, grain, always in ((_HOUR, _SECOND, {0}), (_SECOND, 1, set[int]())):
        starts = always.union(map(durations.at, ranks))
        finer = _count_durations(con, _lasting(sessions, starts, width=width), grain=grain) if starts else []
        durations = durations.refine(starts, ((row["start"], row["sessions"]) for row in finer))
    median, p90 = (
        (float(interpolate(durations.at(low), durations.at(high), weight) / _SECOND) for low, high, weight in wanted)
        if wanted
        else (0.0, 0.0)
    )
    total = sum(row["start"] * row["sessions"] + row["rest"] for row in hours)
    return SessionSeconds(
        mean=total / (durations.count * _SECOND) if hours else 0.0,
        median=median,
        p90=p90,
        histogram=_bars(durations, SECOND_BINS, unit=_SECOND),
    )


def _lasting(sessions: Any, starts: Iterable[int], *, width: int) -> Any:
    """Return the sessions that last from one of `starts` up to, not including, `width` microseconds more."""
    inside = (sessions.microseconds.between(start, start + width - 1) for start in sorted(starts))
    return sessions.filter(reduce(or_, inside))


def _count_durations(con: Any, sessions: Any, *, grain: int) -> list[dict[str, int]]:
    """Count sessions by `start`, their duration down to a multiple of `grain`; `rest` sums what that leaves over, which
    stays far from the largest integer where a sum of durations would not."""
    rest = sessions.microseconds % grain
    counted = sessions.group_by(start=sessions.microseconds - rest)
    rows: list[dict[str, int]] = con.to_pyarrow(
        counted.agg(sessions=sessions.count(), rest=rest.sum().cast("int64"))
    ).to_pylist()
    return rows


def _bars(frequencies: Frequencies, starts: Sequence[int], *, unit: int) -> tuple[Bin, ...]:
    return tuple(
        Bin(
            low=float(low),
            high=None if high is None else float(high),
            sessions=frequencies.between(low * unit, None if high is None else high * unit),
        )
        for low, high in edges(starts)
    )
