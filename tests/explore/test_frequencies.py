"""What a table of frequencies says of the values behind it, against the values themselves."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.explore.frequencies import MEDIAN, P90, Frequencies
from querencia.explore.items import measure_popularity
from querencia.explore.sessions import count_by_minimum_length

VALUES = st.lists(st.integers(0, 10**16), min_size=1, max_size=60)


@given(VALUES, st.fractions(0, 1))
def test_statistics_of_frequencies_are_those_of_the_values(values: list[int], share: Fraction) -> None:
    found = Frequencies.of(Counter(values).items())
    assert (found.count, found.total, found.largest) == (len(values), sum(values), max(values))
    assert [found.at(rank) for rank in range(len(values))] == sorted(values)
    assert found.mean() == pytest.approx(np.mean(np.array(values, dtype=float)), rel=1e-12)
    expected = np.quantile(np.array(values, dtype=float), float(share))
    assert found.quantile(share) == pytest.approx(expected, rel=1e-9, abs=1e-3)


def test_quantiles_of_integers_are_rounded_once() -> None:
    # In steps of floating point, 0.1 of the way from 1 786 092 089 899 to ... 900 picks up a stray last digit.
    assert Frequencies.of([(1, 1), (2, 1)]).quantile(P90) == 1.9
    assert Frequencies.of([(10**16 + 1, 1), (10**16 + 3, 1)]).quantile(MEDIAN) == 10**16 + 2
    with pytest.raises(IndexError, match="rank 2 of 2 values"):
        Frequencies.of([(1, 2)]).at(2)


def test_popularity_by_hand() -> None:
    # Items with 1, 1, 2 and 6 events: 2 (1 + 2 + 6 + 24) / (4 x 10) - 5 / 4 = 0.4.
    found = measure_popularity(Frequencies.of([(1, 2), (2, 1), (6, 1)]))
    assert found.gini == pytest.approx(0.4)
    assert (found.top_1_percent_items, found.top_1_percent_share) == (1, 0.6)
    assert [(share.items, share.events) for share in found.shares[-3:]] == [(0.25, 0.6), (0.5, 0.8), (1.0, 1.0)]
    assert measure_popularity(Frequencies.of([(7, 300)])).gini == 0.0
    one_of_a_thousand = measure_popularity(Frequencies.of([(1, 999), (10**9, 1)]))
    assert one_of_a_thousand.gini == pytest.approx(0.999, abs=1e-5)
    assert (one_of_a_thousand.top_1_percent_items, one_of_a_thousand.shares[0].items) == (10, 0.001)


def test_minimum_lengths_by_hand() -> None:
    found = count_by_minimum_length(Frequencies.of([(1, 5), (4, 2), (600, 1)]))
    counted = {entry.length: (entry.sessions, entry.events) for entry in found}
    assert counted[1] == (8, 613)
    assert counted[2] == counted[3] == (3, 608)
    assert counted[5] == counted[500] == (1, 600)
    assert tuple(counted) == (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)
