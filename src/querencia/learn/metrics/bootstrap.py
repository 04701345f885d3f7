"""Bootstrap intervals of the figures of a probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.auc import roc_auc
from querencia.learn.metrics.average_precision import average_precision
from querencia.learn.metrics.brier import brier_score, brier_skill
from querencia.learn.metrics.resampling import (
    RESAMPLES,
    Counts,
    Floats,
    count_cells,
    group_scores,
    percentile_interval,
    resample_figure,
)

__all__ = ["RESAMPLES", "QualityIntervals", "bootstrap_quality"]


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

    `outcome` (n,) is 0 or 1. All four share the draws (see `metrics.resampling`): two million customers take a few
    seconds. A resample with one class only (which takes very few churners) says nothing and is left out.
    """
    chance = np.asarray(probability, dtype=np.float64)
    target = np.asarray(outcome).astype(np.int64)
    group, groups = group_scores(chance)
    counts = count_cells(group, groups, target, 2)
    squares = np.bincount(group * 2 + target, weights=(chance - target) ** 2, minlength=2 * groups).reshape(groups, 2)
    losses = squares / np.maximum(counts, 1)
    drawn = resample_figure(counts, lambda block: _figures(block, losses), seed=seed, resamples=resamples)
    centre = _figures(counts[None], losses)[0]
    values = (
        roc_auc(target, chance),
        average_precision(target, chance),
        brier_score(target, chance),
        brier_skill(target, chance),
    )
    intervals = [percentile_interval(value, drawn[:, i], centre=centre[i]) for i, value in enumerate(values)]
    return QualityIntervals(
        auc=intervals[0], average_precision=intervals[1], brier=intervals[2], brier_skill=intervals[3]
    )


def _figures(counts: Counts, losses: Floats) -> Floats:
    """Return (b, 4) figures of b resamples from `counts` (b, groups, 2) and the mean loss of each cell."""
    others, hits = counts[..., 0], counts[..., 1]
    drawn = others + hits
    churners, stayed = hits.sum(axis=1), others.sum(axis=1)
    size = churners + stayed
    below = np.cumsum(others, axis=1) - others
    hits_above = np.cumsum(hits[:, ::-1], axis=1)[:, ::-1]
    drawn_above = np.cumsum(drawn[:, ::-1], axis=1)[:, ::-1]
    squares = (counts * losses).sum(axis=(1, 2)) / size
    rate = churners / size
    with np.errstate(divide="ignore", invalid="ignore"):
        auc = (hits * (2 * below + others)).sum(axis=1) / (2 * churners * stayed)
        precision = np.where(drawn_above > 0, hits_above / drawn_above, 0.0)
        average = (hits * precision).sum(axis=1) / churners
        skill = 1 - squares / (rate * (1 - rate))
    figures = np.stack([auc, average, squares, skill], axis=1)
    figures[(churners == 0) | (stayed == 0)] = np.nan
    return figures
