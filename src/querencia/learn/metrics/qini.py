"""The Qini coefficient: how much better a ranking is than contacting as many customers by chance.

It is about differences between customers: where contact does the same to everybody, every ranking has a Qini
coefficient of 0, however strong the effect. Whether contact does anything on average is another question.

Three conventions are in use:

- `qini_coefficient`: the area between the Qini curve and the straight line to its end, both axes per customer (share
  contacted, responses per customer). 0.002 says that, on average over all campaign sizes, two responses more per
  thousand customers are won than by chance. Figures of data sets can be compared, and no ideal ranking is needed.
- `qini_coefficient(normalised=True)`: that area over the one of the ideal ranking (contacted responders first, other
  responders last); `qini_auc_score` of scikit-uplift 0.5, with responders of Radcliffe 2007.
- `qini_by_rows`: the mean over the rows instead of the area, in responses of all instead of per customer; `qini_score`
  of causalml 0.18.
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
    area_above_chance,
    curve_shares,
    has_both,
    qini_ordinates,
    rank_customers,
)


def qini_curve(
    observed: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, outcome: Outcome
) -> tuple[Floats, Floats]:
    """Return the shares of customers contacted, from 0 to 1, and the Qini curve there (see `metrics.uplift_curves`)."""
    counts = rank_customers(observed, score, treatment, outcome=outcome).counts
    return curve_shares(counts), qini_ordinates(counts)


def qini_coefficient(
    observed: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, outcome: Outcome, normalised: bool = False
) -> float:
    """Return the area between the Qini curve and the line of ranking by chance.

    `observed` (n,) 0 or 1, `score` (n,) higher for those to contact first, `treatment` (n,) 0 or 1. `normalised`
    divides by that area of the ideal ranking. NaN where nobody or everybody was contacted, or where the ideal is 0.
    """
    value = float(qini_areas(rank_customers(observed, score, treatment, outcome=outcome).counts))
    if not normalised:
        return value
    response, contact = read_response(observed, outcome=outcome), np.asarray(treatment, dtype=np.int64)
    ideal = response * (2 * contact - 1)
    best = float(qini_areas(rank_customers(response, ideal, contact, outcome="response").counts))
    return value / best if best else float("nan")


def bootstrap_qini(
    observed: ArrayLike,
    score: ArrayLike,
    treatment: ArrayLike,
    *,
    outcome: Outcome,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """Return `qini_coefficient` with its bootstrap 95 % interval; above 2,000 distinct scores resampled in groups."""
    counts = rank_customers(observed, score, treatment, outcome=outcome, most=FINEST).counts
    drawn = resample_figure(counts, qini_areas, seed=seed, resamples=resamples)
    value = qini_coefficient(observed, score, treatment, outcome=outcome)
    return percentile_interval(value, drawn, centre=float(qini_areas(counts)))


def qini_areas(counts: Counts) -> Floats:
    """Return the Qini coefficient (…) of each `counts` (…, steps, 4) of `uplift_curves.RankedCounts`."""
    return area_above_chance(curve_shares(counts), qini_ordinates(counts)) * has_both(counts)


def qini_by_rows(
    observed: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, outcome: Outcome, normalised: bool = False
) -> float:
    """Return the mean over rows of y_t - y_c n_t / n_c, less that of the straight line to its end: causalml 0.18.

    Rows are taken one by one, highest score first and equal scores in the order given (there, in an order that its sort
    leaves to chance); where no customer without contact has come yet the curve is interpolated. `normalised` divides by
    the curve's end without its sign, which a small average effect makes large.
    """
    response, contact = read_response(observed, outcome=outcome), np.asarray(treatment, dtype=np.int64)
    order = np.argsort(-np.asarray(score, dtype=np.float64), kind="stable")
    contacted, others = np.cumsum(contact[order]), np.cumsum(1 - contact[order])
    responses = np.cumsum((response * contact)[order])
    other_responses = np.cumsum((response * (1 - contact))[order])
    ratio = np.divide(contacted, others, out=np.full(len(order), np.nan), where=others != 0)
    curve = pd.Series(np.append(0.0, responses - other_responses * ratio)).interpolate().to_numpy()
    if normalised:
        curve = curve / abs(curve[-1])
    return float(np.mean(curve) - curve[-1] / 2)
