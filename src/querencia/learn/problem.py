"""What is to be learned, how, and what came of it: the facts that go into scoring and come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from querencia.language.notes import Note
from querencia.learn.engagement import WEIGHTS
from querencia.learn.figures.model import ModelFigures
from querencia.learn.figures.segments import SegmentProfile
from querencia.learn.value.lifetime import ValueSource

SegmentNames = Sequence[str] | Callable[[int, int], str]
AXES = ("engagement", "cltv", "churn_probability")


@dataclass(frozen=True, kw_only=True)
class ScoringProblem:
    """Customers to score, and customers to learn from. The order of rows does not matter.

    `scoring` has each customer once: the index is the customer id, the columns are the features, float64 or text
    (string, object, category). `training` has the same columns for the customers whose `outcome` (1 left, 0 stayed;
    aligned by position) is known, each once: for an outcome that stands in a table the labelled rows of `scoring`, for
    one made from behaviour the same customers at an earlier date. Both are None where no outcome is known.
    `treatment` (aligned by position, NaN where unknown) balances the folds and is never a feature.

    `activity_columns` are features that grow with engagement. `monthly_value` is indexed by customer id, NaN where
    unknown. `protocol_note` says where the outcome comes from, as a clause.
    """

    scoring: pd.DataFrame
    training: pd.DataFrame | None = None
    outcome: pd.Series | None = None
    treatment: pd.Series | None = None
    activity_columns: tuple[str, ...] = ()
    monthly_value: pd.Series | None = None
    value_source: ValueSource = "declared"
    protocol_note: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoringOptions:
    """How to score; the keys of the project file say what each one means.

    `segment_names` are names, the best segment's first, or a function of the segment's number and of how many there
    are. `repeats` of the folds, "auto" as `ChurnClassifier` says. `n_jobs` fits at a time, -1 for one per core: the
    results do not depend on it.
    """

    components: int = 50
    clusters: int | Literal["auto"] = 4
    axes: tuple[str, ...] | Literal["components"] = AXES
    weights: tuple[float, ...] = WEIGHTS
    scale: Literal["percentile", "minmax"] = "percentile"
    thresholds: tuple[float, float] | Literal["auto"] = "auto"
    monthly: float = 83.33
    annual_discount: float = 0.10
    outcome_months: float = 2.0
    seed: int = 42
    folds: int = 5
    repeats: int | Literal["auto"] = "auto"
    segment_names: SegmentNames | None = None
    n_jobs: int = -1


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What came of it.

    `customers` is ordered by customer id: `customer_id`, `engagement` (2 decimals), `churn_probability` (4), `cltv`
    (2), `segment` (0-based, best value first), `segment_name`, `risk_group` (1, 2, 3). Without an outcome
    `churn_probability`, `cltv` and `risk_group` are NaN or NA throughout.
    """

    customers: pd.DataFrame
    model: ModelFigures
    profiles: tuple[SegmentProfile, ...]
    notes: tuple[Note, ...]
