"""Stacking finds the best weights that are not negative."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from querencia.learn.churn.stacking import fit_line, smooth_targets


def constrained_loss(scores: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, float]:
    """Return what a general optimiser finds under the bound, and its loss."""

    def loss(line: np.ndarray) -> float:
        z = line[0] + scores @ line[1:]
        return float(np.mean(np.logaddexp(0, z) - target * z))

    bounds = [(None, None), *[(0, None)] * scores.shape[1]]
    found = minimize(loss, np.zeros(scores.shape[1] + 1), bounds=bounds, method="L-BFGS-B", tol=1e-14)
    return found.x, float(found.fun)


@pytest.mark.parametrize("signs", [(1.0, 0.5), (1.0, -0.7), (-1.0, -0.5), (0.8, 0.0)])
def test_weights_are_those_of_an_optimiser_under_the_same_bound(signs: tuple[float, float]) -> None:
    random = np.random.default_rng(3)
    scores = random.normal(size=(3000, 2)) * [1.0, 7.0] + [-3.0, 2.0]
    left = (random.random(3000) < expit(-2 + scores @ (np.array(signs) / [1.0, 7.0]))).astype(float)
    target = smooth_targets(left)
    line = fit_line(scores, target)
    best, loss = constrained_loss(scores, target)
    assert [line.intercept, *line.weights] == pytest.approx(list(best), abs=2e-3)
    assert line.loss <= loss + 1e-9
    assert (line.weights >= 0).all()


def test_two_models_that_say_the_same_share_what_one_would_get() -> None:
    random = np.random.default_rng(5)
    score = random.normal(size=2000)
    target = smooth_targets((random.random(2000) < expit(score - 2)).astype(float))
    alone = fit_line(score[:, None], target)
    twice = fit_line(np.column_stack([score, score]), target)
    assert twice.weights.sum() == pytest.approx(alone.weights[0], rel=1e-6)
    assert twice.loss == pytest.approx(alone.loss, abs=1e-12)


def test_a_score_that_does_not_vary_has_no_weight() -> None:
    random = np.random.default_rng(6)
    score = random.normal(size=500)
    target = smooth_targets((random.random(500) < expit(score)).astype(float))
    line = fit_line(np.column_stack([np.full(500, 4.2), score]), target)
    assert line.weights[0] == 0
    assert line.weights[1] > 0.5


def test_targets_are_smoothed_by_one_customer_of_each_kind() -> None:
    assert smooth_targets(np.array([1.0, 0.0, 0.0, 1.0, 0.0])).tolist() == [3 / 4, 1 / 5, 1 / 5, 3 / 4, 1 / 5]
