"""Learners of effects find what was planted, on any estimator, with one arm or more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from querencia.learn.uplift.cross_fitting import cross_fit, experiment_folds
from querencia.learn.uplift.dr_learner import DRLearner
from querencia.learn.uplift.meta_learner import MetaLearner
from querencia.learn.uplift.s_learner import SLearner
from querencia.learn.uplift.t_learner import TLearner
from querencia.learn.uplift.x_learner import XLearner

LEARNERS = [SLearner, TLearner, XLearner, DRLearner]


@pytest.fixture(scope="module")
def experiment() -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Contact keeps 25 points of the customers on plan "full", drives 15 away of those on "basic"; 30 % leave."""
    random = np.random.default_rng(4)
    frame = pd.DataFrame({"age": random.normal(size=8000), "plan": random.choice(["basic", "full"], 8000)})
    frame.loc[random.random(8000) < 0.1, "age"] = np.nan
    fall = np.where(frame["plan"] == "full", 0.25, -0.15)
    treatment = (random.random(8000) < 0.6).astype(int)
    left = (random.random(8000) < 0.3 - fall * treatment).astype(int)
    return frame, left, treatment, fall


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("direction", ["churn", "response"])
def test_effects_have_the_right_sign_and_size_in_both_directions(
    experiment: tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray], learner: type[MetaLearner], direction: str
) -> None:
    frame, left, treatment, fall = experiment
    effect = learner(outcome=direction, random_state=1).fit(frame, left, treatment=treatment).predict(frame)
    effect = effect if direction == "churn" else -effect
    for plan, planted in (("full", 0.25), ("basic", -0.15)):
        assert effect[frame["plan"] == plan].mean() == pytest.approx(planted, abs=0.05)
    assert ((effect > 0) == (fall > 0)).mean() > 0.98


@pytest.mark.parametrize(
    ("learner", "model"),
    [
        (TLearner, LogisticRegression(C=np.inf)),
        (SLearner, DecisionTreeClassifier(max_depth=2, random_state=0)),
        (XLearner, DecisionTreeClassifier(max_depth=1, random_state=0)),
        (DRLearner, DecisionTreeClassifier(max_depth=1, random_state=0)),
        (TLearner, LinearRegression()),
    ],
)
def test_one_feature_of_two_values_gives_the_differences_of_rates(learner: type[MetaLearner], model: Any) -> None:
    random = np.random.default_rng(0)
    plan, treatment = random.integers(0, 2, 4000).astype(float), random.integers(0, 2, 4000)
    left = (random.random(4000) < 0.2 + 0.3 * plan * treatment).astype(int)
    options = {"effect_estimator": LinearRegression()} if learner in {XLearner, DRLearner} else {}
    effect = learner(estimator=model, random_state=0, **options).fit(plan[:, None], left, treatment=treatment)
    for value in (0, 1):
        rates = [left[(plan == value) & (treatment == side)].mean() for side in (0, 1)]
        # Halves for pseudo-effects, and their weights, move the DR-learner's figure a little.
        slack = 0.01 if learner is DRLearner else 1e-4
        assert effect.predict([[float(value)]])[0] == pytest.approx(rates[0] - rates[1], abs=slack)


@pytest.mark.parametrize("learner", LEARNERS)
def test_two_arms_give_a_column_each_and_any_labels_do(
    experiment: tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray], learner: type[MetaLearner]
) -> None:
    frame, left, treatment, _ = experiment
    random = np.random.default_rng(1)
    arm = np.where(treatment == 1, "mail", np.where(random.random(8000) < 0.5, "call", "none"))
    # A call keeps ten points of everybody.
    left = np.where(arm == "call", random.random(8000) < 0.2, left).astype(int)
    fitted = learner(control="none", random_state=1).fit(frame, left, treatment=arm)
    assert fitted.arms_.tolist() == ["call", "mail"]
    effects = fitted.predict(frame)
    assert effects.shape == (8000, 2)
    full = frame["plan"] == "full"
    assert effects[:, 0].mean() == pytest.approx(0.1, abs=0.05)
    assert effects[full, 1].mean() == pytest.approx(0.25, abs=0.06)
    assert effects[~full, 1].mean() == pytest.approx(-0.15, abs=0.06)


def test_a_placebo_finds_about_nothing(experiment: tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]) -> None:
    frame, left, _, _ = experiment
    placebo = TLearner(random_state=3).fit(frame, left)
    assert placebo.arms_.tolist() == ["placebo"]
    assert abs(placebo.predict(frame).mean()) < 0.03


def test_what_cannot_be_learned_is_refused() -> None:
    table, y = np.arange(12.0).reshape(6, 2), [0, 1, 0, 1, 0, 1]
    with pytest.raises(ValueError, match=r"labels \['1'\]: expected control, 0"):
        TLearner().fit(table, y, treatment=[1] * 6)
    with pytest.raises(ValueError, match="treatment is missing"):
        TLearner().fit(table, y, treatment=[0, 1, np.nan, 0, 1, 0])
    with pytest.raises(ValueError, match=r"y holds 0\.5: a classifier learns outcomes 0 and 1"):
        TLearner(estimator=LogisticRegression()).fit(table, [0.5, 1, 0, 1, 0, 1], treatment=[0, 1] * 3)
    with pytest.raises(ValueError, match="outcome is 'sales'"):
        TLearner(outcome="sales").fit(table, y, treatment=[0, 1] * 3)


def test_one_outcome_on_a_side_is_learned_as_such() -> None:
    table = np.random.default_rng(0).normal(size=(40, 2))
    treatment, left = np.arange(40) % 2, (np.arange(40) % 4 == 0).astype(int)
    assert TLearner().fit(table, left, treatment=treatment).predict(table).mean() == pytest.approx(0.5, abs=0.05)


def test_expected_outcomes_of_the_t_learner_differ_by_its_effects(
    experiment: tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    frame, left, treatment, _ = experiment
    fitted = TLearner().fit(frame, left, treatment=treatment)
    outcomes = fitted.predict_outcomes(frame)
    assert outcomes.shape == (8000, 2)
    assert outcomes[:, 0] - outcomes[:, 1] == pytest.approx(fitted.predict(frame))
    assert outcomes[treatment == 1, 1].mean() == pytest.approx(left[treatment == 1].mean(), abs=0.01)


def test_folds_are_balanced_and_nobody_is_foretold_by_a_learner_that_saw_them(
    experiment: tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    frame, left, treatment, _ = experiment
    folds = experiment_folds(left, treatment, n_folds=4, seed=1)
    for side in (0, 1):
        for class_ in (0, 1):
            assert np.ptp(np.bincount(folds[(treatment == side) & (left == class_)])) <= 1
    fit = cross_fit(TLearner(), frame, left, treatment, folds=folds)
    # Turning the outcomes of one fold around changes what is foretold everywhere but there.
    turned = np.where(folds == 2, 1 - left, left)
    again = cross_fit(TLearner(), frame, turned, treatment, folds=folds)
    same = np.isclose(fit.effects, again.effects, atol=1e-12)
    assert same[folds == 2].all()
    assert not same[folds != 2].any()
    assert len(fit.learners) == 4
    assert experiment_folds([0, 0, 1, 1, 0, 1], [0, 1, 0, 1, 0, 1], n_folds=5, seed=1).max() == 1
