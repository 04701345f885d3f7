"""The S-learner: one model of the outcome, with contact as a feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.learn.encoding.encoders import Floats
from querencia.learn.uplift.meta_learner import MetaLearner
from querencia.learn.uplift.outcome_models import expect, fit_outcome, tree_model


class SLearner(MetaLearner):
    """The difference that the contact columns make to a single model's expectation.

    S. Künzel, J. Sekhon, P. Bickel and B. Yu, "Metalearners for estimating heterogeneous treatment effects using
    machine learning", PNAS 2019, equation 5. Careful: a model that makes little of contact foretells no effect. One
    without interactions, such as a plain logistic regression, ranks customers by risk only; the default is boosted
    trees. Each arm is a column of 0 and 1 after the features. Parameters and attributes: see `MetaLearner`; `model_`.
    """

    def _fit_arms(self, frame: pd.DataFrame, target: Floats, arm: NDArray[np.int64], seed: int) -> None:
        model = tree_model(binary=self.binary_, seed=seed) if self.estimator is None else self.estimator
        self.model_ = fit_outcome(model, self._with_contact(frame, arm), target)

    def _rises(self, frame: pd.DataFrame) -> Floats:
        nobody = expect(self.model_, self._with_contact(frame, np.zeros(len(frame), dtype=np.int64)))
        return np.column_stack(
            [
                expect(self.model_, self._with_contact(frame, np.full(len(frame), number))) - nobody
                for number in range(1, len(self.arms_) + 1)
            ]
        )

    def _with_contact(self, frame: pd.DataFrame, arm: NDArray[np.int64]) -> pd.DataFrame:
        columns: dict[Any, Floats] = {}
        for number in range(1, len(self.arms_) + 1):
            name = f"contact {number}"
            while name in frame.columns:
                name += "'"
            columns[name] = (arm == number).astype(np.float64)
        return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)
