"""Polars, lazy and streaming: the log is scanned once into Parquet, and every figure is a lazy query over that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from event_log.contender import Task, compete
from event_log.shape import (
    EVENT_BINS,
    FUNNEL,
    MINIMUM_LENGTHS,
    POPULAR_THOUSANDTHS,
    QUARTER_MS,
    SECOND_BINS,
    count_most_popular,
    funnel,
    histogram,
)

EVENT = {"aid": pl.Int64, "ts": pl.Int64, "type": pl.String}
EVENT_KEY = ("session", "aid", "ts", "type")


def read(task: Task) -> Path:
    """Write the events, each once with its number of copies.

    Equal events share their time: only sessions with fewer times than events are grouped, so that the group-by that
    drops duplicates holds a tenth of the log.
    """
    path = task.folder / "events.parquet"
    times = pl.col("events").list.eval(pl.element().struct.field("ts"))
    lines = pl.scan_ndjson(task.log, schema={"session": pl.Int64, "events": pl.List(pl.Struct(EVENT))})
    lines = lines.with_columns(twins=times.list.n_unique() < pl.col("events").list.len())
    single = _flatten(lines.filter(~pl.col("twins"))).with_columns(copies=pl.lit(1, pl.UInt32))
    twins = _flatten(lines.filter("twins")).group_by(EVENT_KEY).agg(copies=pl.len().cast(pl.UInt32))
    pl.concat([single, twins]).sink_parquet(path, engine="streaming")
    return path


def _flatten(lines: pl.LazyFrame) -> pl.LazyFrame:
    return lines.select("session", "events").explode("events").unnest("events")


def explore(task: Task, path: Path) -> dict[str, Any]:
    events = pl.scan_parquet(path)
    clock = _count_by_clock(events, timezone=task.timezone)
    items = events.group_by("aid").agg(events=pl.len()).collect(engine="streaming")
    sessions = (
        events.group_by("session")
        .agg(
            events=pl.len().cast(pl.Int64),
            ms=pl.col("ts").max() - pl.col("ts").min(),
            clicked=pl.col("ts").filter(pl.col("type") == FUNNEL[0]).min(),
        )
        .collect(engine="streaming")
    )
    types = clock.group_by("type").agg(pl.col("events", "copies").sum())
    total, rows_read = int(clock["events"].sum()), int(clock["copies"].sum())
    missing = events.select(pl.col(EVENT_KEY).null_count()).collect(engine="streaming").row(0, named=True)
    return {
        "rows_read": rows_read,
        "rejected": 0,
        "ignored": 0,
        "duplicates": rows_read - total,
        "events": total,
        "sessions": sessions.height,
        "items": items.height,
        "customers": sessions.height,
        "types": dict(types.select("type", "events").iter_rows()),
        "types_read": dict(types.select("type", "copies").iter_rows()),
        "missing": dict(zip(("customer", "item", "time", "type"), (missing[key] for key in EVENT_KEY), strict=True)),
        "top_items": _top_items(items),
        **_by_clock(clock),
        "session_seconds": _session_seconds(sessions["ms"]),
        "events_per_session": _events_per_session(sessions["events"]),
        "sessions_by_minimum_length": _by_minimum_length(sessions["events"]),
        "item_popularity": _popularity(items["events"].cast(pl.Int64).sort(descending=True)),
        "funnel": _funnel(events, sessions),
    }


def _count_by_clock(events: pl.LazyFrame, *, timezone: str) -> pl.DataFrame:
    """Count events per type and quarter of an hour in UTC, then set the few thousand quarters to the local clock."""
    counted = events.group_by("type", quarter=pl.col("ts") // QUARTER_MS).agg(
        events=pl.len().cast(pl.Int64), copies=pl.col("copies").sum().cast(pl.Int64)
    )
    utc = pl.from_epoch(pl.col("quarter") * (QUARTER_MS // 1000), time_unit="s").dt.replace_time_zone("UTC")
    return counted.with_columns(local=utc.dt.convert_time_zone(timezone)).collect(engine="streaming")


def _by_clock(clock: pl.DataFrame) -> dict[str, Any]:
    local = pl.col("local").dt
    hours = clock.group_by(weekday=local.weekday() - 1, hour=local.hour()).agg(pl.col("events").sum())
    days = clock.group_by(day=local.date().cast(pl.String)).agg(pl.col("events").sum()).sort("day")
    week = [[0] * 24 for _ in range(7)]
    for weekday, hour, events in hours.iter_rows():
        week[weekday][hour] = events
    return {
        "by_hour": [sum(day[hour] for day in week) for hour in range(24)],
        "by_weekday": [sum(day) for day in week],
        "by_weekday_hour": week,
        "by_day": days.to_dicts(),
    }


def _top_items(items: pl.DataFrame) -> list[dict[str, Any]]:
    best = items.lazy().sort(["events", "aid"], descending=[True, False]).head(10).collect(engine="streaming")
    return best.select(pl.col("aid").alias("item"), "events").to_dicts()


def _session_seconds(ms: pl.Series) -> dict[str, Any]:
    at_least = [int((ms >= start * 1000).sum()) for start in SECOND_BINS]
    return {
        "mean": int(ms.sum()) / (len(ms) * 1000),
        **{name: _quantile(ms, share) / 1000 for name, share in (("median", 0.5), ("p90", 0.9))},
        "histogram": histogram(SECOND_BINS, at_least),
    }


def _events_per_session(lengths: pl.Series) -> dict[str, Any]:
    return {
        "mean": int(lengths.sum()) / len(lengths),
        **{name: _quantile(lengths, share) for name, share in (("median", 0.5), ("p90", 0.9))},
        "max": lengths.max(),
        "histogram": histogram(EVENT_BINS, [int((lengths >= start).sum()) for start in EVENT_BINS]),
    }


def _quantile(values: pl.Series, share: float) -> float:
    found = values.quantile(share, interpolation="linear")
    assert found is not None, "a log has sessions"
    return float(found)


def _by_minimum_length(lengths: pl.Series) -> list[dict[str, Any]]:
    kept = ((least, lengths.filter(lengths >= least)) for least in MINIMUM_LENGTHS)
    return [{"length": least, "sessions": len(long), "events": int(long.sum())} for least, long in kept]


def _popularity(descending: pl.Series) -> dict[str, Any]:
    """Return how unevenly events are spread over items, most popular first."""
    n, total = len(descending), int(descending.sum())
    held = descending.cum_sum()
    rank = pl.int_range(n, 0, -1, eager=True)
    weighted = int((rank * descending).sum())

    def share(thousandths: int) -> float:
        return int(held[count_most_popular(n, thousandths) - 1]) / total

    return {
        "gini": 2 * weighted / (n * total) - (n + 1) / n,
        "top_1_percent_items": count_most_popular(n, 10),
        "top_1_percent_share": share(10),
        "shares": [{"items": part / 1000, "events": share(part)} for part in POPULAR_THOUSANDTHS],
    }


def _funnel(events: pl.LazyFrame, sessions: pl.DataFrame) -> list[dict[str, Any]]:
    before = sessions.lazy().select("session", reached="clicked").drop_nulls()
    counts = [len(sessions) - sessions["clicked"].null_count()]
    for step in FUNNEL[1:]:
        of_step = events.filter(pl.col("type") == step).join(before, on="session")
        taken = of_step.filter(pl.col("ts") >= pl.col("reached"))
        reached = taken.group_by("session").agg(reached=pl.col("ts").min()).collect(engine="streaming")
        counts.append(reached.height)
        before = reached.lazy()
    return funnel(list(zip(FUNNEL, counts, strict=True)), sessions.height)


if __name__ == "__main__":
    compete(read, explore)
