"""Learned at an earlier moment, tested at a later one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from model_contest.churn_tables import read_retail
from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.churn.rival import RecencyFrequencyValue
from querencia.learn.churn.time_split import Snapshot, measure_over_time


def make_moments(rows: int, *, seed: int) -> tuple[Snapshot, Snapshot]:
    """The same customers twice, some gone and some new, by habits that last and a column each is known by."""
    random = np.random.default_rng(seed)
    ids = pd.Index([f"c{i:05d}" for i in range(rows)])
    habit, fingerprint = random.normal(size=rows), random.normal(size=(rows, 20))
    fate = (random.random(rows) < 0.3).astype(int)  # leaves at both moments, and nothing but the fingerprint knows

    def snapshot(chosen: slice) -> Snapshot:
        frame = pd.DataFrame(fingerprint[chosen], columns=[f"f{i}" for i in range(20)], index=ids[chosen])
        frame["recency"] = np.exp(random.normal(size=len(frame)) - habit[chosen])
        frame["visits"] = np.exp(habit[chosen] + random.normal(scale=0.3, size=len(frame)))
        z = np.log(frame["recency"]) - np.log(frame["visits"])
        left = random.random(len(frame)) < expit(1.5 * z.to_numpy())
        return Snapshot(
            features=frame, outcome=np.where(fate[chosen] == 1, left | (habit[chosen] > 0), left).astype(int)
        )

    return snapshot(slice(0, int(0.8 * rows))), snapshot(slice(int(0.2 * rows), rows))


def test_nobody_is_tested_by_a_model_that_saw_them() -> None:
    earlier, later = make_moments(1500, seed=1)
    model = ChurnClassifier(n_folds=3, n_repeats=2, max_trees=40, n_jobs=2, random_state=1)
    split = measure_over_time(model, earlier, later, seed=1, resamples=50)
    assert split.known == 900
    assert not hasattr(model, "folds_")  # a clone was fitted
    folds = pd.DataFrame(split.model.folds_, index=earlier.features.index)
    for row in (0, 450, 899, 900, 1199):
        customer = later.features.index[row]
        models = [
            number
            for number in range(6)
            if customer not in folds.index or folds.loc[customer, number // 3] == number % 3
        ]
        chance = np.mean([split.model.fold_models_[n].probability(later.features.iloc[[row]])[0] for n in models])
        assert split.probability[row] == pytest.approx(chance, abs=1e-12)
    assert split.quality.auc.low < split.quality.auc.value < split.quality.auc.high


def test_the_later_outcome_touches_nothing_but_the_figures() -> None:
    earlier, later = make_moments(800, seed=2)
    model = ChurnClassifier(candidates=("logistic",), n_folds=3, n_repeats=1, random_state=1)
    rival = RecencyFrequencyValue(recency="recency", frequency="visits")
    split = measure_over_time(model, earlier, later, rival=rival, seed=1, resamples=50)
    turned = Snapshot(features=later.features, outcome=1 - np.asarray(later.outcome))
    again = measure_over_time(model, earlier, turned, rival=rival, seed=1, resamples=50)
    assert (split.probability == again.probability).all()
    assert again.quality.auc.value == pytest.approx(1 - split.quality.auc.value)
    assert again.rivals[0].quality.auc.value == pytest.approx(1 - split.rivals[0].quality.auc.value)


def test_snapshots_of_other_columns_are_refused() -> None:
    earlier, later = make_moments(300, seed=3)
    other = Snapshot(features=later.features.drop(columns="f3"), outcome=later.outcome)
    with pytest.raises(ValueError, match="different columns"):
        measure_over_time(ChurnClassifier(), earlier, other, seed=1)


@pytest.mark.slow
def test_the_gift_shops_lost_customers_are_foretold_better_than_by_recency_frequency_and_value(
    shared_data: Path,
) -> None:
    earlier, later = read_retail(shared_data)
    assert (len(earlier.features), len(later.features), int(later.outcome.sum())) == (2817, 3370, 1449)
    split = measure_over_time(
        ChurnClassifier(n_jobs=2, random_state=42),
        Snapshot(features=earlier.features, outcome=earlier.outcome),
        Snapshot(features=later.features, outcome=later.outcome),
        rival=RecencyFrequencyValue(recency="recency_days", frequency="sessions_total", value="spend_total"),
        seed=42,
    )
    assert split.known == 2817
    assert split.quality.auc.low > 0.7
    lead = split.rivals[0].auc_lead
    assert lead is not None
    assert lead.low > 0
    assert split.rivals[0].quality.auc.value + lead.value == pytest.approx(split.quality.auc.value)
