"""The figures of customer value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PurchaseFigures:
    """What purchases follow: BG/NBD for how often, Gamma-Gamma for how much.

    `r`, `alpha` (weeks), `a`, `b`; `p`, `q`, `v` (in currency). `customers` were learned from, `repeat_buyers` of whom
    bought more than once. The holdout is the last part of the log, foretold from the rest: purchases per customer that
    were expected and that came, and the mean absolute error beside that of carrying each customer's own rate on.
    """

    r: float
    alpha: float
    a: float
    b: float
    customers: int
    repeat_buyers: int = 0
    p: float | None = None
    q: float | None = None
    v: float | None = None
    holdout_days: int | None = None
    expected: float | None = None
    observed: float | None = None
    error: float | None = None
    error_of_own_rate: float | None = None


@dataclass(frozen=True, kw_only=True)
class ValueFigures:
    """The assumption behind CLTV, in English words, and the numbers it rests on.

    `filled` counts the customers without a monthly value of their own, who have the median of the others. `margin` is
    the share of revenue that counts. `purchases` and `horizon_months` (None: without end) belong to source "purchases".
    """

    assumption: str
    source: str
    monthly: float | None
    annual_discount: float
    outcome_months: float | None
    filled: int = 0
    margin: float = 1.0
    purchases: PurchaseFigures | None = None
    horizon_months: float | None = None
