"""The check of randomisation accuses experiments that were not random, and rarely others."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.uplift.randomisation import check_randomisation, standardised_differences


def _table(size: int, seed: int) -> tuple[pd.DataFrame, np.random.Generator]:
    random = np.random.default_rng(seed)
    columns = {f"f{i}": random.normal(size=size) for i in range(6)}
    return pd.DataFrame(columns | {"plan": random.choice(["a", "b", "c"], size)}), random


def test_a_fair_coin_is_sound() -> None:
    frame, random = _table(4000, 1)
    contact = (random.random(4000) < 0.75).astype(int)
    found = check_randomisation(frame, contact, designed=0.75, seed=1, resamples=200)
    assert (found.sound, found.reasons) == (True, ())
    assert found.share == contact.mean()
    assert found.allocation_p is not None and found.allocation_p > 0.01
    assert found.treatment_auc.low < 0.52
    sizes = [abs(one.difference) for one in found.imbalances]
    assert sizes == sorted(sizes, reverse=True)
    assert {one.feature for one in found.imbalances} <= {*frame.columns, "plan_a", "plan_b", "plan_c"}


def test_false_alarms_are_rare() -> None:
    alarms = 0
    for seed in range(40):
        frame, random = _table(600, seed)
        contact = (random.random(600) < 0.5).astype(int)
        alarms += not check_randomisation(frame, contact, designed=0.5, n_folds=3, seed=seed, resamples=20).sound
    assert alarms <= 3  # about 2 % of experiments by construction: more than 3 of 40 would come once in 100 such tests


def test_a_wrong_allocation_is_seen_only_where_one_was_designed() -> None:
    frame, random = _table(2000, 2)
    contact = (random.random(2000) < 0.6).astype(int)
    assert check_randomisation(frame, contact, designed=0.5, seed=1, resamples=20).reasons == ("allocation",)
    free = check_randomisation(frame, contact, seed=1, resamples=20)
    assert (free.sound, free.designed, free.allocation_p) == (True, None, None)


def test_contact_of_risky_customers_is_seen_as_imbalance_and_foretold() -> None:
    frame, random = _table(3000, 3)
    contact = (random.random(3000) < 1 / (1 + np.exp(-frame["f2"]))).astype(int)
    found = check_randomisation(frame, contact, seed=1, resamples=100)
    assert found.reasons == ("imbalance", "predictable")
    assert found.imbalances[0].feature == "f2"
    assert found.imbalances[0].difference > 0.5
    assert found.treatment_auc.low > 0.6


def test_contact_that_hangs_on_two_features_a_little_is_foretold_before_either_is_imbalanced() -> None:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(random.normal(size=(20_000, 30)))
    contact = (random.random(20_000) < 1 / (1 + np.exp(-0.03 * frame.to_numpy().sum(axis=1)))).astype(int)
    assert check_randomisation(frame, contact, seed=1, resamples=20).reasons == ("predictable",)


def test_standardised_difference_by_hand() -> None:
    encoded = np.array([[0.0, 1.0], [2.0, 1.0], [3.0, 1.0], [5.0, 1.0]])
    # Means 1 and 4, both variances 1; a column that does not vary differs by nothing.
    assert standardised_differences(encoded, [0, 0, 1, 1]).tolist() == [3.0, 0.0]


def test_an_experiment_with_one_side_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 3 customers were contacted"):
        check_randomisation(pd.DataFrame({"a": [1.0, 2.0, 3.0]}), [1, 1, 1], seed=1)
