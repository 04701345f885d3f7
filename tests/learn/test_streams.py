"""What streams leave behind does not depend on where their batches end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.streams import RowSample, StreamedCovariance


def test_the_covariance_of_batches_is_that_of_the_whole_also_far_from_zero() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(1000, 4)) @ random.normal(size=(4, 4)) + 1e6
    streamed = StreamedCovariance(4)
    for part in (values[:1], values[1:1], values[1:640], values[640:]):
        streamed.add(part)
    assert streamed.rows == 1000
    assert streamed.mean == pytest.approx(values.mean(axis=0), rel=1e-14)
    assert streamed.scatter / 999 == pytest.approx(np.cov(values, rowvar=False), rel=1e-8)
    halves = [StreamedCovariance(4).add(part) for part in (values[:300], values[300:])]
    assert halves[0].merge(halves[1]).scatter == pytest.approx(streamed.scatter, rel=1e-8)


def test_a_sample_is_the_same_however_the_stream_is_cut_and_in_its_order() -> None:
    rows = pd.DataFrame({"number": np.arange(5000)})
    whole = RowSample(300, seed=3).add(rows).rows
    cut = RowSample(300, seed=3)
    for first in range(0, 5000, 170):
        cut.add(rows.iloc[first : first + 170])
    assert cut.rows["number"].tolist() == whole["number"].tolist() == sorted(set(whole["number"]))
    assert len(whole) == 300
    short = RowSample(300, seed=3).add(rows.iloc[:7]).rows
    assert short["number"].tolist() == list(range(7))


def test_every_row_is_as_likely_to_stay() -> None:
    rows = pd.DataFrame({"number": np.arange(100)})
    counts = np.zeros(100)
    for seed in range(400):
        sample = RowSample(10, seed=seed)
        for first in range(0, 100, 35):
            sample.add(rows.iloc[first : first + 35])
        counts[sample.rows["number"]] += 1
    # Each stays in 10 % of 400: 40, give or take 6.
    assert np.abs(counts - 40).max() < 4.5 * 6
    assert counts.std() == pytest.approx(6, rel=0.25)
