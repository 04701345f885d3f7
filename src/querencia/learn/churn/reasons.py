"""Why a customer may leave: what each feature adds to, or takes from, the log odds that the model gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.churn.combining import FoldModel
from querencia.learn.churn.trees import BoostedTreesClassifier
from querencia.learn.encoding.encoders import Floats, read_features
from querencia.learn.figures.churn import Importance
from querencia.learn.folds import NEVER_TRAINED, Folds, read_folds

ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, kw_only=True)
class Contributions:
    """Log odds (n,) of leaving = `base` (n,) + the sum of `parts` (n, p), one per feature in the table's order."""

    base: Floats
    parts: Floats


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """`top` has the columns `row` (position in the table), `rank` (from 1), `feature` (its name), `value` (as in the
    table, None where missing) and `contribution` (log odds; above 0 speaks for leaving).

    `importance` is over all rows, the largest share first.
    """

    top: pd.DataFrame
    importance: tuple[Importance, ...]


def explain(
    model: ChurnClassifier,
    X: Any,
    *,
    folds: ArrayLike | None = None,
    top: int = 3,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Reasons:
    """Return the `top` features of each row of `X` (n, p) by absolute contribution, and the importance of all.

    `folds` as in `ChurnClassifier.score_out_of_fold`; None: nobody was trained on. Rows are taken in batches of
    `rows_at_once`, so that memory does not grow with them.
    """
    check_is_fitted(model)
    frame = read_features(model, X, reset=False)
    where = _read_folds(model, frame, folds)
    names = np.array([str(name) for name in frame.columns], dtype=object)
    absolute = np.zeros(len(names))
    tops = []
    for first in range(0, len(frame), rows_at_once):
        batch = slice(first, first + rows_at_once)
        parts = contributions(model, frame.iloc[batch], folds=where[batch]).parts
        absolute += np.abs(parts).sum(axis=0)
        tops.append(_take_top(frame.iloc[batch], parts, names, first=first, top=top))
    total = float(absolute.sum())
    order = np.argsort(-absolute, kind="stable")
    shares = absolute / total if total > 0 else absolute
    return Reasons(
        top=pd.concat(tops, ignore_index=True),
        importance=tuple(Importance(feature=str(names[i]), share=float(shares[i])) for i in order),
    )


def contributions(
    model: ChurnClassifier, X: Any, *, folds: ArrayLike | None = None, exact: bool = True
) -> Contributions:
    """Return what each feature of each row of `X` (n, p) adds to the log odds that the row's fold models give.

    Of boosted trees Shapley values (not `exact`: the values along each row's path, in a hundredth of the time), of the
    logistic model coefficient x (value - mean), both weighted as the models
    are, scaled by the slope of the calibration, and averaged over the fold models that score the row (see
    `ChurnClassifier.score_out_of_fold`). With isotonic calibration the slope is that of the sigmoid of the same rows.
    """
    check_is_fitted(model)
    frame = read_features(model, X, reset=False)
    where = _read_folds(model, frame, folds)
    base, parts = np.zeros(len(frame)), np.zeros(frame.shape)
    with threadpool_limits(1):
        for fold_model, rows, weights in _who_scores(model, where):
            found = _explain_fold(fold_model, frame.iloc[rows], exact=exact)
            base[rows] += weights * found.base
            parts[rows] += weights[:, None] * found.parts
    return Contributions(base=base, parts=parts)


def _read_folds(model: ChurnClassifier, frame: pd.DataFrame, folds: ArrayLike | None) -> Folds:
    if folds is None:
        return np.full((len(frame), model.n_repeats_), NEVER_TRAINED)
    return read_folds(folds, rows=len(frame), repeats=model.n_repeats_)


def _who_scores(model: ChurnClassifier, folds: Folds) -> Iterator[tuple[FoldModel, Any, Floats]]:
    """Yield each fold model with the positions of the rows that it scores, and its weight in the mean of each."""
    for number, fold_model in enumerate(model.fold_models_):
        repeat, fold = divmod(number, model.n_folds_)
        never = folds[:, repeat] == NEVER_TRAINED
        rows = np.flatnonzero(never | (folds[:, repeat] == fold))
        if len(rows):
            yield fold_model, rows, np.where(never[rows], 1 / model.n_folds_, 1.0) / model.n_repeats_


def _explain_fold(fold_model: FoldModel, frame: pd.DataFrame, *, exact: bool) -> Contributions:
    line = fold_model.calibrator.line
    base, parts = np.full(len(frame), line.intercept), np.zeros(frame.shape)
    for model, weight in zip(fold_model.models, fold_model.weights, strict=True):
        if isinstance(model, BoostedTreesClassifier):
            of_model, of_features = model.contributions(frame, exact=exact)
        else:
            of_model, of_features = model.contributions(frame)
        base += line.slope * weight * of_model
        parts += line.slope * weight * of_features
    return Contributions(base=base, parts=parts)


def _take_top(frame: pd.DataFrame, parts: Floats, names: Any, *, first: int, top: int) -> pd.DataFrame:
    """Return the `top` largest of each row, largest first; of equals the column that comes first."""
    count = min(top, parts.shape[1])
    order = np.argsort(-np.abs(parts), axis=1, kind="stable")[:, :count]
    rows = np.repeat(np.arange(len(frame)), count)
    columns = order.ravel()
    return pd.DataFrame(
        {
            "row": rows + first,
            "rank": np.tile(np.arange(1, count + 1), len(frame)),
            "feature": names[columns],
            "value": _read_values(frame, rows, columns),
            "contribution": parts[rows, columns],
        }
    )


def _read_values(frame: pd.DataFrame, rows: Any, columns: Any) -> Any:
    """Return the value of each (row, column) as it stands in the table: a number, a text, or None where missing."""
    values = np.empty(len(rows), dtype=object)
    for column in np.unique(columns):
        chosen = columns == column
        cells = frame.iloc[rows[chosen], column].astype(object)
        values[chosen] = cells.where(cells.notna(), None).to_numpy(dtype=object)
    return values
