"""The same customers get the same scores, however their table is written and whatever machine scores them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from querencia.learn.problem import Scores, ScoringOptions, ScoringProblem
from querencia.learn.scoring import score_customers

ROWS = 900


@pytest.fixture(scope="module")
def problem() -> ScoringProblem:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(random.standard_t(4, size=(ROWS, 6)), columns=list("abcdef"))
    frame["plan"] = pd.Series(random.choice(["basic", "plus", "pro"], size=ROWS), dtype="str")
    frame.index = pd.Index([f"c{i:04d}" for i in range(ROWS)])
    z = -1.5 + frame["a"] + (np.abs(frame["b"]) > 1) + (frame["plan"] == "basic")
    outcome = pd.Series((random.random(ROWS) < expit(z)).astype(int).to_numpy())
    treatment = pd.Series((random.random(ROWS) < 0.7).astype(float))
    return ScoringProblem(scoring=frame, training=frame, outcome=outcome, treatment=treatment)


@pytest.fixture(scope="module")
def scores(problem: ScoringProblem) -> Scores:
    return score_customers(problem, options=ScoringOptions(repeats=2, folds=3, n_jobs=1))


def churn_of(scores: Scores) -> pd.Series:
    return scores.customers.set_index("customer_id")["churn_probability"].sort_index()


def test_shuffled_rows(problem: ScoringProblem, scores: Scores) -> None:
    assert problem.outcome is not None
    assert problem.treatment is not None
    order = np.random.default_rng(1).permutation(ROWS)
    shuffled = replace(
        problem,
        scoring=problem.scoring.iloc[order[::-1]],
        training=problem.scoring.iloc[order],
        outcome=problem.outcome.iloc[order],
        treatment=problem.treatment.iloc[order],
    )
    again = score_customers(shuffled, options=ScoringOptions(repeats=2, folds=3, n_jobs=1))
    assert np.abs(churn_of(again) - churn_of(scores)).max() < 1e-6
    assert churn_of(scores).nunique() > 500


def test_renamed_columns(problem: ScoringProblem, scores: Scores) -> None:
    # In an order that sorts otherwise: names may not decide which column comes first.
    names = dict(zip(problem.scoring.columns, ["z", "q", "m", "_", "A", "ñ", "0"], strict=True))
    renamed = problem.scoring.rename(columns=names)
    again = score_customers(
        replace(problem, scoring=renamed, training=renamed), options=ScoringOptions(repeats=2, folds=3, n_jobs=1)
    )
    assert np.abs(churn_of(again) - churn_of(scores)).max() < 1e-6


def test_another_number_of_threads(problem: ScoringProblem, scores: Scores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    again = score_customers(problem, options=ScoringOptions(repeats=2, folds=3, n_jobs=3))
    assert np.abs(churn_of(again) - churn_of(scores)).max() < 1e-6
