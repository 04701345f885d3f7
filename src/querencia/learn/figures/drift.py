"""How a table that is scored differs from the one its model learned from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class FeatureDrift:
    """A feature then and now: population stability index, share of missing values, and levels never seen before.

    `level` is "stable" (PSI below 0.1), "moderate" or "large" (0.25 or more).
    """

    feature: str
    psi: float
    level: str
    missing_then: float
    missing_now: float
    new_levels: tuple[str, ...] = ()
    new_share: float = 0.0


@dataclass(frozen=True, kw_only=True)
class DriftFigures:
    """A table scored with a saved model, beside the table the model learned from.

    Features are in order of their PSI, largest first. `score_psi` is that of the churn probability, None without one.
    `extra_columns` are new and not used, `changed_types` are columns that hold another type now. (A table that lacks a
    column is not scored.)
    """

    model: str
    rows_then: int
    rows_now: int
    features: tuple[FeatureDrift, ...]
    score_psi: float | None = None
    extra_columns: tuple[str, ...] = ()
    changed_types: tuple[str, ...] = ()
