"""The models that are tried: boosted trees, and logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from querencia.learn.churn.histogram import HistogramTreesClassifier
from querencia.learn.churn.linear import LinearChurnClassifier
from querencia.learn.churn.trees import BoostedTreesClassifier, has_lightgbm
from querencia.learn.encoding.encoders import Floats

LIGHTGBM, HISTOGRAM, LOGISTIC = "lightgbm", "hist_gradient_boosting", "logistic"
BLEND, BASE_RATE = "blend", "base_rate"
MANY_CHURNERS = 4_000

Watched = Sequence[tuple[pd.DataFrame, Floats]]


def usable_candidates() -> tuple[str, str]:
    """Return the models to try on this machine: scikit-learn's boosted trees stand in where LightGBM does not load."""
    return (LIGHTGBM if has_lightgbm() else HISTOGRAM, LOGISTIC)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast boosted trees learn; there are `fixed` of them where no rows can be spared to choose their number."""

    n_leaves: int
    learning_rate: float
    patience: int
    fixed: int


SLOW = Pace(n_leaves=6, learning_rate=0.04, patience=50, fixed=150)
FAST = Pace(n_leaves=15, learning_rate=0.1, patience=25, fixed=100)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a candidate is fitted: at most `max_trees` boosted trees, `C` the inverse regularisation of the linear one.

    `churners` of the whole table set the pace of the trees, so that all its folds go at the same: where there are
    4,000 or more, larger trees and steps were as good or better, in a fraction of the time.
    """

    name: str
    max_trees: int
    C: float
    churners: int
    seed: int

    def __post_init__(self) -> None:
        if self.name not in (LIGHTGBM, HISTOGRAM, LOGISTIC):
            raise ValueError(f"candidates holds {self.name!r}: expected {LIGHTGBM!r}, {HISTOGRAM!r} or {LOGISTIC!r}.")

    @property
    def pace(self) -> Pace:
        """How fast boosted trees learn from so many churners."""
        return FAST if self.churners >= MANY_CHURNERS else SLOW

    @property
    def stops_early(self) -> bool:
        """Whether the number of trees is chosen on watched rows."""
        return self.name == LIGHTGBM

    def fit(self, frame: pd.DataFrame, target: Floats, *, n_trees: int | None = None, watch: Watched = ()) -> Any:
        """Return a model with `decision_function`, learned from `frame` (n, p) and `target` (n,).

        Of `n_trees` boosted trees; where that is None, as many as `watch` still gains from, or a fixed number.
        """
        if self.name == LOGISTIC:
            return LinearChurnClassifier(C=self.C, random_state=self.seed).fit(frame, target)
        pace, fixed = self.pace, min(self.pace.fixed, self.max_trees)
        if self.name == HISTOGRAM:
            histogram = HistogramTreesClassifier(
                n_trees=fixed, learning_rate=pace.learning_rate, n_leaves=pace.n_leaves, random_state=self.seed
            )
            return histogram.fit(frame, target)
        trees = BoostedTreesClassifier(
            n_trees=n_trees or (self.max_trees if watch else fixed),
            learning_rate=pace.learning_rate,
            n_leaves=pace.n_leaves,
            patience=pace.patience,
            random_state=self.seed,
        )
        return trees.fit(frame, target, watch=watch)


def score_rows(model: Any, frame: pd.DataFrame, *, n_trees: int | None = None) -> Floats:
    """Return the log odds (n,) that `model` gives the rows of `frame`, by its first `n_trees` trees where given."""
    if n_trees is not None:
        return np.asarray(model.decision_function(frame, n_trees=n_trees), dtype=np.float64)
    return np.asarray(model.decision_function(frame), dtype=np.float64)
