"""The axes that segments are cut on: which of them mean anything here, and their values."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from querencia.errors import InputError
from querencia.learn.encoding.encoders import Floats
from querencia.learn.problem import AXES
from querencia.learn.value.lifetime import ValueSource

MONEY = frozenset({"cltv", "monthly_value"})


def choose_axes(
    asked: tuple[str, ...] | Literal["components"],
    *,
    source: ValueSource,
    has_churn: bool,
    has_value: bool,
    components: int,
) -> tuple[str, ...]:
    """Return the axes of those `asked` for that mean anything: without a known value CLTV only repeats churn
    probability, and where CLTV is not known the monthly value stands for it. InputError for unknown axes.
    """
    if asked == "components":
        return tuple(f"component_{number}" for number in range(1, components + 1))
    unknown = [axis for axis in asked if axis not in AXES]
    if unknown or not asked:
        raise InputError(f"axes holds {unknown!r}: expected some of {AXES!r}, or 'components'.")
    chosen: list[str] = []
    for axis in asked:
        if axis == "engagement" or (axis == "churn_probability" and has_churn):
            chosen.append(axis)
        elif axis == "cltv" and source != "declared":
            chosen.append("cltv" if has_value else "monthly_value")
    # Every axis asked for may be unknown here, such as churn probability alone without an outcome.
    return tuple(chosen) or ("engagement",)


def axis_values(scored: pd.DataFrame, axes: tuple[str, ...]) -> Floats:
    """Return the values (n, a) of `axes` for the customers `scored`. Money counts by its magnitude: log(1 + value)."""
    return np.column_stack([_values(scored, axis) for axis in axes])


def _values(scored: pd.DataFrame, axis: str) -> Floats:
    values = scored[axis].to_numpy(dtype=np.float64)
    return np.sign(values) * np.log1p(np.abs(values)) if axis in MONEY else values
