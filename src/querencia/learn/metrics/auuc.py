"""The area under the uplift curve (AUUC).

Three conventions are in use:

- `auuc`: the area under the uplift curve, both axes per customer (share contacted, responses per customer); half the
  average effect is what ranking by chance gets.
- `auuc(normalised=True)`: the area above ranking by chance over that of the ideal ranking; `uplift_auc_score` of
  scikit-uplift 0.5.
- `auuc_by_rows`: the mean over the rows instead of the area, in responses of all; `auuc_score` of causalml 0.18.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.direction import Outcome, read_response
from querencia.learn.metrics.resampling import RESAMPLES, Counts, Floats, percentile_interval, resample_figure
from querencia.learn.metrics.uplift_curves import (
    FINEST,
    area,
    area_above_chance,
    curve_shares,
    has_both,
    rank_customers,
    uplift_ordinates,
)


def auuc(
    observed: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, outcome: Outcome, normalised: bool = False
) -> float:
    """Return the area under the uplift curve (see `metrics.uplift_curves`).

    `observed` (n,) 0 or 1, `score` (n,) higher for those to contact first, `treatment` (n,) 0 or 1. `normalised` takes
    the area above ranking by chance, over that of the ideal ranking. NaN where nobody or everybody was contacted, or
    where the ideal is 0.
    """
    counts = rank_customers(observed, score, treatment, outcome=outcome).counts
    if not normalised:
        return float(uplift_areas(counts))
    best = _above_chance(_ideal_counts(read_response(observed, outcome=outcome), np.asarray(treatment, dtype=np.int64)))
    return _above_chance(counts) / best if best else float("nan")


def bootstrap_auuc(
    observed: ArrayLike,
    score: ArrayLike,
    treatment: ArrayLike,
    *,
    outcome: Outcome,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """Return `auuc` with its bootstrap 95 % interval; above 2,000 distinct scores resampled in groups."""
    counts = rank_customers(observed, score, treatment, outcome=outcome, most=FINEST).counts
    drawn = resample_figure(counts, uplift_areas, seed=seed, resamples=resamples)
    value = auuc(observed, score, treatment, outcome=outcome)
    return percentile_interval(value, drawn, centre=float(uplift_areas(counts)))


def uplift_areas(counts: Counts) -> Floats:
    """Return the AUUC (…) of each `counts` (…, steps, 4) of `uplift_curves.RankedCounts`."""
    return area(curve_shares(counts), uplift_ordinates(counts)) * has_both(counts)


def auuc_by_rows(
    observed: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, outcome: Outcome, normalised: bool = False
) -> float:
    """Return the mean over rows k = 0 … n of k (y_t / n_t - y_c / n_c): causalml 0.18.

    Rows are taken one by one, highest score first and equal scores in the order given (there, in an order that its sort
    leaves to chance); the effect is interpolated until both sides have come. `normalised` divides by the curve's end
    without its sign.
    """
    response, contact = read_response(observed, outcome=outcome), np.asarray(treatment, dtype=np.int64)
    order = np.argsort(-np.asarray(score, dtype=np.float64), kind="stable")
    rates = []
    for side in (contact[order], 1 - contact[order]):
        come = np.cumsum(side)
        hits = np.cumsum(response[order] * side)
        rates.append(np.divide(hits, come, out=np.full(len(order), np.nan), where=come != 0))
    effect = pd.Series(np.append(0.0, rates[0] - rates[1])).interpolate().to_numpy()
    gain = effect * np.arange(len(order) + 1)
    return float(np.mean(gain / abs(gain[-1]) if normalised else gain))


def _above_chance(counts: Counts) -> float:
    return float(area_above_chance(curve_shares(counts), uplift_ordinates(counts)) * has_both(counts))


def _ideal_counts(response: Counts, contact: Counts) -> Counts:
    """Rank contacted responders and others who did not respond first, as Devriendt et al. 2020 and scikit-uplift do."""
    lost = int(((response == 1) & (contact == 0)).sum())
    unmoved = int(((response == 0) & (contact == 1)).sum())
    ideal = 2 * (response == contact) + (response if lost > unmoved else contact)
    return rank_customers(response, ideal, contact, outcome="response").counts
