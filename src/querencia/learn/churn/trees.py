"""Boosted trees as one scikit-learn classifier, set so that a seed alone decides the result."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from querencia.learn.encoding.encoders import Floats, TreeEncoder, read_features
from querencia.learn.outcomes import read_outcome


@cache
def has_lightgbm() -> bool:
    """Tell whether LightGBM loads: its wheel needs the system's OpenMP runtime, which slim images and macOS lack."""
    try:
        import_module("lightgbm")
    except OSError:
        return False
    return True


class BoostedTreesClassifier(ClassifierMixin, BaseEstimator):
    """LightGBM for two classes: a fixed, modest number of small, well-shrunk trees.

    Nothing is stopped early, for a few hundred churners are too few to spare a validation set. Trees of 6 leaves on 63
    bins were as good as larger ones on every table tried, and fastest. One thread and `deterministic`: whoever wants
    speed fits several of these at once.

    Parameters: `n_trees`; `learning_rate`; `n_leaves` per tree; `min_leaf` rows in each leaf; `random_state`.
    """

    def __init__(
        self,
        *,
        n_trees: int = 150,
        learning_rate: float = 0.04,
        n_leaves: int = 6,
        min_leaf: int = 40,
        random_state: Any = None,
    ) -> None:
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.n_leaves = n_leaves
        self.min_leaf = min_leaf
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from `X` (n, p), numbers and categories with missing values, and two classes `y` (n,)."""
        import lightgbm as lgb

        frame = read_features(self, X, y, reset=True)
        self.classes_, target = read_outcome(y, rows=len(frame))
        self.encoder_ = TreeEncoder().fit(frame)
        first = len(self.encoder_.numeric_)
        data = lgb.Dataset(
            self.encoder_.transform(frame),
            label=target,
            categorical_feature=list(range(first, frame.shape[1])),
            params=self._parameters(),
        )
        self.booster_ = lgb.train(self._parameters(), data, num_boost_round=self.n_trees)
        return self

    def _parameters(self) -> dict[str, Any]:
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.n_leaves,
            "min_data_in_leaf": self.min_leaf,
            "max_bin": 63,
            "feature_fraction": 0.5,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 5.0,
            "seed": int(check_random_state(self.random_state).randint(2**31 - 1)),
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
            "verbose": -1,
        }

    def decision_function(self, X: Any) -> Floats:
        """Return the log odds (n,) of the second class."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        margins = self.booster_.predict(self.encoder_.transform(frame), raw_score=True, num_threads=1)
        return np.asarray(margins, dtype=np.float64)

    def predict_proba(self, X: Any) -> Floats:
        """Return the probability of each class, (n, 2)."""
        chance = expit(self.decision_function(X))
        return np.column_stack([1 - chance, chance])

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the likelier class, (n,)."""
        likelier = (self.decision_function(X) > 0).astype(np.int64)
        return np.asarray(self.classes_[likelier])

    def __sklearn_tags__(self) -> Any:
        """Two classes only; missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
