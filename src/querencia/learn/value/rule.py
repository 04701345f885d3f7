"""How customers are valued in one run: where money is known from, and what stands in where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.value import ValueFigures
from querencia.learn.problem import CustomerBatch, CustomerBatches
from querencia.learn.value.lifetime import ValueSource, describe_value, lifetime_value


@dataclass(frozen=True, kw_only=True)
class ValueRule:
    """Turns what is known of a customer's money into CLTV.

    `source` says where monthly value comes from, `declared` is the figure for everybody where nobody's is known, and
    `middle` the median of those known, for customers of a revenue table who have none; `filled` were so. A customer
    without spend in the log spent nothing, and is worth 0.
    """

    source: ValueSource
    declared: float
    middle: float
    filled: int
    months: float
    annual_discount: float

    @classmethod
    def learn(
        cls,
        batches: CustomerBatches,
        *,
        source: ValueSource,
        declared: float,
        months: float,
        annual_discount: float,
    ) -> Self:
        """Return the rule for the customers in `batches`; "declared" where nobody's monthly value is known."""
        values = _known_values(batches) if source != "declared" else np.array([])
        known = values[np.isfinite(values)]
        source = source if len(known) else "declared"
        return cls(
            source=source,
            declared=declared,
            middle=float(np.median(known)) if len(known) else declared,
            filled=len(values) - len(known) if source == "revenue" else 0,
            months=months,
            annual_discount=annual_discount,
        )

    def monthly(self, batch: CustomerBatch) -> Floats:
        """Return the monthly value of each customer of `batch`, (n,)."""
        if self.source == "declared" or batch.monthly_value is None:
            return np.full(len(batch.features), self.declared)
        absent = ~np.isfinite(batch.monthly_value)
        return np.where(absent, 0.0 if self.source == "prices" else self.middle, batch.monthly_value)

    def lifetime(self, batch: CustomerBatch, probability: Floats) -> Floats:
        """Return the CLTV of each customer of `batch`, (n,), who leaves within `months` with `probability` (n,)."""
        return lifetime_value(
            self.monthly(batch), probability, months=self.months, annual_discount=self.annual_discount
        )

    def figures(self) -> ValueFigures:
        """Return the assumptions in words, and the numbers they rest on."""
        return describe_value(
            source=self.source,
            filled=self.filled,
            declared=self.declared,
            annual_discount=self.annual_discount,
            months=self.months,
        )


def _known_values(batches: CustomerBatches) -> Floats:
    parts = [batch.monthly_value for batch in batches if batch.monthly_value is not None]
    return np.concatenate(parts) if parts else np.array([])
