"""Folds are balanced, whatever the outcome."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from querencia.learn.folds import assign_folds


@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=80),
    n_folds=st.integers(2, 6),
    seed=st.integers(0, 99),
)
def test_every_outcome_is_spread_evenly(rows: list[tuple[int, int]], n_folds: int, seed: int) -> None:
    outcome, treatment = np.array(rows).T
    folds = assign_folds(outcome, strata=treatment, n_folds=n_folds, random=np.random.RandomState(seed))
    for group in (np.ones(len(rows), dtype=bool), outcome == 0, outcome == 1):
        counts = np.bincount(folds[group], minlength=n_folds)
        assert np.ptp(counts) <= 1


def test_contact_is_spread_within_the_outcome_and_the_seed_decides_who_goes_where() -> None:
    outcome, treatment = np.repeat([0, 0, 1, 1], 100), np.repeat([0, 1, 0, 1], 100)
    folds = assign_folds(outcome, strata=treatment, n_folds=5, random=np.random.RandomState(1))
    for group in range(4):
        assert np.bincount(folds[group * 100 : (group + 1) * 100]).tolist() == [20] * 5
    again = assign_folds(outcome, strata=treatment, n_folds=5, random=np.random.RandomState(1))
    other = assign_folds(outcome, strata=treatment, n_folds=5, random=np.random.RandomState(2))
    assert (folds == again).all()
    assert (folds != other).any()
