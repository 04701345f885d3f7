"""The seed's way: JSON lines in chunks, a Python loop over every event, one big frame, duplicates dropped from it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from event_log.contender import Task, compete
from event_log.shape import (
    EVENT_BINS,
    FUNNEL,
    MINIMUM_LENGTHS,
    POPULAR_THOUSANDTHS,
    SECOND_BINS,
    count_most_popular,
    funnel,
    histogram,
)

CHUNK = 10_000  # lines, as in the seed


def read(task: Task) -> pd.DataFrame:
    frames = []
    with pd.read_json(task.log, lines=True, chunksize=CHUNK) as chunks:
        for chunk in chunks:
            rows: dict[str, list[Any]] = {"session": [], "aid": [], "ts": [], "type": []}
            for session, events in zip(chunk["session"].tolist(), chunk["events"].tolist(), strict=True):
                for event in events:
                    rows["session"].append(session)
                    rows["aid"].append(event["aid"])
                    rows["ts"].append(event["ts"])
                    rows["type"].append(event["type"])
            frames.append(pd.DataFrame(rows))
    return pd.concat(frames, ignore_index=True)


def explore(task: Task, raw: pd.DataFrame) -> dict[str, Any]:
    events = raw.drop_duplicates()
    times = events.groupby("session")["ts"]
    ms, lengths = times.max() - times.min(), times.size()
    items = events["aid"].value_counts()
    missing = raw.isna().sum()
    return {
        "rows_read": len(raw),
        "rejected": 0,
        "ignored": 0,
        "duplicates": len(raw) - len(events),
        "events": len(events),
        "sessions": len(lengths),
        "items": len(items),
        "customers": len(lengths),
        "types": _integers(events["type"].value_counts()),
        "types_read": _integers(raw["type"].value_counts()),
        "missing": {
            name: int(missing[column])
            for name, column in (("customer", "session"), ("item", "aid"), ("time", "ts"), ("type", "type"))
        },
        "top_items": _top_items(items),
        **_by_clock(pd.to_datetime(events["ts"], unit="ms", utc=True).dt.tz_convert(task.timezone)),
        "session_seconds": {
            "mean": int(ms.sum()) / (len(ms) * 1000),
            "median": float(ms.quantile(0.5)) / 1000,
            "p90": float(ms.quantile(0.9)) / 1000,
            "histogram": histogram(SECOND_BINS, [int((ms >= start * 1000).sum()) for start in SECOND_BINS]),
        },
        "events_per_session": {
            "mean": int(lengths.sum()) / len(lengths),
            "median": float(lengths.quantile(0.5)),
            "p90": float(lengths.quantile(0.9)),
            "max": int(lengths.max()),
            "histogram": histogram(EVENT_BINS, [int((lengths >= start).sum()) for start in EVENT_BINS]),
        },
        "sessions_by_minimum_length": [
            {"length": least, "sessions": int((lengths >= least).sum()), "events": int(lengths[lengths >= least].sum())}
            for least in MINIMUM_LENGTHS
        ],
        "item_popularity": _popularity(items),
        "funnel": _funnel(events, sessions=len(lengths)),
    }


def _integers(counts: pd.Series[int]) -> dict[str, int]:
    return {str(name): int(count) for name, count in counts.items()}


def _top_items(items: pd.Series[int]) -> list[dict[str, int]]:
    best = items.rename_axis("item").reset_index(name="events").sort_values(["events", "item"], ascending=[False, True])
    return [{"item": int(item), "events": int(events)} for item, events in best.head(10).to_numpy()]


def _by_clock(local: pd.Series[Any]) -> dict[str, Any]:
    hours = pd.crosstab(local.dt.day_of_week, local.dt.hour).reindex(index=range(7), columns=range(24), fill_value=0)
    days = local.dt.strftime("%Y-%m-%d").value_counts().sort_index()
    return {
        "by_hour": [int(count) for count in hours.sum(axis=0)],
        "by_weekday": [int(count) for count in hours.sum(axis=1)],
        "by_weekday_hour": [[int(count) for count in row] for row in hours.to_numpy()],
        "by_day": [{"day": day, "events": count} for day, count in _integers(days).items()],
    }


def _popularity(items: pd.Series[int]) -> dict[str, Any]:
    descending = sorted((int(count) for count in items), reverse=True)
    n, total = len(descending), sum(descending)
    weighted = sum((n - place) * count for place, count in enumerate(descending))

    def share(thousandths: int) -> float:
        return sum(descending[: count_most_popular(n, thousandths)]) / total

    return {
        "gini": 2 * weighted / (n * total) - (n + 1) / n,
        "top_1_percent_items": count_most_popular(n, 10),
        "top_1_percent_share": share(10),
        "shares": [{"items": part / 1000, "events": share(part)} for part in POPULAR_THOUSANDTHS],
    }


def _funnel(events: pd.DataFrame, *, sessions: int) -> list[dict[str, Any]]:
    reached = None
    steps = []
    for step in FUNNEL:
        taken = events[events["type"] == step]
        if reached is not None:
            taken = taken[taken["ts"] >= taken["session"].map(reached)]
        reached = taken.groupby("session")["ts"].min()
        steps.append((step, len(reached)))
    return funnel(steps, sessions)


if __name__ == "__main__":
    compete(read, explore)
