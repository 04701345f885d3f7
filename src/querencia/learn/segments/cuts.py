"""Segments beside plain cuts of one axis: whether clustering tells more than sorting customers would."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.segments import CutComparison
from querencia.learn.segments.stability import rand_agreement

WORTH_IT = 0.10  # of the axes' variance that segments must explain beyond cuts


def compare_with_cuts(points: Floats, labels: NDArray[np.int64], *, number: int) -> CutComparison | None:
    """Return `labels` (n,) beside cuts of one of the standardised axes `points` (n, a) into `number` equal parts.

    The axis is the one whose cuts explain most of the variance of all: clustering must beat the best plain rule, not a
    poor one. Customers with equal values stay together. None for a single segment.
    """
    if number < 2:
        return None
    cuts = [_cut(axis, number) for axis in points.T]
    explained = [explained_share(points, cut) for cut in cuts]
    best = int(np.argmax(np.round(explained, 9)))
    mine = explained_share(points, labels)
    return CutComparison(
        agreement=rand_agreement(labels, cuts[best], number),
        explained=mine,
        explained_by_cuts=explained[best],
        adds=mine - explained[best] >= WORTH_IT,
        axis=best,
    )


def _cut(axis: Floats, number: int) -> NDArray[np.int64]:
    share = (rankdata(axis) - 0.5) / len(axis)
    return np.asarray(np.minimum((share * number).astype(np.int64), number - 1))


def explained_share(points: Floats, labels: NDArray[np.int64]) -> float:
    """Return the share of the variance of `points` (n, a) that lies between the groups of `labels` (n,)."""
    centred = points - points.mean(axis=0)
    counts = np.bincount(labels)
    sums = np.column_stack([np.bincount(labels, weights=axis) for axis in centred.T])
    between = float((sums**2 / np.maximum(counts, 1)[:, None]).sum())
    return between / float((centred**2).sum())
