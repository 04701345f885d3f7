"""The rival that every churn model must beat: recency, frequency and value, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from querencia.learn.encoding.encoders import Floats, to_floats
from querencia.learn.figures.churn import Quality, Rival
from querencia.learn.figures.interval import Interval
from querencia.learn.folds import NEVER_TRAINED, Folds
from querencia.learn.metrics.auc import roc_auc
from querencia.learn.metrics.bootstrap import RESAMPLES, bootstrap_quality

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


def judge_rival(
    name: str, outcome: Floats, ours: Floats, theirs: Floats, *, seed: int, resamples: int = RESAMPLES
) -> Rival:
    """Return the quality of the rival's probability `theirs` (n,), and by how much the AUC of `ours` (n,) leads."""
    return Rival(
        name=name,
        quality=measure_quality(outcome, theirs, seed=seed, resamples=resamples),
        auc_lead=measure_lead(outcome, ours, theirs, seed=seed, resamples=resamples),
    )


def measure_quality(outcome: ArrayLike, probability: ArrayLike, *, seed: int, resamples: int = RESAMPLES) -> Quality:
    """Return the four figures of `probability` (n,) with bootstrap intervals (see `bootstrap_quality`)."""
    found = bootstrap_quality(outcome, probability, seed=seed, resamples=resamples)
    return Quality(
        auc=found.auc,
        average_precision=found.average_precision,
        brier=found.brier,
        brier_skill=found.brier_skill,
    )


def measure_lead(
    outcome: ArrayLike, ours: ArrayLike, theirs: ArrayLike, *, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Return the AUC of `ours` (n,) minus that of `theirs` (n,), with the bootstrap percentile 95 % interval.

    Both see the same draws, so that what makes a sample easy or hard for both does not count (B. Efron and
    R. Tibshirani, 1993, section 13.3). Draws with one class only say nothing and are left out.
    """
    target = np.asarray(outcome) == 1
    ranked = [_rank(score) for score in (ours, theirs)]
    random = np.random.default_rng(seed)
    leads = np.empty(resamples)
    for number in range(resamples):
        counts = np.bincount(random.integers(len(target), size=len(target)), minlength=len(target))
        first, second = (_drawn_auc(target, counts, *ranks) for ranks in ranked)
        leads[number] = first - second
    low, high = np.nanquantile(leads, [0.025, 0.975])
    return Interval(value=roc_auc(target, ours) - roc_auc(target, theirs), low=float(low), high=float(high))


def _rank(score: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order of the scores, lowest first, and where in it each distinct score begins."""
    values = np.asarray(score, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    return order, np.append(0, np.flatnonzero(np.diff(values[order])) + 1)


def _drawn_auc(
    target: NDArray[np.bool_], counts: NDArray[np.int64], order: NDArray[np.int64], starts: NDArray[np.int64]
) -> float:
    """Return the AUC where each customer was drawn `counts` (n,) times; NaN where one class is missing."""
    drawn = counts[order]
    hits = np.add.reduceat(drawn * target[order], starts)
    others = np.add.reduceat(drawn, starts) - hits
    churners, stayed = int(hits.sum()), int(others.sum())
    if not churners or not stayed:
        return float("nan")
    below = np.cumsum(others) - others
    return float((hits * (2 * below + others)).sum() / (2 * churners * stayed))
