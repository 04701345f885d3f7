"""The choice among models is made by nested log loss."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss

from querencia.learn.churn.calibrators import SigmoidCalibrator
from querencia.learn.churn.combining import base_rate, combine, nested_losses

NAMES = ("one", "two")


@pytest.fixture
def scores() -> tuple[np.ndarray, np.ndarray]:
    """Two models that each know half of what decides, and what happened."""
    random = np.random.default_rng(1)
    halves = random.normal(size=(4000, 2))
    return 2 * halves - 3, (random.random(4000) < expit(halves.sum(axis=1) - 2)).astype(float)


def test_two_halves_of_the_truth_are_best_blended(scores: tuple[np.ndarray, np.ndarray]) -> None:
    known, outcome = scores
    folds = np.arange(4000) % 4
    losses = nested_losses(NAMES, known, outcome, folds=folds, isotonic=False)
    assert min(losses, key=lambda name: losses[name]) == "blend"
    blend = combine(NAMES, known, outcome, isotonic=False, rate=base_rate(outcome))[-1]
    assert blend.name == "blend"
    assert blend.weights == pytest.approx((0.5, 0.5), abs=0.05)
    truth = expit((known.sum(axis=1) + 6) / 2 - 2)
    assert np.abs(blend.probability(known) - truth).mean() < 0.01


def test_nested_losses_are_those_of_a_plain_loop(scores: tuple[np.ndarray, np.ndarray]) -> None:
    known, outcome = scores[0][:900], scores[1][:900]
    folds = np.arange(900) % 3
    chance = np.empty(900)
    rate = base_rate(outcome)
    for fold in range(3):
        rest = folds != fold
        line = SigmoidCalibrator.fit(known[rest, 0], outcome[rest])
        z = line.slope * known[~rest, 0] + line.intercept
        z += np.log(rate / (1 - rate)) - np.log(base_rate(outcome[rest]) / (1 - base_rate(outcome[rest])))
        chance[~rest] = expit(z)
    losses = nested_losses(NAMES, known, outcome, folds=folds, isotonic=False)
    assert losses["one"] == pytest.approx(log_loss(outcome, chance))
    assert losses["base_rate"] == pytest.approx(log_loss(outcome, np.full(900, rate)))


@pytest.mark.parametrize("isotonic", [True, False])
def test_noise_loses_against_the_base_rate_and_ranks_no_fold_above_another(isotonic: bool) -> None:
    random = np.random.default_rng(2)
    outcome = (np.arange(2000) % 19 == 0).astype(float)
    noise = random.normal(size=(2000, 2))
    folds = random.permutation(2000) % 5
    losses = nested_losses(NAMES, noise, outcome, folds=folds, isotonic=isotonic)
    assert min(losses, key=lambda name: losses[name]) == "base_rate"
    constants = set()
    for fold in range(5):
        rest = folds != fold
        found = combine(NAMES, noise[rest], outcome[rest], isotonic=isotonic, rate=base_rate(outcome))
        constants |= set(found[0].probability(noise[rest]).tolist())
    assert len(constants) == 1
    assert constants.pop() == pytest.approx(base_rate(outcome))
