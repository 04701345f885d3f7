"""Everything that was learned of a company's customers, as one object: what scores them, and is kept for later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from querencia.errors import InputError
from querencia.learn.axes import axis_values
from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.churn.reasons import contributions
from querencia.learn.churn.risk import PROBABILITY_DECIMALS, risk_groups
from querencia.learn.encoding.encoders import Floats
from querencia.learn.engagement import EngagementScorer
from querencia.learn.folds import NEVER_TRAINED, Folds
from querencia.learn.problem import CustomerBatch
from querencia.learn.saved.schema import FeatureSchema
from querencia.learn.seen import SeenCustomers
from querencia.learn.segments.segmenter import CustomerSegmenter
from querencia.learn.uplift.estimation import UpliftModel
from querencia.learn.value.rule import ValueRule

REASONS = 3


@dataclass(frozen=True, kw_only=True)
class CustomerModels:
    """The models of a run. Those that could not be learned are None.

    `seen` says in which folds customers were trained on, and `contacted` in which those of the experiment that `uplift`
    was learned from; `thresholds` cut churn probability into risk groups; `axes`
    are what `segmenter` cuts on. `exact_reasons` are Shapley values, the others those along the paths of trees.
    """

    schema: FeatureSchema
    engagement: EngagementScorer
    value: ValueRule
    axes: tuple[str, ...]
    churn: ChurnClassifier | None = None
    seen: SeenCustomers | None = None
    uplift: UpliftModel | None = None
    contacted: SeenCustomers | None = None
    thresholds: tuple[float, float] | None = None
    segmenter: CustomerSegmenter | None = None
    exact_reasons: bool = True

    @property
    def values_customers(self) -> bool:
        """Whether every customer has a CLTV: from purchases alone, or from what is known of churn."""
        return self.churn is not None or not self.value.needs_churn

    def score(self, batch: CustomerBatch) -> pd.DataFrame:
        """Return a row per customer of `batch`: `customer_id`, `engagement`, `churn_probability`, `cltv`, `uplift`,
        `monthly_value`, the components that segments are cut on, and `reason_1`, `contribution_1` … (log odds).

        Figures are rounded as the files show them, and what rests on another rests on the rounded one: whoever
        recomputes a column from the file gets the same. Nobody is scored by a model that saw them.
        """
        features = batch.features
        folds = self._folds(features)
        first = None if folds is None else folds[:, 0]
        columns: dict[str, object] = {"customer_id": features.index.to_numpy()}
        columns["engagement"] = np.round(self.engagement.transform(features, folds=first)[:, 0], 2)
        columns |= self._churn(batch, folds)
        columns["monthly_value"] = self.value.monthly(batch)
        columns |= self._components(features)
        return pd.DataFrame(columns)

    def place(self, scored: pd.DataFrame) -> pd.DataFrame:
        """Return `scored` with each customer's `segment` (0-based, best value first) and `risk_group` (1, 2, 3)."""
        if self.segmenter is None:
            raise InputError("No segments have been cut yet: fit a segmenter first.")
        placed = scored.copy()
        placed["segment"] = self.segmenter.predict(axis_values(scored, self.axes))
        groups = pd.array([pd.NA] * len(scored), dtype="Int64")
        if self.thresholds is not None:
            groups = pd.array(risk_groups(scored["churn_probability"].to_numpy(), self.thresholds), dtype="Int64")
        placed["risk_group"] = groups
        return placed

    def _folds(self, features: pd.DataFrame) -> Folds | None:
        return None if self.seen is None else self.seen.find(features.index)

    def _churn(self, batch: CustomerBatch, folds: Folds | None) -> dict[str, object]:
        rows = len(batch.features)
        nothing = np.full(rows, np.nan)
        found: dict[str, object] = {"churn_probability": nothing, "cltv": nothing, "uplift": nothing}
        if self.churn is None:
            return found | {"cltv": np.round(self.value.lifetime(batch, None), 2)}
        folds = np.full((rows, self.churn.n_repeats_), NEVER_TRAINED) if folds is None else folds
        probability = np.round(self.churn.score_out_of_fold(batch.features, folds), PROBABILITY_DECIMALS)
        found["churn_probability"] = probability
        found["cltv"] = np.round(self.value.lifetime(batch, probability), 2)
        if self.uplift is not None:
            trained = None if self.contacted is None else self.contacted.find(batch.features.index)[:, 0]
            found["uplift"] = np.round(self.uplift.effect(batch.features, folds=trained), PROBABILITY_DECIMALS)
        return found | self._reasons(batch.features, folds)

    def _reasons(self, features: pd.DataFrame, folds: Folds) -> dict[str, object]:
        assert self.churn is not None
        parts = contributions(self.churn, features, folds=folds, exact=self.exact_reasons).parts
        order = np.argsort(-np.round(np.abs(parts), 9), axis=1, kind="stable")[:, :REASONS]
        names = np.array(self.schema.columns, dtype=object)
        found: dict[str, object] = {}
        for rank in range(order.shape[1]):
            chosen = order[:, rank]
            found[f"reason_{rank + 1}"] = names[chosen]
            found[f"contribution_{rank + 1}"] = np.round(parts[np.arange(len(parts)), chosen], 4)
        return found

    def _components(self, features: pd.DataFrame) -> dict[str, Floats]:
        wanted = [axis for axis in self.axes if axis.startswith("component_")]
        if not wanted:
            return {}
        components = self.engagement.principal_components_.transform(features)
        return {axis: components[:, int(axis.removeprefix("component_")) - 1] for axis in wanted}
