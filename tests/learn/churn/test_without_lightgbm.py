"""Where LightGBM does not load, scikit-learn's boosted trees stand in, and the user is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.churn import classifier as churn
from querencia.learn.churn import trees
from querencia.learn.problem import ScoringOptions, ScoringProblem
from querencia.learn.scoring import score_customers


@pytest.fixture
def without_openmp(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise OSError("libgomp.so.1: cannot open shared object file")

    trees.has_lightgbm.cache_clear()
    monkeypatch.setattr(trees, "import_module", fail)
    yield
    trees.has_lightgbm.cache_clear()


def test_the_stand_in_is_as_good_and_is_named(without_openmp: None) -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(1500, 4))
    # Churn has a bend that a straight line cannot follow: trees must win here.
    left = random.random(1500) < 1 / (1 + np.exp(4 - 2.5 * np.abs(features[:, 0])))
    frame = pd.DataFrame(features, columns=list("abcd"), index=[str(row) for row in range(1500)])
    frame["plan"] = np.where(features[:, 1] > 0, "basic", "full")
    problem = ScoringProblem(scoring=frame, training=frame, outcome=pd.Series(left.astype(int)))
    scores = score_customers(problem, options=ScoringOptions(folds=3))
    assert scores.model.churn is not None
    assert scores.model.churn.model == churn.HISTOGRAM
    assert scores.model.churn.auc.low > 0.7
    assert "learn_without_lightgbm" in {note.code for note in scores.notes}


def test_lightgbm_is_used_where_it_loads() -> None:
    assert churn.usable_candidates() == (churn.LIGHTGBM, churn.LOGISTIC)
