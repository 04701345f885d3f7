"""Bootstrap intervals of the quality figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.auc import roc_auc
from querencia.learn.metrics.average_precision import average_precision
from querencia.learn.metrics.brier import brier_score, brier_skill

RESAMPLES = 1000
CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class QualityIntervals:
    """AUC, average precision, Brier score and Brier skill, each with its interval."""

    auc: Interval
    average_precision: Interval
    brier: Interval
    brier_skill: Interval


def bootstrap_quality(
    outcome: ArrayLike, probability: ArrayLike, *, seed: int, resamples: int = RESAMPLES
) -> QualityIntervals:
    """Return each figure on the customers given, with the bootstrap percentile 95 % interval over `resamples`.

    `outcome` (n,) is 0 or 1. B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3: draw n
    customers with replacement, take the 2.5 % and 97.5 % quantiles of the figure. All four share the draws. The scores
    are sorted once and each draw becomes a count per customer, so that a resample costs a few sums and no sorting.
    A resample with one class only (which takes very few churners) says nothing and is left out.
    """
    chance = np.asarray(probability, dtype=np.float64)
    target = np.asarray(outcome).astype(np.int64)
    order = np.argsort(chance, kind="stable")
    chance, target = chance[order], target[order]
    starts = np.append(0, np.flatnonzero(np.diff(chance)) + 1)
    random = np.random.default_rng(seed)
    size = len(target)
    at_once = max(1, CELLS_AT_ONCE // size)
    rows = []
    for first in range(0, resamples, at_once):
        counts = np.stack(
            [
                np.bincount(random.integers(size, size=size), minlength=size)
                for _ in range(min(at_once, resamples - first))
            ]
        )
        rows.append(_figures(counts, target, chance, starts))
    drawn = np.concatenate(rows)
    low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
    values = (
        roc_auc(target, chance),
        average_precision(target, chance),
        brier_score(target, chance),
        brier_skill(target, chance),
    )
    intervals = [Interval(value=value, low=float(low[i]), high=float(high[i])) for i, value in enumerate(values)]
    return QualityIntervals(
        auc=intervals[0], average_precision=intervals[1], brier=intervals[2], brier_skill=intervals[3]
    )


def _figures(
    counts: NDArray[np.int64], target: NDArray[np.int64], chance: NDArray[np.float64], starts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return (b, 4) figures of b resamples; `counts` (b, n) says how often each customer was drawn."""
    hits = np.add.reduceat(counts * target, starts, axis=1)
    drawn = np.add.reduceat(counts, starts, axis=1)
    others = drawn - hits
    churners, stayed = hits.sum(axis=1), others.sum(axis=1)
    below = np.cumsum(others, axis=1) - others
    hits_above = np.cumsum(hits[:, ::-1], axis=1)[:, ::-1]
    drawn_above = np.cumsum(drawn[:, ::-1], axis=1)[:, ::-1]
    squares = (counts * (chance - target) ** 2).sum(axis=1) / len(target)
    rate = churners / len(target)
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (hits * (2 * below + others)).sum(axis=1) / (2 * churners * stayed)
        precision = np.where(drawn_above > 0, hits_above / drawn_above, 0.0)
        average = (hits * precision).sum(axis=1) / churners
        skill = 1 - squares / (rate * (1 - rate))
    figures = np.stack([auc, average, squares, skill], axis=1)
    figures[(churners == 0) | (stayed == 0)] = np.nan
    return figures
