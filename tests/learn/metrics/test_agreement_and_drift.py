"""Agreement of segments, and drift of tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from querencia.learn.metrics.agreement import adjusted_rand, adjusted_rand_stability, bootstrap_adjusted_rand
from querencia.learn.metrics.psi import bootstrap_stability, drift_level, population_stability


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=50))
def test_adjusted_rand_is_that_of_scikit_learn(rows: list[tuple[int, int]]) -> None:
    first, second = np.array(rows).T
    assert adjusted_rand(first, second) == pytest.approx(adjusted_rand_score(first, second))


def test_agreement_of_the_same_segments_is_one_and_of_chance_about_zero() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 4, 2000)
    other = random.integers(0, 4, 2000)
    same = bootstrap_adjusted_rand(labels, 3 - labels, seed=1, resamples=50)
    assert (same.low, same.value, same.high) == (1, 1, 1)
    chance = bootstrap_adjusted_rand(labels, other, seed=1, resamples=200)
    assert chance.low < 0.003 and chance.high < 0.02
    stability = adjusted_rand_stability(labels, [labels, other, labels, other], seed=1)
    assert stability.value == pytest.approx((2 + 2 * adjusted_rand(labels, other)) / 4)
    assert stability.low < 0.3 and stability.high > 0.7
    with pytest.raises(ValueError, match="no refits"):
        adjusted_rand_stability(labels, [], seed=1)


def test_stability_index_by_hand() -> None:
    # Shares 0.5, 0.5 then and 0.75, 0.25 now, each bin counting half a customer more than it has.
    p, q = np.array([50.5, 50.5]) / 101, np.array([75.5, 25.5]) / 101
    by_hand = (q[0] - p[0]) * np.log(q[0] / p[0]) + (q[1] - p[1]) * np.log(q[1] / p[1])
    assert population_stability([50, 50], [75, 25]) == pytest.approx(by_hand)
    assert population_stability([50, 50], [5, 5]) == 0
    assert [drift_level(psi) for psi in (0.0999, 0.1, 0.2499, 0.25)] == ["stable", "moderate", "moderate", "large"]


def test_stability_interval_covers_the_index_of_the_populations() -> None:
    then, now = np.full(10, 2000), np.linspace(500, 3500, 10).astype(int)
    truth = population_stability(then * 1000, now * 1000)
    random = np.random.default_rng(1)
    sample = [random.multinomial(4000, part / part.sum()) for part in (then, now)]
    interval = bootstrap_stability(sample[0], sample[1], seed=1)
    assert interval.low < truth < interval.high
    assert interval.low > 0.1
