"""Population stability index (PSI): how far a distribution has moved away from an earlier one.

Of two distributions p (then) and q (now) over the same parts it is sum (q - p) ln(q / p): R. Anderson, "The Credit
Scoring Toolkit", 2007; the sum of both Kullback-Leibler divergences (H. Jeffreys, 1946). An empty part would make it
infinite, so each part counts half a customer more, then and now. Below 0.1 is called stable and from 0.25 large, as is
custom. Which parts a feature is cut into: `saved.reference`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.resampling import RESAMPLES, Counts, Floats, percentile_interval, resample_figure

STABLE, LARGE = 0.1, 0.25


def population_stability(then: ArrayLike, now: ArrayLike) -> float:
    """Return the PSI of two counts per bin (m,)."""
    return float(_psi(np.asarray(then, dtype=np.float64), np.asarray(now, dtype=np.float64)))


def bootstrap_stability(then: Counts, now: Counts, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the PSI of two counts per bin (m,) with its bootstrap 95 % interval; both tables are resampled.

    A PSI is never below 0, so that of two small samples of one population is above it: about (m - 1) (1 / n + 1 / n').
    """
    counts = np.asarray(then, dtype=np.int64), np.asarray(now, dtype=np.int64)
    drawn = [
        resample_figure(one, lambda block: block.astype(np.float64), seed=seed + number, resamples=resamples)
        for number, one in enumerate(counts)
    ]
    return percentile_interval(population_stability(*counts), _psi(*drawn))


def drift_level(psi: float) -> str:
    """Return "stable", "moderate" or "large"."""
    if psi < STABLE:
        return "stable"
    return "large" if psi >= LARGE else "moderate"


def _psi(then: Floats, now: Floats) -> Floats:
    p, q = ((counts + 0.5) / (counts + 0.5).sum(axis=-1, keepdims=True) for counts in (then, now))
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))
