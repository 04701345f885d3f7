"""Metrics agree with scikit-learn, with hand figures, and with brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from querencia.learn.metrics.auc import roc_auc
from querencia.learn.metrics.average_precision import average_precision
from querencia.learn.metrics.bootstrap import bootstrap_quality
from querencia.learn.metrics.brier import brier_score, brier_skill
from querencia.learn.metrics.calibration import calibration_bins

# Few distinct scores, so that ties are common.
customers = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12).map(lambda n: n / 12)), min_size=2, max_size=60)
both_classes = customers.filter(lambda rows: 0 < sum(y for y, _ in rows) < len(rows))


@settings(max_examples=50, deadline=None)
@given(both_classes)
def test_auc_average_precision_and_brier_are_those_of_scikit_learn(rows: list[tuple[int, float]]) -> None:
    y, p = np.array([y for y, _ in rows]), np.array([p for _, p in rows])
    assert roc_auc(y, p) == pytest.approx(roc_auc_score(y, p))
    assert average_precision(y, p) == pytest.approx(average_precision_score(y, p))
    assert brier_score(y, p) == pytest.approx(brier_score_loss(y, p))


@given(both_classes)
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, float]]) -> None:
    left, stayed = [p for y, p in rows if y], [p for y, p in rows if not y]
    won = sum((a > b) + (a == b) / 2 for a in left for b in stayed)
    assert roc_auc([y for y, _ in rows], [p for _, p in rows]) == pytest.approx(won / len(left) / len(stayed))


def test_figures_of_one_class_are_unknown() -> None:
    assert math.isnan(roc_auc([1, 1], [0.2, 0.3]))
    assert math.isnan(average_precision([0, 0], [0.2, 0.3]))
    assert math.isnan(brier_skill([0, 0], [0.2, 0.3]))


def test_brier_skill_by_hand() -> None:
    outcome = [1, 0, 0, 0]
    assert brier_skill(outcome, [0.25] * 4) == pytest.approx(0)
    assert brier_skill(outcome, outcome) == 1
    # Mean square 0.01 against 0.25 x 0.75 for the base rate.
    assert brier_skill(outcome, [0.9, 0.1, 0.1, 0.1]) == pytest.approx(1 - 0.01 / 0.1875)


def test_bootstrap_is_that_of_a_plain_loop_over_the_same_draws() -> None:
    random = np.random.default_rng(5)
    y = (random.random(300) < 0.2).astype(int)
    p = np.round(np.clip(0.2 + 0.2 * y + random.normal(0, 0.2, 300), 0, 1), 2)
    found = bootstrap_quality(y, p, seed=9, resamples=60)
    order = np.lexsort((y, p))
    draws = np.random.default_rng(9)
    loop = []
    for _ in range(60):
        drawn = order[draws.integers(300, size=300)]
        a, b = y[drawn], p[drawn]
        skill = 1 - brier_score_loss(a, b) / (a.mean() * (1 - a.mean()))
        loop.append((roc_auc_score(a, b), average_precision_score(a, b), brier_score_loss(a, b), skill))
    low, high = np.quantile(loop, [0.025, 0.975], axis=0)
    intervals = (found.auc, found.average_precision, found.brier, found.brier_skill)
    assert [interval.low for interval in intervals] == pytest.approx(list(low))
    assert [interval.high for interval in intervals] == pytest.approx(list(high))
    assert found.auc.value == pytest.approx(roc_auc_score(y, p))


def test_bootstrap_does_not_depend_on_how_many_draws_are_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    y, p = np.arange(500) % 7 == 0, np.random.default_rng(1).random(500)
    whole = bootstrap_quality(y, p, seed=3, resamples=50)
    monkeypatch.setattr("querencia.learn.metrics.resampling.CELLS_AT_ONCE", 1000)
    assert bootstrap_quality(y, p, seed=3, resamples=50) == whole


def test_bootstrap_of_a_constant_prediction_has_no_skill_and_no_width_in_auc() -> None:
    quality = bootstrap_quality(np.arange(1000) % 20 == 0, np.full(1000, 0.05), seed=1, resamples=100)
    assert (quality.auc.low, quality.auc.value, quality.auc.high) == (0.5, 0.5, 0.5)
    assert quality.brier_skill.value == pytest.approx(0)
    assert quality.brier_skill.high <= 1e-12


def test_bootstrap_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # Two normal scores one deviation apart: the true AUC is Phi(1 / sqrt 2).
    truth, covered = 0.760250, 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        y = np.arange(400) < 120
        interval = bootstrap_quality(y, random.normal(y.astype(float)), seed=seed, resamples=200).auc
        covered += interval.low <= truth <= interval.high
    assert covered >= 51  # 57 expected; fewer than 51 would happen once in 200 such tests


def test_calibration_counts_everybody_once_and_keeps_ties_together() -> None:
    random = np.random.default_rng(2)
    p = random.random(1000) * 0.1
    y = random.random(1000) < p
    bins = calibration_bins(y, p)
    assert [part.customers for part in bins] == [100] * 10
    assert sum(part.predicted * part.customers for part in bins) == pytest.approx(p.sum())
    assert sum(part.observed * part.customers for part in bins) == pytest.approx(y.sum())
    assert [part.predicted for part in bins] == sorted(part.predicted for part in bins)
    tied = calibration_bins([0, 1, 0, 0, 1], [0.2, 0.2, 0.2, 0.2, 0.9])
    assert [(part.predicted, part.observed, part.customers) for part in tied] == [
        (pytest.approx(0.2), 0.25, 4),
        (0.9, 1.0, 1),
    ]
