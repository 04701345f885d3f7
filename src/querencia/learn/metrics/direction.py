"""Which way an outcome is good: leaving is to be avoided, a response is to be had."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Outcome = Literal["churn", "response"]


def read_response(observed: ArrayLike, *, outcome: Outcome) -> NDArray[np.int64]:
    """Return 1 for what contact is meant to bring about, else 0, (n,).

    With outcome "churn" `observed` (n,) is 1 for a customer who left, and less is better: the response is to stay. With
    "response" `observed` is 1 for a customer who bought or came, and more is better. ValueError for other outcomes or
    values.
    """
    if outcome not in {"churn", "response"}:
        raise ValueError(f"outcome is {outcome!r}: expected 'churn' (less is better) or 'response' (more is better).")
    values = np.asarray(observed, dtype=np.float64)
    wrong = values[(values != 0) & (values != 1)]
    if len(wrong):
        raise ValueError(f"The observed outcome holds {float(wrong[0])!r}: expected 0 or 1.")
    return np.asarray(values == (1.0 if outcome == "response" else 0.0), dtype=np.int64)
