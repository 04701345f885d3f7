"""Calibrators give probabilities that come true."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from querencia.learn.churn.calibrators import IsotonicCalibrator, SigmoidCalibrator


@pytest.fixture
def scores() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log odds that are twice too bold and shifted, what they should have been, and what happened."""
    random = np.random.default_rng(4)
    true = random.normal(-3, 1, 20_000)
    return 2 * true + 1, true, (random.random(20_000) < expit(true)).astype(float)


def test_sigmoid_finds_the_line_that_an_optimiser_finds(scores: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    bold, _, outcome = scores
    fitted = SigmoidCalibrator.fit(bold, outcome)
    churners, others = outcome.sum(), (1 - outcome).sum()
    target = np.where(outcome == 1, (churners + 1) / (churners + 2), 1 / (others + 2))

    def loss(line: np.ndarray) -> float:
        z = line[0] * bold + line[1]
        return float(np.mean(np.logaddexp(0, z) - target * z))

    best = minimize(loss, [1.0, 0.0], method="BFGS").x
    assert [fitted.slope, fitted.intercept] == pytest.approx(list(best), rel=1e-3)
    assert fitted.slope == pytest.approx(0.5, rel=0.1)
    assert fitted.calibrate(bold).mean() == pytest.approx(outcome.mean(), rel=0.01)


def test_a_model_that_ranks_backwards_or_not_at_all_gives_everybody_the_base_rate() -> None:
    random = np.random.default_rng(1)
    outcome = (np.arange(1000) < 30).astype(float)
    backwards = random.normal(size=1000) - 2 * outcome
    for log_odds in (backwards, np.full(1000, -3.4)):
        chance = SigmoidCalibrator.fit(log_odds, outcome).calibrate(log_odds)
        assert np.ptp(chance) < 1e-9
        assert chance[0] == pytest.approx(0.03, abs=0.002)


def test_sigmoid_survives_scores_that_separate_perfectly() -> None:
    outcome = (np.arange(1000) < 100).astype(float)
    chance = SigmoidCalibrator.fit(20 * outcome - 10, outcome).calibrate(20 * outcome - 10)
    assert chance[0] == pytest.approx(101 / 102, abs=1e-4)
    assert chance[-1] == pytest.approx(1 / 902, abs=1e-4)


def test_isotonic_never_falls_and_never_claims_certainty(scores: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    bold, true, outcome = scores
    chance = IsotonicCalibrator.fit(bold, outcome).calibrate(bold)
    assert (np.diff(chance[np.argsort(bold)]) >= 0).all()
    assert 0 < chance.min() <= chance.max() < 1
    assert np.abs(chance - expit(true)).mean() < 0.01
