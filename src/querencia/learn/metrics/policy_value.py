"""Policy value: the outcome rate if contact followed a rule, from an experiment in which it did not.

A policy says of each customer whether to contact them. Customers whom the experiment happened to treat as the policy
says stand for all, each weighted by one over the chance of that.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.resampling import (
    RESAMPLES,
    Counts,
    Floats,
    count_cells,
    percentile_interval,
    resample_figure,
    resample_means,
)


def top_share(score: ArrayLike, *, share: float) -> Counts:
    """Return 1 for the `share` of customers with the highest `score` (n,), else 0; equal scores in the order given."""
    values = np.asarray(score, dtype=np.float64)
    chosen = np.zeros(len(values), dtype=np.int64)
    chosen[np.argsort(-values, kind="stable")[: round(share * len(values))]] = 1
    return chosen


def policy_value_ipw(
    observed: ArrayLike,
    treatment: ArrayLike,
    policy: ArrayLike,
    *,
    propensity: float,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """Return the mean of `observed` (n,) 0 or 1 under `policy` (n,) 0 or 1, by inverse probability weighting.

    `propensity` is the chance with which the experiment contacted anybody. The weights are divided by their own sum:
    J. Hájek, 1971, in the discussion of D. Basu, "An essay on the logical foundations of survey sampling".
    """
    target, contact = np.asarray(observed, dtype=np.int64), np.asarray(treatment, dtype=np.int64)
    counts = count_cells(np.asarray(policy, dtype=np.int64), 2, 2 * contact + target, 4).reshape(2, 2, 2)

    def value(block: Counts) -> Floats:
        # Of (policy, contact, observed) only customers treated as the policy says count.
        left, contacted = block[:, 0, 0] / (1 - propensity), block[:, 1, 1] / propensity
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((left[:, 1] + contacted[:, 1]) / (left.sum(axis=1) + contacted.sum(axis=1)))

    return percentile_interval(
        float(value(counts[None])[0]), resample_figure(counts, value, seed=seed, resamples=resamples)
    )


def policy_value_aipw(
    observed: ArrayLike,
    treatment: ArrayLike,
    policy: ArrayLike,
    *,
    propensity: float,
    expected: ArrayLike,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """Return the mean of `observed` (n,) 0 or 1 under `policy` (n,) 0 or 1, by augmented inverse probability weighting.

    `expected` (n, 2) foretells the outcome of each customer without and with contact, by models that did not see them.
    Each customer counts with what is foretold under the policy, and where treated as it says also with the error of
    that, weighted: J. Robins, A. Rotnitzky and L. Zhao, 1994; M. Dudík, J. Langford and L. Li, "Doubly robust policy
    evaluation and learning", 2011. Right whatever `expected` is, and narrower where it is good.
    """
    target, contact = np.asarray(observed, dtype=np.float64), np.asarray(treatment, dtype=np.int64)
    follow = np.asarray(policy, dtype=np.int64)
    foretold = np.asarray(expected, dtype=np.float64)[np.arange(len(target)), follow]
    chance = np.where(follow == 1, propensity, 1 - propensity)
    scores = foretold + (contact == follow) / chance * (target - foretold)
    drawn = resample_means(scores[:, None], seed=seed, resamples=resamples)[:, 0]
    return percentile_interval(float(scores.mean()), drawn)
