"""Churn probability: out of fold, calibrated, of two models or their blend."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from querencia.errors import OutcomeError
from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.metrics.bootstrap import bootstrap_quality


def make_customers(rows: int, *, seed: int, base: float = -3.7) -> tuple[pd.DataFrame, np.ndarray]:
    """Customers who leave at a few per cent, by a number, a curve and a category."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        random.standard_t(3, size=(rows, 8)), columns=list("abcdefgh"), index=[f"c{i:05d}" for i in range(rows)]
    )
    frame["plan"] = pd.Series(random.choice(["basic", "plus", "pro"], size=rows), index=frame.index, dtype="str")
    z = base + np.tanh(frame["a"]) - (frame["b"] > 1) + 1.2 * (frame["plan"] == "basic")
    frame.loc[random.random(rows) < 0.1, "c"] = np.nan
    return frame, (random.random(rows) < expit(z)).astype(int)


@pytest.fixture(scope="module")
def customers() -> tuple[pd.DataFrame, np.ndarray]:
    return make_customers(4000, seed=1)


@pytest.fixture(scope="module")
def learned(customers: tuple[pd.DataFrame, np.ndarray]) -> ChurnClassifier:
    X, y = customers
    return ChurnClassifier(n_repeats=2, n_jobs=2, random_state=7).fit(X, y)


