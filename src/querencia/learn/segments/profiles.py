"""Profiles: how large each segment is, what it is worth, and what sets it apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from querencia.learn.encoding.encoders import Floats, NumericEncoder, to_floats
from querencia.learn.figures.segments import SegmentProfile, Trait

TRAITS = 3
LEAST_DIFFERENCE = 0.2  # a "small" effect: J. Cohen, "Statistical Power Analysis", 1988, section 2.2
SAME_FACT = 0.9  # correlation from which two features tell one fact


def profile_segments(
    customers: pd.DataFrame,
    features: pd.DataFrame,
    *,
    encoder: NumericEncoder,
    name_segment: Callable[[int, int], str],
    segments: int | None = None,
) -> tuple[SegmentProfile, ...]:
    """Return the profile of each segment, in order.

    `customers` (n rows) holds `segment` (0-based), `engagement`, `churn_probability` and `cltv`, as the files show
    them; `features` (n, p) the same rows' features and `encoder` one fitted on them. `name_segment` is asked for the
    name of segment i of k; `segments` is k, where it may be more than these customers show.
    """
    labels = customers["segment"].to_numpy(dtype=np.int64)
    number = int(labels.max()) + 1 if segments is None else segments
    encoded = encoder.transform(features)
    profiles = []
    for segment in range(number):
        rows = labels == segment
        means = {name: _mean(customers.loc[rows, name]) for name in ("engagement", "churn_probability", "cltv")}
        profiles.append(
            SegmentProfile(
                segment=segment,
                segment_name=name_segment(segment, number),
                customers=int(rows.sum()),
                share=int(rows.sum()) / len(labels),
                traits=find_traits(features, encoded, rows=rows, encoder=encoder) if rows.any() else (),
                **means,
            )
        )
    return tuple(profiles)


def _mean(values: pd.Series[float]) -> float | None:
    known = values.dropna().to_numpy(dtype=np.float64)
    return float(known.mean()) if len(known) else None


def find_traits(
    features: pd.DataFrame,
    encoded: Floats,
    *,
    rows: np.ndarray[tuple[int], np.dtype[np.bool_]],
    encoder: NumericEncoder,
) -> tuple[Trait, ...]:
    """Return the up to 3 features in which `rows` (n,) differ most from all customers, the largest difference first.

    The difference is that of the means, in standard deviations of all customers, on the encoded features, where
    outliers are clipped; the means shown are the plain ones over known values, a level's its share. Differences under
    0.2 set nothing apart. A column speaks once, and so do columns that correlate at 0.9 or more.
    """
    deviation = encoded.std(axis=0)
    varying = deviation > 1e-9
    gap = encoded[rows].mean(axis=0) - encoded.mean(axis=0)
    difference = np.where(varying, gap / np.where(varying, deviation, 1.0), 0.0)
    flags = range(len(encoder.numeric_), len(encoder.numeric_) + len(encoder.flagged_))
    difference[list(flags)] = 0.0  # that a value is missing is no trait a manager knows a customer by
    chosen: list[int] = []
    for column in np.argsort(-np.round(np.abs(difference), 9), kind="stable"):
        if len(chosen) == TRAITS or abs(difference[column]) < LEAST_DIFFERENCE:
            break
        if all(_tells_more(encoded, int(column), other, encoder.source_) for other in chosen):
            chosen.append(int(column))
    return tuple(_trait(features, encoded, column, rows, encoder, float(difference[column])) for column in chosen)


def _tells_more(encoded: Floats, column: int, other: int, source: Sequence[int]) -> bool:
    if source[column] == source[other]:
        return False
    return bool(abs(np.corrcoef(encoded[:, column], encoded[:, other])[0, 1]) < SAME_FACT)


def _trait(
    features: pd.DataFrame,
    encoded: Floats,
    column: int,
    rows: np.ndarray[tuple[int], np.dtype[np.bool_]],
    encoder: NumericEncoder,
    difference: float,
) -> Trait:
    values = encoded[:, column]
    if column < len(encoder.numeric_):
        values = to_floats(features.iloc[:, [encoder.numeric_[column]]])[:, 0]
    inside = values[rows]
    inside = inside[~np.isnan(inside)]
    name, level = str(encoder.names_[column]), None
    if column >= len(encoder.numeric_) + len(encoder.flagged_):
        level = name.removeprefix(f"{features.columns[encoder.source_[column]]}_")
    return Trait(
        feature=name,
        level=level,
        mean=float(inside.mean()) if len(inside) else None,
        overall=float(np.nanmean(values)),
        difference=difference,
    )
