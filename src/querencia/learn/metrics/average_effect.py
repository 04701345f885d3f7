"""The average effect of contact in an experiment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.direction import Outcome, read_response
from querencia.learn.metrics.resampling import (
    RESAMPLES,
    Counts,
    Floats,
    count_cells,
    percentile_interval,
    resample_figure,
)


def average_effect(
    observed: ArrayLike, treatment: ArrayLike, *, outcome: Outcome, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Return the response rate of contacted customers less that of the others, with its bootstrap 95 % interval.

    `observed` (n,) 0 or 1 and read as `outcome` says: for churn, more than 0 is churn avoided. `treatment` (n,) 0 or 1,
    given by chance. J. Neyman's difference of means, 1923. NaN where nobody or everybody was contacted.
    """
    response = read_response(observed, outcome=outcome)
    counts = count_cells(np.asarray(treatment, dtype=np.int64), 2, response, 2)
    drawn = resample_figure(counts, rate_differences, seed=seed, resamples=resamples)
    return percentile_interval(float(rate_differences(counts)), drawn)


def rate_differences(counts: Counts) -> Floats:
    """Return contacted less other response rate (…) of `counts` (…, contacted or not, responded or not)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = counts[..., 1] / counts.sum(axis=-1)
    return np.asarray(rates[..., 1] - rates[..., 0])
