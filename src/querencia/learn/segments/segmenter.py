"""Segments: customers alike in engagement, value and risk."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats

Labels = NDArray[np.int64]
MOST_SEGMENTS = 8
AS_STABLE = 0.05
LEAST_SHARE = 0.05
REFIT_STARTS = 3


class CustomerSegmenter(ClusterMixin, BaseEstimator):
    """KMeans on standardised axes, the segments in order of value, and how stable they are.

    Axes that do not vary are dropped. Segments are numbered from 0, the highest mean value first. Stability is the mean
    adjusted Rand index between the segments and those that `n_bootstrap` refits, each on as many customers drawn with
    replacement, give to all customers: 1 where the data always tell the same segments, near 0 where chance does. After
    C. Hennig, "Cluster-wise assessment of cluster stability", 2007.

    `n_segments` "auto" leaves out the numbers, of 2 to 8, whose smallest segment holds less than 5 % of the customers
    (unless all do), and takes the most segments whose stability is within 0.05 of the best of the others.

    Parameters: `n_segments`; `n_init` starts of the final fit; `n_bootstrap`; `random_state`.

    Learned: `labels_` (n,), `n_segments_` (fewer than asked where there are fewer distinct customers), `stability_`
    (1 for one segment), `axes_` (positions of the axes kept), `cluster_centers_` in standardised units.
    """

    def __init__(
        self,
        *,
        n_segments: int | Literal["auto"] = 4,
        n_init: int = 10,
        n_bootstrap: int = 20,
        random_state: Any = None,
    ) -> None:
        self.n_segments = n_segments
        self.n_init = n_init
        self.n_bootstrap = n_bootstrap
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, value: ArrayLike | None = None) -> Self:
        """Learn segments from the axes `X` (n, a), ordered by `value` (n,), or by the first axis where None."""
        if self.n_segments != "auto" and (isinstance(self.n_segments, str) or self.n_segments < 1):
            raise ValueError(f"n_segments is {self.n_segments!r}: expected a number of 1 or more, or 'auto'.")
        axes = validate_data(self, X, dtype=np.float64)
        worth = axes[:, 0] if value is None else np.asarray(value, dtype=np.float64)
        self.mean_, deviation = axes.mean(axis=0), axes.std(axis=0)
        self.axes_ = np.flatnonzero(deviation > 1e-9 * np.maximum(np.abs(self.mean_), 1e-9))
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        points = self._standardise(axes)
        distinct = len(np.unique(np.round(points, 9), axis=0)) if len(self.axes_) else 1
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        with threadpool_limits(1):
            labels, self.cluster_centers_, self.stability_ = self._choose(points, distinct, seed)
        self.n_segments_ = len(self.cluster_centers_)
        means = pd.Series(worth).groupby(labels).mean()
        self._order = np.lexsort((np.arange(self.n_segments_), -np.round(means.to_numpy(), 9)))
        self.cluster_centers_ = self.cluster_centers_[self._order]
        self.labels_ = np.argsort(self._order)[labels].astype(np.int64)
        return self

    def _standardise(self, axes: Floats) -> Floats:
        return np.asarray(((axes - self.mean_) / self.scale_)[:, self.axes_])

    def _choose(self, points: Floats, distinct: int, seed: int) -> tuple[Labels, Floats, float]:
        if self.n_segments != "auto":
            return self._cluster(points, min(self.n_segments, distinct), seed)
        numbers = range(min(2, distinct), min(MOST_SEGMENTS, distinct) + 1)
        tried = [self._cluster(points, number, seed) for number in numbers]
        large = [one for one in tried if np.bincount(one[0]).min() >= LEAST_SHARE * len(points)] or tried
        best = max(stability for _, _, stability in large)
        return [one for one in large if one[2] >= best - AS_STABLE][-1]

    def _cluster(self, points: Floats, number: int, seed: int) -> tuple[Labels, Floats, float]:
        """Return the segment of each customer, the centres, and the stability of `number` segments."""
        if number == 1:
            return np.zeros(len(points), dtype=np.int64), points.mean(axis=0, keepdims=True), 1.0
        labels = KMeans(number, n_init=self.n_init, random_state=seed).fit(points)
        random = np.random.default_rng(seed)
        agreements = []
        for _ in range(self.n_bootstrap):
            drawn = points[random.integers(len(points), size=len(points))]
            if len(np.unique(drawn, axis=0)) < number:
                continue  # too few distinct customers drawn to make so many segments
            again = KMeans(number, n_init=REFIT_STARTS, random_state=int(random.integers(2**31 - 1))).fit(drawn)
            agreements.append(adjusted_rand_score(labels.labels_, again.predict(points)))
        stability = float(np.mean(agreements)) if agreements else 0.0
        return labels.labels_.astype(np.int64), labels.cluster_centers_, stability

    def predict(self, X: Any) -> Labels:
        """Return the segment of each row, (n,): the nearest centre."""
        check_is_fitted(self)
        points = self._standardise(validate_data(self, X, dtype=np.float64, reset=False))
        distances = ((points[:, None, :] - self.cluster_centers_[None]) ** 2).sum(axis=2)
        return np.asarray(np.argmin(distances, axis=1))
