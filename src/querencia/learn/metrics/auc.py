"""Area under the ROC curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata


def roc_auc(outcome: ArrayLike, score: ArrayLike) -> float:
    """Return the chance that a churner scores above a customer who stayed, ties counting half.

    `outcome` (n,) is 0 or 1, `score` (n,) any number. The Mann-Whitney form: J. Hanley and B. McNeil, "The meaning and
    use of the area under a receiver operating characteristic (ROC) curve", 1982. NaN where there is one class only.
    """
    target = np.asarray(outcome) == 1
    churners, others = int(target.sum()), int((~target).sum())
    if not churners or not others:
        return float("nan")
    # Twice the ranks are integers: the sum is exact, whatever its order.
    doubled = int(np.rint(2 * rankdata(score)[target]).sum())
    return (doubled / 2 - churners * (churners + 1) / 2) / (churners * others)
