"""Stability, and the clouds without segments that it is compared with."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gaussian_kde, kurtosis, spearmanr
from sklearn.metrics import adjusted_rand_score

from querencia.learn.segments.clouds import ShapelessCloud, critical_bandwidth
from querencia.learn.segments.stability import rand_agreement, try_segments


def test_agreement_is_the_adjusted_rand_index() -> None:
    random = np.random.default_rng(1)
    for number in (2, 5):
        first = random.integers(number, size=300)
        second = np.where(random.random(300) < 0.6, first, random.integers(number, size=300))
        assert rand_agreement(first, second, number) == pytest.approx(adjusted_rand_score(first, second))
        assert rand_agreement(first, (first + 1) % number, number) == pytest.approx(1)
    assert rand_agreement(np.zeros(5, dtype=int), np.zeros(5, dtype=int), 2) == 1


def test_the_critical_bandwidth_is_the_least_that_leaves_one_mode() -> None:
    random = np.random.default_rng(2)
    # Two equal humps of variance 1 at distance 6 become one where 1 + h^2 reaches 3^2.
    two = np.concatenate([random.normal(-3, 1, 20_000), random.normal(3, 1, 20_000)])
    assert critical_bandwidth(two) == pytest.approx(np.sqrt(8), rel=0.1)
    assert critical_bandwidth(random.normal(size=20_000)) < 0.3
    assert critical_bandwidth(np.ones(10)) == 0


def test_a_cloud_keeps_spread_and_correlation_and_loses_the_humps() -> None:
    random = np.random.default_rng(3)
    group = random.integers(2, size=4000) * 8.0
    points = np.column_stack([group, 0.5 * group, np.zeros(4000)]) + random.normal(size=(4000, 3))
    points[:, 2] = np.exp(points[:, 2])
    cloud = ShapelessCloud(points).draw(random)
    assert cloud.mean(axis=0) == pytest.approx(points.mean(axis=0))
    assert cloud.std(axis=0) == pytest.approx(points.std(axis=0))
    assert spearmanr(cloud).statistic == pytest.approx(spearmanr(points).statistic, abs=0.06)
    valley = gaussian_kde(points[:, 0], 0.1)([0, 4, 8])
    assert valley[1] < 0.2 * valley[0]
    filled = gaussian_kde(cloud[:, 0], 0.1)([0, 4, 8])
    assert filled[1] > 0.8 * filled[0]
    assert kurtosis(cloud[:, 2]) > 3  # a skewed axis stays skewed: it is no segment


def test_a_trial_tells_stable_groups_from_a_stable_cut() -> None:
    random = np.random.default_rng(4)
    groups = random.normal(size=(600, 2)) + 5 * random.integers(2, size=(600, 1)) * [1, 0]
    (there,) = try_segments(groups / groups.std(axis=0), (2,), n_bootstrap=10, n_null=20, seed=1)
    stretched = random.normal(size=(600, 2)) * [1, 0.2]
    (cut,) = try_segments(stretched, (2,), n_bootstrap=10, n_null=20, seed=1)
    # Cutting a long cloud across is as stable as can be, and yet there are no two groups.
    assert min(there.stability, cut.stability) > 0.9
    assert (there.distinct, cut.distinct) == (True, False)
    assert there.explained > float(there.null_explained.max())
    assert len(cut.null_stability) == len(cut.null_explained) == 20


def test_the_same_seed_gives_the_same_trial() -> None:
    points = np.random.default_rng(5).normal(size=(1500, 2))
    first, second = (try_segments(points, (3,), n_bootstrap=3, n_null=3, seed=7)[0] for _ in range(2))
    assert (first.stability, first.explained) == (second.stability, second.explained)
    assert first.null_stability.tolist() == second.null_stability.tolist()
