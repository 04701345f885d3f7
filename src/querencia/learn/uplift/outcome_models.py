"""The models of outcomes and of effects that the learners are built of, where the caller gives none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone, is_classifier
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

from querencia.learn.encoding.encoders import Floats, NumericEncoder, TreeEncoder

# Effects are small beside the noise of outcomes: leaves of many customers, few trees, strong shrinkage.
TREES, LEAVES, LEAST_LEAF, RATE, SHRINKAGE = 80, 6, 100, 0.05, 10.0


def linear_model(*, binary: bool) -> Any:
    """Return a new logistic regression for 0 and 1, or a ridge regression for numbers, on encoded features."""
    if binary:
        return make_pipeline(NumericEncoder(), LogisticRegression(C=0.3, max_iter=1000))
    return make_pipeline(NumericEncoder(), Ridge(alpha=100.0))


def tree_model(*, binary: bool, seed: int) -> Any:
    """Return new boosted trees, for 0 and 1 or for numbers.

    Each tree sees all features, unlike those of the churn model: the difference that contact makes to a feature's
    effect is only seen where both stand in one tree. scikit-learn's, which load everywhere.
    """
    kind = HistGradientBoostingClassifier if binary else HistGradientBoostingRegressor
    trees = kind(
        max_iter=TREES,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST_LEAF,
        l2_regularization=SHRINKAGE,
        max_bins=63,
        early_stopping=False,
        random_state=seed,
    )
    return make_pipeline(TreeEncoder(), trees)


def fit_outcome(model: Any, frame: pd.DataFrame, target: Floats) -> Any:
    """Return a clone of `model` fitted to `frame` (n, p) and `target` (n,); their mean where all are the same."""
    if np.ptp(target) == 0:
        return DummyRegressor().fit(np.zeros((len(target), 1)), target)
    return clone(model).fit(frame, target.astype(np.int64) if is_classifier(model) else target)


def expect(model: Any, frame: pd.DataFrame) -> Floats:
    """Return the outcome that a fitted `model` expects of each row of `frame`, (n,): for a classifier, its chance."""
    if isinstance(model, DummyRegressor):
        return np.asarray(model.predict(np.zeros((len(frame), 1))), dtype=np.float64)
    expected = model.predict_proba(frame)[:, 1] if is_classifier(model) else model.predict(frame)
    return np.asarray(expected, dtype=np.float64)
