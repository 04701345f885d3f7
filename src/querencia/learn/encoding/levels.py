"""The levels of a categorical column: which are common enough to stand alone, and where the rest go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The levels kept of one column, in alphabetical order, each with a code 0, 1, 2 …

    Rarer levels share the code after the last kept one where training had any (`has_other`), and so do levels that
    training never saw. A missing value is a level of its own, named `missing`, or, where `missing` is None, no level.
    """

    kept: tuple[str, ...]
    has_other: bool
    missing: str | None

    @classmethod
    def count(cls, column: pd.Series[Any], *, min_frequency: float, missing: str | None) -> Self:
        """Keep the levels of `column` (n values) that at least `min_frequency` of its values have."""
        codes, texts = read_levels(column, missing=missing)
        counts: Counter[str] = Counter()
        for text, count in zip(texts, np.bincount(codes[codes >= 0], minlength=len(texts)), strict=True):
            counts[text] += int(count)
        enough = min_frequency * len(column)
        kept = sorted(text for text, count in counts.items() if count >= enough and count)
        return cls(kept=tuple(kept), has_other=any(0 < count < enough for count in counts.values()), missing=missing)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each code."""
        return (*self.kept, "(other)") if self.has_other else self.kept

    def encode(self, column: pd.Series[Any]) -> Codes:
        """Return the code of each value; -1 where there is none (missing or unseen, and no level to stand for it)."""
        codes, texts = read_levels(column, missing=self.missing)
        position = {text: code for code, text in enumerate(self.kept)}
        fallback = len(self.kept) if self.has_other else -1
        # The extra entry at the end answers for code -1.
        lookup = np.array([*(position.get(text, fallback) for text in texts), -1], dtype=np.int64)
        return lookup[codes]


def read_levels(column: pd.Series[Any], *, missing: str | None) -> tuple[Codes, list[str]]:
    """Return a code per value of `column` and the text of each code; missing values are `missing`, or -1 for None."""
    codes, levels = pd.factorize(column)
    texts = [str(level) for level in levels]
    if missing is None:
        return codes.astype(np.int64), texts
    return np.where(codes < 0, len(texts), codes), [*texts, missing]
