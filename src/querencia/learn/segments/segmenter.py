"""Segments: customers alike in engagement, value and risk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.segments import SegmentFigures, SegmentTrial
from querencia.learn.segments.cuts import compare_with_cuts
from querencia.learn.segments.stability import AS_STABLE, STABILITY_ROWS, Trial, try_segments
from querencia.learn.streams import RowSample, StreamedCovariance

Labels = NDArray[np.int64]
Batches = Callable[[], Iterable[tuple[Floats, Floats]]]
MOST_SEGMENTS = 8
LEAST_SHARE = 0.05
NULL_CLOUDS = 20
EXACT_ROWS = 200_000
SAMPLE_ROWS = 50_000
BATCH_ROWS = 100_000
MOST_PASSES = 20
STILL = 1e-3  # of a standard deviation: centres that move less have arrived


class CustomerSegmenter(ClusterMixin, BaseEstimator):
    """KMeans on standardised axes, the segments in order of value, and whether they are there at all.

    Axes that do not vary are dropped. Segments are numbered from 0, the highest mean value first. Stability is the mean
    adjusted Rand index between the segments of at most 1,000 customers and those that `n_bootstrap` refits, each on as
    many drawn with replacement, give to them: 1 where the data always tell the same segments, near 0 where chance does
    (after C. Hennig, "Cluster-wise assessment of cluster stability", 2007). Segments are distinct where they are more
    stable, and explain more, than those of `n_null` clouds without segments (`clouds.ShapelessCloud`).

    `n_segments` "auto" tries 2 to 8, leaves out those whose smallest segment holds less than 5 % of the customers and
    those that are not distinct, and takes the most segments whose stability is within 0.03 of the best of the others;
    one segment where none is left. A number given is kept, distinct or not.

    Above 200,000 rows, and in `fit_batches`, a random sample of 50,000 decides the number and where the centres start;
    the same algorithm then passes over all rows, batch by batch, until the centres rest (S. Lloyd, 1982; at most 20
    times). Unlike mini-batch k-means it depends neither on the order of the rows nor on where batches end.

    Parameters: `n_segments`; `n_init` starts of the final fit; `n_bootstrap`; `n_null`; `random_state`.

    Learned: `labels_` (n,), not after `fit_batches`; `n_segments_` (fewer than asked where there are fewer distinct
    customers), `stability_` (1 for one segment), `null_stability_` (95 % of the clouds'; None for one segment),
    `distinct_` (None where one segment was asked for), `tried_`, `cuts_` (see `figures.segments`), `method_` ("exact"
    or "streaming"), `axes_` (positions of the axes kept), `mean_` and `scale_` of the axes, `cluster_centers_` in
    standardised units.
    """

    def __init__(
        self,
        *,
        n_segments: int | Literal["auto"] = 4,
        n_init: int = 10,
        n_bootstrap: int = 20,
        n_null: int = NULL_CLOUDS,
        random_state: Any = None,
    ) -> None:
        self.n_segments = n_segments
        self.n_init = n_init
        self.n_bootstrap = n_bootstrap
        self.n_null = n_null
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None, *, value: ArrayLike | None = None) -> Self:
        """Learn segments from the axes `X` (n, a), ordered by `value` (n,), or by the first axis where None."""
        axes = validate_data(self, X, dtype=np.float64)
        worth = axes[:, 0] if value is None else np.asarray(value, dtype=np.float64)
        if len(axes) > EXACT_ROWS:
            self._fit_passes(lambda: _cut_batches(axes, worth))
        else:
            seed = self._seed()
            points = self._standardise_by(axes, axes.mean(axis=0), axes.std(axis=0))
            self.cluster_centers_ = self._cluster(points, seed)
            self.method_ = "exact"
            self._order(((points, worth),))
            self._compare(points)
        self.labels_ = self.predict(X)
        return self

    def fit_batches(self, batches: Batches) -> Self:
        """Learn segments from batches of axes (m, a), finite, and value (m,), which `batches()` yields anew each time.

        Memory is that of a batch and of the sample, whatever the number of customers.
        """
        self._fit_passes(lambda: self._check_batches(batches))
        return self

    def _check_batches(self, batches: Batches) -> Iterator[tuple[Floats, Floats]]:
        for number, (axes, worth) in enumerate(batches()):
            yield validate_data(self, axes, dtype=np.float64, reset=number == 0), np.asarray(worth, dtype=np.float64)

    def _fit_passes(self, batches: Batches) -> None:
        seed = self._seed()
        sample, moments = RowSample(SAMPLE_ROWS, seed=seed), None
        for axes, _ in batches():
            sample.add(pd.DataFrame(axes))
            moments = (moments or StreamedCovariance(axes.shape[1])).add(axes)
        drawn = sample.rows.to_numpy()
        assert moments is not None  # a stream with a sample has rows
        points = self._standardise_by(drawn, moments.mean, np.sqrt(np.diag(moments.scatter) / moments.rows))
        self.cluster_centers_ = self._cluster(points, seed)
        for _ in range(MOST_PASSES if len(self.cluster_centers_) > 1 else 0):
            if self._pass(batches) < STILL:
                break
        self.method_ = "streaming"
        self._order((self._standardise(axes), worth) for axes, worth in batches())
        self._compare(points)

    def _pass(self, batches: Batches) -> float:
        """Move each centre to the mean of its customers; return how far the one that moved most did."""
        number, width = self.cluster_centers_.shape
        counts, sums = np.zeros(number), np.zeros((number, width))
        for axes, _ in batches():
            points = self._standardise(axes)
            labels = self._nearest(points)
            counts += np.bincount(labels, minlength=number)
            sums += np.column_stack([np.bincount(labels, weights=axis, minlength=number) for axis in points.T])
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], self.cluster_centers_)
        moved = float(np.sqrt(((centres - self.cluster_centers_) ** 2).sum(axis=1)).max())
        self.cluster_centers_ = centres
        return moved

    def _seed(self) -> int:
        if self.n_segments != "auto" and (isinstance(self.n_segments, str) or self.n_segments < 1):
            raise ValueError(f"n_segments is {self.n_segments!r}: expected a number of 1 or more, or 'auto'.")
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _standardise_by(self, axes: Floats, mean: Floats, deviation: Floats) -> Floats:
        self.mean_ = mean
        self.axes_ = np.flatnonzero(deviation > 1e-9 * np.maximum(np.abs(mean), 1e-9))
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        return self._standardise(axes)

    def _standardise(self, axes: Floats) -> Floats:
        return np.asarray(((axes - self.mean_) / self.scale_)[:, self.axes_])

    def _cluster(self, points: Floats, seed: int) -> Floats:
        """Return the centres (k, a) of as many segments as were asked for, or as are there."""
        distinct = len(np.unique(np.round(points, 9), axis=0)) if len(self.axes_) else 1
        asked = range(2, MOST_SEGMENTS + 1) if self.n_segments == "auto" else (int(self.n_segments),)
        numbers = sorted({min(number, distinct) for number in asked} - {1})
        trials = try_segments(points, numbers, n_bootstrap=self.n_bootstrap, n_null=self.n_null, seed=seed)
        self.tried_ = tuple(map(_report, trials))
        chosen = self._choose()
        self.stability_ = 1.0 if chosen is None else chosen.stability
        self.null_stability_ = None if chosen is None else chosen.null_high
        self.distinct_ = (False if self.tried_ else None) if chosen is None else chosen.distinct
        if chosen is None:
            return np.asarray(points.mean(axis=0, keepdims=True))
        with threadpool_limits(1):
            model = KMeans(chosen.k, n_init=self.n_init, random_state=seed).fit(points)
        return np.asarray(model.cluster_centers_)

    def _choose(self) -> SegmentTrial | None:
        """Return the trial to go by, None for one segment."""
        if self.n_segments != "auto":
            return self.tried_[0] if self.tried_ else None
        usable = [trial for trial in self.tried_ if trial.distinct and trial.smallest_share >= LEAST_SHARE]
        best = max((trial.stability for trial in usable), default=0.0)
        return [trial for trial in usable if trial.stability >= best - AS_STABLE][-1] if usable else None

    def _order(self, parts: Iterable[tuple[Floats, Floats]]) -> None:
        """Put the segments in order of the mean value of their customers, the highest first."""
        self.n_segments_ = len(self.cluster_centers_)
        counts, sums = np.zeros(self.n_segments_), np.zeros(self.n_segments_)
        for points, worth in parts:
            labels = self._nearest(points)
            counts += np.bincount(labels, minlength=self.n_segments_)
            sums += np.bincount(labels, weights=worth, minlength=self.n_segments_)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), -np.inf)
        self.cluster_centers_ = self.cluster_centers_[np.argsort(-np.round(means, 9), kind="stable")]

    def _compare(self, points: Floats) -> None:
        self.cuts_ = compare_with_cuts(points, self._nearest(points), number=self.n_segments_)
        self.stability_rows_ = min(len(points), STABILITY_ROWS) if self.n_segments_ > 1 else None

    def _nearest(self, points: Floats) -> Labels:
        nearest = np.empty(len(points), dtype=np.int64)
        for start in range(0, len(points), BATCH_ROWS):
            part = points[start : start + BATCH_ROWS]
            distances = np.stack([((part - centre) ** 2).sum(axis=1) for centre in self.cluster_centers_])
            nearest[start : start + BATCH_ROWS] = np.argmin(distances, axis=0)
        return nearest

    def predict(self, X: Any) -> Labels:
        """Return the segment of each row, (n,): the nearest centre.

        Customers fitted on get `labels_`, and so they do from a copy with the same learned arrays.
        """
        check_is_fitted(self)
        return self._nearest(self._standardise(validate_data(self, X, dtype=np.float64, reset=False)))


def describe_segments(segmenter: CustomerSegmenter, axes: Sequence[str]) -> SegmentFigures:
    """Return the figures of a fitted segmenter whose columns are named `axes`."""
    return SegmentFigures(
        k=segmenter.n_segments_,
        stability=float(segmenter.stability_),
        axes=tuple(axes[int(position)] for position in segmenter.axes_),
        null_stability=segmenter.null_stability_,
        distinct=segmenter.distinct_,
        tried=segmenter.tried_,
        cuts=segmenter.cuts_,
        method=segmenter.method_,
        stability_rows=segmenter.stability_rows_,
    )


def _cut_batches(axes: Floats, worth: Floats) -> Iterator[tuple[Floats, Floats]]:
    for start in range(0, len(axes), BATCH_ROWS):
        yield axes[start : start + BATCH_ROWS], worth[start : start + BATCH_ROWS]


def _report(trial: Trial) -> SegmentTrial:
    low, high = np.quantile(trial.null_stability, [0.05, 0.95]) if len(trial.null_stability) else (None, None)
    return SegmentTrial(
        k=trial.k,
        stability=trial.stability,
        null_low=None if low is None else float(low),
        null_high=None if high is None else float(high),
        explained=trial.explained,
        null_explained=float(np.quantile(trial.null_explained, 0.95)) if len(trial.null_explained) else None,
        smallest_share=trial.smallest_share,
        distinct=trial.distinct,
    )
