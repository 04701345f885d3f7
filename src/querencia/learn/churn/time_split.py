"""Quality over time: learned from an earlier snapshot, tested on what a later one foretold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import clone

from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.churn.rival import RecencyFrequencyValue, judge_rival, measure_quality, score_rival
from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.churn import Quality, Rival
from querencia.learn.folds import NEVER_TRAINED, follow_folds
from querencia.learn.metrics.bootstrap import RESAMPLES


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Customers at one moment: `features` (index: customer id, each once) and `outcome` (n,), 1 for those who left in
    the time after it, aligned by position; `treatment` (n,) where customers were contacted.
    """

    features: pd.DataFrame
    outcome: ArrayLike
    treatment: ArrayLike | None = None


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """What a model of the earlier snapshot was worth at the later one.

    `outcome` and `probability` (n,) are of the later snapshot's rows, in their order; `known` of them were trained on
    at the earlier one, and scored by models that never saw them; the rest were newcomers. `model` is what was fitted on
    the earlier snapshot, `rivals` simple models under the same split.
    """

    quality: Quality
    rivals: tuple[Rival, ...]
    outcome: Floats
    probability: Floats
    known: int
    model: ChurnClassifier


def measure_over_time(
    model: ChurnClassifier,
    earlier: Snapshot,
    later: Snapshot,
    *,
    rival: RecencyFrequencyValue | None = None,
    seed: int,
    resamples: int = RESAMPLES,
    on_progress: Callable[[int, int], None] | None = None,
) -> TimeSplit:
    """Return the quality on `later` of a clone of `model` that learned from `earlier`, with bootstrap intervals.

    Nobody is tested by a model that learned from them: a customer of both snapshots is scored by the fold models that
    never saw them, a newcomer by the mean of all. The `later` outcomes touch nothing. What the two snapshots must not
    share is time: the span in which `earlier` observed its outcome ends before `later` begins its own. ValueError where
    the snapshots have different columns.
    """
    if list(earlier.features.columns) != list(later.features.columns):
        raise ValueError("The snapshots hold different columns: expected the same features, in one order.")
    fitted = clone(model).fit(
        earlier.features, np.asarray(earlier.outcome), treatment=earlier.treatment, on_progress=on_progress
    )
    folds = follow_folds(fitted.folds_, earlier.features.index, later.features.index)
    probability = fitted.score_out_of_fold(later.features, folds)
    outcome = np.asarray(later.outcome, dtype=np.float64)
    rivals = []
    if rival is not None:
        chance = score_rival(
            rival, earlier.features, np.asarray(earlier.outcome), later.features, folds=fitted.folds_, later_folds=folds
        )
        rivals.append(judge_rival(rival.name, outcome, probability, chance, seed=seed, resamples=resamples))
    return TimeSplit(
        quality=measure_quality(outcome, probability, seed=seed, resamples=resamples),
        rivals=tuple(rivals),
        outcome=outcome,
        probability=probability,
        known=int((folds != NEVER_TRAINED).any(axis=1).sum()),
        model=fitted,
    )
