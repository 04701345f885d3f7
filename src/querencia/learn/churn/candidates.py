"""The models that are tried: boosted trees, and logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import check_random_state

from querencia.learn.churn.trees import BoostedTreesClassifier, choose_leaves, has_lightgbm
from querencia.learn.encoding.encoders import Floats, NumericEncoder, TreeEncoder

LIGHTGBM, HISTOGRAM, LOGISTIC = "lightgbm", "hist_gradient_boosting", "logistic"
BLEND = "blend"
FIXED_TREES = 150  # where no rows can be spared to choose their number
MOST_LINEAR_ROWS = 200_000  # a hundred coefficients gain nothing from more

Watched = Sequence[tuple[pd.DataFrame, Floats]]


def usable_candidates() -> tuple[str, str]:
    """Return the models to try on this machine: scikit-learn's boosted trees stand in where LightGBM does not load."""
    return (LIGHTGBM if has_lightgbm() else HISTOGRAM, LOGISTIC)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a candidate is fitted: at most `max_trees` boosted trees, `C` the inverse regularisation of the linear one."""

    name: str
    max_trees: int
    C: float
    seed: int

    def __post_init__(self) -> None:
        if self.name not in (LIGHTGBM, HISTOGRAM, LOGISTIC):
            raise ValueError(f"candidates holds {self.name!r}: expected {LIGHTGBM!r}, {HISTOGRAM!r} or {LOGISTIC!r}.")

    @property
    def stops_early(self) -> bool:
        """Whether the number of trees is chosen on watched rows."""
        return self.name == LIGHTGBM

    def fit(self, frame: pd.DataFrame, target: Floats, *, n_trees: int | None = None, watch: Watched = ()) -> Any:
        """Return a model with `decision_function`, learned from `frame` (n, p) and `target` (n,).

        Of `n_trees` boosted trees; where that is None, as many as `watch` still gains from, or a fixed number.
        """
        if self.name == LOGISTIC:
            return self._fit_linear(frame, target)
        if self.name == HISTOGRAM:
            return self._new_histogram(target).fit(frame, target)
        most = n_trees or (self.max_trees if watch else min(FIXED_TREES, self.max_trees))
        trees = BoostedTreesClassifier(n_trees=most, n_leaves="auto", random_state=self.seed)
        return trees.fit(frame, target, watch=watch)

    def _fit_linear(self, frame: pd.DataFrame, target: Floats) -> Pipeline:
        if len(frame) > MOST_LINEAR_ROWS:
            chosen = np.sort(check_random_state(self.seed).permutation(len(frame))[:MOST_LINEAR_ROWS])
            frame, target = frame.iloc[chosen], target[chosen]
        return make_pipeline(NumericEncoder(), LogisticRegression(C=self.C, max_iter=1000)).fit(frame, target)

    def _new_histogram(self, target: Floats) -> Pipeline:
        trees = HistGradientBoostingClassifier(
            max_iter=min(FIXED_TREES, self.max_trees),
            learning_rate=0.04,
            max_leaf_nodes=choose_leaves(int(min(target.sum(), len(target) - target.sum()))),
            min_samples_leaf=40,
            max_bins=63,
            max_features=0.5,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=self.seed,
        )
        return make_pipeline(TreeEncoder(), trees)


def score_rows(model: Any, frame: pd.DataFrame, *, n_trees: int | None = None) -> Floats:
    """Return the log odds (n,) that `model` gives the rows of `frame`, by its first `n_trees` trees where it has any."""
    if n_trees is not None:
        return np.asarray(model.decision_function(frame, n_trees=n_trees), dtype=np.float64)
    return np.asarray(model.decision_function(frame), dtype=np.float64)
