"""Uplift by decile: does contact do most where the model foretold it?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from querencia.learn.figures.uplift import UpliftDecile
from querencia.learn.metrics.average_effect import average_effect
from querencia.learn.metrics.direction import Outcome
from querencia.learn.metrics.resampling import RESAMPLES


def uplift_by_decile(
    observed: ArrayLike,
    effect: ArrayLike,
    treatment: ArrayLike,
    *,
    outcome: Outcome,
    seed: int,
    resamples: int = RESAMPLES,
    parts: int = 10,
) -> tuple[UpliftDecile, ...]:
    """Return `parts` equal parts of the customers by foretold `effect` (n,), highest first, with the effect observed.

    Equal effects are parted in the order given. The observed effect is the difference of the part's two response rates
    (None where all or none of it were contacted), with a bootstrap 95 % interval that resamples inside the part, as
    N. Radcliffe and P. Surry, "Real-world uplift modelling with significance-based uplift trees", 2011, draw it.
    """
    values = np.asarray(effect, dtype=np.float64)
    target, contact = np.asarray(observed), np.asarray(treatment)
    order = np.argsort(-values, kind="stable")
    found = []
    for number, rows in enumerate(np.array_split(order, min(parts, len(order))), start=1):
        seen = average_effect(target[rows], contact[rows], outcome=outcome, seed=seed + number, resamples=resamples)
        known = seen if np.isfinite(seen.value) else None
        mean = float(np.mean(values[rows]))
        found.append(UpliftDecile(decile=number, customers=len(rows), predicted=mean, observed=known))
    return tuple(found)
