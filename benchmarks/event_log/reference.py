"""The anchor: reference.sql on DuckDB. Python only puts its answers into the shape of explore.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from event_log.contender import Task, compete
from event_log.queries import Queries
from event_log.shape import EVENT_BINS, SECOND_BINS, funnel, histogram

TABLES = ("events", "clock", "dense", "items", "popularity", "sessions", "lengths", "carted")


def read(task: Task) -> Queries:
    queries = Queries(Path(__file__).with_suffix(".sql"), task)
    queries.run("read")
    return queries


def explore(task: Task, queries: Queries) -> dict[str, Any]:
    for table in TABLES:
        queries.run(table)
    totals, types = queries.row("totals"), queries.rows("types")
    week = [[0] * 24 for _ in range(7)]
    for weekday, hour, events in queries.run("by_weekday_hour"):
        week[weekday][hour] = events
    return {
        **totals,
        "types": {row["type"]: row["events"] for row in types},
        "types_read": {row["type"]: row["copies"] for row in types},
        "missing": queries.row("missing"),
        "top_items": queries.rows("top_items"),
        "by_hour": [sum(day[hour] for day in week) for hour in range(24)],
        "by_weekday": [sum(day) for day in week],
        "by_weekday_hour": week,
        "by_day": queries.rows("by_day"),
        "session_seconds": {
            **queries.row("session_seconds"),
            "histogram": histogram(SECOND_BINS, queries.run("sessions_by_seconds")[0]),
        },
        "events_per_session": {
            **queries.row("events_per_session"),
            "histogram": histogram(EVENT_BINS, [sessions for _, sessions in queries.run("sessions_by_events")]),
        },
        "sessions_by_minimum_length": queries.rows("sessions_by_minimum_length"),
        "item_popularity": {**queries.row("item_popularity"), "shares": queries.rows("shares")},
        "funnel": funnel(list(queries.row("funnel").items()), totals["sessions"]),
    }


if __name__ == "__main__":
    compete(read, explore)
