"""The rival that every churn model must beat: recency, frequency and value, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from querencia.learn.encoding.encoders import Floats, to_floats
from querencia.learn.folds import NEVER_TRAINED, Folds

RECENCY_FREQUENCY_VALUE = "recency_frequency_value"


@dataclass(frozen=True, kw_only=True)
class RecencyFrequencyValue:
    """The columns that tell recency, frequency and value; `value` None where no money is known.

    A logistic regression on the log(1 + x) of each, standardised, without class weights. P. Fader, B. Hardie and
    K. Lee, "RFM and CLV: using iso-value curves for customer base analysis", 2005, on why these three.
    """

    recency: str
    frequency: str
    value: str | None = None
    name: str = RECENCY_FREQUENCY_VALUE

    @property
    def columns(self) -> list[str]:
        """The columns there are."""
        return [column for column in (self.recency, self.frequency, self.value) if column is not None]

    def fit(self, features: pd.DataFrame, outcome: ArrayLike) -> Pipeline:
        """Return the model learned from `features` (n rows) and `outcome` (n,)."""
        line = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        return line.fit(self._read(features), np.asarray(outcome))

    def probability(self, line: Any, features: pd.DataFrame) -> Floats:
        """Return the probability of leaving (n,) by a model that `fit` returned."""
        return np.asarray(line.predict_proba(self._read(features))[:, 1], dtype=np.float64)

    def _read(self, features: pd.DataFrame) -> Floats:
        values = np.nan_to_num(to_floats(features[self.columns]))
        return np.asarray(np.log1p(np.maximum(values, 0.0)))


def score_rival(
    rival: RecencyFrequencyValue,
    earlier: pd.DataFrame,
    outcome: ArrayLike,
    later: pd.DataFrame,
    *,
    folds: Folds,
    later_folds: Folds,
) -> Floats:
    """Return the rival's probability (m,) for `later`, learned from `earlier` and `outcome` (n,) in the same folds.

    `folds` (n, repeats) and `later_folds` (m, repeats) as in `ChurnClassifier.score_out_of_fold`. For out-of-fold
    figures `later` is `earlier`, with its folds.
    """
    target = np.asarray(outcome)
    total = np.zeros(len(later))
    for repeat in range(folds.shape[1]):
        trained, scored = folds[:, repeat], later_folds[:, repeat]
        n_folds = int(trained.max()) + 1
        for fold in range(n_folds):
            rest = (trained != fold) & (trained != NEVER_TRAINED)
            rows = (scored == fold) | (scored == NEVER_TRAINED)
            if rows.any():
                line = rival.fit(earlier.loc[rest], target[rest])
                weight = np.where(scored[rows] == NEVER_TRAINED, 1 / n_folds, 1.0) / folds.shape[1]
                total[rows] += weight * rival.probability(line, later.loc[rows])
    return total
