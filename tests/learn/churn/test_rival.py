"""The rival of recency, frequency and value, and the lead over it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from querencia.learn.churn.rival import RecencyFrequencyValue, measure_lead, score_rival


def make_buyers(rows: int, *, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "recency": random.exponential(40, rows),
            "visits": random.geometric(0.2, rows),
            "noise": random.normal(size=rows),
        }
    )
    frame["spend"] = np.where(random.random(rows) < 0.1, np.nan, frame["visits"] * random.lognormal(3, 1, rows))
    z = 0.8 * np.log1p(frame["recency"]) - np.log1p(frame["visits"]) - 2
    return frame, (random.random(rows) < expit(z)).astype(int)


def test_each_row_is_scored_by_what_was_learned_without_its_fold() -> None:
    X, y = make_buyers(600, seed=1)
    rival = RecencyFrequencyValue(recency="recency", frequency="visits", value="spend")
    folds = np.column_stack([np.arange(600) % 3, np.arange(600) // 200])
    found = score_rival(rival, X, y, X, folds=folds, later_folds=folds)
    logs = np.log1p(X[["recency", "visits", "spend"]].fillna(0).to_numpy())
    by_hand = np.zeros(600)
    for repeat in range(2):
        for fold in range(3):
            rest = folds[:, repeat] != fold
            mean, deviation = logs[rest].mean(axis=0), logs[rest].std(axis=0)
            line = LogisticRegression(max_iter=1000).fit((logs[rest] - mean) / deviation, y[rest])
            by_hand[~rest] += line.predict_proba((logs[~rest] - mean) / deviation)[:, 1] / 2
    assert found == pytest.approx(by_hand, abs=1e-6)
    assert roc_auc_score(y, found) > 0.7


def test_newcomers_get_the_mean_of_all_and_value_may_be_unknown() -> None:
    X, y = make_buyers(600, seed=2)
    rival = RecencyFrequencyValue(recency="recency", frequency="visits")
    folds = (np.arange(600) % 3)[:, None]
    new, _ = make_buyers(50, seed=3)
    found = score_rival(rival, X, y, new, folds=folds, later_folds=np.full((50, 1), -1))
    each = [rival.probability(rival.fit(X[folds[:, 0] != fold], y[folds[:, 0] != fold]), new) for fold in range(3)]
    assert found == pytest.approx(np.mean(each, axis=0))


def test_the_lead_is_that_of_a_plain_loop_over_the_same_draws() -> None:
    random = np.random.default_rng(4)
    y = (random.random(300) < 0.3).astype(int)
    ours, theirs = np.round(y + random.normal(0, 1, 300), 1), np.round(y + random.normal(0, 2, 300), 1)
    found = measure_lead(y, ours, theirs, seed=7, resamples=80)
    draws = np.random.default_rng(7)
    leads = []
    for _ in range(80):
        drawn = draws.integers(300, size=300)
        leads.append(roc_auc_score(y[drawn], ours[drawn]) - roc_auc_score(y[drawn], theirs[drawn]))
    assert [found.low, found.high] == pytest.approx(list(np.quantile(leads, [0.025, 0.975])))
    assert found.value == pytest.approx(roc_auc_score(y, ours) - roc_auc_score(y, theirs))
    nothing = measure_lead(y, ours, ours, seed=7, resamples=80)
    assert (nothing.low, nothing.value, nothing.high) == (0, 0, 0)
