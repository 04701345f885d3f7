"""Drift: how far the customers that are scored now differ from those that the model learned from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.drift import DriftFigures, FeatureDrift
from querencia.learn.metrics.psi import drift_level, population_stability
from querencia.learn.saved.reference import DriftReference, FeatureReference
from querencia.learn.saved.schema import SchemaDifference

MOST_NEW_LEVELS = 5


@dataclass
class DriftCounter:
    """Counts customers batch by batch, in the parts of `reference`."""

    reference: DriftReference
    rows: int = 0
    counts: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    new: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, features: pd.DataFrame, probability: Floats) -> None:
        """Count the customers `features` (n, p) and their churn `probability` (n,)."""
        self.rows += len(features)
        for outline in self.reference.features:
            self._add(outline, features[outline.name])
            self.new.setdefault(outline.name, Counter()).update(outline.new_levels(features[outline.name]))
        if self.reference.score is not None:
            self._add(self.reference.score, pd.Series(probability))

    def _add(self, outline: FeatureReference, column: pd.Series) -> None:
        self.counts[outline.name] = self.counts.get(outline.name, 0) + outline.count(column)

    def figures(self, model: str, difference: SchemaDifference) -> DriftFigures:
        """Return how far the customers counted differ from those that `model` learned from, the worst feature first."""
        drifts = [self._drift(outline) for outline in self.reference.features]
        drifts.sort(key=lambda drift: (-round(drift.psi, 9), drift.feature))
        score = self.reference.score
        return DriftFigures(
            model=model,
            rows_then=self.reference.rows,
            rows_now=self.rows,
            features=tuple(drifts),
            score_psi=None if score is None else self._psi(score),
            extra_columns=difference.extra,
            changed_types=difference.changed,
        )

    def _psi(self, outline: FeatureReference) -> float:
        return population_stability(outline.counts, self.counts[outline.name])

    def _drift(self, outline: FeatureReference) -> FeatureDrift:
        psi, now, new = self._psi(outline), self.counts[outline.name], self.new[outline.name]
        return FeatureDrift(
            feature=outline.name,
            psi=psi,
            level=drift_level(psi),
            missing_then=outline.counts[-1] / self.reference.rows,
            missing_now=int(now[-1]) / self.rows,
            new_levels=tuple(sorted(new, key=lambda level: (-new[level], level))[:MOST_NEW_LEVELS]),
            new_share=int(now[-2]) / self.rows,
        )
