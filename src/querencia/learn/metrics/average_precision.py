"""Average precision: how much of the top of the list left."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def average_precision(outcome: ArrayLike, score: ArrayLike) -> float:
    """Return the mean, over churners, of the precision among everybody who scores at least as high.

    `outcome` (n,) is 0 or 1, `score` (n,) any number. The step form, without interpolation: M. Zhu, "Recall, precision
    and average precision", 2004. A constant score gets the base rate. NaN where nobody left.
    """
    order = np.argsort(-np.asarray(score, dtype=np.float64), kind="stable")
    ranked = np.asarray(score, dtype=np.float64)[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(np.asarray(outcome)[order] == 1)[ends]
    if not hits[-1]:
        return float("nan")
    return float((np.diff(hits, prepend=0) * hits / (ends + 1)).sum() / hits[-1])
