"""How customers are valued in one run: where money is known from, and what stands in where it is not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from querencia.language.notes import Note
from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.value import PurchaseFigures, ValueFigures
from querencia.learn.problem import CustomerBatch, CustomerBatches, ScoringOptions
from querencia.learn.value.lifetime import ValueSource, describe_value, lifetime_value
from querencia.learn.value.transactions import LearnedPurchases, PurchaseModel, learn_purchases

# Histories of purchases that a model is learned from: more change no parameter by what anybody could see.
MOST_HISTORIES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ValueRule:
    """Turns what is known of a customer's money into CLTV.

    `source` says where value comes from: "purchases", the model of them; else monthly value over the rate of leaving,
    the first from the "revenue" column or the "prices" in the log, or "declared" where nobody's is known. `middle` is
    the median of the revenues known, for the `filled` customers of the table who have none. A customer without spend in
    the log spent nothing, and is worth 0. `margin` is the share of money that counts.
    """

    source: ValueSource
    declared: float
    middle: float
    filled: int
    months: float
    annual_discount: float
    margin: float = 1.0
    horizon_months: float | None = None
    purchases: PurchaseModel | None = None

    @property
    def needs_churn(self) -> bool:
        """Whether CLTV rests on churn probability."""
        return self.purchases is None

    def monthly(self, batch: CustomerBatch) -> Floats:
        """Return the monthly value of each customer of `batch`, (n,), before the margin."""
        if self.source == "declared" or batch.monthly_value is None:
            return np.full(len(batch.features), self.declared)
        absent = ~np.isfinite(batch.monthly_value)
        return np.where(absent, self.middle if self.source == "revenue" else 0.0, batch.monthly_value)

    def lifetime(self, batch: CustomerBatch, probability: Floats | None) -> Floats:
        """Return the CLTV of each customer of `batch`, (n,): NaN where it rests on a churn probability that is not
        known.

        `probability` (n,) is of leaving within `months`.
        """
        if self.purchases is not None and batch.purchases is not None:
            return self.purchases.value(
                batch.purchases, margin=self.margin, annual_discount=self.annual_discount, months=self.horizon_months
            )
        if probability is None:
            return np.full(len(batch.features), np.nan)
        return lifetime_value(
            self.monthly(batch),
            probability,
            months=self.months,
            annual_discount=self.annual_discount,
            margin=self.margin,
        )


@dataclass(frozen=True, kw_only=True)
class LearnedValue:
    """The rule, the figures of purchases where a model of them holds, and what is to be said of it."""

    rule: ValueRule
    purchases: PurchaseFigures | None
    notes: tuple[Note, ...]

    def figures(self) -> ValueFigures:
        """Return the assumptions in words, and the numbers they rest on."""
        rule = self.rule
        return describe_value(
            source=rule.source,
            filled=rule.filled,
            declared=rule.declared,
            annual_discount=rule.annual_discount,
            months=rule.months,
            margin=rule.margin,
            purchases=self.purchases,
            horizon_months=rule.horizon_months if rule.source == "purchases" else None,
        )


def learn_value(batches: CustomerBatches, *, source: ValueSource, options: ScoringOptions) -> LearnedValue:
    """Return how to value the customers in `batches`, whose money is known from `source`.

    With "prices" it is a model of their purchases where one holds; "declared" where nobody's money is known.
    """
    values, histories = _known_money(batches) if source != "declared" else (np.array([]), None)
    known = values[np.isfinite(values)]
    source = source if len(known) else "declared"
    learned = LearnedPurchases(model=None, figures=None)
    if source == "prices" and histories is not None:
        learned = learn_purchases(histories)
    rule = ValueRule(
        source="purchases" if learned.model is not None else source,
        declared=options.monthly,
        middle=float(np.median(known)) if len(known) else options.monthly,
        filled=len(values) - len(known) if source == "revenue" else 0,
        months=options.outcome_months,
        annual_discount=options.annual_discount,
        margin=options.margin,
        horizon_months=options.horizon_months,
        purchases=learned.model,
    )
    return LearnedValue(rule=rule, purchases=learned.figures, notes=learned.notes)


def _known_money(batches: CustomerBatches) -> tuple[Floats, pd.DataFrame | None]:
    """Return the monthly value of all customers, and the purchases of at most a million, evenly spaced."""
    step = -(-batches.customers // MOST_HISTORIES)
    values, histories, before = [], [], 0
    for batch in batches:
        if batch.monthly_value is not None:
            values.append(batch.monthly_value)
        if batch.purchases is not None:
            histories.append(batch.purchases.iloc[-before % step :: step].copy())
        before += len(batch.features)
    return (
        np.concatenate(values) if values else np.array([]),
        pd.concat(histories, ignore_index=True) if histories else None,
    )
