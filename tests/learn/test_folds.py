"""Folds are balanced, whatever the outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.learn.folds import assign_folds, follow_folds, read_folds, sample_rows


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


@given(outcome=st.lists(st.integers(0, 1), min_size=1, max_size=80), rows=st.integers(1, 90), seed=st.integers(0, 99))
def test_a_sample_has_the_shares_of_the_whole(outcome: list[int], rows: int, seed: int) -> None:
    chosen = sample_rows(outcome, rows=rows, random=np.random.RandomState(seed))
    assert len(set(chosen.tolist())) == len(chosen) == min(rows, len(outcome))
    assert (np.diff(chosen) > 0).all()
    expected = len(chosen) * sum(outcome) / len(outcome)
    assert abs(np.asarray(outcome)[chosen].sum() - expected) < 1


def test_customers_keep_their_folds_and_newcomers_have_none() -> None:
    folds = np.array([[0, 2], [1, 1], [2, 0]])
    found = follow_folds(folds, pd.Index(["ana", "bea", "cruz"]), pd.Index(["cruz", "new", "ana"]))
    assert found.tolist() == [[2, 0], [-1, -1], [0, 2]]


def test_folds_of_another_shape_are_refused() -> None:
    assert read_folds([0, 1, -1], rows=3, repeats=1).tolist() == [[0], [1], [-1]]
    with pytest.raises(ValueError, match=r"shape \(3,\): expected \(3, 2\)"):
        read_folds([0, 1, 2], rows=3, repeats=2)
