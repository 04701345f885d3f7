"""Reasons add up to the score they explain, and name what was planted."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.churn.histogram import HistogramTreesClassifier
from querencia.learn.churn.linear import LinearChurnClassifier
from querencia.learn.churn.reasons import contributions, explain


@pytest.fixture(scope="module")
def customers() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(random.normal(size=(2500, 6)), columns=["calls", "n1", "age", "n2", "n3", "still"])
    frame["still"] = 4.0
    frame["plan"] = pd.Series(random.choice(["basic", "plus", "pro"], size=2500), dtype="str")
    z = -2.5 + 1.5 * frame["calls"] + (np.abs(frame["age"]) > 1) + 1.5 * (frame["plan"] == "basic")
    y = (random.random(2500) < expit(z)).astype(int).to_numpy()
    frame.loc[random.random(2500) < 0.1, "age"] = np.nan
    frame.loc[random.random(2500) < 0.1, "plan"] = None
    return frame, y


@pytest.fixture(scope="module")
def learned(customers: tuple[pd.DataFrame, np.ndarray]) -> ChurnClassifier:
    X, y = customers
    return ChurnClassifier(n_folds=3, n_repeats=2, n_jobs=2, random_state=3).fit(X, y)


def test_they_add_up_to_the_log_odds_of_the_models_that_score_the_customer(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    X, _ = customers
    assert "blend" in learned.chosen_
    folds = learned.folds_.copy()
    folds[:100] = -1  # as if they were newcomers
    log_odds = np.zeros(len(X))
    for number, model in enumerate(learned.fold_models_):
        repeat, fold = divmod(number, 3)
        own, never = folds[:, repeat] == fold, folds[:, repeat] == -1
        log_odds += np.where(own, 1 / 2, np.where(never, 1 / 6, 0)) * logit(model.probability(X))
    found = contributions(learned, X, folds=folds)
    assert np.abs(found.base + found.parts.sum(axis=1) - log_odds).max() < 1e-9
    assert np.ptp(found.base) < 1  # the base is the fold's, not the customer's


def test_with_isotonic_steps_they_add_up_to_the_line_of_the_same_rows(
    customers: tuple[pd.DataFrame, np.ndarray],
) -> None:
    X, y = customers
    learned = ChurnClassifier(candidates=("logistic",), n_folds=3, n_repeats=1, isotonic_from=10, random_state=3).fit(
        X, y
    )
    assert learned.calibration_ == "isotonic"
    found = contributions(learned, X, folds=learned.folds_)
    sums = found.base + found.parts.sum(axis=1)
    for fold, model in enumerate(learned.fold_models_):
        rows = learned.folds_[:, 0] == fold
        order = np.argsort(sums[rows])
        assert (np.diff(model.probability(X[rows])[order]) >= -1e-12).all()
        assert sums[rows].mean() == pytest.approx(logit(model.probability(X[rows])).mean(), abs=0.3)


def test_what_was_planted_is_named_with_its_sign_and_value(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    X, _ = customers
    found = explain(learned, X, folds=learned.folds_)
    assert [part.feature for part in found.importance[:3]] == ["calls", "plan", "age"]
    assert sum(part.share for part in found.importance) == pytest.approx(1)
    assert found.importance[-1] == type(found.importance[0])(feature="still", share=0.0)
    top = found.top
    assert top["rank"].tolist() == [1, 2, 3] * len(X)
    assert top["row"].tolist() == np.repeat(np.arange(len(X)), 3).tolist()
    sizes = top["contribution"].abs().to_numpy().reshape(-1, 3)
    assert (np.diff(sizes, axis=1) <= 0).all()
    calls = top[top["feature"] == "calls"]
    far = calls[calls["value"].astype(float).abs() > 1]
    assert (np.sign(far["contribution"]) == np.sign(far["value"].astype(float))).mean() > 0.99
    plans = top[top["feature"] == "plan"]
    assert set(plans["value"].dropna()) == {"basic", "plus", "pro"}
    assert plans.loc[plans["value"] == "basic", "contribution"].min() > 0
    assert plans.loc[plans["value"].isna(), "value"].tolist() == [None] * int(plans["value"].isna().sum())


def test_batches_change_nothing(customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier) -> None:
    X, _ = customers
    whole, parts = (explain(learned, X[:300], top=2, rows_at_once=rows) for rows in (1000, 70))
    pd.testing.assert_frame_equal(whole.top, parts.top)
    assert [part.share for part in whole.importance] == pytest.approx([part.share for part in parts.importance])


@pytest.mark.parametrize("model", [LinearChurnClassifier(), HistogramTreesClassifier(n_trees=30)])
def test_every_model_tells_contributions_that_add_up(model: object, customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = customers
    base, parts = model.fit(X, y).contributions(X)
    assert np.abs(base + parts.sum(axis=1) - model.decision_function(X)).max() < 1e-9
    shares = np.abs(parts).mean(axis=0)
    assert X.columns[int(np.argmax(shares))] == "calls"
    assert shares[X.columns.get_loc("still")] == 0


def test_contributions_of_a_line_are_coefficient_times_distance_from_the_mean() -> None:
    random = np.random.default_rng(1)
    X = pd.DataFrame({"a": random.normal(5, 2, 800), "plan": np.where(random.random(800) < 0.3, "pro", "basic")})
    y = (random.random(800) < expit(X["a"] - 5)).astype(int)
    model = LinearChurnClassifier().fit(X, y)
    base, parts = model.contributions(X)
    slope = model.coef_[0] / model.encoder_.scale_[0]
    inside = np.abs(X["a"] - 5) < 4
    assert parts[inside, 0] == pytest.approx((slope * (X["a"] - X["a"].mean()))[inside].to_numpy(), abs=0.02)
    share = (X["plan"] == "pro").mean()
    jump = model.coef_[2] - model.coef_[1]
    assert sorted(set(np.round(parts[:, 1], 9))) == pytest.approx(sorted([jump * (1 - share), -jump * share]), abs=1e-8)
    assert base == pytest.approx(np.full(800, model.decision_function(X).mean()))


@pytest.mark.slow
def test_twelve_thousand_customers_of_180_features_take_seconds() -> None:
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.normal(size=(12_000, 180)))
    X.columns = [f"f{i}" for i in range(180)]
    y = (random.random(12_000) < expit(X["f0"] - 3)).astype(int)
    learned = ChurnClassifier(n_folds=3, n_repeats=1, max_trees=120, n_jobs=2, random_state=1).fit(X, y)
    begun = time.perf_counter()
    explain(learned, X, folds=learned.folds_)
    assert time.perf_counter() - begun < 10
