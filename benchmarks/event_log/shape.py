"""The shape of explore.json's `events`, as far as several contenders need the same words for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# Where the bars of the histograms begin.
EVENT_BINS = (1, 2, 3, 6, 11, 21, 51, 101, 201, 501)
SECOND_BINS = (0, 1, 60, 600, 3_600, 6 * 3_600, 86_400, 3 * 86_400, 7 * 86_400)

MINIMUM_LENGTHS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
POPULAR_THOUSANDTHS = (1, 10, 50, 100, 250, 500, 1000)
FUNNEL = ("clicks", "carts", "orders")
QUARTER_MS = 900_000  # the offset of any time zone is a whole number of quarters of an hour


def histogram(starts: Sequence[int], at_least: Sequence[int]) -> list[dict[str, Any]]:
    """Return the bars that begin at `starts`, of which `at_least` sessions reach each beginning."""
    ends = [*starts[1:], None]
    beyond = [*at_least[1:], 0]
    return [
        {"low": float(low), "high": None if high is None else float(high), "sessions": reached - further}
        for low, high, reached, further in zip(starts, ends, at_least, beyond, strict=True)
    ]


def count_most_popular(items: int, thousandths: int) -> int:
    """Return how many items a share of them is, rounded up."""
    return (items * thousandths + 999) // 1000


def funnel(reached: Sequence[tuple[str, int]], sessions: int) -> list[dict[str, Any]]:
    """Return the funnel's steps: how many sessions reach each, of all and of those at the step before."""
    before = [None, *(count for _, count in reached[:-1])]
    return [
        {"type": step, "sessions": count, "share": count / sessions, "rate": count / last if last else None}
        for (step, count), last in zip(reached, before, strict=True)
    ]
