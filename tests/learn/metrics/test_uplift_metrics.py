"""Uplift metrics agree with figures printed elsewhere, with brute force, and with experiments of known effect."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.learn.metrics.auuc import auuc, auuc_by_rows, bootstrap_auuc
from querencia.learn.metrics.average_effect import average_effect
from querencia.learn.metrics.policy_value import policy_value_aipw, policy_value_ipw, top_share
from querencia.learn.metrics.qini import bootstrap_qini, qini_by_rows, qini_coefficient, qini_curve
from querencia.learn.metrics.uplift_deciles import uplift_by_decile

rows = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 6)), min_size=4, max_size=60)
both_sides = rows.filter(lambda found: 0 < sum(t for _, t, _ in found) < len(found))


@pytest.mark.parametrize(
    ("y", "t", "qini", "uplift"),
    [([0, 1], [1, 0], 1.0, 0.0), ([1, 0], [0, 1], 1.0, 1.0)],
)
def test_normalised_areas_are_those_that_scikit_uplift_prints(
    y: list[int], t: list[int], qini: float, uplift: float
) -> None:
    """scikit-uplift 0.5, qini_auc_score and uplift_auc_score: areas above chance over those of the ideal ranking."""
    assert qini_coefficient(y, [0.1, 0.3], t, outcome="response", normalised=True) == pytest.approx(qini)
    assert auuc(y, [0.1, 0.3], t, outcome="response", normalised=True) == pytest.approx(uplift)


def test_means_over_rows_are_those_that_causalml_prints() -> None:
    """causalml 0.18, qini_score and auuc_score with normalize=False and True, for its own test's learner_1.

    Its scores tie in pairs, and its sort leaves the order of equals to chance: the order that it printed
    0.12424 for is given here by a sixth decimal.
    """
    y, w = [0, 0, 0, 0, 1, 0, 0, 1, 1, 1], [0] * 5 + [1] * 5
    score = np.array([0, 0.1, 0.2, 0.3, 0.4] * 2) + 1e-6 * np.array([1, 0, 0, 0, 0, 0, 1, 1, 1, 1])
    assert qini_by_rows(y, score, w, outcome="response") == pytest.approx(0.124242, abs=1e-6)
    assert qini_by_rows(y, score, w, outcome="response", normalised=True) == pytest.approx(0.062121, abs=1e-6)
    assert auuc_by_rows(y, score, w, outcome="response") == pytest.approx(2.215152, abs=1e-6)
    assert auuc_by_rows(y, score, w, outcome="response", normalised=True) == pytest.approx(0.553788, abs=1e-6)


def _brute_areas(y: np.ndarray, s: np.ndarray, t: np.ndarray) -> tuple[float, float]:
    """Count who stands above each score, one score after the other."""
    shares, qini, uplift = [0.0], [0.0], [0.0]
    for level in sorted(set(s.tolist()), reverse=True):
        top = s >= level
        contacted, others = y[top & (t == 1)], y[top & (t == 0)]
        shares.append(top.mean())
        lost = others.sum() / len(others) * len(contacted) if len(others) else 0
        qini.append((contacted.sum() - lost) / (t == 1).sum())
        rates = [part.mean() if len(part) else 0 for part in (contacted, others)]
        uplift.append((rates[0] - rates[1]) * top.mean())
    return float(np.trapezoid(qini, shares) - qini[-1] / 2), float(np.trapezoid(uplift, shares))


@given(both_sides)
def test_areas_are_those_of_counting_at_each_score(found: list[tuple[int, int, int]]) -> None:
    y, t, s = np.array(found).T
    qini, uplift = _brute_areas(y, s, t)
    assert qini_coefficient(y, s, t, outcome="response") == pytest.approx(qini)
    assert auuc(y, s, t, outcome="response") == pytest.approx(uplift)
    assert qini_coefficient(1 - y, s, t, outcome="churn") == pytest.approx(qini)
    assert qini_by_rows(1 - y, s, t, outcome="churn") == pytest.approx(qini_by_rows(y, s, t, outcome="response"))


def test_curve_by_hand() -> None:
    # Best first: contacted stays, other leaves, contacted leaves, other leaves. Churners kept per contacted customer.
    shares, kept = qini_curve([0, 1, 1, 1], [4, 3, 2, 1], [1, 0, 1, 0], outcome="churn")
    assert shares.tolist() == [0, 0.25, 0.5, 0.75, 1]
    # 1 stayed of 1, against 0 of 1 (none yet: counted as 0), then 1 of 2, against 0 of 1, then 0 of 2.
    assert kept.tolist() == [0, 0.5, 0.5, 0.5, 0.5]


def test_a_constant_effect_or_score_has_no_qini_and_an_area_of_half_the_effect() -> None:
    y, t = [1, 1, 1, 0, 1, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0]
    assert qini_coefficient(y, np.zeros(8), t, outcome="response") == 0
    assert auuc(y, np.zeros(8), t, outcome="response") == pytest.approx((0.75 - 0.25) / 2)


def test_a_side_that_is_missing_makes_it_unknown_and_a_wrong_direction_is_refused() -> None:
    assert np.isnan(qini_coefficient([0, 1], [1, 2], [1, 1], outcome="churn"))
    assert np.isnan(auuc([0, 1], [1, 2], [0, 0], outcome="churn"))
    with pytest.raises(ValueError, match="'sales': expected 'churn'"):
        qini_coefficient([0, 1], [1, 2], [0, 1], outcome="sales")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"holds 2\.0: expected 0 or 1"):
        qini_coefficient([0, 2], [1, 2], [0, 1], outcome="churn")


@pytest.fixture(scope="module")
def experiment() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """40,000 customers, 30 % leave; contact keeps up to 20 points of them, the more the higher the score. A coin
    that falls on contact three times in four."""
    random = np.random.default_rng(8)
    score = random.random(40_000)
    treatment = (random.random(40_000) < 0.75).astype(int)
    chance = 0.3 - 0.2 * score * treatment
    return (random.random(40_000) < chance).astype(int), score, treatment, chance


def test_qini_and_auuc_cover_what_theory_says(experiment: tuple[np.ndarray, ...]) -> None:
    y, score, t, _ = experiment
    # Kept among the top share u: integral of 0.2 (1 - v) dv to u = 0.2 (u - u^2 / 2); above chance 0.1 (u - u^2).
    qini = bootstrap_qini(y, score, t, outcome="churn", seed=1, resamples=300)
    assert qini.low < 0.1 / 6 < qini.high
    assert qini.low > 0
    assert qini.value == pytest.approx(qini_coefficient(y, score, t, outcome="churn"))
    area = bootstrap_auuc(y, score, t, outcome="churn", seed=1, resamples=300)
    assert area.low < 0.2 * (1 / 2 - 1 / 6) < area.high
    backwards = bootstrap_qini(y, -score, t, outcome="churn", seed=1, resamples=300)
    assert backwards.high < 0
    response = bootstrap_qini(y, score, t, outcome="response", seed=1, resamples=300)
    assert response.high < 0


def test_grouped_resamples_give_the_interval_of_a_plain_loop(experiment: tuple[np.ndarray, ...]) -> None:
    y, score, t, _ = (part[:3000] for part in experiment)
    found = bootstrap_qini(y, score, t, outcome="churn", seed=1, resamples=1000)
    random = np.random.default_rng(4)
    draws = (random.integers(3000, size=3000) for _ in range(1000))
    loop = [qini_coefficient(y[rows], score[rows], t[rows], outcome="churn") for rows in draws]
    low, high = np.quantile(loop, [0.025, 0.975])
    assert (found.low, found.high) == (
        pytest.approx(low, abs=0.1 * (high - low)),
        pytest.approx(high, abs=0.1 * (high - low)),
    )


def test_average_effect_has_the_standard_error_of_two_proportions(experiment: tuple[np.ndarray, ...]) -> None:
    y, _, t, _ = experiment
    effect = average_effect(y, t, outcome="churn", seed=1)
    rates = [y[t == side].mean() for side in (0, 1)]
    assert effect.value == pytest.approx(rates[0] - rates[1])
    error = np.sqrt(sum(rate * (1 - rate) / (t == side).sum() for side, rate in enumerate(rates)))
    assert (effect.high - effect.low) / 2 == pytest.approx(1.96 * error, rel=0.1)
    assert effect.low < 0.1 < effect.high


def test_deciles_hold_everybody_once_and_show_what_was_planted(experiment: tuple[np.ndarray, ...]) -> None:
    y, score, t, _ = experiment
    deciles = uplift_by_decile(y, 0.2 * score, t, outcome="churn", seed=1, resamples=300)
    assert [part.decile for part in deciles] == list(range(1, 11))
    assert sum(part.customers for part in deciles) == 40_000
    for part in deciles:
        assert part.predicted == pytest.approx(0.2 * (1.05 - part.decile / 10), abs=0.005)
    inside = [part.observed.low <= part.predicted <= part.observed.high for part in deciles if part.observed]
    assert sum(inside) >= 8


def test_policy_values_cover_the_truth_and_augmentation_narrows_them(experiment: tuple[np.ndarray, ...]) -> None:
    y, score, t, _ = experiment
    policy = top_share(score, share=0.4)
    assert policy.sum() == 16_000
    assert score[policy == 1].min() >= score[policy == 0].max()
    truth = float(np.mean(0.3 - 0.2 * score * policy))
    known = np.column_stack([np.full(len(y), 0.3), 0.3 - 0.2 * score])
    ipw = policy_value_ipw(y, t, policy, propensity=0.75, seed=1)
    aipw = policy_value_aipw(y, t, policy, propensity=0.75, expected=known, seed=1)
    for interval in (ipw, aipw):
        assert interval.low < truth < interval.high
    assert aipw.high - aipw.low < ipw.high - ipw.low
    # Where nothing is foretold, the augmented form is the plain weighted mean.
    nothing = policy_value_aipw(y, t, policy, propensity=0.75, expected=np.zeros((len(y), 2)), seed=1)
    weight = np.where(policy == t, np.where(t == 1, 1 / 0.75, 4.0), 0.0)
    assert nothing.value == pytest.approx(np.mean(weight * y))
    assert ipw.value == pytest.approx(np.sum(weight * y) / np.sum(weight))


def test_a_policy_of_everybody_is_worth_the_rate_of_the_contacted(experiment: tuple[np.ndarray, ...]) -> None:
    y, _, t, _ = experiment
    for side in (0, 1):
        value = policy_value_ipw(y, t, np.full(len(y), side), propensity=0.75, seed=1, resamples=50)
        assert value.value == pytest.approx(y[t == side].mean())
