"""Calibration slope and intercept: are probabilities too bold, too timid, or all too high?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.resampling import (
    RESAMPLES,
    Counts,
    Floats,
    count_cells,
    group_scores,
    percentile_interval,
    resample_figure,
)

GROUPS = 1000
ROUNDS = 25
STEEPEST = 50.0


@dataclass(frozen=True, kw_only=True)
class CalibrationLine:
    """Slope and intercept of Cox's line, and calibration in the large: the intercept where the slope is held at 1.

    Slope 1 and intercept 0 are right; a slope below 1 says that probabilities are too extreme. In the large, above 0
    says that more left than foretold.
    """

    slope: Interval
    intercept: Interval
    in_the_large: Interval


def calibration_line(
    observed: ArrayLike, probability: ArrayLike, *, seed: int, resamples: int = RESAMPLES
) -> CalibrationLine:
    """Return the line log odds = intercept + slope x foretold log odds, with bootstrap 95 % intervals.

    `observed` (n,) 0 or 1, `probability` (n,) inside 0 and 1 (the ends are moved in by 1e-9). D. Cox, "Two further
    applications of a model for binary regression", 1958: both are fitted together by maximum likelihood, here with
    Newton's method for all resamples at once. Above 1,000 distinct probabilities resamples are drawn in groups, each
    with its mean log odds. NaN where the outcome has one class, where no line is best (probabilities that part the
    classes perfectly), and for the slope and intercept of a constant probability.
    """
    target = np.asarray(observed, dtype=np.int64)
    odds = logit(np.clip(np.asarray(probability, dtype=np.float64), 1e-9, 1 - 1e-9))
    exact = _lines(*_grouped(odds, target, most=len(odds)))[0]
    counts, middle = _grouped(odds, target, most=GROUPS)
    centre = _lines(counts, middle)[0]
    drawn = resample_figure(counts[0], lambda block: _lines(block, middle), seed=seed, resamples=resamples)
    slope, intercept, large = (percentile_interval(exact[i], drawn[:, i], centre=centre[i]) for i in range(3))
    return CalibrationLine(slope=slope, intercept=intercept, in_the_large=large)


def _grouped(odds: Floats, target: Counts, *, most: int) -> tuple[Counts, Floats]:
    """Return counts (1, groups, 2) and the mean log odds of each group."""
    group, groups = group_scores(odds, most=most)
    counts = count_cells(group, groups, target, 2)
    return counts[None], np.bincount(group, weights=odds, minlength=groups) / counts.sum(axis=1)


def _lines(counts: Counts, odds: Floats) -> Floats:
    """Return (b, 3) slope, intercept and calibration in the large of `counts` (b, groups, 2) at `odds` (groups,)."""
    hits, drawn = counts[..., 1].astype(np.float64), counts.sum(axis=2).astype(np.float64)
    both = (hits.sum(axis=1) > 0) & (hits.sum(axis=1) < drawn.sum(axis=1))
    spread = (drawn > 0) & (np.abs(odds - odds[0]) > 1e-9)
    middle = odds.mean()
    found = np.stack([*_newton(hits, drawn, odds - middle), _shift(hits, drawn, odds)], axis=1)
    found[:, 1] -= found[:, 0] * middle
    found[~both] = np.nan
    # A constant probability has no slope; one that parts the classes has none that is best.
    found[~spread.any(axis=1) | (np.abs(found[:, 0]) > STEEPEST), :2] = np.nan
    return found


def _newton(hits: Floats, drawn: Floats, odds: Floats) -> tuple[Floats, Floats]:
    slope, intercept = np.ones(len(hits)), np.zeros(len(hits))
    for _ in range(ROUNDS):
        chance = expit(intercept[:, None] + slope[:, None] * odds)
        error, weight = hits - drawn * chance, drawn * chance * (1 - chance)
        level, tilt = error.sum(axis=1), error @ odds
        a, b, c = weight.sum(axis=1), weight @ odds, weight @ odds**2
        determinant = np.maximum(a * c - b * b, 1e-12)
        # Steps are bounded, so that a resample without a best line runs off slowly and not to infinity.
        intercept += np.clip((c * level - b * tilt) / determinant, -5, 5)
        slope += np.clip((a * tilt - b * level) / determinant, -5, 5)
    return slope, intercept


def _shift(hits: Floats, drawn: Floats, odds: Floats) -> Floats:
    shift = np.zeros(len(hits))
    for _ in range(ROUNDS):
        chance = expit(shift[:, None] + odds)
        weight = np.maximum((drawn * chance * (1 - chance)).sum(axis=1), 1e-12)
        shift += np.clip((hits - drawn * chance).sum(axis=1) / weight, -5, 5)
    return shift
