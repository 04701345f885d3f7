"""The X-learner: each customer's effect imputed from a model of the other side, and then learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.learn.encoding.encoders import Floats
from querencia.learn.uplift.meta_learner import MetaLearner
from querencia.learn.uplift.outcome_models import expect, fit_outcome, tree_model


class XLearner(MetaLearner):
    """Effects learned on each side from what the other side's model says would have happened.

    Künzel et al. 2019, section "X-learner": a contacted customer's effect is the outcome less what the model of the
    others expects; another's is what the model of the contacted expects less the outcome. `effect_estimator`, a
    regressor, learns each, and the two are weighted by the chance of contact, so that the larger side's model of
    outcomes counts for more. The default of both is boosted trees. Further parameters and attributes: see
    `MetaLearner`; `effect_models_`, for each arm that of the others' effects and that of the contacted.
    """

    def __init__(
        self,
        *,
        estimator: Any = None,
        effect_estimator: Any = None,
        outcome: str = "churn",
        control: Any = 0,
        random_state: Any = None,
    ) -> None:
        super().__init__(estimator=estimator, outcome=outcome, control=control, random_state=random_state)
        self.effect_estimator = effect_estimator

    def _fit_arms(self, frame: pd.DataFrame, target: Floats, arm: NDArray[np.int64], seed: int) -> None:
        outcome = tree_model(binary=self.binary_, seed=seed) if self.estimator is None else self.estimator
        effect = tree_model(binary=False, seed=seed) if self.effect_estimator is None else self.effect_estimator
        others = arm == 0
        without = fit_outcome(outcome, frame.loc[others], target[others])
        self.effect_models_ = []
        for number in range(1, len(self.arms_) + 1):
            side = arm == number
            contacted = fit_outcome(outcome, frame.loc[side], target[side])
            of_others = expect(contacted, frame.loc[others]) - target[others]
            of_contacted = target[side] - expect(without, frame.loc[side])
            models = (
                fit_outcome(effect, frame.loc[others], of_others),
                fit_outcome(effect, frame.loc[side], of_contacted),
            )
            self.effect_models_.append(models)

    def _rises(self, frame: pd.DataFrame) -> Floats:
        return np.column_stack(
            [
                share * expect(of_others, frame) + (1 - share) * expect(of_contacted, frame)
                for share, (of_others, of_contacted) in zip(self.shares_, self.effect_models_, strict=True)
            ]
        )
