"""Calibrators: from a model's log odds to probabilities that come true as often as they say.

Both are fitted on scores of rows that the scoring model did not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from querencia.learn.churn.stacking import fit_line, smooth_targets
from querencia.learn.encoding.encoders import Floats


class Calibrator(Protocol):
    """Turns log odds (n,) into probabilities (n,)."""

    def calibrate(self, log_odds: Floats) -> Floats:
        """Return the probability of each row."""

    def shifted(self, by: float) -> Calibrator:
        """Return the same for a base rate whose log odds are higher `by`."""

    @property
    def line(self) -> SigmoidCalibrator:
        """The straight line in log odds that comes closest: what contributions to a score are scaled by."""


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
        line = fit_line(log_odds[:, None], smooth_targets(outcome))
        return cls(slope=float(line.weights[0]), intercept=line.intercept)

    @property
    def line(self) -> SigmoidCalibrator:
        """The calibrator itself."""
        return self

    def shifted(self, by: float) -> SigmoidCalibrator:
        """Return the same with the intercept higher `by`."""
        return SigmoidCalibrator(slope=self.slope, intercept=self.intercept + by)

    def calibrate(self, log_odds: Floats) -> Floats:
        """Return the probability of each row."""
        return np.asarray(expit(self.slope * log_odds + self.intercept), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class IsotonicCalibrator:
    """The best non-decreasing step function, interpolated: any shape, but it needs many churners.

    B. Zadrozny and C. Elkan, "Transforming classifier scores into accurate multiclass probability estimates", 2002.
    Probabilities stay 1 / (n + 2) away from 0 and 1, which n rows cannot prove. `scores` and `chances` are the corners
    of the function, `line` is the sigmoid of the same rows.
    """

    scores: Floats
    chances: Floats
    line: SigmoidCalibrator

    @classmethod
    def fit(cls, log_odds: Floats, outcome: Floats) -> Self:
        """Fit by the pool of adjacent violators."""
        edge = 1 / (len(outcome) + 2)
        steps = IsotonicRegression(y_min=edge, y_max=1 - edge, out_of_bounds="clip").fit(log_odds, outcome)
        line = SigmoidCalibrator.fit(log_odds, outcome)
        return cls(scores=steps.X_thresholds_, chances=steps.y_thresholds_, line=line)

    def shifted(self, by: float) -> IsotonicCalibrator:
        """Return the same with every log odds higher `by`."""
        chances = np.asarray(expit(logit(self.chances) + by), dtype=np.float64)
        return IsotonicCalibrator(scores=self.scores, chances=chances, line=self.line.shifted(by))

    def calibrate(self, log_odds: Floats) -> Floats:
        """Return the probability of each row."""
        return np.asarray(np.interp(log_odds, self.scores, self.chances), dtype=np.float64)
