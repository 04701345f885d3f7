"""Customer lifetime value: what a customer is still worth, and on which assumption."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.value import PurchaseFigures, ValueFigures

ValueSource = Literal["revenue", "prices", "purchases", "declared"]
# A rate of nothing would make a customer worth infinitely much: nobody is counted for more than a hundred years.
LONGEST_MONTHS = 1200
LEAST_MONTHLY_RATE = 1 / LONGEST_MONTHS

SOURCES: dict[ValueSource, str] = {
    "revenue": "the customer table's revenue column, per month",
    "prices": "each customer's spend per month in the event log",
    "declared": "one declared figure for every customer, for no revenue and no prices are known",
}


def check_margin(margin: float) -> None:
    """Raise ValueError unless `margin`, the share of revenue that is left after costs, is above 0 and up to 1."""
    if not 0 < margin <= 1:
        raise ValueError(f"margin is {margin!r}: expected a share of revenue above 0 and up to 1, such as 0.35.")


def monthly_rate(probability: ArrayLike, *, months: float) -> Floats:
    """Return the constant monthly churn rate that adds up to `probability` (n,) over `months`: 1 - (1 - p)^(1/months).

    ValueError unless `months` is above 0.
    """
    if not months > 0:
        raise ValueError(f"outcome_months is {months!r}: expected the months over which the outcome is seen, above 0.")
    return np.asarray(1 - (1 - np.asarray(probability, dtype=np.float64)) ** (1 / months))


def lifetime_value(
    monthly_value: ArrayLike, probability: ArrayLike, *, months: float, annual_discount: float, margin: float = 1.0
) -> Floats:
    """Return the CLTV (n,) = margin x monthly value / (monthly churn rate + monthly discount rate).

    In the value's currency. `monthly_value` (n,) or one figure; `probability` (n,) of leaving within `months`; monthly
    discount (1 + annual)^(1/12) - 1. It is the sum, over months t = 1, 2, 3 …, of
    margin x value x (1 - churn)^(t-1) / (1 + discount)^t: S. Gupta and D. Lehmann, "Customers as assets", 2003, with
    the coming month paid whole, at its end. ValueError for a discount below 0, or a margin outside (0, 1].
    """
    check_margin(margin)
    if not annual_discount >= 0:
        raise ValueError(f"annual_discount is {annual_discount!r}: expected a yearly rate of 0 or more, such as 0.10.")
    discount = (1 + annual_discount) ** (1 / 12) - 1
    rate = np.maximum(monthly_rate(probability, months=months) + discount, LEAST_MONTHLY_RATE)
    return np.asarray(margin * np.asarray(monthly_value, dtype=np.float64) / rate)


def fill_monthly_value(
    monthly_value: pd.Series[float] | None, *, source: ValueSource, declared: float, rows: int
) -> tuple[Floats, int]:
    """Return the monthly value of each customer (n,), and for how many the median of the others stands in.

    With source "declared", or without a figure of anybody, everybody has the declared one. A customer without revenue
    is one whose revenue is unknown, and gets the median; one without spend in the log spent nothing, and gets 0.
    """
    if monthly_value is None or source == "declared":
        return np.full(rows, declared), 0
    known: Floats = np.asarray(monthly_value, dtype=np.float64)
    absent = ~np.isfinite(known)
    if source == "prices":
        return np.where(absent, 0.0, known), 0
    middle = float(np.median(known[~absent])) if not absent.all() else declared
    return np.where(absent, middle, known), int(absent.sum())


def describe_value(
    *,
    source: ValueSource,
    filled: int,
    declared: float,
    annual_discount: float,
    months: float,
    margin: float = 1.0,
    purchases: PurchaseFigures | None = None,
    horizon_months: float | None = None,
) -> ValueFigures:
    """Return the assumption behind CLTV in one or two English sentences, with the figures that it rests on.

    Source "purchases" comes with the figures of `purchases`, and with the months that they count for, None for no end;
    any other with the `months` over which the churn probability holds.
    """
    kept = "all of it counts, for no margin was declared" if margin == 1 else f"a margin of {margin:.1%} of it counts"
    if source == "purchases":
        span = "without end" if horizon_months is None else f"over {horizon_months:g} months"
        assumption = (
            f"CLTV is what each customer will still spend by their purchases in the event log, {kept}: how often by a "
            f"BG/NBD model, how much at a time by a gamma-gamma model, {span}, discounted by {annual_discount:.1%} a "
            "year. It takes customers to go on as they bought, and cancellations and returns not to matter."
        )
    else:
        monthly = f"Monthly value is {SOURCES[source]}"
        if source == "declared":
            monthly += f" ({declared:.2f})"
        if filled:
            monthly += f"; {filled} customers without one have the median of the others"
        assumption = (
            f"{monthly}; {kept}. CLTV divides it by the monthly churn rate, from a churn probability over {months:g} "
            f"months, plus a discount of {annual_discount:.1%} a year, and takes all three to stay as they are."
        )
    return ValueFigures(
        assumption=assumption,
        source=source,
        monthly=declared if source == "declared" else None,
        annual_discount=annual_discount,
        outcome_months=None if source == "purchases" else months,
        filled=filled,
        margin=margin,
        purchases=purchases,
        horizon_months=horizon_months,
    )
