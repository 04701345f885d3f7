"""The outcome that a classifier learns: two classes, of which the second is the one that matters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import assert_all_finite, check_consistent_length, column_or_1d

from querencia.errors import OutcomeError


def read_outcome(y: Any, *, rows: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the two classes, in order, and 1.0 per row of the second, 0.0 of the first.

    OutcomeError for one class only; ValueError for more than two, for continuous or missing values, or a wrong length.
    """
    values = column_or_1d(y, warn=True)
    assert_all_finite(values, input_name="y")
    check_consistent_length(values, np.empty(rows))
    kind = type_of_target(values, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
    classes, positions = np.unique(values, return_inverse=True)
    if len(classes) < 2:
        raise OutcomeError(
            f"The outcome has one class only, {classes[0]!r}, in all {rows} rows: churn is learned from customers who "
            "left and customers who stayed. Check the outcome column, or the span it is observed over."
        )
    return classes, positions.astype(np.float64)
