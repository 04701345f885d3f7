"""Boosted trees as one scikit-learn classifier, set so that a seed alone decides the result."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from querencia.learn.churn.paths import path_contributions
from querencia.learn.churn.stopping import Patience
from querencia.learn.encoding.encoders import Floats, TreeEncoder, read_features
from querencia.learn.outcomes import read_outcome

WIDE = 60  # columns from which a tree sees fewer of them: as good, and twice as fast


@cache
def has_lightgbm() -> bool:
    """Tell whether LightGBM loads: its wheel needs the system's OpenMP runtime, which slim images and macOS lack."""
    try:
        import_module("lightgbm")
    except OSError:
        return False
    return True


class BoostedTreesClassifier(ClassifierMixin, BaseEstimator):
    """LightGBM for two classes: small, well-shrunk trees, as many as asked or as watched rows still gain from.

    Trees of 6 leaves on 63 bins were as good as larger ones on every table of a few thousand churners or fewer, and
    fastest. One thread and `deterministic`: whoever wants speed fits several of these at once.

    Parameters: `n_trees`, at most, where rows are watched; `learning_rate`; `n_leaves` per tree; `min_leaf` rows in
    each leaf; `patience`, trees without a gain on watched rows after which these have seen enough; `random_state`.

    Learned: `encoder_`, `booster_`, `curves_` (one per watched table: its log loss after 1, 2, … trees, up to its own
    end of patience), `n_trees_`, `classes_`.
    """

    def __init__(
        self,
        *,
        n_trees: int = 150,
        learning_rate: float = 0.04,
        n_leaves: int = 6,
        min_leaf: int = 40,
        patience: int = 50,
        random_state: Any = None,
    ) -> None:
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.n_leaves = n_leaves
        self.min_leaf = min_leaf
        self.patience = patience
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, watch: Sequence[tuple[Any, Any]] = ()) -> Self:
        """Learn from `X` (n, p), numbers and categories with missing values, and two classes `y` (n,).

        `watch` holds tables of the same columns, each with its outcome (0.0 or 1.0 per row): trees are added until each
        has run out of patience. No watched row is learned from.
        """
        import lightgbm as lgb

        frame = read_features(self, X, y, reset=True)
        self.classes_, target = read_outcome(y, rows=len(frame))
        self.encoder_ = TreeEncoder().fit(frame)
        parameters = self._parameters()
        factors = list(range(len(self.encoder_.numeric_), frame.shape[1]))
        data = lgb.Dataset(self.encoder_.transform(frame), label=target, categorical_feature=factors, params=parameters)
        watched = [
            lgb.Dataset(self.encoder_.transform(table), label=outcome, reference=data) for table, outcome in watch
        ]
        stopping = Patience(tables=len(watched), trees=self.patience)
        self.booster_ = lgb.train(
            parameters,
            data,
            num_boost_round=self.n_trees,
            valid_sets=watched,
            valid_names=[str(number) for number in range(len(watched))],
            callbacks=[stopping] if watched else [],
        )
        self.curves_ = stopping.curves
        self.n_trees_ = int(self.booster_.current_iteration())
        return self

    def _parameters(self) -> dict[str, Any]:
        return {
            "objective": "binary",
            "metric": "binary_logloss",
            "learning_rate": self.learning_rate,
            "num_leaves": self.n_leaves,
            "min_data_in_leaf": self.min_leaf,
            "max_bin": 63,
            "feature_fraction": 0.5 if self.n_features_in_ < WIDE else 0.3,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 5.0,
            "seed": int(check_random_state(self.random_state).randint(2**31 - 1)),
            "deterministic": True,
            "force_col_wise": True,
            "num_threads": 1,
            "verbose": -1,
        }

    def decision_function(self, X: Any, *, n_trees: int | None = None) -> Floats:
        """Return the log odds (n,) of the second class, by the first `n_trees` trees or by all."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        margins = self.booster_.predict(
            self.encoder_.transform(frame), raw_score=True, num_iteration=n_trees or self.n_trees_, num_threads=1
        )
        return np.asarray(margins, dtype=np.float64)

    def contributions(self, X: Any, *, exact: bool = True) -> tuple[Floats, Floats]:
        """Return the base (n,) and what each column adds to it (n, p), in log odds: `decision_function` is their sum.

        S. Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020:
        Shapley values over the paths that the rows trained on took. Not `exact`: those of the row's own path, which
        cost a hundredth (see `paths`).
        """
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        encoded = self.encoder_.transform(frame)
        if exact:
            found = np.asarray(
                self.booster_.predict(encoded, pred_contrib=True, num_iteration=self.n_trees_, num_threads=1)
            )
            base, parts = found[:, -1], found[:, :-1]
        else:
            root, parts = path_contributions(self.booster_, encoded, n_trees=self.n_trees_)
            base = np.full(len(frame), root)
        shares = np.empty((len(frame), frame.shape[1]))
        shares[:, [*self.encoder_.numeric_, *self.encoder_.categorical_]] = parts
        return base, shares

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
