"""Resamples of cells are those of customers, at any size."""

from __future__ import annotations

import time

import numpy as np
import pytest

from querencia.learn.metrics.bootstrap import bootstrap_quality
from querencia.learn.metrics.resampling import (
    group_scores,
    percentile_interval,
    resample_cells,
    resample_figure,
    resample_means,
)


@pytest.mark.parametrize("copies", [1, 50])  # few customers per cell are drawn one by one, many as a multinomial
def test_a_resample_has_as_many_customers_and_the_multinomial_mean_and_covariance(copies: int) -> None:
    counts = np.array([[3, 1], [0, 6]]) * copies
    size = counts.sum()
    drawn = resample_figure(counts, lambda block: block.reshape(len(block), -1), seed=3, resamples=20_000)
    assert (drawn.sum(axis=1) == size).all()
    share = counts.ravel() / size
    assert drawn.mean(axis=0) == pytest.approx(size * share, abs=0.02 * np.sqrt(size))
    assert np.cov(drawn.T) / size == pytest.approx(np.diag(share) - np.outer(share, share), abs=0.01)


def test_blocks_of_any_size_hold_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    for counts in (np.arange(10), 1000 * np.arange(10)):
        whole = np.concatenate(list(resample_cells(counts, seed=1, resamples=40)))
        monkeypatch.setattr("querencia.learn.metrics.resampling.CELLS_AT_ONCE", 70)
        assert (np.concatenate(list(resample_cells(counts, seed=1, resamples=40))) == whole).all()
        monkeypatch.undo()


def test_groups_are_distinct_scores_or_runs_of_neighbours_with_ties_together() -> None:
    assert group_scores([0.3, 0.1, 0.3, 0.2])[0].tolist() == [2, 0, 2, 1]
    score = np.random.default_rng(0).integers(0, 700, 5000) / 7
    group, groups = group_scores(score, most=50)
    assert 40 <= groups <= 50
    assert np.ptp(np.bincount(group)) <= 30
    order = np.argsort(score)
    assert (np.diff(group[order]) >= 0).all()
    assert all(len(np.unique(group[score == value])) == 1 for value in np.unique(score))


def test_means_in_bags_vary_as_means_of_customers_do(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(2).exponential(size=(4001, 1))
    each = resample_means(values, seed=1, resamples=3000)
    monkeypatch.setattr("querencia.learn.metrics.resampling.MOST_BAGS", 1000)
    bagged = resample_means(values, seed=1, resamples=3000)
    spread = values.std() / np.sqrt(len(values))
    for drawn in (each, bagged):
        assert drawn.mean() == pytest.approx(values.mean(), abs=spread / 10)
        assert drawn.std() == pytest.approx(spread, rel=0.1)


def test_an_interval_is_moved_by_what_grouping_changed_and_skips_what_is_unknown() -> None:
    drawn = np.append(np.linspace(0, 1, 101), np.nan)
    interval = percentile_interval(0.6, drawn, centre=0.5)
    assert (interval.low, interval.value, interval.high) == (pytest.approx(0.125), 0.6, pytest.approx(1.075))
    assert np.isnan(percentile_interval(0.6, np.full(3, np.nan)).low)


@pytest.mark.slow
def test_two_million_customers_take_seconds_and_give_the_interval_of_theory() -> None:
    random = np.random.default_rng(1)
    chance = random.beta(1, 20, 2_000_000)
    outcome = random.random(len(chance)) < chance
    began = time.perf_counter()
    quality = bootstrap_quality(outcome, chance, seed=1)
    assert time.perf_counter() - began < 60  # 6 s on one idle core
    width = 2 * 1.96 * np.std((chance - outcome) ** 2) / np.sqrt(len(chance))
    assert quality.brier.high - quality.brier.low == pytest.approx(width, rel=0.15)
    assert quality.brier.low < quality.brier.value < quality.brier.high
    # J. Hanley and B. McNeil's variance of the AUC, from the two shares of triples, at the value found.
    auc, left = quality.auc.value, int(outcome.sum())
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    rest = len(chance) - left
    variance = (auc * (1 - auc) + (left - 1) * (first - auc**2) + (rest - 1) * (second - auc**2)) / left / rest
    assert quality.auc.high - quality.auc.low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.25)
