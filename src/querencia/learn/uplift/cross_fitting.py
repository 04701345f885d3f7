"""Effects foretold for customers by learners that never saw them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats
from querencia.learn.folds import Folds, assign_folds
from querencia.learn.uplift.meta_learner import MetaLearner


@dataclass(frozen=True, kw_only=True)
class CrossFit:
    """One learner per fold, which did not see it, and the effect that it foretells there, (n,) or (n, arms)."""

    learners: tuple[MetaLearner, ...]
    effects: Floats


def experiment_folds(y: ArrayLike, treatment: ArrayLike, *, n_folds: int, seed: int) -> Folds:
    """Return a fold per row, with every outcome and every arm spread evenly, also together.

    `y` (n,) two classes, `treatment` (n,) labels. Fewer than `n_folds`, but at least 2, where a class of an arm has
    fewer rows.
    """
    arms = np.unique(np.asarray(treatment), return_inverse=True)[1]
    classes = np.unique(np.asarray(y), return_inverse=True)[1]
    cells = np.bincount(arms * (classes.max() + 1) + classes)
    usable = max(2, min(n_folds, int(cells[cells > 0].min())))
    return assign_folds(classes, strata=arms, n_folds=usable, random=check_random_state(seed))


def cross_fit(
    learner: MetaLearner, frame: pd.DataFrame, y: ArrayLike, treatment: ArrayLike, *, folds: NDArray[np.int64]
) -> CrossFit:
    """Fit a clone of `learner` without each of `folds` (n,) and foretell that fold.

    `frame` (n, p), `y` (n,), `treatment` (n,).
    """
    target, labels = np.asarray(y), np.asarray(treatment)
    learners, parts = [], []
    # One thread, so that the order of sums, and with it the result, is the same on every machine.
    with threadpool_limits(1):
        for fold in np.unique(folds):
            rest = folds != fold
            learners.append(clone(learner).fit(frame.loc[rest], target[rest], treatment=labels[rest]))
            parts.append(learners[-1].predict(frame.loc[~rest]))
    effects = np.empty((len(target), *parts[0].shape[1:]))
    for fold, part in zip(np.unique(folds), parts, strict=True):
        effects[folds == fold] = part
    return CrossFit(learners=tuple(learners), effects=effects)
