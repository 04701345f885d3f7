"""Bootstrap resamples of customers, at a cost that does not grow with how many customers there are.

B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3: draw n of n customers with
replacement, again and again, and take the 2.5 % and 97.5 % quantiles of the figure. A figure that only depends on how
many customers stand in each of a few cells (a group of equal scores, an outcome) does not need the customers: the
counts of the cells in a resample follow a multinomial distribution. That is exact where scores are grouped by equality;
above `MOST_GROUPS` distinct scores, neighbours share a group, and intervals are moved by what that changed the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from querencia.learn.figures.interval import Interval

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

RESAMPLES = 1000
MOST_GROUPS = 20_000
CELLS_AT_ONCE = 1_000_000
MOST_BAGS = 50_000
# From so many customers per cell, drawing each cell's count is faster than drawing customers.
CUSTOMERS_PER_CELL = 8


def group_scores(score: ArrayLike, *, most: int = MOST_GROUPS) -> tuple[Counts, int]:
    """Return the group of each customer, (n,), 0 being the lowest score, and how many groups there are.

    Equal scores are one group. Where more than `most` differ, groups are runs of neighbours of about equal size, and
    equal scores stay together.
    """
    values = np.asarray(score, dtype=np.float64)
    distinct, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    if len(distinct) <= most:
        return group.astype(np.int64), len(distinct)
    before = np.cumsum(sizes) - sizes
    _, merged = np.unique(before * most // len(values), return_inverse=True)
    return merged[group].astype(np.int64), int(merged[-1]) + 1


def count_cells(group: Counts, groups: int, label: ArrayLike, labels: int) -> Counts:
    """Return how many customers there are of each group and label, (groups, labels)."""
    cell = group * labels + np.asarray(label, dtype=np.int64)
    return np.bincount(cell, minlength=groups * labels).reshape(groups, labels).astype(np.int64)


def resample_cells(counts: Counts, *, seed: int, resamples: int = RESAMPLES) -> Iterator[Counts]:
    """Yield blocks (b, *counts.shape) of resampled counts, `resamples` in all, each of as many customers as `counts`.

    The same seed gives the same resamples, whatever the size of the blocks.
    """
    random = np.random.default_rng(seed)
    flat = counts.ravel()
    size = int(flat.sum())
    at_once = max(1, CELLS_AT_ONCE // max(len(flat), size if size < CUSTOMERS_PER_CELL * len(flat) else 1))
    owner = np.repeat(np.arange(len(flat)), flat) if size < CUSTOMERS_PER_CELL * len(flat) else None
    for first in range(0, resamples, at_once):
        block = min(at_once, resamples - first)
        if owner is None:
            drawn = random.multinomial(size, flat / size, size=block)
        else:
            draws = (owner[random.integers(size, size=size)] for _ in range(block))
            drawn = np.stack([np.bincount(draw, minlength=len(flat)) for draw in draws])
        yield drawn.astype(np.int64, copy=False).reshape(block, *counts.shape)


def resample_figure(
    counts: Counts, figure: Callable[[Counts], Floats], *, seed: int, resamples: int = RESAMPLES
) -> Floats:
    """Return `figure` of each resample of `counts`: (resamples, …); `figure` takes a block (b, *counts.shape)."""
    return np.concatenate([figure(block) for block in resample_cells(counts, seed=seed, resamples=resamples)])


def resample_means(values: Floats, *, seed: int, resamples: int = RESAMPLES) -> Floats:
    """Return the column means of `values` (n, m) in each resample of the rows, (resamples, m).

    More than 50,000 rows are first dealt at random into as many bags, which are then what is drawn: a mean of means,
    with the same variance but for one part in 50,000.
    """
    random = np.random.default_rng(seed)
    sums, sizes = np.asarray(values, dtype=np.float64), np.ones(len(values))
    if len(values) > MOST_BAGS:
        shuffled = random.permutation(len(values))
        starts = np.arange(MOST_BAGS) * len(values) // MOST_BAGS
        sums = np.add.reduceat(sums[shuffled], starts, axis=0)
        sizes = np.diff(np.append(starts, len(values))).astype(np.float64)
    both = np.column_stack([sums, sizes])
    drawn = np.empty((resamples, both.shape[1]))
    for number in range(resamples):
        picked = random.integers(len(both), size=len(both))
        drawn[number] = np.bincount(picked, minlength=len(both)) @ both
    return np.asarray(drawn[:, :-1] / drawn[:, -1:])


def percentile_interval(value: float, drawn: Floats, *, centre: float | None = None) -> Interval:
    """Return `value` with the 2.5 % and 97.5 % quantiles of `drawn` (resamples,), NaN left out.

    `centre` is what the figure is on the groups that were drawn from, where that is not quite `value`: the interval is
    moved by the difference. All NaN gives NaN.
    """
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return Interval(value=float(value), low=float("nan"), high=float("nan"))
    low, high = np.quantile(known, [0.025, 0.975])
    shift = 0.0 if centre is None or not np.isfinite(centre) else value - centre
    return Interval(value=float(value), low=float(low + shift), high=float(high + shift))
