"""The DR-learner: an unbiased, noisy effect of each customer, and then learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from querencia.learn.encoding.encoders import Floats
from querencia.learn.folds import assign_folds
from querencia.learn.uplift.meta_learner import MetaLearner
from querencia.learn.uplift.outcome_models import expect, fit_outcome, linear_model


class DRLearner(MetaLearner):
    """A regression on doubly robust pseudo-effects.

    E. Kennedy, "Towards optimal doubly robust estimation of heterogeneous causal effects", 2023, algorithm 1, all
    halves used in turn. Customer i counts with m1 - m0 + t (y - m1) / e - (1 - t) (y - m0) / (1 - e), where m1 and m0
    are the outcomes expected with and without contact by models that did not see i, and e the chance of contact:
    contact was drawn, so e is the share of contacted customers. `effect_estimator`, a regressor, learns it from the
    features; `n_folds` parts for the models of outcomes. The defaults are logistic and ridge regression. Further
    parameters and attributes: see `MetaLearner`; `effect_models_`, one per arm.
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        effect_estimator: Any = None,
        n_folds: int = 2,
        outcome: str = "churn",
        control: Any = 0,
        random_state: Any = None,
    ) -> None:
        super().__init__(estimator=estimator, outcome=outcome, control=control, random_state=random_state)
        self.effect_estimator = effect_estimator
        self.n_folds = n_folds

    def _fit_arms(self, frame: pd.DataFrame, target: Floats, arm: NDArray[np.int64], seed: int) -> None:
        outcome = linear_model(binary=self.binary_) if self.estimator is None else self.estimator
        effect = linear_model(binary=False) if self.effect_estimator is None else self.effect_estimator
        strata = target if self.binary_ else np.zeros(len(target))
        n_folds = max(2, min(self.n_folds, int(np.bincount(arm).min())))
        folds = assign_folds(arm, strata=strata, n_folds=n_folds, random=check_random_state(seed))
        expected = np.column_stack(
            [self._expect_others(outcome, frame, target, arm == number, folds) for number in range(len(self.arms_) + 1)]
        )
        self.effect_models_ = []
        for number, share in enumerate(self.shares_, start=1):
            rows = (arm == 0) | (arm == number)
            contact = arm[rows] == number
            without, contacted = expected[rows, 0], expected[rows, number]
            error = target[rows] - np.where(contact, contacted, without)
            pseudo = contacted - without + error * np.where(contact, 1 / share, -1 / (1 - share))
            self.effect_models_.append(fit_outcome(effect, frame.loc[rows], pseudo))

    @staticmethod
    def _expect_others(
        model: Any, frame: pd.DataFrame, target: Floats, side: NDArray[np.bool_], folds: NDArray[np.int64]
    ) -> Floats:
        """Return the outcome expected of each row, had it been on this `side`, by a model that did not see it."""
        expected = np.empty(len(target))
        for fold in np.unique(folds):
            rows = folds == fold
            learned = side & ~rows if (side & ~rows).any() else side
            expected[rows] = expect(fit_outcome(model, frame.loc[learned], target[learned]), frame.loc[rows])
        return expected

    def _rises(self, frame: pd.DataFrame) -> Floats:
        return np.column_stack([expect(model, frame) for model in self.effect_models_])
