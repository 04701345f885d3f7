"""What the learners of effects have in common: how they read an experiment, and how they tell an effect."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin, is_classifier
from sklearn.utils import check_random_state
from sklearn.utils.validation import assert_all_finite, check_consistent_length, check_is_fitted, column_or_1d

from querencia.learn.encoding.encoders import Floats, read_features


class MetaLearner(RegressorMixin, BaseEstimator):
    """A learner of the effect of contact on each customer, from an experiment and any scikit-learn estimator.

    Parameters: `estimator`, a classifier for outcomes 0 and 1 (with `predict_proba`) or a regressor, None for the
    learner's own; `outcome`, "churn" where less is better and effects are falls, "response" where more is better and
    effects are rises; `control`, the label of customers who were not contacted; `random_state`.

    `fit` takes the label of each customer's `treatment`, any kind of label, of which the customer may have got one.
    Without it, it fits a placebo: half of the customers, drawn at random, count as contacted, so that what is found
    is what the learner finds where there is nothing.

    Learned: `arms_`, the labels other than `control` in order; `shares_`, the chance of each arm among those who got it
    or nothing; `binary_`, whether outcomes are 0 and 1; `n_features_in_`, `feature_names_in_`.
    """

    def __init__(
        self, *, estimator: Any = None, outcome: str = "churn", control: Any = 0, random_state: Any = None
    ) -> None:
        self.estimator = estimator
        self.outcome = outcome
        self.control = control
        self.random_state = random_state

    def fit(self, X: Any, y: Any, *, treatment: ArrayLike | None = None) -> Self:
        """Learn from features `X` (n, p), outcomes `y` (n,) and `treatment` (n,).

        ValueError where fewer than two customers are given, an arm or the control has nobody, a treatment is missing,
        or a classifier is to learn other outcomes than 0 and 1.
        """
        if self.outcome not in {"churn", "response"}:
            raise ValueError(f"outcome is {self.outcome!r}: expected 'churn' or 'response'.")
        frame = _name_by_text(read_features(self, X, y, reset=True))
        target = self._read_target(y, len(frame))
        random = check_random_state(self.random_state)
        arm = self._read_treatment(treatment, len(frame), random)
        sizes = np.bincount(arm, minlength=len(self.arms_) + 1)
        self.shares_ = sizes[1:] / (sizes[1:] + sizes[0])
        self._fit_arms(frame, target, arm, int(random.randint(2**31 - 1)))
        return self

    def predict(self, X: Any) -> Floats:
        """Return the effect of contact on each row: (n,), or (n, arms) where there is more than one arm.

        For outcome "churn" more than 0 is churn avoided, for "response" a response won.
        """
        check_is_fitted(self)
        frame = _name_by_text(read_features(self, X, reset=False))
        rises = self._rises(frame)
        effects = -rises if self.outcome == "churn" else rises
        return np.asarray(effects[:, 0] if len(self.arms_) == 1 else effects)

    @abstractmethod
    def _fit_arms(self, frame: pd.DataFrame, target: Floats, arm: NDArray[np.int64], seed: int) -> None:
        """Learn from each row's `arm`: 0 for the control, else 1 + its position in `arms_`."""

    @abstractmethod
    def _rises(self, frame: pd.DataFrame) -> Floats:
        """Return by how much each arm raises the outcome, (n, arms)."""

    def _read_target(self, y: Any, rows: int) -> Floats:
        values = column_or_1d(y, warn=True)
        if values.dtype.kind not in "biuf":
            values = values.astype(np.float64)
        assert_all_finite(values, input_name="y")
        check_consistent_length(values, np.empty(rows))
        if rows < 2:
            raise ValueError(f"Found a table with {rows} sample(s): n_samples = 1 has nobody to compare with.")
        target: Floats = np.asarray(values, dtype=np.float64)
        self.binary_ = bool(np.isin(target, [0.0, 1.0]).all())
        if self.estimator is not None and is_classifier(self.estimator) and not self.binary_:
            wrong = float(target[~np.isin(target, [0.0, 1.0])][0])
            raise ValueError(f"y holds {wrong!r}: a classifier learns outcomes 0 and 1. Give a regressor for others.")
        return target

    def _read_treatment(self, treatment: ArrayLike | None, rows: int, random: Any) -> NDArray[np.int64]:
        if treatment is None:
            labels = np.array([self.control, "placebo"], dtype=object)[random.permutation(rows) % 2]
        else:
            labels = np.asarray(treatment)
            check_consistent_length(labels, np.empty(rows))
            if pd.isna(labels).any():
                raise ValueError("treatment is missing for some rows: leave out customers whose treatment is unknown.")
        there = labels == self.control
        arms = set(labels[~there].tolist())
        self.arms_ = np.array(sorted(arms, key=str if labels.dtype == object else None), dtype=labels.dtype)
        if not there.any() or not len(self.arms_):
            raise ValueError(
                f"treatment holds the labels {sorted({str(label) for label in labels.tolist()})}: expected control, "
                f"{self.control!r}, and at least one other."
            )
        arm = np.zeros(rows, dtype=np.int64)
        for number, label in enumerate(self.arms_, start=1):
            arm[labels == label] = number
        return arm

    def __sklearn_tags__(self) -> Any:
        """Missing values and text are allowed; `y` is not what is predicted, so a score against it says nothing."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.regressor_tags.poor_score = True
        return tags


def _name_by_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return `frame` with names that are text: scikit-learn refuses a mix, and the S-learner adds columns."""
    return frame.set_axis([str(name) for name in frame.columns], axis=1)
