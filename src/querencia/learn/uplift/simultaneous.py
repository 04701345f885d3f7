"""Qini coefficients of several rankings on the same resamples, and a bound that holds for all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.direction import Outcome
from querencia.learn.metrics.qini import qini_areas
from querencia.learn.metrics.resampling import RESAMPLES, Counts, percentile_interval
from querencia.learn.metrics.uplift_curves import RankedCounts, rank_customers

STEPS = 500
DRAWS_AT_ONCE = 3_000_000
MOST_DRAWS = 300_000_000
FEWEST_RESAMPLES = 200
SEEN_TWICE = 2**0.5


@dataclass(frozen=True, kw_only=True)
class RankingBounds:
    """Of each ranking the Qini coefficient with its own interval, and the bound that holds for all at once."""

    qini: tuple[Interval, ...]
    simultaneous_low: tuple[float, ...]
    resamples: int


def usable_resamples(customers: int, *, resamples: int = RESAMPLES) -> int:
    """Return how many resamples of so many customers are drawn: 1,000 up to 300,000 of them, never below 200."""
    return max(min(resamples, MOST_DRAWS // max(customers, 1)), min(resamples, FEWEST_RESAMPLES))


def bound_rankings(
    observed: ArrayLike,
    treatment: ArrayLike,
    scores: Floats,
    *,
    learned: Sequence[bool],
    outcome: Outcome,
    seed: int,
    resamples: int = RESAMPLES,
) -> RankingBounds:
    """Return the Qini coefficient of each column of `scores` (n, m), with intervals from the same resamples.

    The simultaneous bound of ranking k is its coefficient less c times its standard error, where c is the 97.5 %
    quantile, over resamples, of the largest of all (resampled coefficient - coefficient) / bootstrap standard error:
    the max-statistic, as in J. Romano and M. Wolf, "Exact and approximate stepdown methods for multiple hypothesis
    testing", 2005. So the best of several rankings is not believed for being the best.

    `learned` (m,) says which scores were cross-fitted to this very experiment. Where there is nothing to learn, what
    the learner of fold i finds in fold j and that of j in i are the same chance, seen twice: the sum over folds then
    has up to twice the variance of as many independent customers, which resamples of customers cannot see (1.27 to 1.40
    times the standard deviation in simulations). For these the standard error is the bootstrap's times the root of 2.
    The intervals themselves take the scores as given. (Y. Bengio and Y. Grandvalet, "No unbiased estimator of the
    variance of k-fold cross-validation", 2004, is about this.)

    Rankings are resampled at 500 steps of equal size, at `usable_resamples`, and intervals moved by what that changes.
    """
    ranked = [
        rank_customers(observed, scores[:, k], treatment, outcome=outcome, most=STEPS) for k in range(scores.shape[1])
    ]
    exact = [
        float(qini_areas(rank_customers(observed, scores[:, k], treatment, outcome=outcome).counts))
        for k in range(scores.shape[1])
    ]
    draws = usable_resamples(len(scores), resamples=resamples)
    drawn = _resample(ranked, _cells(observed, treatment, outcome), seed=seed, resamples=draws)
    centres = np.array([float(qini_areas(one.counts)) for one in ranked])
    error = np.nanstd(drawn, axis=0)
    # A constant score has a coefficient of 0 in every resample, but for rounding.
    varies = error > 1e-12
    largest = (np.where(varies, drawn - centres, 0.0) / np.where(varies, error, 1.0)).max(axis=1)
    critical = float(np.nanquantile(largest, 0.975))
    wide = np.where(varies, error, 0.0) * np.where(learned, SEEN_TWICE, 1.0)
    return RankingBounds(
        qini=tuple(percentile_interval(exact[k], drawn[:, k], centre=float(centres[k])) for k in range(len(ranked))),
        simultaneous_low=tuple(exact[k] - critical * float(wide[k]) for k in range(len(ranked))),
        resamples=draws,
    )


def _cells(observed: ArrayLike, treatment: ArrayLike, outcome: Outcome) -> Counts:
    """Return which of the four of `RankedCounts` each customer is, (n,)."""
    whole = rank_customers(observed, np.arange(len(np.asarray(observed))), treatment, outcome=outcome)
    return np.asarray(whole.counts[whole.step].argmax(axis=1))


def _resample(ranked: list[RankedCounts], cells: Counts, *, seed: int, resamples: int) -> Floats:
    """Return the coefficients of each ranking in each resample, (resamples, m)."""
    size = len(cells)
    members = [_membership(one, cells) for one in ranked]
    random = np.random.default_rng(seed)
    at_once = max(1, DRAWS_AT_ONCE // size)
    blocks = []
    for first in range(0, resamples, at_once):
        block = min(at_once, resamples - first)
        draws = [np.bincount(random.integers(size, size=size), minlength=size) for _ in range(block)]
        counts = np.stack(draws, axis=1).astype(np.int32)
        per_ranking = [
            qini_areas((member @ counts).T.reshape(block, len(one.counts), 4).astype(np.int64))
            for member, one in zip(members, ranked, strict=True)
        ]
        blocks.append(np.stack(per_ranking, axis=1))
    return np.concatenate(blocks)


def _membership(ranked: RankedCounts, cells: Counts) -> csr_array:
    """Return the (steps x 4, n) matrix that adds how often each customer was drawn to the counts of their cell."""
    ones = np.ones(len(cells), dtype=np.int32)
    place = (4 * ranked.step + cells, np.arange(len(cells)))
    return csr_array((ones, place), shape=(4 * len(ranked.counts), len(cells)))
