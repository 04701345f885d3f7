"""Folds: which part of the customers each row belongs to, so that nobody is scored by a model that saw them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Folds = NDArray[np.int64]
NEVER_TRAINED = -1


def assign_folds(outcome: ArrayLike, *, strata: ArrayLike | None = None, n_folds: int, random: Any) -> Folds:
    """Return a fold 0 .. `n_folds` - 1 per row, random within each outcome and, inside it, each stratum.

    Rows are dealt out one by one, outcome after outcome and stratum after stratum, so that fold sizes, and each
    outcome's count per fold, differ by one at most. `random` is a numpy RandomState.
    """
    target = np.asarray(outcome)
    second = np.zeros(len(target)) if strata is None else np.asarray(strata)
    order = np.lexsort((random.random_sample(len(target)), second, target))
    folds = np.empty(len(target), dtype=np.int64)
    folds[order] = np.arange(len(target)) % n_folds
    return folds


def sample_rows(outcome: ArrayLike, *, rows: int, random: Any) -> NDArray[np.int64]:
    """Return `rows` positions of `outcome` (n,), in order, in which each outcome has the share that it has in all.

    Every position where there are no more than `rows`. `random` is a numpy RandomState.
    """
    target = np.asarray(outcome)
    if len(target) <= rows:
        return np.arange(len(target))
    # In the order of outcome, and at random within each, every k-th: shares differ by one row at most.
    order = np.lexsort((random.random_sample(len(target)), target))
    return np.sort(order[np.arange(rows) * len(target) // rows])


def read_folds(folds: ArrayLike, *, rows: int, repeats: int) -> Folds:
    """Return `folds` as (n, repeats); those of one repeat may come as (n,). ValueError for another shape."""
    found = np.asarray(folds, dtype=np.int64)
    found = found[:, None] if found.ndim == 1 else found
    if found.shape != (rows, repeats):
        raise ValueError(f"folds has the shape {np.shape(folds)}: expected ({rows}, {repeats}), a fold per repeat.")
    return found


def follow_folds(folds: Folds, earlier: pd.Index, later: pd.Index) -> Folds:
    """Return the `folds` (n, repeats) of the customers `earlier` for the customers `later` (m,): -1 for newcomers."""
    positions = earlier.get_indexer(later)
    return np.where((positions >= 0)[:, None], folds[positions], NEVER_TRAINED)
