"""Leaks: features that know the outcome too well to have been known before it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from querencia.learn.encoding.encoders import Floats, split_types, to_floats
from querencia.learn.encoding.levels import read_levels
from querencia.learn.folds import Folds
from querencia.learn.metrics.auc import roc_auc

SUSPICIOUS_AUC = 0.99
PRIOR_ROWS = 20
FEW_VALUES = 30


def find_leaks(X: pd.DataFrame, outcome: ArrayLike, *, folds: Folds, above: float = SUSPICIOUS_AUC) -> tuple[str, ...]:
    """Return the names of the columns of `X` (n, p) that alone tell `outcome` (n,), 0 or 1, with an AUC over `above`.

    A numeric column ranks customers by itself, either way up; its missing values stand below all others once and above
    them once, so that a date that only leavers have is found too. A category ranks them by the smoothed share of
    leavers at its level, learned on the other `folds` (n,), so that a column with a level per customer is not accused
    for knowing each by heart. A number of few values may be a code, and is ranked in this way too.
    """
    target = np.asarray(outcome, dtype=np.float64)
    numeric, categorical = split_types(X)
    found = [i for i in numeric if _number_auc(to_floats(X.iloc[:, [i]])[:, 0], target, folds) > above]
    found += [i for i in categorical if _categorical_auc(X.iloc[:, i], target, folds) > above]
    return tuple(str(X.columns[i]) for i in sorted(found))


def _number_auc(values: Floats, target: Floats, folds: Folds) -> float:
    area = _numeric_auc(values, target)
    if len(np.unique(values[~np.isnan(values)])) > FEW_VALUES:
        return area
    return max(area, _categorical_auc(pd.Series(values.astype(str)), target, folds))


def _numeric_auc(values: Floats, target: Floats) -> float:
    fills = (-np.inf, np.inf) if np.isnan(values).any() else (0.0,)
    areas = [roc_auc(target, np.where(np.isnan(values), fill, values)) for fill in fills]
    return max(max(area, 1 - area) for area in areas)


def _categorical_auc(column: pd.Series[Any], target: Floats, folds: Folds) -> float:
    codes, texts = read_levels(column, missing="(missing)")
    score = np.empty(len(target))
    for fold in np.unique(folds):
        rest = folds != fold
        rows = np.bincount(codes[rest], minlength=len(texts))
        leavers = np.bincount(codes[rest], weights=target[rest], minlength=len(texts))
        shares = (leavers + PRIOR_ROWS * target[rest].mean()) / (rows + PRIOR_ROWS)
        score[~rest] = shares[codes[~rest]]
    return roc_auc(target, score)
