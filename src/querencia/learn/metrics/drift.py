"""Drift: how far a table that is scored has moved from the one a model learned from.

The population stability index (PSI) of two distributions p (then) and q (now) over the same bins is
sum (q - p) ln(q / p): R. Anderson, "The Credit Scoring Toolkit", 2007; the sum of both Kullback-Leibler divergences
(H. Jeffreys, 1946). An empty bin would make it infinite, so each bin counts half a customer more, then and now. Below
0.1 is called stable and from 0.25 large, as is custom.

A numeric feature has ten bins between quantiles of the reference and one for missing values. A categorical one has its
levels (rare ones pooled), one bin for missing values and one for levels that the reference did not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from querencia.learn.encoding.encoders import split_types, to_floats
from querencia.learn.encoding.levels import read_levels
from querencia.learn.figures.drift import FeatureDrift
from querencia.learn.figures.interval import Interval
from querencia.learn.metrics.resampling import RESAMPLES, Counts, Floats, percentile_interval, resample_figure

BINS = 10
STABLE, LARGE = 0.1, 0.25
RARE = 0.01
NAMED = 20


@dataclass(frozen=True, kw_only=True)
class FeatureReference:
    """What is remembered of a feature to tell drift later.

    A numeric feature has `edges`, the inner bounds of its bins (each bin includes its upper bound), a categorical one
    its `levels` in order, of which those from `pooled` on share a bin. `counts` are customers per bin; the last is of
    missing values, and for categories the last but one, empty then, of new levels.
    """

    feature: str
    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()
    levels: tuple[str, ...] | None = None
    pooled: int = 0


def population_stability(then: ArrayLike, now: ArrayLike) -> float:
    """Return the PSI of two counts per bin (m,)."""
    return float(_psi(np.asarray(then, dtype=np.float64), np.asarray(now, dtype=np.float64)))


def bootstrap_stability(then: Counts, now: Counts, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the PSI of two counts per bin (m,) with its bootstrap 95 % interval; both tables are resampled.

    A PSI is never below 0, so that of two small samples of one population is above it: about (m - 1) (1 / n + 1 / n').
    """
    counts = np.asarray(then, dtype=np.int64), np.asarray(now, dtype=np.int64)
    drawn = [
        resample_figure(one, lambda block: block.astype(np.float64), seed=seed + number, resamples=resamples)
        for number, one in enumerate(counts)
    ]
    return percentile_interval(population_stability(*counts), _psi(*drawn))


def remember_scores(score: ArrayLike, *, name: str = "score") -> FeatureReference:
    """Return what to remember of scores or of one numeric column (n,), NaN where missing."""
    values = np.asarray(score, dtype=np.float64)
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.empty(0)
    counts = _count_numbers(values, edges)
    return FeatureReference(feature=name, counts=tuple(counts.tolist()), edges=tuple(edges.tolist()))


def remember_features(table: pd.DataFrame) -> tuple[FeatureReference, ...]:
    """Return what to remember of each column of `table` (n, p), in its order."""
    numeric = set(split_types(table)[0])
    return tuple(
        remember_scores(to_floats(table.iloc[:, [i]])[:, 0], name=str(table.columns[i]))
        if i in numeric
        else _remember_levels(table.iloc[:, i], str(table.columns[i]))
        for i in range(table.shape[1])
    )


def score_drift(reference: FeatureReference, score: ArrayLike) -> float:
    """Return the PSI of scores (n,) now against those remembered."""
    return population_stability(
        reference.counts, _count_numbers(np.asarray(score, dtype=np.float64), np.asarray(reference.edges))
    )


def measure_drift(references: tuple[FeatureReference, ...], table: pd.DataFrame) -> tuple[FeatureDrift, ...]:
    """Return the drift of each remembered feature that `table` has, the largest PSI first.

    A column that changed its type is read as the type remembered. New levels are named, at most twenty, by size.
    """
    found = [
        _number_drift(one, table[one.feature]) if one.levels is None else _level_drift(one, table[one.feature])
        for one in references
        if one.feature in table.columns
    ]
    return tuple(sorted(found, key=lambda drift: (-drift.psi, drift.feature)))


def drift_level(psi: float) -> str:
    """Return "stable", "moderate" or "large"."""
    if psi < STABLE:
        return "stable"
    return "large" if psi >= LARGE else "moderate"


def _psi(then: Floats, now: Floats) -> Floats:
    p, q = ((counts + 0.5) / (counts + 0.5).sum(axis=-1, keepdims=True) for counts in (then, now))
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))


def _count_numbers(values: Floats, edges: Floats) -> Counts:
    absent = ~np.isfinite(values)
    bins = np.searchsorted(edges, values[~absent], side="left")
    return np.append(np.bincount(bins, minlength=len(edges) + 1), absent.sum()).astype(np.int64)


def _count_levels(column: pd.Series) -> tuple[dict[str, int], int]:
    """Return customers per level and how many have none; values that read alike are one level."""
    codes, texts = read_levels(column, missing=None)
    counts: dict[str, int] = {}
    for text, count in zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)), strict=True):
        if count:
            counts[text] = counts.get(text, 0) + int(count)
    return counts, int((codes < 0).sum())


def _remember_levels(column: pd.Series, name: str) -> FeatureReference:
    counts, absent = _count_levels(column)
    common = sorted(text for text, count in counts.items() if count >= RARE * len(column))
    rare = sorted(set(counts) - set(common))
    bins = [*(counts[text] for text in common), sum(counts[text] for text in rare), 0, absent]
    return FeatureReference(feature=name, counts=tuple(bins), levels=(*common, *rare), pooled=len(common))


def _number_drift(reference: FeatureReference, column: pd.Series) -> FeatureDrift:
    values = pd.to_numeric(column, errors="coerce") if not pd.api.types.is_numeric_dtype(column) else column
    now = _count_numbers(to_floats(values.to_frame())[:, 0], np.asarray(reference.edges))
    return _drift(reference, now)


def _level_drift(reference: FeatureReference, column: pd.Series) -> FeatureDrift:
    levels = reference.levels or ()
    counts, absent = _count_levels(column)
    place = {text: min(number, reference.pooled) for number, text in enumerate(levels)}
    now = np.zeros(len(reference.counts), dtype=np.int64)
    for text, count in counts.items():
        now[place.get(text, len(now) - 2)] += count
    now[-1] = absent
    new = sorted((text for text in counts if text not in place), key=lambda text: (-counts[text], text))
    return _drift(reference, now, new=tuple(new[:NAMED]), new_share=int(now[-2]) / max(len(column), 1))


def _drift(
    reference: FeatureReference, now: Counts, *, new: tuple[str, ...] = (), new_share: float = 0.0
) -> FeatureDrift:
    psi = population_stability(reference.counts, now)
    return FeatureDrift(
        feature=reference.feature,
        psi=psi,
        level=drift_level(psi),
        missing_then=reference.counts[-1] / max(sum(reference.counts), 1),
        missing_now=int(now[-1]) / max(int(now.sum()), 1),
        new_levels=new,
        new_share=new_share,
    )
