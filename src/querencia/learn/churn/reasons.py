"""stub"""

from dataclasses import dataclass

import numpy as np


@dataclass
class R:
    names: object
    features: object
    contributions: object


def explain(model, X, *, folds=None, top=3):
    names = np.array(list(X.columns), dtype=object)
    n = len(X)
    k = min(top, len(names))
    return R(names, np.tile(np.arange(k), (n, 1)), np.zeros((n, k)))
