"""scikit-learn's boosted trees: the stand-in where LightGBM does not load."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats, TreeEncoder, read_features
from querencia.learn.outcomes import read_outcome


class HistogramTreesClassifier(ClassifierMixin, BaseEstimator):
    """HistGradientBoosting for two classes, set as `BoostedTreesClassifier` is: a fixed number of small trees.

    One thread, so that the order of sums is the same on every machine.

    Parameters: `n_trees`; `learning_rate`; `n_leaves` per tree; `min_leaf` rows in each leaf; `random_state`.

    Learned: `encoder_`, `trees_`, `classes_`.
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
        frame = read_features(self, X, y, reset=True)
        self.classes_, target = read_outcome(y, rows=len(frame))
        self.encoder_ = TreeEncoder().fit(frame)
        trees = HistGradientBoostingClassifier(
            max_iter=self.n_trees,
            learning_rate=self.learning_rate,
            max_leaf_nodes=self.n_leaves,
            min_samples_leaf=self.min_leaf,
            max_bins=63,
            max_features=0.5,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=self.random_state,
        )
        with threadpool_limits(1):
            self.trees_ = trees.fit(self.encoder_.transform(frame), target)
        return self

    def decision_function(self, X: Any) -> Floats:
        """Return the log odds (n,) of the second class."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        return self._score(self.encoder_.transform(frame))

    def _score(self, encoded: Floats) -> Floats:
        with threadpool_limits(1):
            return np.asarray(self.trees_.decision_function(encoded), dtype=np.float64)

    def contributions(self, X: Any) -> tuple[Floats, Floats]:
        """Return the base (n,) and what each column adds to it (n, p), in log odds: `decision_function` is their sum.

        These trees tell no Shapley values. From a row that lacks everything the columns are filled in one by one, once
        in order and once in reverse, and each change of the log odds belongs to the column that was filled in: the mean
        over two of the orders that a Shapley value is the mean of.
        """
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        encoded = self.encoder_.transform(frame)
        positions = [*self.encoder_.numeric_, *self.encoder_.categorical_]
        parts = np.zeros(frame.shape)
        base = self._score(np.full_like(encoded, np.nan))
        for order in (range(encoded.shape[1]), range(encoded.shape[1] - 1, -1, -1)):
            filled, before = np.full_like(encoded, np.nan), base
            for column in order:
                filled[:, column] = encoded[:, column]
                after = self._score(filled)
                parts[:, positions[column]] += (after - before) / 2
                before = after
        return base, parts

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
