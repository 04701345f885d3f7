"""Brier score and Brier skill: how far probabilities are from what happened."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def brier_score(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Return the mean squared difference between `probability` (n,) and `outcome` (n,), 0 or 1. Smaller is better.

    G. Brier, "Verification of forecasts expressed in terms of probability", 1950, for two classes, counted once.
    """
    return float(np.mean((np.asarray(probability, dtype=np.float64) - np.asarray(outcome, dtype=np.float64)) ** 2))


def brier_skill(outcome: ArrayLike, probability: ArrayLike) -> float:
    """Return 1 - Brier score / Brier score of telling everybody the base rate: 1 perfect, 0 no better than that.

    NaN where the outcome has one class only.
    """
    rate = float(np.mean(np.asarray(outcome, dtype=np.float64)))
    if rate in (0.0, 1.0):
        return float("nan")
    return 1 - brier_score(outcome, probability) / (rate * (1 - rate))
