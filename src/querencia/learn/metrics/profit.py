"""Expected maximum profit of a retention campaign (EMPC).

W. Verbraken, T. Verbeke and B. Baesens, "A novel profit maximizing metric for measuring classification performance of
customer churn prediction models", IEEE Transactions on Knowledge and Data Engineering 25(5), 2013. A campaign contacts
the customers who score highest, at `contact` each, and offers an `incentive`. A churner accepts with chance gamma and
then stays, worth `value`; whoever would have stayed accepts too, and costs the incentive. For each gamma the
best part of the list is contacted, and the profit is averaged over gamma's Beta(`alpha`, `beta`) distribution.

With r the churn rate of a stretch of the list, contacting it pays per customer

    value ((1 - incentive / value) gamma r) - contact - incentive (1 - r)

and so pays if gamma exceeds (contact + incentive (1 - r)) / ((value - incentive) r). The stretches are those of the ROC
curve's convex hull, which are the blocks of an isotonic regression of churn on rank (T. Fawcett and A. Niculescu-Mizil,
"PAV and the ROC convex hull", 2007). Over a stretch the average over gamma is that of a Beta distribution's upper tail.
Values are those of empulse, in the currency of `value`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import isotonic_regression
from scipy.special import betaincc

from querencia.learn.figures.churn import ProfitFigures
from querencia.learn.metrics.resampling import (
    RESAMPLES,
    Counts,
    Floats,
    count_cells,
    group_scores,
    percentile_interval,
    resample_figure,
)

GROUPS = 1000


def expected_maximum_profit(
    observed: ArrayLike,
    score: ArrayLike,
    *,
    value: float = 200.0,
    incentive: float = 10.0,
    contact: float = 1.0,
    alpha: float = 6.0,
    beta: float = 14.0,
) -> tuple[float, float]:
    """Return the EMPC in currency per customer, and the expected share of customers to contact.

    `observed` (n,) 1 for a churner, `score` (n,) higher for likelier ones. `value` of a customer who is kept, the cost
    of an `incentive` and of a `contact`, all in one currency; acceptance is Beta(`alpha`, `beta`), by default with
    the paper's mean of 0.3. ValueError unless value > incentive > 0, contact >= 0, alpha > 0 and beta > 0.
    """
    _check(value, incentive, contact, alpha, beta)
    counts = _ranked(observed, score, most=len(np.asarray(score)))
    profit, share = _profit(counts, value, incentive, contact, alpha, beta)
    return float(profit), float(share)


def bootstrap_profit(
    observed: ArrayLike,
    score: ArrayLike,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    value: float = 200.0,
    incentive: float = 10.0,
    contact: float = 1.0,
    alpha: float = 6.0,
    beta: float = 14.0,
) -> ProfitFigures:
    """Return the EMPC with its bootstrap 95 % interval; above 1,000 distinct scores resampled in groups."""
    profit, share = expected_maximum_profit(
        observed, score, value=value, incentive=incentive, contact=contact, alpha=alpha, beta=beta
    )
    counts = _ranked(observed, score, most=GROUPS)

    def profits(block: Counts) -> Floats:
        return np.array([_profit(one, value, incentive, contact, alpha, beta)[0] for one in block])

    drawn = resample_figure(counts, profits, seed=seed, resamples=resamples)
    return ProfitFigures(
        profit=percentile_interval(profit, drawn, centre=float(profits(counts[None])[0])),
        share=share,
        value=value,
        incentive=incentive,
        contact=contact,
        alpha=alpha,
        beta=beta,
    )


def _check(value: float, incentive: float, contact: float, alpha: float, beta: float) -> None:
    if not (value > incentive > 0 and contact >= 0 and alpha > 0 and beta > 0):
        raise ValueError(
            f"value {value!r}, incentive {incentive!r}, contact {contact!r}, alpha {alpha!r}, beta {beta!r}: expected "
            "value > incentive > 0, contact of 0 or more, and alpha and beta above 0."
        )


def _ranked(observed: ArrayLike, score: ArrayLike, *, most: int) -> Counts:
    group, groups = group_scores(score, most=most)
    return count_cells(groups - 1 - group, groups, np.asarray(observed, dtype=np.int64), 2)


def _profit(
    counts: Counts, value: float, incentive: float, contact: float, alpha: float, beta: float
) -> tuple[Floats, Floats]:
    counts = counts[counts.sum(axis=1) > 0]
    sizes = counts.sum(axis=1).astype(np.float64)
    hull = isotonic_regression(counts[:, 1] / sizes, weights=sizes, increasing=False)
    weight = np.add.reduceat(sizes, hull.blocks[:-1]) / sizes.sum()
    rate = hull.x[hull.blocks[:-1]]
    cost = contact + incentive * (1 - rate)
    gain = (value - incentive) * rate
    threshold = np.divide(cost, gain, out=np.ones_like(rate), where=gain > cost)
    chance = betaincc(alpha, beta, threshold)
    # E[gamma; gamma > t] of a Beta(a, b) is a / (a + b) times the tail of a Beta(a + 1, b).
    accepted = alpha / (alpha + beta) * betaincc(alpha + 1, beta, threshold)
    return (weight * (gain * accepted - cost * chance)).sum(), (weight * chance).sum()
