"""The T-learner: a model of the outcome for contacted customers, and one for the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from querencia.learn.encoding.encoders import Floats, read_features
from querencia.learn.uplift.meta_learner import MetaLearner
from querencia.learn.uplift.outcome_models import expect, fit_outcome, linear_model


class TLearner(MetaLearner):
    """The difference of two models' expectations, each learned from one side of the experiment.

    Künzel et al. 2019, equation 4; long known as the two-model approach. The default is logistic regression: the
    errors of two flexible models do not cancel. Parameters and attributes: see `MetaLearner`; `models_`, that of the
    control first and then one per arm.
    """

    def _fit_arms(self, frame: pd.DataFrame, target: Floats, arm: NDArray[np.int64], seed: int) -> None:
        model = linear_model(binary=self.binary_) if self.estimator is None else self.estimator
        sides = [arm == number for number in range(len(self.arms_) + 1)]
        self.models_: list[Any] = [fit_outcome(model, frame.loc[side], target[side]) for side in sides]

    def predict_outcomes(self, X: Any) -> Floats:
        """Return the outcome expected of each row without contact and under each arm, (n, 1 + arms)."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False).rename(columns=str)
        return np.column_stack([expect(model, frame) for model in self.models_])

    def _rises(self, frame: pd.DataFrame) -> Floats:
        nobody, *arms = (expect(model, frame) for model in self.models_)
        return np.column_stack(arms) - nobody[:, None]
