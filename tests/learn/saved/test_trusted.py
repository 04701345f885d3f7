"""The types that a model may hold are those that models do hold, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import skops.io

from querencia.learn.churn.classifier import HISTOGRAM, LIGHTGBM, LOGISTIC, ChurnClassifier
from querencia.learn.saved.trusted import TRUSTED
from querencia.learn.uplift.estimation import UpliftModel, default_learners
from querencia.learn.value.purchases import BetaGeometricModel
from querencia.learn.value.spend import GammaGammaModel
from querencia.learn.value.transactions import PurchaseModel

from .conftest import Kept


@pytest.mark.slow
def test_every_trusted_type_is_part_of_some_model_and_every_model_of_trusted_types(kept: Kept) -> None:
    features = kept.problem.training
    assert features is not None and kept.problem.outcome is not None
    outcome = kept.problem.outcome.to_numpy()
    contact = np.arange(len(outcome)) % 2
    quick: dict[str, Any] = {"n_folds": 3, "n_repeats": 1, "max_trees": 20}
    history = np.column_stack([np.arange(200) % 5, np.arange(200) % 5 * 3.0, np.full(200, 40.0)])
    spend = np.column_stack([history[:, 0] + 1, np.arange(200) + 10.0])
    learners = [one.fit(features, outcome, treatment=contact) for one in default_learners(0).values()]
    models = [
        kept.model.models,
        ChurnClassifier(candidates=(HISTOGRAM, LOGISTIC), **quick).fit(features, outcome),
        ChurnClassifier(candidates=(LIGHTGBM, LOGISTIC), isotonic_from=10, **quick).fit(features, outcome),
        UpliftModel(ranking="x_learner", learners=tuple(learners)),
        PurchaseModel(frequency=BetaGeometricModel().fit(history), spend=GammaGammaModel().fit(spend)),
    ]
    found: set[str] = set()
    for model in models:
        found |= set(skops.io.get_untrusted_types(data=skops.io.dumps(model)))
    assert found == set(TRUSTED)
