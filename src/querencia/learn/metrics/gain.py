"""The gain curve, and lift: how many of all churners stand at the top of the list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import hypergeom

from querencia.learn.figures.churn import GainPoint
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

GROUPS = 5000


def gain_at(observed: ArrayLike, score: ArrayLike, shares: ArrayLike) -> Floats:
    """Return the share of all churners among each of `shares` (s,) of the customers with the highest `score` (n,).

    Equal scores have no order: the curve runs straight through them, as if each of them were taken in part. NaN where
    nobody left.
    """
    counts = _ranked(observed, score, most=len(np.asarray(score)))
    return np.asarray(_gains(counts[None], np.asarray(shares, dtype=np.float64))[0])


def gain_curve(observed: ArrayLike, score: ArrayLike, *, points: int = 50) -> tuple[GainPoint, ...]:
    """Return the gain curve at `points` equal steps from 0, with the 95 % band of a ranking by chance.

    The band is exact at each point: of the k customers at the top of a list in random order, the number who left is
    hypergeometric. Also known as cumulative accuracy profile: J. Sobehart, S. Keenan and R. Stein, 2000.
    """
    target = np.asarray(observed, dtype=np.int64)
    size, churners = len(target), int(target.sum())
    shares = np.arange(points + 1) / points
    gains = gain_at(target, score, shares)
    taken = np.rint(shares * size).astype(np.int64)
    low, high = (hypergeom.ppf(level, size, churners, taken) / max(churners, 1) for level in (0.025, 0.975))
    return tuple(
        GainPoint(share=float(share), gain=float(gain), low=float(bottom), high=float(top))
        for share, gain, bottom, top in zip(shares, gains, low, high, strict=True)
    )


def lift_at(observed: ArrayLike, score: ArrayLike, *, share: float) -> float:
    """Return how many times the base rate the churn rate is among the `share` of customers with the highest `score`.

    It is the gain there over `share`. G. Piatetsky-Shapiro and B. Masand, "Estimating campaign benefits and modeling
    lift", 1999. NaN where nobody left.
    """
    return float(gain_at(observed, score, [share])[0]) / share


def bootstrap_lift(
    observed: ArrayLike, score: ArrayLike, *, shares: Sequence[float], seed: int, resamples: int = RESAMPLES
) -> tuple[Interval, ...]:
    """Return `lift_at` each of `shares` with its bootstrap 95 % interval; all share the draws. Above 5,000 distinct
    scores resamples are drawn in groups."""
    counts = _ranked(observed, score, most=GROUPS)
    wanted = np.asarray(shares, dtype=np.float64)
    drawn = resample_figure(counts, lambda block: _gains(block, wanted) / wanted, seed=seed, resamples=resamples)
    centre = _gains(counts[None], wanted)[0] / wanted
    values = gain_at(observed, score, wanted) / wanted
    return tuple(
        percentile_interval(float(value), drawn[:, i], centre=float(centre[i])) for i, value in enumerate(values)
    )


def _ranked(observed: ArrayLike, score: ArrayLike, *, most: int) -> Counts:
    """Return customers who stayed and who left at each step of the list, highest score first: (steps, 2)."""
    group, groups = group_scores(score, most=most)
    return count_cells(groups - 1 - group, groups, np.asarray(observed, dtype=np.int64), 2)


def _gains(counts: Counts, shares: Floats) -> Floats:
    """Return (b, s) gains at `shares` (s,) of `counts` (b, steps, 2), straight between steps."""
    drawn = np.cumsum(counts.sum(axis=2), axis=1)
    hits = np.cumsum(counts[..., 1], axis=1)
    size, churners = drawn[:, -1:], hits[:, -1:]
    wanted = shares * size
    gains = np.empty((len(counts), len(shares)))
    rows = np.arange(len(counts))
    for column in range(len(shares)):
        step = np.minimum((drawn < wanted[:, [column]]).sum(axis=1), drawn.shape[1] - 1)
        width, height = counts[rows, step].sum(axis=1), counts[rows, step, 1]
        missing = wanted[:, column] - (drawn[rows, step] - width)
        gains[:, column] = hits[rows, step] - height + height * missing / np.maximum(width, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(gains / churners)
