"""Intervals of shares, against other ways of computing them."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest, norm

from querencia.report.charts.intervals import difference_interval, wilson_interval


@pytest.mark.parametrize(("left", "count"), [(0, 10), (3, 40), (105, 2_886), (10, 10)])
def test_wilson_interval_equals_scipys(left: int, count: int) -> None:
    wanted = binomtest(left, count).proportion_ci(method="wilson")
    assert wilson_interval(left / count, count) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_nothing_is_known_of_nobody() -> None:
    assert wilson_interval(0.0, 0) == (0.0, 1.0)


def test_difference_of_two_shares_by_hand() -> None:
    low, high = difference_interval(0.5, 100, 0.4, 400)
    half = norm.ppf(0.975) * (0.25 / 100 + 0.24 / 400) ** 0.5
    assert (low, high) == pytest.approx((0.1 - half, 0.1 + half))
