"""The calibration line is that of an optimiser, and says what was planted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from querencia.learn.metrics.calibration_line import calibration_line


@pytest.fixture(scope="module")
def customers() -> tuple[np.ndarray, np.ndarray]:
    """What happened, and the log odds that it came from: a base rate of some 5 %."""
    random = np.random.default_rng(6)
    odds = random.normal(-3.2, 1, 6000)
    return (random.random(6000) < expit(odds)).astype(int), odds


def test_line_is_the_unpenalised_logistic_regression(customers: tuple[np.ndarray, np.ndarray]) -> None:
    y, odds = customers
    stated = expit(1.5 * odds + 1)
    line = calibration_line(y, stated, seed=1, resamples=50)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit(stated)[:, None], y)
    assert line.slope.value == pytest.approx(peer.coef_[0, 0], rel=1e-5)
    assert line.intercept.value == pytest.approx(peer.intercept_[0], abs=1e-5)
    # With the slope at 1, as many are expected as left.
    assert expit(logit(stated) + line.in_the_large.value).sum() == pytest.approx(y.sum())


def test_intervals_hold_what_was_planted(customers: tuple[np.ndarray, np.ndarray]) -> None:
    y, odds = customers
    right = calibration_line(y, expit(odds), seed=1, resamples=300)
    for interval, truth in ((right.slope, 1), (right.intercept, 0), (right.in_the_large, 0)):
        assert interval.low < truth < interval.high
    bold = calibration_line(y, expit(2 * odds + 1), seed=1, resamples=300)
    assert bold.slope.low < 0.5 < bold.slope.high < 1
    assert bold.intercept.low < -0.5 < bold.intercept.high
    halved = calibration_line(y, expit(odds) / 2, seed=1, resamples=300)
    assert halved.in_the_large.low > 0.4


def test_grouped_resamples_vary_as_a_plain_loop_does(customers: tuple[np.ndarray, np.ndarray]) -> None:
    y, odds = customers
    found = calibration_line(y, expit(odds), seed=1, resamples=400).slope
    random = np.random.default_rng(2)
    loop = []
    for _ in range(150):
        rows = random.integers(len(y), size=len(y))
        loop.append(calibration_line(y[rows], expit(odds[rows]), seed=1, resamples=1).slope.value)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.std(loop), rel=0.2)


def test_what_cannot_be_fitted_is_unknown() -> None:
    assert np.isnan(calibration_line([1, 1, 1], [0.2, 0.3, 0.4], seed=1, resamples=5).slope.value)
    constant = calibration_line([1, 0, 0, 0], [0.5] * 4, seed=1, resamples=50)
    assert np.isnan(constant.slope.value)
    assert constant.in_the_large.value == pytest.approx(np.log(0.25 / 0.75))
    parted = calibration_line([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], seed=1, resamples=5)
    assert np.isnan(parted.slope.value) or parted.slope.value > 5
