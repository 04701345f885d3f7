"""The null band of a Qini curve: where curves of rankings by chance lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.metrics.direction import Outcome
from querencia.learn.metrics.resampling import RESAMPLES, Counts, Floats
from querencia.learn.metrics.uplift_curves import qini_ordinates, rank_customers


def qini_null_band(
    observed: ArrayLike,
    treatment: ArrayLike,
    shares: ArrayLike,
    *,
    outcome: Outcome,
    seed: int,
    rankings: int = RESAMPLES,
) -> tuple[Floats, Floats]:
    """Return the pointwise 2.5 % and 97.5 % quantiles of the Qini curve at `shares` (s,) over rankings by chance.

    `observed` and `treatment` (n,) 0 or 1; `shares` rise, from 0. Who stands between two shares of a list in random
    order follows a multivariate hypergeometric distribution, so that no list has to be shuffled.
    """
    totals = rank_customers(observed, np.zeros(len(np.asarray(observed))), treatment, outcome=outcome).counts[0]
    taken = np.rint(np.asarray(shares, dtype=np.float64) * totals.sum()).astype(np.int64)
    steps = _draw_steps(totals, np.diff(taken), seed=seed, rankings=rankings)
    low, high = np.quantile(qini_ordinates(steps), [0.025, 0.975], axis=0)
    return low, high


def _draw_steps(totals: Counts, sizes: Counts, *, seed: int, rankings: int) -> Counts:
    """Return (rankings, steps, 4) counts of customers drawn without replacement, so many at each step."""
    random = np.random.default_rng(seed)
    left = np.tile(totals, (rankings, 1))
    steps = np.zeros((rankings, len(sizes), 4), dtype=np.int64)
    for number, size in enumerate(sizes):
        missing = np.full(rankings, size)
        for kind in range(4):
            rest = left[:, kind + 1 :].sum(axis=1)
            steps[:, number, kind] = random.hypergeometric(left[:, kind], rest, missing) if kind < 3 else missing
            missing = missing - steps[:, number, kind]
        left -= steps[:, number]
    return steps
