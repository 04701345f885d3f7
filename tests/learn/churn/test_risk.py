"""Risk groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from querencia.learn.churn.risk import derive_thresholds, risk_groups


def test_at_the_seeds_base_rate_groups_begin_at_five_and_ten_per_cent() -> None:
    assert derive_thresholds(408 / 11896) == (0.0506, 0.0963)


@given(st.floats(0.001, 0.999))
def test_thresholds_are_one_and_a_half_and_three_times_the_base_odds(rate: float) -> None:
    first, second = derive_thresholds(rate)
    assert 0 < first < second < 1 or rate > 0.99
    assert first == pytest.approx(1.5 * rate / (1 + 0.5 * rate), abs=5.1e-5)
    assert second == pytest.approx(3 * rate / (1 + 2 * rate), abs=5.1e-5)


def test_groups_are_cut_at_the_probabilities_that_are_shown() -> None:
    probability = [0.0, 0.04994, 0.04996, 0.05, 0.0999, 0.09996, 0.1, 1.0]
    assert risk_groups(probability, (0.05, 0.10)).tolist() == [1, 1, 2, 2, 2, 3, 3, 3]


def test_wrong_rates_and_thresholds_are_refused() -> None:
    for thresholds in ((0.1, 0.1), (0.2, 0.1), (-0.1, 0.5), (0.5, 1.5)):
        with pytest.raises(ValueError, match="smaller first"):
            risk_groups([0.1], thresholds)
    for rate in (0.0, 1.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            derive_thresholds(rate)
