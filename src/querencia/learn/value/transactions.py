"""The value of customers whose purchases are known: how many more there will be, of how much, at which margin."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.language.notes import Note
from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.value import PurchaseFigures
from querencia.learn.value.lifetime import LONGEST_MONTHS, check_margin
from querencia.learn.value.purchases import BetaGeometricModel
from querencia.learn.value.spend import GammaGammaModel

FEWEST_REPEAT_BUYERS = 50
DAYS_PER_WEEK, DAYS_PER_MONTH, DAYS_PER_YEAR = 7.0, 365.25 / 12, 365.25
NOBODY_LEAVES = 0.01  # chance of leaving at a purchase below which a log knows of no end

HISTORY = ["frequency", "recency", "age"]
EARLIER = ["earlier_frequency", "earlier_recency", "earlier_age"]


@dataclass(frozen=True, kw_only=True)
class PurchaseModel:
    """How often customers buy (BG/NBD) and how much at a time (gamma-gamma), both learned from all buyers.

    The first purchase counts for spend: on a real shop's log, it makes the spend of those who bought once foreseeable.
    """

    frequency: BetaGeometricModel
    spend: GammaGammaModel

    def value(
        self, purchases: pd.DataFrame, *, margin: float, annual_discount: float, months: float | None = None
    ) -> Floats:
        """Return margin x expected discounted purchases x expected spend per purchase, (n,), in the currency of spend.

        `purchases` (n rows) as in `learn_purchases`; whoever never bought is worth 0. `months` is how far ahead purchases
        count; None: without end, which here is a hundred years. ValueError for a margin outside (0, 1], a discount below
        0 or a horizon not above 0.
        """
        check_margin(margin)
        if not annual_discount >= 0 or (months is not None and not months > 0):
            raise ValueError(
                f"annual_discount is {annual_discount!r}, months {months!r}: expected a yearly rate of 0 or more, and None "
                "or the months that purchases count, above 0."
            )
        bought, history, spent = _read_buyers(purchases)
        value = np.zeros(len(purchases))
        if not bought.any():
            return value
        to_come = self.frequency.expected_purchases(
            _in_weeks(history),
            horizon=(LONGEST_MONTHS if months is None else months) * DAYS_PER_MONTH / DAYS_PER_WEEK,
            discount=float(np.log1p(annual_discount)) * DAYS_PER_WEEK / DAYS_PER_YEAR,
        )
        value[bought] = margin * to_come * self.spend.expected_spend(spent)
        return value


@dataclass(frozen=True, kw_only=True)
class LearnedPurchases:
    """The model of purchases and its figures; None where no model holds. `notes` say why not, or what to beware of."""

    model: PurchaseModel | None
    figures: PurchaseFigures | None
    notes: tuple[Note, ...] = ()


def learn_purchases(purchases: pd.DataFrame) -> LearnedPurchases:
    """Return what the histories `purchases` (n rows, by customer) follow.

    They are as `data.purchases.purchase_histories` makes them: `frequency` (days of purchase after the first), `recency`
    and `age` in days, `mean_spend` per day of purchase; NaN throughout for a customer who never bought. With
    `earlier_frequency`, `earlier_recency`, `earlier_age` and `later_purchases` as well, the figures tell how a model of
    the earlier history foretold the later purchases.

    No model where fewer than 50 customers bought twice, or where a likelihood finds no top.
    """
    _, history, spent = _read_buyers(purchases)
    repeat = int((history[:, 0] > 0).sum())
    if repeat < FEWEST_REPEAT_BUYERS:
        values: dict[str, str | int | float] = {"customers": repeat, "fewest": FEWEST_REPEAT_BUYERS}
        few = Note(code="learn_few_repeat_buyers", values=values, level="warning")
        return LearnedPurchases(model=None, figures=None, notes=(few,))
    frequency, spend = _fit(history), GammaGammaModel().fit(spent)
    if not frequency.converged_ or not spend.converged_ or spend.q_ <= 1:
        unfit = Note(code="learn_purchases_unfit", level="warning")
        return LearnedPurchases(model=None, figures=None, notes=(unfit,))
    figures = PurchaseFigures(
        r=frequency.r_,
        alpha=frequency.alpha_,
        a=frequency.a_,
        b=frequency.b_,
        customers=len(history),
        repeat_buyers=repeat,
        p=spend.p_,
        q=spend.q_,
        v=spend.v_,
    )
    loyal = frequency.a_ / (frequency.a_ + frequency.b_) < NOBODY_LEAVES
    notes = (Note(code="learn_nobody_leaves", level="warning"),) if loyal else ()
    model = PurchaseModel(frequency=frequency, spend=spend)
    return LearnedPurchases(model=model, figures=_check_forecast(purchases, figures), notes=notes)


def _read_buyers(purchases: pd.DataFrame) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Return who bought (n,), the history of each buyer (m, 3), and how often and how much each spent (m, 2)."""
    bought = purchases["frequency"].notna().to_numpy()
    history = purchases.loc[bought, HISTORY].to_numpy(dtype=np.float64)
    mean = purchases.loc[bought, "mean_spend"].to_numpy(dtype=np.float64)
    return bought, history, np.column_stack([history[:, 0] + 1, mean])


def _in_weeks(history: Floats) -> Floats:
    return history / [1.0, DAYS_PER_WEEK, DAYS_PER_WEEK]


def _fit(history: Floats) -> BetaGeometricModel:
    return BetaGeometricModel().fit(_in_weeks(history))


def _check_forecast(purchases: pd.DataFrame, figures: PurchaseFigures) -> PurchaseFigures:
    """Add how well the purchases of the last part of the log were foretold by what came before it."""
    if "later_purchases" not in purchases:
        return figures
    rows = purchases[purchases["later_purchases"].notna()]
    history = rows[EARLIER].to_numpy(dtype=np.float64)
    if (history[:, 0] > 0).sum() < FEWEST_REPEAT_BUYERS:
        return figures
    days = int((rows["age"] - rows["earlier_age"]).iloc[0])
    model = _fit(history)
    if days < 1 or not model.converged_:
        return figures
    expected = model.expected_purchases(_in_weeks(history), horizon=days / DAYS_PER_WEEK)
    observed = rows["later_purchases"].to_numpy(dtype=np.float64)
    own_rate = days * history[:, 0] / np.maximum(history[:, 2], 1.0)
    return replace(
        figures,
        holdout_days=days,
        expected=float(expected.mean()),
        observed=float(observed.mean()),
        error=float(np.abs(expected - observed).mean()),
        error_of_own_rate=float(np.abs(own_rate - observed).mean()),
    )
