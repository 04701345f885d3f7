"""What was learned, as plain facts: the shape of ``model.json``, and the profiles of ``segments.csv``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with its bootstrap 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What predicting the base rate for everybody gets."""

    auc: float
    average_precision: float
    brier: float
    brier_skill: float


@dataclass(frozen=True, kw_only=True)
class CalibrationBin:
    """Customers whose out-of-fold probability falls in one tenth: mean predicted, share that left, how many."""

    predicted: float
    observed: float
    customers: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One model that was tried, with its out-of-fold figures."""

    model: str
    log_loss: float
    auc: float
    brier: float


@dataclass(frozen=True, kw_only=True)
class ChurnFigures:
    """The churn model. Every figure is out of fold; `protocol` says in one English sentence how it was obtained.

    The last fields say the same as facts, for whoever words it in another language: `strata` are what the folds are
    balanced by ("outcome", "contact"), `calibration_method` is "sigmoid", "isotonic" or "none".
    """

    rows: int
    churners: int
    model: str
    protocol: str
    auc: Interval
    average_precision: Interval
    brier: Interval
    brier_skill: Interval
    baseline: Baseline
    candidates: tuple[Candidate, ...]
    calibration: tuple[CalibrationBin, ...]
    leaks: tuple[str, ...]
    folds: int | None = None
    strata: tuple[str, ...] = ()
    calibration_method: str = ""
    resamples: int | None = None
    seed: int | None = None


@dataclass(frozen=True, kw_only=True)
class PcaFigures:
    """`explained_variance` is the share of variance of each component, largest first."""

    components: int
    explained_variance: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class EngagementFigures:
    """How engagement was made: component weights, scale, and what oriented the components."""

    weights: tuple[float, ...]
    scale: str
    orientation: str


@dataclass(frozen=True, kw_only=True)
class RiskFigures:
    """The two thresholds on churn probability, and the base rate that they were derived from."""

    thresholds: tuple[float, float]
    base_rate: float


@dataclass(frozen=True, kw_only=True)
class SegmentFigures:
    """`stability` is the mean adjusted Rand index over bootstrap refits (1: always the same segments)."""

    k: int
    stability: float
    axes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ValueFigures:
    """The assumption behind CLTV, in English words, and the numbers it rests on.

    `filled` counts the customers without a monthly value of their own, who have the median of the others.
    """

    assumption: str
    source: str
    monthly: float | None
    annual_discount: float
    outcome_months: float | None
    filled: int = 0


@dataclass(frozen=True, kw_only=True)
class ModelFigures:
    """Everything in ``model.json``; None where it could not be learned."""

    churn: ChurnFigures | None
    pca: PcaFigures | None
    engagement: EngagementFigures | None
    risk: RiskFigures | None
    segments: SegmentFigures | None
    value: ValueFigures | None


@dataclass(frozen=True, kw_only=True)
class Trait:
    """A feature that sets a segment apart: its mean there (None where nobody there has one) and overall, and the
    difference in standard deviations. A feature that is one `level` of a column is named ``COLUMN_level``."""

    feature: str
    mean: float | None
    overall: float
    difference: float
    level: str | None = None


@dataclass(frozen=True, kw_only=True)
class SegmentProfile:
    """One row of ``segments.csv``, with the traits that set the segment apart. Means are None where unknown."""

    segment: int
    segment_name: str
    customers: int
    share: float
    engagement: float | None
    churn_probability: float | None
    cltv: float | None
    traits: tuple[Trait, ...] = ()