def test_probabilities_are_honest_at_a_base_rate_of_a_few_per_cent(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    _, y = customers
    p = learned.oof_probability_
    assert 0.02 < y.mean() < 0.06
    assert p.mean() == pytest.approx(y.mean(), rel=0.05)
    # Cox's calibration slope is 1 for probabilities that are neither too bold nor too shy.
    slope = LogisticRegression(C=np.inf).fit(logit(p)[:, None], y).coef_[0, 0]
    assert slope == pytest.approx(1, abs=0.2)
    assert roc_auc_score(y, p) > 0.68


def test_what_is_reported_is_what_was_chosen_inside_the_folds(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    y = customers[1]
    assert [candidate.model for candidate in learned.candidates_] == ["lightgbm", "logistic", "blend"]
    assert len(learned.chosen_) == len(learned.fold_models_) == 10
    assert learned.model_ == max(set(learned.chosen_), key=learned.chosen_.count)
    # The choice cannot be better than the best of them in hindsight by more than it gains from mixing.
    best = min(candidate.log_loss for candidate in learned.candidates_)
    assert log_loss(y, learned.oof_probability_) == pytest.approx(best, abs=5e-4)
    assert best < log_loss(y, np.full(len(y), y.mean())) - 0.005


def test_each_repeat_deals_the_folds_anew_and_a_score_is_their_mean(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    X, y = customers
    first, second = learned.folds_.T
    assert (first == second).mean() == pytest.approx(0.2, abs=0.03)
    for folds in (first, second):
        for group in (y == 0, y == 1):
            assert np.ptp(np.bincount(folds[group], minlength=5)) <= 1
    chance = np.zeros(len(X))
    for repeat, folds in enumerate((first, second)):
        for fold in range(5):
            rows = folds == fold
            chance[rows] += learned.fold_models_[5 * repeat + fold].probability(X.loc[rows]) / 2
    assert learned.oof_probability_ == pytest.approx(chance, abs=1e-12)


def test_rows_are_scored_by_the_fold_model_that_never_saw_them(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    X, _ = customers
    assert learned.score_out_of_fold(X, learned.folds_) == pytest.approx(learned.oof_probability_, abs=1e-12)
    newcomers = learned.score_out_of_fold(X, np.full((len(X), 2), -1))
    assert newcomers == pytest.approx(learned.predict_proba(X)[:, 1], abs=1e-12)
    by_model = [model.probability(X) for model in learned.fold_models_]
    assert newcomers == pytest.approx(np.mean(by_model, axis=0), abs=1e-12)


@pytest.mark.parametrize("isotonic_from", [5000, 10])
def test_who_left_in_a_fold_decides_nothing_about_it(
    customers: tuple[pd.DataFrame, np.ndarray], isotonic_from: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Let others leave inside fold 0, as many as did: neither a model, nor the number of trees, nor a calibration, nor
    # the choice may differ for fold 0.
    X, left = make_customers(2400, seed=3, base=-0.5)
    y = np.asarray(left)
    folds = np.arange(2400) % 3
    changed = y.copy()
    changed[folds == 0] = y[folds == 0][::-1]
    assert (changed != y).sum() > 100
    monkeypatch.setattr("querencia.learn.churn.classifier.assign_folds", lambda *_, **__: folds)
    before, after = (
        ChurnClassifier(n_folds=3, n_repeats=1, isotonic_from=isotonic_from, n_jobs=2, random_state=0).fit(X, outcome)
        for outcome in (y, changed)
    )
    differs = before.oof_probability_ != after.oof_probability_
    assert not differs[folds == 0].any()
    assert differs[folds != 0].mean() > 0.9
    assert before.chosen_[0] == after.chosen_[0] != "base_rate"


def test_threads_change_nothing(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = customers[0].iloc[:1500], customers[1][:1500]
    one, two = (
        ChurnClassifier(n_folds=3, n_repeats=2, max_trees=60, n_jobs=jobs, random_state=3).fit(X, y).oof_probability_
        for jobs in (1, 2)
    )
    assert (one == two).all()


@pytest.mark.slow
def test_noise_is_worth_half_and_its_interval_says_so() -> None:
    found = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        X = pd.DataFrame(random.normal(size=(1000, 5)), columns=list("abcde"))
        y = (np.arange(1000) % 8 == 0).astype(int)
        learned = ChurnClassifier(n_jobs=2, max_trees=60, random_state=seed).fit(X, y)
        found.append(bootstrap_quality(y, learned.oof_probability_, seed=seed, resamples=300).auc)
    values = np.array([interval.value for interval in found])
    assert values.mean() == pytest.approx(0.5, abs=2.5 * 0.027 / np.sqrt(10))  # 0.027: of one test on 125 churners
    # 9.5 expected; fewer than 8 would happen once in 90 such tests.
    assert sum(interval.low <= 0.5 <= interval.high for interval in found) >= 8


def test_where_nothing_is_known_everybody_gets_the_base_rate() -> None:
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.normal(size=(1000, 10)), columns=[f"n{i}" for i in range(10)])
    y = (np.arange(1000) % 10 == 0).astype(int)
    learned = ChurnClassifier(n_jobs=2, max_trees=40, random_state=1).fit(X, y)
    assert (learned.model_, learned.n_repeats_) == ("base_rate", 1)
    assert np.median(learned.oof_probability_) == pytest.approx(0.1, abs=0.005)


def test_a_bend_is_for_trees_and_a_line_for_the_logistic_model() -> None:
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.normal(size=(2500, 3)), columns=list("abc"))
    for log_odds, known in ((2 * np.abs(X["a"]) - 3, "lightgbm"), (X["a"] - X["b"] + X["c"] - 2, "logistic")):
        y = (random.random(2500) < expit(log_odds)).astype(int)
        learned = ChurnClassifier(n_repeats=1, n_jobs=2, random_state=1).fit(X, y)
        for model in learned.fold_models_:
            weights = dict(zip([type(part).__name__ for part in model.models], model.weights, strict=True))
            best = {"lightgbm": "BoostedTreesClassifier", "logistic": "LinearChurnClassifier"}[known]
            assert weights[best] > 0.6


def test_above_the_most_rows_a_sample_is_learned_from_and_the_rest_is_never_trained() -> None:
    X, y = make_customers(3000, seed=5)
    learned = ChurnClassifier(candidates=("logistic",), n_repeats=1, max_rows=1000, random_state=2).fit(X, y)
    sampled = learned.folds_[:, 0] >= 0
    assert sampled.sum() == learned.n_rows_ == 1000
    assert y[sampled].mean() == pytest.approx(y.mean(), abs=0.001)
    rest = learned.predict_proba(X[~sampled])[:, 1]
    assert learned.oof_probability_[~sampled] == pytest.approx(rest, abs=1e-12)
    assert roc_auc_score(y[~sampled], rest) > 0.65


def test_contact_balances_the_folds(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = customers
    contacted = (np.arange(len(X)) % 4 > 0).astype(int)
    learned = ChurnClassifier(candidates=("logistic",), n_folds=3, n_repeats=1, random_state=1)
    learned.fit(X, y, treatment=contacted)
    for group in range(4):
        counts = np.bincount(learned.folds_[2 * y + contacted == group, 0])
        assert np.ptp(counts) <= 1


def test_isotonic_calibration_takes_over_where_there_are_many_churners(
    customers: tuple[pd.DataFrame, np.ndarray],
) -> None:
    X, y = customers
    learned = ChurnClassifier(candidates=("logistic",), isotonic_from=100, n_repeats=1, random_state=1, n_jobs=2).fit(
        X, y
    )
    assert learned.calibration_ == "isotonic"
    assert learned.oof_probability_.mean() == pytest.approx(y.mean(), rel=0.05)
    assert (
        ChurnClassifier(candidates=("logistic",), n_repeats=1, isotonic_from=100_000).fit(X[:500], y[:500]).calibration_
        == "sigmoid"
    )


def test_progress_is_told_fit_by_fit(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    told: list[tuple[int, int]] = []
    ChurnClassifier(n_folds=3, n_repeats=1, max_trees=2, random_state=1).fit(
        customers[0][:800], customers[1][:800], on_progress=lambda done, total: told.append((done, total))
    )
    # Two candidates, without each of 3 folds and each of 3 pairs.
    assert told == [(done, 12) for done in range(1, 13)]


def test_outcomes_that_cannot_be_learned_are_refused(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X = customers[0][:100]
    with pytest.raises(OutcomeError, match="one class only"):
        ChurnClassifier().fit(X, np.zeros(100, dtype=int))
    with pytest.raises(OutcomeError, match="1 row of 100"):
        ChurnClassifier().fit(X, np.arange(100) == 0)
    with pytest.raises(ValueError, match="expected 'lightgbm', 'hist_gradient_boosting' or 'logistic'"):
        ChurnClassifier(candidates=("magic",)).fit(X, np.arange(100) % 2)


def test_two_churners_are_too_few_to_calibrate_and_it_says_so(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    learned = ChurnClassifier(max_trees=2, n_repeats=1, random_state=1).fit(customers[0][:60], np.arange(60) < 2)
    assert learned.calibration_ == "none"
    assert learned.chosen_ == ("blend", "blend")


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="n_repeats is 0: expected 'auto'"):
        ChurnClassifier(n_repeats=0).fit(np.arange(40.0)[:, None], np.arange(40) % 2)
