"""What a table leaves behind when it passes by batch after batch: a sample of its rows, and its covariance.

Neither depends on where one batch ends and the next begins, but for the last bits of a sum.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.learn.encoding.encoders import Floats


class RowSample:
    """Up to `size` rows of a stream, each as likely as any other, in the stream's order; all rows of a short one.

    Each row draws a number, and the rows with the smallest ones stay: bottom-k sampling (E. Cohen and H. Kaplan, 2007).
    """

    def __init__(self, size: int, *, seed: int) -> None:
        self._size, self._random = size, np.random.default_rng(seed)
        self._drawn: Floats = np.empty(0)
        self._rows: pd.DataFrame | None = None

    def add(self, rows: pd.DataFrame) -> Self:
        """Let the next `rows` pass by."""
        if not len(rows):
            return self
        drawn = np.concatenate([self._drawn, self._random.random(len(rows))])
        # Rows of the batch that cannot stay are left out before anything is copied.
        keep = np.sort(np.argsort(drawn, kind="stable")[: self._size])
        old = len(self._drawn)
        fresh = rows.iloc[keep[keep >= old] - old]
        self._rows = fresh if self._rows is None else pd.concat([self._rows.iloc[keep[keep < old]], fresh])
        self._drawn = drawn[keep]
        return self

    @property
    def rows(self) -> pd.DataFrame:
        """The rows that stayed. ValueError where none passed."""
        if self._rows is None:
            raise ValueError("Found a stream with 0 sample(s): expected at least one batch with rows.")
        return self._rows


class StreamedCovariance:
    """The mean and covariance of all rows seen, exact to rounding: T. Chan, G. Golub and R. LeVeque, 1983.

    `rows` counts them, `mean` is (q,), `scatter` (q, q) the sum of products of deviations from the mean.
    """

    def __init__(self, width: int) -> None:
        self.rows = 0
        self.mean: Floats = np.zeros(width)
        self.scatter: NDArray[np.float64] = np.zeros((width, width))

    def add(self, values: Floats) -> Self:
        """Add the rows of `values` (m, q)."""
        if not len(values):
            return self
        mean = values.mean(axis=0)
        centred = values - mean
        shift, total = mean - self.mean, self.rows + len(values)
        self.scatter = self.scatter + centred.T @ centred + np.outer(shift, shift) * (self.rows * len(values) / total)
        self.mean = self.mean + shift * (len(values) / total)
        self.rows = total
        return self
