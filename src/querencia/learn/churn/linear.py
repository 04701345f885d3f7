"""Logistic regression on any mixed table, as one scikit-learn classifier."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from querencia.learn.encoding.encoders import Floats, NumericEncoder, read_features
from querencia.learn.outcomes import read_outcome


class LinearChurnClassifier(ClassifierMixin, BaseEstimator):
    """Logistic regression on the encoded features (see `NumericEncoder`), with a ridge penalty.

    Parameters: `C`, the inverse of the penalty; `max_rows` learned from, drawn at random where there are more, for a
    hundred coefficients gain nothing from them; `random_state`, which draws them.

    Learned: `encoder_`, `coef_` (q,) and `intercept_`, `mean_` (q,) of the encoded rows learned from, `classes_`.
    """

    def __init__(self, *, C: float = 0.3, max_rows: int = 200_000, random_state: Any = None) -> None:
        self.C = C
        self.max_rows = max_rows
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from `X` (n, p), numbers and categories with missing values, and two classes `y` (n,)."""
        frame = read_features(self, X, y, reset=True)
        self.classes_, target = read_outcome(y, rows=len(frame))
        if len(frame) > self.max_rows:
            chosen = np.sort(check_random_state(self.random_state).permutation(len(frame))[: self.max_rows])
            frame, target = frame.iloc[chosen], target[chosen]
        self.encoder_ = NumericEncoder().fit(frame)
        encoded = self.encoder_.transform(frame)
        line = LogisticRegression(C=self.C, max_iter=1000).fit(encoded, target)
        self.coef_, self.intercept_ = line.coef_[0], float(line.intercept_[0])
        self.mean_ = encoded.mean(axis=0)
        return self

    def decision_function(self, X: Any) -> Floats:
        """Return the log odds (n,) of the second class."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        return np.asarray(self.encoder_.transform(frame) @ self.coef_ + self.intercept_)

    def contributions(self, X: Any) -> tuple[Floats, Floats]:
        """Return the base (n,) and what each column adds to it (n, p), in log odds: `decision_function` is their sum.

        Coefficient x (value - mean), summed over the encoded columns of a column.
        """
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        weighted = (self.encoder_.transform(frame) - self.mean_) * self.coef_
        parts = np.zeros(frame.shape)
        for column, source in enumerate(self.encoder_.source_):
            parts[:, source] += weighted[:, column]
        return np.full(len(frame), self.intercept_ + float(self.mean_ @ self.coef_)), parts

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
