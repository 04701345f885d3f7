"""The figures of segments, and the profiles of ``segments.csv``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SegmentTrial:
    """A number of segments that was tried: its stability, that of a cloud without segments, its smallest share."""

    k: int
    stability: float
    null_low: float
    null_high: float
    smallest_share: float


@dataclass(frozen=True, kw_only=True)
class CutComparison:
    """Segments beside plain quantile cuts of the first axis into as many parts.

    `agreement` is the adjusted Rand index of the two; `explained` and `explained_by_cuts` the share of the axes'
    variance that each explains; `adds` whether segments tell enough more to be worth having.
    """

    agreement: float
    explained: float
    explained_by_cuts: float
    adds: bool


@dataclass(frozen=True, kw_only=True)
class SegmentFigures:
    """`stability` is the mean adjusted Rand index over bootstrap refits (1: always the same segments).

    `null_stability` is the 95 % quantile of that figure on clouds without segments, of the same axes' spread and
    correlation; `distinct` tells whether the segments are more stable than that. `method`: "exact" or "mini_batch".
    """

    k: int
    stability: float
    axes: tuple[str, ...]
    null_stability: float | None = None
    distinct: bool | None = None
    tried: tuple[SegmentTrial, ...] = ()
    cuts: CutComparison | None = None
    method: str = "exact"


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
