"""The benchmark's contenders: each finds what is counted by hand, and all agree on a log of some hundred sessions."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from event_log.comparing import compare
from event_log.entries import AGAIN, BENCHMARKS, MODULES, Terms, run_contender

MONDAY = int(datetime(2022, 8, 1, 12, tzinfo=UTC).timestamp() * 1000)  # 14:00 in Berlin
LATE = int(datetime(2022, 8, 7, 22, 30, tzinfo=UTC).timestamp() * 1000)  # Monday, 00:30 in Berlin
TERMS = Terms(timezone="Europe/Berlin", memory="500MB", threads=2, timeout=120, most_memory=8_000_000_000)

Event = tuple[int, int, str]


def line(session: int, *events: Event) -> str:
    parts = [{"aid": item, "ts": ms, "type": kind} for item, ms, kind in events]
    return json.dumps({"session": session, "events": parts}, separators=(",", ":")) + "\n"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eleven events of five sessions, and two copies more of one of them."""
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    at = MONDAY
    click = (7, at, "clicks")
    lines = [
        # One event, read three times.
        line(1, click, click, click),
        # All three steps, the last two at one moment; two events at one moment are no duplicates.
        line(2, (7, at, "clicks"), (8, at + 60_000, "carts"), (9, at + 60_000, "orders")),
        # A cart before the click leads nowhere, and so does the order after both.
        line(3, (8, at, "carts"), (7, at + 1_000, "clicks"), (7, at + 2_000, "orders")),
        # No click at all.
        line(4, (8, at, "carts")),
        # The order came before the cart: the second step is reached, the third is not.
        line(5, (9, LATE, "clicks"), (9, LATE + 1, "orders"), (9, LATE + 2, "carts")),
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def bars(lows: tuple[float, ...], sessions: list[int]) -> list[dict[str, Any]]:
    ends = [*lows[1:], None]
    return [{"low": low, "high": high, "sessions": n} for low, high, n in zip(lows, ends, sessions, strict=True)]


def by_hand() -> dict[str, Any]:
    # Item 7: sessions 1, 2, 3, 3; item 8: 2, 3, 4; item 9: 2, 5, 5, 5.
    week = [[0] * 24 for _ in range(7)]
    week[0][14], week[0][0] = 8, 3
    hours = [0] * 24
    hours[14], hours[0] = 8, 3
    seconds = (0.0, 1.0, 60.0, 600.0, 3600.0, 21600.0, 86400.0, 259200.0, 604800.0)
    lengths = (1.0, 2.0, 3.0, 6.0, 11.0, 21.0, 51.0, 101.0, 201.0, 501.0)
    return {
        "rows_read": 13,
        "rejected": 0,
        "ignored": 0,
        "duplicates": 2,
        "events": 11,
        "sessions": 5,
        "items": 3,
        "customers": 5,
        "types": {"clicks": 4, "carts": 4, "orders": 3},
        "types_read": {"clicks": 6, "carts": 4, "orders": 3},
        "missing": {"customer": 0, "item": 0, "time": 0, "type": 0},
        "top_items": [{"item": 7, "events": 4}, {"item": 9, "events": 4}, {"item": 8, "events": 3}],
        "by_hour": hours,
        "by_weekday": [11, 0, 0, 0, 0, 0, 0],
        "by_weekday_hour": week,
        "by_day": [{"day": "2022-08-01", "events": 8}, {"day": "2022-08-08", "events": 3}],
        # Seconds 0, 0, 0.002, 2, 60; the rank of the 90 % quantile is 3.6.
        "session_seconds": {
            "mean": 62.002 / 5,
            "median": 0.002,
            "p90": 2 + 0.6 * 58,
            "histogram": bars(seconds, [3, 1, 1, 0, 0, 0, 0, 0, 0]),
        },
        # Lengths 1, 1, 3, 3, 3.
        "events_per_session": {
            "mean": 2.2,
            "median": 3.0,
            "p90": 3.0,
            "max": 3,
            "histogram": bars(lengths, [2, 0, 3, 0, 0, 0, 0, 0, 0, 0]),
        },
        "sessions_by_minimum_length": [
            {"length": 1, "sessions": 5, "events": 11},
            {"length": 2, "sessions": 3, "events": 9},
            {"length": 3, "sessions": 3, "events": 9},
            *({"length": length, "sessions": 0, "events": 0} for length in (5, 10, 20, 50, 100, 200, 500)),
        ],
        # Ascending 3, 4, 4: 2 (3 + 8 + 12) / (3 x 11) - 4 / 3.
        "item_popularity": {
            "gini": 46 / 33 - 4 / 3,
            "top_1_percent_items": 1,
            "top_1_percent_share": 4 / 11,
            "shares": [
                {"items": share, "events": held / 11}
                for share, held in ((0.001, 4), (0.01, 4), (0.05, 4), (0.1, 4), (0.25, 4), (0.5, 8), (1.0, 11))
            ],
        },
        "funnel": [
            {"type": "clicks", "sessions": 4, "share": 0.8, "rate": None},
            {"type": "carts", "sessions": 2, "share": 0.4, "rate": 0.5},
            {"type": "orders", "sessions": 1, "share": 0.2, "rate": 0.5},
        ],
    }


@pytest.mark.parametrize("contender", MODULES)
def test_a_contender_finds_what_is_counted_by_hand(contender: str, log: Path, tmp_path: Path) -> None:
    [run] = run_contender(contender, log, tmp_path / "work", TERMS)
    assert run.figures is not None
    found = compare(by_hand(), run.figures)
    assert found.differences == ()
    assert found.uncompared == ()
    assert not (tmp_path / "work").exists()


@pytest.mark.slow
def test_all_agree_on_a_log_of_some_hundred_sessions(tmp_path: Path) -> None:
    command = [
        sys.executable, str(BENCHMARKS / "events.py"), "--sessions", "400", "--pandas-sessions", "300", "--runs", "1",
        "--stages", "--json", str(tmp_path / "results.json"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert results["wrong"] == []
    assert results["log"]["sessions"] == 400
    assert list(results["contenders"]) == ["reference", "tuned", "product", AGAIN, "polars", "pandas"]
    assert all(summary["wall_seconds"] > 0 and summary["stopped"] == [] for summary in results["contenders"].values())
    assert results["contenders"]["pandas"]["events_read"] < results["contenders"]["product"]["events_read"]
    assert [len(rows) for rows in results["stages"].values()] == [6, 4]
    assert str(tmp_path) not in json.dumps(results)
