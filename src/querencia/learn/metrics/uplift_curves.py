"""The two curves of an experiment's ranked customers: Qini and uplift.

Customers are ranked by score, highest first, and equal scores are one step. At a step there have been n_t contacted
customers with y_t responses, and n_c others with y_c.

- Qini curve: (y_t - y_c n_t / n_c) / N_t, where N_t is all who were contacted. N. Radcliffe, "Using control groups to
  target on predicted lift", 2007, there without the division.
- Uplift curve: (y_t / n_t - y_c / n_c) (n_t + n_c) / N. F. Devriendt, T. Guns and W. Verbeke, "Learning to rank for
  uplift modeling", 2020, section 3, there without the division.

Both say how many more responses there are per customer of all if those up to here are contacted, and both end at the
average effect; they differ where the ranking took contacted customers and others unevenly. A quotient with nobody below
the line counts as 0, as in scikit-uplift 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.metrics.direction import Outcome, read_response
from querencia.learn.metrics.resampling import Counts, Floats, count_cells, group_scores

FINEST = 2000


@dataclass(frozen=True, kw_only=True)
class RankedCounts:
    """Customers of an experiment by step of a ranking: `counts` (steps, 4), the best step first.

    The four are: neither contacted nor responded, responded only, contacted only, contacted and responded. `step` (n,)
    is each customer's.
    """

    counts: Counts
    step: Counts


def rank_customers(
    observed: ArrayLike, score: ArrayLike, treatment: ArrayLike, *, outcome: Outcome, most: int | None = None
) -> RankedCounts:
    """Count customers by step of `score` (n,), contact `treatment` (n,) 0 or 1, and response.

    `observed` (n,) is 0 or 1 and read as `outcome` says. At most `most` steps, None for one per distinct score.
    """
    response = read_response(observed, outcome=outcome)
    contact = np.asarray(treatment, dtype=np.int64)
    group, groups = group_scores(score, most=len(response) if most is None else most)
    step = groups - 1 - group
    return RankedCounts(counts=count_cells(step, groups, 2 * contact + response, 4), step=step)


def curve_shares(counts: Counts) -> Floats:
    """Return the share of customers up to each step, from 0 to 1: (…, steps + 1) from `counts` (…, steps, 4)."""
    reached = _cumulate(counts.sum(axis=-1))
    return np.asarray(reached / reached[..., -1:])


def qini_ordinates(counts: Counts) -> Floats:
    """Return the Qini curve (…, steps + 1) of `counts` (…, steps, 4), responses per customer of all."""
    others, other_responses, contacted, responses = _totals(counts)
    return _divide(responses - other_responses * _divide(contacted, others), contacted[..., -1:])


def uplift_ordinates(counts: Counts) -> Floats:
    """Return the uplift curve (…, steps + 1) of `counts` (…, steps, 4), responses per customer of all."""
    others, other_responses, contacted, responses = _totals(counts)
    return (_divide(responses, contacted) - _divide(other_responses, others)) * curve_shares(counts)


def area(shares: Floats, ordinates: Floats) -> Floats:
    """Return the area under each curve by the trapezoid rule, (…)."""
    return np.asarray(np.trapezoid(ordinates, shares, axis=-1))


def area_above_chance(shares: Floats, ordinates: Floats) -> Floats:
    """Return the area between each curve and the straight line from 0 to its end, which ranking by chance gives."""
    return np.asarray(area(shares, ordinates) - ordinates[..., -1] / 2)


def has_both(counts: Counts) -> Floats:
    """Return 1.0 where `counts` (…, steps, 4) hold contacted customers and others, NaN where they do not."""
    sides = counts.sum(axis=-2)
    both = (sides[..., :2].sum(axis=-1) > 0) & (sides[..., 2:].sum(axis=-1) > 0)
    return np.where(both, 1.0, np.nan)


def _totals(counts: Counts) -> tuple[Floats, Floats, Floats, Floats]:
    cumulated = _cumulate(np.moveaxis(counts, -1, 0)).astype(np.float64)
    quiet, other_responses, silent, responses = cumulated
    return quiet + other_responses, other_responses, silent + responses, responses


def _cumulate(counts: Counts) -> Counts:
    start = np.zeros((*counts.shape[:-1], 1), dtype=np.int64)
    return np.concatenate([start, np.cumsum(counts, axis=-1)], axis=-1)


def _divide(top: Floats, bottom: Floats) -> Floats:
    top, bottom = np.broadcast_arrays(top, bottom)
    return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom != 0)
