"""Churn probability: out of fold, calibrated, the better of two models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from querencia.errors import OutcomeError
from querencia.learn.churn.classifier import ChurnClassifier


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
    return make_customers(6000, seed=1)


@pytest.fixture(scope="module")
def learned(customers: tuple[pd.DataFrame, np.ndarray]) -> ChurnClassifier:
    X, y = customers
    return ChurnClassifier(n_trees=60, n_jobs=2, random_state=7).fit(X, y)


def test_probabilities_are_honest_at_a_base_rate_of_a_few_per_cent(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    _, y = customers
    p = learned.oof_probability_
    assert 0.02 < y.mean() < 0.06
    assert p.mean() == pytest.approx(y.mean(), rel=0.03)
    # Cox's calibration slope is 1 for probabilities that are neither too bold nor too shy.
    slope = LogisticRegression(C=np.inf).fit(logit(p)[:, None], y).coef_[0, 0]
    assert slope == pytest.approx(1, abs=0.2)
    assert roc_auc_score(y, p) > 0.68


def test_the_candidate_kept_has_the_lower_log_loss(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    losses = {candidate.model: candidate.log_loss for candidate in learned.candidates_}
    assert set(losses) == {"lightgbm", "logistic"}
    assert losses[learned.model_] == min(losses.values())
    assert losses[learned.model_] == pytest.approx(log_loss(customers[1], learned.oof_probability_))


def test_rows_are_scored_by_the_fold_model_that_never_saw_them(
    customers: tuple[pd.DataFrame, np.ndarray], learned: ChurnClassifier
) -> None:
    X, _ = customers
    assert learned.score_out_of_fold(X, learned.folds_) == pytest.approx(learned.oof_probability_, abs=1e-12)
    newcomers = learned.score_out_of_fold(X, np.full(len(X), -1))
    assert newcomers == pytest.approx(learned.predict_proba(X)[:, 1], abs=1e-12)
    by_model = [model.probability(X) for model in learned.fold_models_]
    assert newcomers == pytest.approx(np.mean(by_model, axis=0), abs=1e-12)


def test_an_outcome_never_reaches_its_own_fold(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    # Swap outcomes inside fold 0 only, keeping the folds as they are: nobody in fold 0 may change.
    X, y = customers[0].iloc[:1500], customers[1][:1500]
    folds = np.arange(1500) % 3
    swapped = y.copy()
    swapped[folds == 0] = 1 - swapped[folds == 0]

    def score(outcome: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> ChurnClassifier:
        monkeypatch.setattr("querencia.learn.churn.classifier.assign_folds", lambda *_, **__: folds)
        return ChurnClassifier(n_folds=3, n_trees=10, candidates=("lightgbm",), random_state=0).fit(X, outcome)

    with pytest.MonkeyPatch.context() as patch:
        before, after = score(y, patch), score(swapped, patch)
    changed = before.oof_probability_ != after.oof_probability_
    assert not changed[folds == 0].any()
    assert changed[folds != 0].mean() > 0.9


def test_threads_and_pickles_change_nothing(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = customers[0].iloc[:1500], customers[1][:1500]
    one, two = (
        ChurnClassifier(n_folds=3, n_trees=20, n_jobs=jobs, random_state=3).fit(X, y).oof_probability_
        for jobs in (1, 2)
    )
    assert (one == two).all()


def test_noise_is_not_mistaken_for_knowledge() -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(4000, 20)), columns=[f"n{i}" for i in range(20)])
    y = (random.random(4000) < 0.1).astype(int)
    learned = ChurnClassifier(n_jobs=2, n_trees=40, random_state=1).fit(X, y)
    for candidate in learned.candidates_:
        assert candidate.auc == pytest.approx(0.5, abs=0.03)
    assert learned.oof_probability_.std() < 0.02


def test_contact_balances_the_folds(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = customers
    contacted = (np.arange(len(X)) % 4 > 0).astype(int)
    learned = ChurnClassifier(candidates=("logistic",), n_folds=3, random_state=1).fit(X, y, treatment=contacted)
    for group in range(4):
        counts = np.bincount(learned.folds_[2 * y + contacted == group])
        assert np.ptp(counts) <= 1


def test_isotonic_calibration_takes_over_where_there_are_many_churners(
    customers: tuple[pd.DataFrame, np.ndarray],
) -> None:
    X, y = customers
    learned = ChurnClassifier(candidates=("logistic",), isotonic_from=100, random_state=1, n_jobs=2).fit(X, y)
    assert learned.calibration_ == "isotonic"
    assert learned.oof_probability_.mean() == pytest.approx(y.mean(), rel=0.05)
    assert ChurnClassifier(n_trees=1, isotonic_from=100_000).fit(X[:500], y[:500]).calibration_ == "sigmoid"


def test_progress_is_told_fit_by_fit(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    told: list[tuple[int, int]] = []
    ChurnClassifier(n_folds=3, n_trees=2, random_state=1).fit(
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
    learned = ChurnClassifier(n_trees=2, random_state=1).fit(customers[0][:60], np.arange(60) < 2)
    assert learned.calibration_ == "none"
    assert len(learned.fold_models_) == 2
