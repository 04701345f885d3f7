"""Agreement of partitions: do two ways to segment put the same customers together?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.resampling import (
    RESAMPLES,
    Counts,
    Floats,
    percentile_interval,
    resample_figure,
    resample_means,
)


def adjusted_rand(first: ArrayLike, second: ArrayLike) -> float:
    """Return the adjusted Rand index of two labellings (n,): 1 the same parts, 0 as much as chance would agree.

    L. Hubert and P. Arabie, "Comparing partitions", 1985, equation 5. Two labellings of one part each agree: 1.
    """
    return float(_index(_table(first, second)[None])[0])


def bootstrap_adjusted_rand(first: ArrayLike, second: ArrayLike, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return `adjusted_rand` with its bootstrap 95 % interval over customers."""
    table = _table(first, second)
    drawn = resample_figure(table, _index, seed=seed, resamples=resamples)
    return percentile_interval(float(_index(table[None])[0]), drawn)


def adjusted_rand_stability(
    labels: ArrayLike, refits: Sequence[ArrayLike], *, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean adjusted Rand index of `labels` (n,) with each of `refits` (n,), fitted to other resamples.

    The interval resamples the refits: how far this mean may be trusted, given how many there were. C. Hennig,
    "Cluster-wise assessment of cluster stability", 2007, with this index for his Jaccard's. ValueError without refits.
    """
    if not len(refits):
        raise ValueError("There are no refits: expected at least one labelling to compare with.")
    indices = np.array([adjusted_rand(labels, again) for again in refits])
    drawn = resample_means(indices[:, None], seed=seed, resamples=resamples)[:, 0]
    return percentile_interval(float(indices.mean()), drawn)


def _table(first: ArrayLike, second: ArrayLike) -> Counts:
    (names, rows), (others, columns) = (np.unique(np.asarray(one), return_inverse=True) for one in (first, second))
    cells = np.bincount(rows * len(others) + columns, minlength=len(names) * len(others))
    return cells.reshape(len(names), len(others)).astype(np.int64)


def _index(tables: Counts) -> Floats:
    """Return the index (b,) of contingency tables (b, r, c)."""
    pairs = _pairs(tables).sum(axis=(1, 2))
    rows, columns = _pairs(tables.sum(axis=2)).sum(axis=1), _pairs(tables.sum(axis=1)).sum(axis=1)
    by_chance = rows * columns / np.maximum(_pairs(tables.sum(axis=(1, 2))), 1)
    most = (rows + columns) / 2
    index = np.divide(pairs - by_chance, most - by_chance, out=np.ones(len(tables)), where=most != by_chance)
    return np.asarray(index)


def _pairs(counts: Counts) -> Floats:
    return np.asarray(counts * (counts - 1) / 2, dtype=np.float64)
