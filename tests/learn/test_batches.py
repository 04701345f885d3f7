"""Customers in batches: the same scores as in one piece, each customer once, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from querencia.errors import InputError
from querencia.learn import batches, passes
from querencia.learn.batches import OneBatch, SoundBatches, sample_features
from querencia.learn.problem import CustomerBatch, ScoringOptions
from querencia.learn.scoring import score_customers

from .saved.conftest import make_customers, make_problem


class Slices:
    """Customers in slices of `rows`, with their monthly value."""

    def __init__(self, frame: pd.DataFrame, value: pd.Series | None, rows: int) -> None:
        self.frame, self.value, self.rows = frame, value, rows
        self.customers = len(frame)
        self.passes = 0

    def __iter__(self) -> Iterator[CustomerBatch]:
        self.passes += 1
        for first in range(0, len(self.frame), self.rows):
            part = slice(first, first + self.rows)
            value = None if self.value is None else self.value.iloc[part].to_numpy()
            yield CustomerBatch(features=self.frame.iloc[part], monthly_value=value)


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("rows", [7, 400])
def test_batches_of_any_size_give_the_scores_of_one_piece(labelled: bool, rows: int) -> None:
    problem = make_problem(600)
    if not labelled:
        problem = replace(problem, training=None, outcome=None)
    options = ScoringOptions(folds=3, n_jobs=1)
    whole = score_customers(problem, options=options)
    assert isinstance(problem.scoring, pd.DataFrame)
    sliced = replace(problem, scoring=Slices(problem.scoring, problem.monthly_value, rows), monthly_value=None)
    parts = score_customers(sliced, options=options)
    pd.testing.assert_frame_equal(parts.customers, whole.customers, rtol=0, atol=1e-9)
    assert parts.number == 600
    for one, other in zip(parts.profiles, whole.profiles, strict=True):
        assert (one.customers, one.share) == (other.customers, other.share)
        assert one.engagement == pytest.approx(other.engagement)
        assert one.cltv == (None if other.cltv is None else pytest.approx(other.cltv))
        assert [trait.feature for trait in one.traits] == [trait.feature for trait in other.traits]


def test_ids_out_of_order_or_twice_are_refused() -> None:
    frame = make_customers(100)
    for wrong in (frame.iloc[::-1], pd.concat([frame.iloc[:50], frame.iloc[49:]])):
        for rows in (50, 100):
            with pytest.raises(InputError, match="out of order, or twice"):
                list(SoundBatches(Slices(wrong, None, rows)))


def test_a_sample_is_evenly_spaced_and_keeps_missing_values_and_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = make_customers(1000)
    frame.iloc[::30, 2] = np.nan
    monkeypatch.setattr(batches, "SAMPLE", 100)
    sample = sample_features(Slices(frame, None, 37))
    expected = frame.iloc[::10]
    assert sample.index.tolist() == expected.index.tolist()
    assert sample["age"].equals(expected["age"])
    assert sample["plan"].astype("str").equals(expected["plan"].astype("str"))
    whole = OneBatch(batch=CustomerBatch(features=frame))
    assert sample_features(whole).index.tolist() == expected.index.tolist()


def test_infinite_numbers_are_counted_once_however_many_passes_there_are() -> None:
    frame = make_customers(100)
    frame.iloc[3, 0] = np.inf
    frame.iloc[70, 0] = -1e200
    sound = SoundBatches(Slices(frame, None, 30))
    for _ in range(2):
        cleaned = pd.concat([batch.features for batch in sound])
        assert sound.infinite == 2
    assert np.isnan(cleaned.iloc[3, 0])


def test_reasons_of_many_customers_are_those_of_their_paths_also_by_a_model_learned_of_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = make_problem(600)
    options = ScoringOptions(folds=3, n_jobs=1)
    exact = score_customers(problem, options=options).customers
    monkeypatch.setattr(passes, "MOST_EXACT_REASONS", 500)
    quick = score_customers(problem, options=options).customers
    assert quick["churn_probability"].equals(exact["churn_probability"])
    assert (quick["contribution_1"] != exact["contribution_1"]).mean() > 0.5
    assert (quick["reason_1"] == exact["reason_1"]).mean() > 0.5
