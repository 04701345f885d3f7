"""The table a model learned from, in outline: how its features were spread, to hold later tables against."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.learn.encoding.encoders import Floats, split_types
from querencia.learn.encoding.levels import read_levels

PARTS = 10
RARE = 0.01  # levels of a smaller share are one part
MOST_LEVELS = 10_000


@dataclass(frozen=True, kw_only=True)
class FeatureReference:
    """How one feature was spread: `counts` per part, then of the rarer levels, of levels never seen, and of missing
    values.

    A number's parts are cut at `edges`, the deciles; text has its `levels`, the commonest first.
    """

    name: str
    counts: tuple[int, ...]
    edges: tuple[float, ...] | None = None
    levels: tuple[str, ...] | None = None
    rare_levels: tuple[str, ...] = ()

    @classmethod
    def of_numbers(cls, name: str, values: Floats) -> Self:
        """Return the reference of a feature with `values` (n,), NaN where missing."""
        known = values[~np.isnan(values)]
        edges = np.unique(np.quantile(known, np.arange(1, PARTS) / PARTS)) if len(known) else np.array([])
        reference = cls(name=name, edges=tuple(map(float, edges)), counts=())
        return cls(name=name, edges=reference.edges, counts=tuple(map(int, reference.count(pd.Series(values)))))

    @classmethod
    def of_text(cls, name: str, column: pd.Series[Any]) -> Self:
        """Return the reference of a feature of text, of which the 10,000 commonest levels are remembered."""
        found = count_levels(column)
        ranked = sorted(found, key=lambda level: (-found[level], level))[:MOST_LEVELS]
        common = sum(found[level] >= RARE * len(column) for level in ranked)
        reference = cls(name=name, levels=tuple(ranked[:common]), rare_levels=tuple(ranked[common:]), counts=())
        counts = tuple(map(int, reference.count(column)))
        return cls(name=name, levels=reference.levels, rare_levels=reference.rare_levels, counts=counts)

    @property
    def parts(self) -> int:
        """How many parts there are, without those of rare, new and missing values."""
        return len(self.levels) if self.levels is not None else len(self.edges or ()) + 1

    def count(self, column: pd.Series[Any]) -> NDArray[np.int64]:
        """Return the count (parts + 3,) of the values of `column` in each part, and of rare, new and missing ones."""
        if self.levels is None:
            values = column.to_numpy(dtype=np.float64, na_value=np.nan)
            part = np.searchsorted(np.array(self.edges or ()), values, side="left")
            part[np.isnan(values)] = self.parts + 2
            return np.bincount(part, minlength=self.parts + 3)
        codes, texts = read_levels(column, missing=None)
        place = {level: part for part, level in enumerate(self.levels)} | dict.fromkeys(self.rare_levels, self.parts)
        lookup = np.array([*(place.get(text, self.parts + 1) for text in texts), self.parts + 2], dtype=np.int64)
        return np.bincount(lookup[codes], minlength=self.parts + 3)

    def new_levels(self, column: pd.Series[Any]) -> Counter[str]:
        """Return the levels of `column` that were never seen, and how many rows hold each."""
        if self.levels is None:
            return Counter()
        known = {*self.levels, *self.rare_levels}
        return Counter({level: count for level, count in count_levels(column).items() if level not in known})


@dataclass(frozen=True, kw_only=True)
class DriftReference:
    """The features of the `rows` customers that a model learned from, and the churn probability that it gave them."""

    rows: int
    features: tuple[FeatureReference, ...]
    score: FeatureReference | None = None

    @classmethod
    def of(cls, features: pd.DataFrame, *, probability: Floats | None) -> Self:
        """Return the outline of `features` (n, p) and of `probability` (n,), None without an outcome."""
        numeric = set(split_types(features)[0])
        outlines = [
            FeatureReference.of_numbers(str(name), features.iloc[:, i].to_numpy(dtype=np.float64, na_value=np.nan))
            if i in numeric
            else FeatureReference.of_text(str(name), features.iloc[:, i])
            for i, name in enumerate(features.columns)
        ]
        score = None if probability is None else FeatureReference.of_numbers("churn_probability", probability)
        return cls(rows=len(features), features=tuple(outlines), score=score)


def count_levels(column: pd.Series[Any]) -> Counter[str]:
    """Return how many rows of `column` hold each level; missing values are none."""
    codes, texts = read_levels(column, missing=None)
    counts: Counter[str] = Counter()
    for text, count in zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)), strict=True):
        if count:
            counts[text] += int(count)
    return counts
