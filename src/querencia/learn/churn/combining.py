"""Which candidate, or which blend of them, and how calibrated: decided on scores of rows that no model had seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import xlogy

from querencia.learn.churn.calibrators import Calibrator, IsotonicCalibrator, SigmoidCalibrator
from querencia.learn.churn.candidates import BASE_RATE, BLEND, score_rows
from querencia.learn.churn.stacking import fit_line, smooth_targets
from querencia.learn.encoding.encoders import Floats
from querencia.learn.folds import Folds


@dataclass(frozen=True, kw_only=True)
class Combination:
    """How candidates' log odds become one probability: `weights` (m,) that sum to 1, then the calibrator."""

    name: str
    weights: tuple[float, ...]
    calibrator: Calibrator

    def probability(self, scores: Floats) -> Floats:
        """Return the probability (n,) from the candidates' log odds (n, m)."""
        return self.calibrator.calibrate(scores @ np.asarray(self.weights))


@dataclass(frozen=True, kw_only=True)
class FoldModel:
    """The candidates fitted without one fold that have a weight, and their combination, found without that fold too."""

    name: str
    models: tuple[Any, ...]
    weights: tuple[float, ...]
    calibrator: Calibrator

    def score(self, frame: pd.DataFrame) -> Floats:
        """Return the weighted log odds (n,) before calibration."""
        score = np.zeros(len(frame))
        for model, weight in zip(self.models, self.weights, strict=True):
            score += weight * score_rows(model, frame)
        return score

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Return the probability of leaving of each row, (n,)."""
        return self.calibrator.calibrate(self.score(frame))


def combine(
    names: Sequence[str], scores: Floats, outcome: Floats, *, isotonic: bool, rate: float
) -> tuple[Combination, ...]:
    """Return the base rate, each candidate calibrated and, of two or more, their blend.

    Fitted on `scores` (n, m) and `outcome` (n,). The blend is a logistic regression on the candidates' log odds without
    negative weights (D. Wolpert, "Stacked generalization", 1992). `rate` is the base rate of the whole table: these
    rows have one churner more or less where the folds do not come out even, and that must not rank whole folds.
    """
    calibrate = IsotonicCalibrator.fit if isotonic else SigmoidCalibrator.fit
    constant = SigmoidCalibrator(slope=0.0, intercept=_log_odds(rate))
    shift = constant.intercept - _log_odds(base_rate(outcome))
    mixtures = {name: np.eye(len(names))[i] for i, name in enumerate(names)}
    if len(names) > 1:
        weights = fit_line(scores, smooth_targets(outcome)).weights
        total = weights.sum()
        mixtures[BLEND] = weights / total if total > 0 else np.full(len(names), 1 / len(names))
    found = [Combination(name=BASE_RATE, weights=(0.0,) * len(names), calibrator=constant)]
    for name, weights in mixtures.items():
        calibrator: Calibrator = calibrate(scores @ weights, outcome).shifted(shift)
        if calibrator.line.slope == 0:  # to the last bit the same in every fold, so that customers tie
            calibrator = constant
        found.append(Combination(name=name, weights=tuple(map(float, weights)), calibrator=calibrator))
    return tuple(found)


def _log_odds(rate: float) -> float:
    return float(np.log(rate / (1 - rate)))


def nested_losses(
    names: Sequence[str], scores: Floats, outcome: Floats, *, folds: Folds, isotonic: bool
) -> dict[str, float]:
    """Return the log loss of the base rate, of each candidate and of the blend, each fold as the other folds say.

    `scores` (n, m), `outcome` (n,) and `folds` (n,) are of rows outside one outer fold, whose outcomes so decide
    nothing.
    """
    losses: dict[str, float] = {}
    rate = base_rate(outcome)
    for fold in np.unique(folds):
        held = folds == fold
        for found in combine(names, scores[~held], outcome[~held], isotonic=isotonic, rate=rate):
            loss = log_losses(outcome[held], found.probability(scores[held])).sum()
            losses[found.name] = losses.get(found.name, 0.0) + float(loss) / len(outcome)
    return losses


def base_rate(outcome: Floats) -> float:
    """Return the share of churners among `outcome` (n,), smoothed as the targets of calibration are."""
    churners = float(outcome.sum())
    others = len(outcome) - churners
    # Closed, for a sum of targets would depend on their order in its last bit.
    return (churners * (churners + 1) / (churners + 2) + others / (others + 2)) / len(outcome)


def log_losses(outcome: Floats, probability: Floats) -> Floats:
    """Return the log loss of each row, (n,)."""
    return np.asarray(-xlogy(outcome, probability) - xlogy(1 - outcome, 1 - probability))


def combine_blindly(names: Sequence[str]) -> tuple[Combination, ...]:
    """Return the candidates and their even blend, uncalibrated: where no rows can be spared to find anything better."""
    mixtures = {name: np.eye(len(names))[i] for i, name in enumerate(names)}
    if len(names) > 1:
        mixtures[BLEND] = np.full(len(names), 1 / len(names))
    return tuple(
        Combination(name=name, weights=tuple(map(float, weights)), calibrator=SigmoidCalibrator())
        for name, weights in mixtures.items()
    )
