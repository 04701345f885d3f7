"""The ranking kept is one that beats chance, whatever was tried beside it; without one, risk or nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.average_effect import average_effect
from querencia.learn.metrics.qini import bootstrap_qini, qini_coefficient
from querencia.learn.uplift.cross_fitting import cross_fit, experiment_folds
from querencia.learn.uplift.meta_learner import MetaLearner
from querencia.learn.uplift.ranking import choose_ranking
from querencia.learn.uplift.s_learner import SLearner
from querencia.learn.uplift.simultaneous import bound_rankings, usable_resamples
from querencia.learn.uplift.t_learner import TLearner

NO_EFFECT = Interval(value=0.0, low=-0.01, high=0.01)


def _experiment(size: int, *, seed: int, effect: float, spread: float) -> tuple[np.ndarray, ...]:
    """Contact keeps `effect` of all, and `spread` more or less of those with the highest or lowest score."""
    random = np.random.default_rng(seed)
    score = random.random(size)
    contact = (random.random(size) < 0.5).astype(int)
    left = random.random(size) < 0.4 - (effect + spread * (2 * score - 1)) * contact
    return left.astype(int), contact, score, random.random(size)


def test_bounds_agree_with_each_ranking_on_its_own() -> None:
    left, contact, score, noise = _experiment(3000, seed=1, effect=0, spread=0.1)
    bounds = bound_rankings(
        left, contact, np.column_stack([score, noise]), learned=[False] * 2, outcome="churn", seed=1
    )
    assert bounds.resamples == 1000
    for column, interval in ((score, bounds.qini[0]), (noise, bounds.qini[1])):
        assert interval.value == pytest.approx(qini_coefficient(left, column, contact, outcome="churn"))
        alone = bootstrap_qini(left, column, contact, outcome="churn", seed=2)
        width = alone.high - alone.low
        assert interval.low == pytest.approx(alone.low, abs=0.1 * width)
        assert interval.high == pytest.approx(alone.high, abs=0.1 * width)


def test_the_simultaneous_bound_of_one_is_its_own_and_falls_the_more_is_tried() -> None:
    left, contact, score, _ = _experiment(2000, seed=2, effect=0, spread=0.1)
    noise = np.random.default_rng(0).random((2000, 15))
    alone = bound_rankings(left, contact, score[:, None], learned=[False], outcome="churn", seed=1)
    # 97.5 % of a normal distribution: what the percentile interval's lower end is, too.
    assert alone.simultaneous_low[0] == pytest.approx(alone.qini[0].low, abs=0.0012)
    twice = bound_rankings(
        left, contact, np.column_stack([score, score]), learned=[False, True], outcome="churn", seed=1
    )
    assert twice.simultaneous_low[0] == pytest.approx(alone.simultaneous_low[0])
    # A learned score is believed by the root of 2 less.
    gaps = [twice.qini[k].value - twice.simultaneous_low[k] for k in (0, 1)]
    assert gaps[1] / gaps[0] == pytest.approx(2**0.5)
    many = bound_rankings(left, contact, np.column_stack([score, noise]), learned=[False] * 16, outcome="churn", seed=1)
    # Of 16 independent normal errors the largest stays below 2.95 in 97.5 % of cases, not below 1.96.
    error = (alone.qini[0].value - alone.simultaneous_low[0]) / 1.96
    assert (many.qini[0].value - many.simultaneous_low[0]) / error == pytest.approx(2.95, abs=0.25)


def test_a_constant_ranking_has_no_qini_and_no_width() -> None:
    left, contact, _, _ = _experiment(500, seed=2, effect=0.1, spread=0)
    bounds = bound_rankings(left, contact, np.zeros((500, 1)), learned=[True], outcome="churn", seed=1, resamples=50)
    assert bounds.qini[0] == Interval(value=0.0, low=0.0, high=0.0)
    assert bounds.simultaneous_low == (0.0,)


def test_fewer_resamples_are_drawn_of_millions() -> None:
    assert [usable_resamples(size) for size in (10_000, 300_000, 600_000, 2_000_000)] == [1000, 1000, 500, 200]
    assert usable_resamples(2_000_000, resamples=50) == 50


def test_the_best_proven_ranking_is_kept_and_shown() -> None:
    left, contact, score, noise = _experiment(8000, seed=3, effect=0.05, spread=0.15)
    worse = score + np.random.default_rng(1).normal(0, 0.5, 8000)
    scores = {"worse": worse, "best": score, "risk": noise}
    choice = choose_ranking(left, contact, scores, average_effect=NO_EFFECT, seed=1, resamples=200)
    assert (choice.ranking, choice.found, choice.shown) == ("best", True, "best")
    assert [trial.name for trial in choice.trials][:2] == ["best", "worse"]
    assert {trial.name for trial in choice.trials} == {"best", "worse", "risk", "nobody"}
    assert choice.trials[0].qini.low > choice.trials[0].simultaneous_low > 0


def test_risk_itself_may_be_the_proven_ranking() -> None:
    left, contact, score, noise = _experiment(8000, seed=3, effect=0.05, spread=0.15)
    choice = choose_ranking(left, contact, {"t": noise, "risk": score}, average_effect=NO_EFFECT, seed=1, resamples=200)
    assert (choice.ranking, choice.found) == ("risk", True)


@pytest.mark.parametrize(("effect", "ranking"), [(0.1, "risk"), (0.0, "risk"), (-0.1, "nobody")])
def test_an_effect_that_is_the_same_for_all_gives_no_ranking(effect: float, ranking: str) -> None:
    left, contact, score, noise = _experiment(6000, seed=5, effect=effect, spread=0)
    average = average_effect(left, contact, outcome="churn", seed=1)
    assert average.low < effect < average.high
    scores = {"t": score, "constant": np.zeros(6000), "risk": noise}
    choice = choose_ranking(left, contact, scores, average_effect=average, seed=1, resamples=200)
    assert (choice.ranking, choice.found) == (ranking, False)
    assert choice.shown in {"t", "risk"}


@pytest.mark.slow
def test_a_null_experiment_is_claimed_in_at_most_one_of_twenty() -> None:
    """200 experiments without any effect. Bounds are made for one claim in forty, 5 of 200."""
    logistic = LogisticRegression(C=0.3)
    learners: dict[str, MetaLearner] = {
        "s": SLearner(estimator=DecisionTreeClassifier(max_depth=3, min_samples_leaf=25, random_state=0)),
        "t": TLearner(estimator=logistic),
    }
    claimed = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        frame = pd.DataFrame(random.normal(size=(500, 4)), columns=list("abcd"))
        chance = 1 / (1 + np.exp(1.2 - frame["a"].to_numpy()))
        left, contact = (random.random(500) < chance).astype(int), random.integers(0, 2, 500)
        folds = experiment_folds(left, contact, n_folds=2, seed=seed)
        scores = {
            name: cross_fit(learner, frame, left, contact, folds=folds).effects for name, learner in learners.items()
        }
        scores["risk"] = chance
        choice = choose_ranking(left, contact, scores, average_effect=NO_EFFECT, seed=seed, resamples=200)
        claimed += choice.found
    assert claimed <= 10


@pytest.mark.parametrize("sign", [1, -1])
def test_a_planted_effect_is_claimed_with_the_right_sign(sign: int) -> None:
    left, contact, score, noise = _experiment(6000, seed=7, effect=0.1 * sign, spread=0.2)
    frame = pd.DataFrame({"score": score, "noise": noise})
    folds = experiment_folds(left, contact, n_folds=3, seed=1)
    fit = cross_fit(TLearner(), frame, left, contact, folds=folds)
    average = average_effect(left, contact, outcome="churn", seed=1)
    assert np.sign(average.low) == np.sign(average.high) == sign
    choice = choose_ranking(left, contact, {"t": fit.effects, "risk": noise}, average_effect=average, seed=1)
    assert (choice.ranking, choice.found) == ("t", True)
    assert fit.effects.mean() == pytest.approx(0.1 * sign, abs=0.03)
    assert np.corrcoef(fit.effects, score)[0, 1] > 0.9
