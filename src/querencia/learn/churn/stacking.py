"""Logistic regression of an outcome on a few models' log odds, with weights that are never negative."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import expit

from querencia.learn.encoding.encoders import Floats

ROUNDS = 100
NO_SPREAD = 1e-9
RIDGE = 1e-9  # so that two models that say the same can still be weighed


@dataclass(frozen=True, kw_only=True)
class Line:
    """Log odds = `intercept` + scores x `weights` (m,); `loss` is the mean log loss on the rows fitted on."""

    weights: Floats
    intercept: float
    loss: float


def smooth_targets(outcome: Floats) -> Floats:
    """Return (c + 1) / (c + 2) for each of c churners and 1 / (s + 2) for each of s others: J. Platt, 1999, 2.2."""
    churners = float(outcome.sum())
    others = len(outcome) - churners
    return np.where(outcome == 1, (churners + 1) / (churners + 2), 1 / (others + 2))


def fit_line(scores: Floats, target: Floats) -> Line:
    """Return the weights of `scores` (n, m), none negative, that give `target` (n,), from 0 to 1, the least log loss.

    The loss is convex: where the free optimum has a negative weight, the best under the bound has a weight of 0, so the
    best over all subsets of the models is exact. Meant for a handful of models. L. Breiman, "Stacked regressions",
    1996, finds that weights must not be negative for stacking to help.
    """
    n_models = scores.shape[1]
    # Scaled, so that a step means the same for every model; a score that does not vary has no weight.
    centre, spread = scores.mean(axis=0), scores.std(axis=0)
    varies = [i for i in range(n_models) if spread[i] > NO_SPREAD]
    scaled = (scores - centre) / np.where(spread > NO_SPREAD, spread, 1.0)
    best: Line | None = None
    for size in range(len(varies), -1, -1):
        for subset in combinations(varies, size):
            line = _fit_free(scaled[:, list(subset)], target)
            if (line.weights < 0).any():
                continue
            if best is None or line.loss < best.loss:
                weights = np.zeros(n_models)
                weights[list(subset)] = line.weights / spread[list(subset)]
                best = Line(weights=weights, intercept=line.intercept - float(weights @ centre), loss=line.loss)
        if best is not None and size == len(varies):
            break
    assert best is not None, "the intercept alone has no negative weight"
    return best


def _fit_free(scaled: Floats, target: Floats) -> Line:
    """Return the line of least log loss, by Newton's method with halved steps."""
    design = np.column_stack([np.ones(len(target)), scaled])
    rate = float(np.clip(target.mean(), 1e-12, 1 - 1e-12))
    line = np.zeros(design.shape[1])
    line[0] = np.log(rate / (1 - rate))
    loss = _loss(design @ line, target)
    for _ in range(ROUNDS):
        chance = expit(design @ line)
        gradient = design.T @ (chance - target) / len(target)
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design / len(target)
        step = np.linalg.solve(curvature + RIDGE * np.eye(len(line)), gradient)
        size = 1.0
        while (tried := _loss(design @ (line - size * step), target)) > loss and size > 1e-6:
            size /= 2
        if not tried < loss:
            break
        line, gained, loss = line - size * step, loss - tried, tried
        if gained < 1e-14:
            break
    return Line(weights=line[1:], intercept=float(line[0]), loss=loss)


def _loss(log_odds: Floats, target: Floats) -> float:
    return float(np.mean(np.logaddexp(0, log_odds) - target * log_odds))
