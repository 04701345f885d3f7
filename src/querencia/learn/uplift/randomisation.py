"""Whether contact looks like the toss of a coin: without that, no effect measured here means anything."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, norm
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats, NumericEncoder
from querencia.learn.figures.uplift import Imbalance, Randomisation
from querencia.learn.metrics.bootstrap import bootstrap_quality
from querencia.learn.metrics.resampling import RESAMPLES
from querencia.learn.uplift.cross_fitting import experiment_folds

SUSPICIOUS_P = 0.001  # an experiment that is called unsound proves nothing: false alarms must be rare
IMBALANCED = 0.1
DEVIATIONS = 4.0
SHOWN = 10
MOST_ROWS = 200_000


def check_randomisation(
    features: pd.DataFrame,
    treatment: ArrayLike,
    *,
    designed: float | None = None,
    n_folds: int = 5,
    seed: int,
    resamples: int = RESAMPLES,
) -> Randomisation:
    """Return what speaks for and against `treatment` (n,), 0 or 1, having been drawn without regard to `features`.

    - "allocation": an exact binomial test of the number contacted against the share `designed` (None: not declared, not
    tested) gives p below 0.001. - "imbalance": a feature's standardised difference is above 0.1 (P. Austin, "Balance
    diagnostics", 2009) and beyond what chance does to the largest of so many features once in a thousand experiments. -
    "predictable": a logistic regression foretells contact out of fold with an AUC that is more than four standard
    deviations of a worthless score above 0.5 (folds make such scores vary more than that, by about 1.4 times). Above
    200,000 customers it is tried on a sample of so many.

    ValueError where nobody or everybody was contacted.
    """
    contact = np.asarray(treatment, dtype=np.int64)
    contacted, size = int(contact.sum()), len(contact)
    if not 0 < contacted < size:
        raise ValueError(f"{contacted} of {size} customers were contacted: expected some, and not all.")
    allocation = None if designed is None else float(binomtest(contacted, size, designed).pvalue)
    encoder = NumericEncoder().fit(features)
    encoded = encoder.transform(features)
    differences = standardised_differences(encoded, contact)
    names = encoder.get_feature_names_out()
    largest = np.argsort(-np.abs(differences), kind="stable")[:SHOWN]
    rows = _sample(size, seed)
    score = _foretell(encoded[rows], contact[rows], n_folds=n_folds, seed=seed)
    area = bootstrap_quality(contact[rows], score, seed=seed, resamples=resamples).auc
    noise = np.sqrt(1 / contacted + 1 / (size - contacted))
    by_chance = float(norm.ppf(1 - SUSPICIOUS_P / (2 * max(len(differences), 1))) * noise)
    reasons = {
        "allocation": allocation is not None and allocation < SUSPICIOUS_P,
        "imbalance": bool(np.abs(differences).max(initial=0.0) > max(IMBALANCED, by_chance)),
        "predictable": area.value - 0.5 > DEVIATIONS * _null_deviation(contact[rows]),
    }
    return Randomisation(
        share=contacted / size,
        designed=designed,
        allocation_p=allocation,
        imbalances=tuple(Imbalance(feature=str(names[i]), difference=float(differences[i])) for i in largest),
        treatment_auc=area,
        sound=not any(reasons.values()),
        reasons=tuple(name for name, speaks in reasons.items() if speaks),
    )


def standardised_differences(encoded: Floats, contact: ArrayLike) -> Floats:
    """Return (mean of the contacted - mean of the others) / root of the mean of their variances, per column, (q,).

    `encoded` (n, q), `contact` (n,) 0 or 1. 0 for a column that varies on neither side.
    """
    sides = [encoded[np.asarray(contact) == side] for side in (0, 1)]
    deviation = np.sqrt((sides[0].var(axis=0) + sides[1].var(axis=0)) / 2)
    gap = sides[1].mean(axis=0) - sides[0].mean(axis=0)
    return np.asarray(np.divide(gap, deviation, out=np.zeros(encoded.shape[1]), where=deviation > 1e-12))


def _sample(size: int, seed: int) -> NDArray[np.int64]:
    if size <= MOST_ROWS:
        return np.arange(size)
    return np.sort(np.random.default_rng(seed).choice(size, MOST_ROWS, replace=False))


def _foretell(encoded: Floats, contact: NDArray[np.int64], *, n_folds: int, seed: int) -> Floats:
    """Return the log odds of contact (n,), out of fold. (That the encoding saw all rows tells it no one's contact.)"""
    folds = experiment_folds(contact, np.zeros(len(contact)), n_folds=n_folds, seed=seed)
    score = np.empty(len(contact))
    with threadpool_limits(1):
        for fold in np.unique(folds):
            rest = folds != fold
            model = LogisticRegression(C=0.1, max_iter=200).fit(encoded[rest], contact[rest])
            score[~rest] = model.decision_function(encoded[~rest])
    return score


def _null_deviation(contact: NDArray[np.int64]) -> float:
    """Return the standard deviation of a worthless score's AUC: H. Mann and D. Whitney, 1947."""
    contacted, others = int(contact.sum()), int((1 - contact).sum())
    return float(np.sqrt((contacted + others + 1) / (12 * contacted * others)))
