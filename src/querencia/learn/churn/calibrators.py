"""Calibrators: from a model's log odds to probabilities that come true as often as they say.

Both are fitted on scores of rows that the scoring model did not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from querencia.learn.encoding.encoders import Floats


class Calibrator(Protocol):
    """Turns log odds (n,) into probabilities (n,)."""

    def calibrate(self, log_odds: Floats) -> Floats:
        """Return the probability of each row."""


@dataclass(frozen=True, kw_only=True)
class SigmoidCalibrator:
    """Probability = 1 / (1 + exp(-(slope x log odds + intercept))); slope 1 and intercept 0 change nothing."""

    slope: float = 1.0
    intercept: float = 0.0

    @classmethod
    def fit(cls, log_odds: Floats, outcome: Floats) -> Self:
        """Fit by maximum likelihood with smoothed targets: (c + 1) / (c + 2) for c churners, 1 / (s + 2) for s others.

        J. Platt, "Probabilistic outputs for support vector machines", 1999, section 2.2. A slope below 0 would say that
        the model ranks backwards; on rows that it did not see that is chance, so everybody gets the base rate then.
        """
        churners = outcome.sum()
        others = len(outcome) - churners
        hit, miss = (churners + 1) / (churners + 2), 1 / (others + 2)
        target = np.where(outcome == 1, hit, miss)
        # Scaled, so that the solver's tolerance means the same for every model; a constant score has no slope.
        spread = float(log_odds.std())
        scale = spread if spread > 1e-9 else 1.0
        centre = float(log_odds.mean())
        scaled = (log_odds - centre) / scale if spread > 1e-9 else np.zeros_like(log_odds)
        line = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(
            np.concatenate([scaled, scaled])[:, None],
            np.repeat([1, 0], len(target)),
            sample_weight=np.concatenate([target, 1 - target]),
        )
        slope = float(line.coef_[0, 0]) / scale
        if slope <= 0:
            rate = float(target.mean())
            return cls(slope=0.0, intercept=float(np.log(rate / (1 - rate))))
        return cls(slope=slope, intercept=float(line.intercept_[0]) - slope * centre)

    def calibrate(self, log_odds: Floats) -> Floats:
        """Return the probability of each row."""
        return np.asarray(expit(self.slope * log_odds + self.intercept), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class IsotonicCalibrator:
    """The best non-decreasing step function, interpolated: any shape, but it needs many churners.

    B. Zadrozny and C. Elkan, "Transforming classifier scores into accurate multiclass probability estimates", 2002.
    Probabilities stay 1 / (n + 2) away from 0 and 1, which n rows cannot prove.
    """

    steps: IsotonicRegression

    @classmethod
    def fit(cls, log_odds: Floats, outcome: Floats) -> Self:
        """Fit by the pool of adjacent violators."""
        edge = 1 / (len(outcome) + 2)
        steps = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip")
        return cls(steps=steps.fit(log_odds, outcome))

    def calibrate(self, log_odds: Floats) -> Floats:
        """Return the probability of each row."""
        return np.asarray(self.steps.predict(log_odds), dtype=np.float64)
