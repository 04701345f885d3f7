"""The figures of segments, and the profiles of ``segments.csv``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SegmentTrial:
    """A number of segments that was tried: its stability, and its smallest share of the customers.

    `null_low` and `null_high` bound the middle 90 % of that stability on clouds without segments, and `null_explained`
    is the 95 % quantile of the share of variance `explained` there. `distinct` as in `SegmentFigures`. Bounds
    and `distinct` are None where nothing hangs on them: segments that explain too little, or less stable than others.
    """

    k: int
    stability: float
    null_low: float | None
    null_high: float | None
    smallest_share: float
    explained: float = 0.0
    null_explained: float | None = None
    distinct: bool | None = False


@dataclass(frozen=True, kw_only=True)
class CutComparison:
    """Segments beside plain quantile cuts of one axis into as many parts.

    The axis is the one whose cuts explain most, `axis` its position in `SegmentFigures.axes`. `agreement` is the
    adjusted Rand index of the two; `explained` and `explained_by_cuts` the share of the axes' variance that each
    explains; `adds` whether segments tell enough more to be worth having: a tenth of the variance.
    """

    agreement: float
    explained: float
    explained_by_cuts: float
    adds: bool
    axis: int = 0


@dataclass(frozen=True, kw_only=True)
class SegmentFigures:
    """`stability` is the mean adjusted Rand index over bootstrap refits (1: always the same segments).

    It is measured on `stability_rows` customers. `null_stability` is the 95 % quantile of that figure on clouds of as
    many without segments, of the same axes' spread and correlation. `distinct` tells whether the segments are there:
    more stable than that, and explaining more of the axes' variance than cuts of such a cloud would. It is None where
    one segment was asked for, and False for the one that "auto" makes where it finds no others. `method`: "exact" or
    "streaming", the same k-means in passes over batches.
    """

    k: int
    stability: float
    axes: tuple[str, ...]
    null_stability: float | None = None
    distinct: bool | None = None
    tried: tuple[SegmentTrial, ...] = ()
    cuts: CutComparison | None = None
    method: str = "exact"
    stability_rows: int | None = None


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
