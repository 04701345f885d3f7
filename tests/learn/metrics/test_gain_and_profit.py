"""Gain, lift and profit agree with figures printed elsewhere, with hand figures, and with brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta as beta_distribution

from querencia.learn.metrics.gain import bootstrap_lift, gain_at, gain_curve, lift_at
from querencia.learn.metrics.profit import bootstrap_profit, expected_maximum_profit

customers = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=40)


def test_expected_maximum_profit_is_what_empulse_prints() -> None:
    """empulse's empc with its defaults, which are those of Verbraken, Verbeke and Baesens 2013."""
    y = [0, 1] * 10
    assert expected_maximum_profit(y, y) == pytest.approx((28.0000000000391, 0.499999999728095))
    assert expected_maximum_profit(y, [1 - left for left in y]) == pytest.approx((22.5007912244511, 0.9991601018889205))
    half = expected_maximum_profit([0, 1, 0, 1, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9])
    assert half == pytest.approx((23.875593418348124, 0.8743700763487141))


@given(customers.filter(lambda rows: any(left for left, _ in rows)))
def test_expected_maximum_profit_is_the_integral_of_the_best_campaign(rows: list[tuple[int, int]]) -> None:
    y, s = np.array(rows).T
    found, _ = expected_maximum_profit(y, s, value=120, incentive=20, contact=3, alpha=2, beta=3)
    tops = [np.zeros(len(y), dtype=bool), *(s >= level for level in np.unique(s))]

    gamma = np.linspace(0, 1, 2001)
    profits = [(top * (y * gamma[:, None] * (120 - 20) - 3 - 20 * (1 - y))).mean(axis=1) for top in tops]
    truth = np.trapezoid(np.max(profits, axis=0) * beta_distribution.pdf(gamma, 2, 3), gamma)
    assert found == pytest.approx(truth, abs=1e-3)


def test_nobody_is_contacted_where_it_cannot_pay_and_nonsense_is_refused() -> None:
    assert expected_maximum_profit([0, 0, 1], [1, 2, 3], value=20, incentive=10, contact=50) == (0, 0)
    with pytest.raises(ValueError, match="value > incentive > 0"):
        expected_maximum_profit([0, 1], [0, 1], value=5)


def test_profit_interval_holds_the_profit_of_the_population() -> None:
    random = np.random.default_rng(3)
    chance = random.beta(2, 8, 200_000)
    left = random.random(len(chance)) < chance
    truth, share = expected_maximum_profit(left, chance)
    sample = bootstrap_profit(left[:4000], chance[:4000], seed=1, resamples=200)
    assert sample.profit.low < truth < sample.profit.high
    assert sample.share == pytest.approx(share, abs=0.05)
    assert (sample.value, sample.incentive, sample.contact, sample.alpha, sample.beta) == (200, 10, 1, 6, 14)


def test_gain_by_hand_runs_straight_through_ties() -> None:
    y, s = [1, 0, 1, 0, 0], [9, 9, 5, 5, 5]
    assert gain_at(y, s, [0, 0.2, 0.4, 0.6, 1]) == pytest.approx([0, 0.25, 0.5, 0.5 + 0.5 / 3, 1])
    assert lift_at(y, s, share=0.4) == pytest.approx(1.25)
    assert np.isnan(lift_at([0, 0], [1, 2], share=0.5))


@given(customers.filter(lambda rows: any(left for left, _ in rows)))
def test_the_mean_gain_gives_the_area_under_the_roc_curve(rows: list[tuple[int, int]]) -> None:
    # Area under the gain curve = 1 - base rate / 2 - (1 - base rate) (1 - AUC): both count pairs of customers.
    y, s = np.array(rows).T
    if y.all():
        return
    shares = np.append(0, np.cumsum(np.unique(-s, return_counts=True)[1]) / len(s))
    area = np.trapezoid(gain_at(y, s, shares), shares)
    pairs = [(a > b) + (a == b) / 2 for a in s[y == 1] for b in s[y == 0]]
    rate = y.mean()
    assert area == pytest.approx(1 - rate / 2 - (1 - rate) * (1 - np.mean(pairs)))


def test_the_null_band_holds_nineteen_of_twenty_random_rankings() -> None:
    y = np.arange(400) < 60
    curve = gain_curve(y, np.random.default_rng(0).random(400), points=20)
    assert [point.share for point in curve] == pytest.approx(list(np.arange(21) / 20))
    middle = curve[6]
    random = np.random.default_rng(1)
    gains = [random.permutation(y)[:120].sum() / 60 for _ in range(4000)]
    inside = np.mean([middle.low <= gain <= middle.high for gain in gains])
    assert 0.945 <= inside <= 0.98
    assert (curve[0].low, curve[0].high, curve[-1].gain, curve[-1].low) == (0, 0, 1, 1)


def test_lift_interval_is_that_of_a_plain_loop() -> None:
    random = np.random.default_rng(5)
    s = random.random(1500)
    y = (random.random(1500) < 0.3 * s).astype(int)
    tenth, fifth = bootstrap_lift(y, s, shares=[0.1, 0.2], seed=1)
    assert (tenth.value, fifth.value) == (lift_at(y, s, share=0.1), lift_at(y, s, share=0.2))
    draws = (random.integers(1500, size=1500) for _ in range(1000))
    loop = [lift_at(y[rows], s[rows], share=0.1) for rows in draws]
    low, high = np.quantile(loop, [0.025, 0.975])
    assert (tenth.low, tenth.high) == (pytest.approx(low, rel=0.04), pytest.approx(high, rel=0.04))
