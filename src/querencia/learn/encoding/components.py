"""Principal components of any mixed table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats, NumericEncoder, read_features
from querencia.learn.figures.features import ComponentLoadings, Loading, PcaFigures
from querencia.learn.streams import RowSample, StreamedCovariance

WIDEST_COVARIANCE = 2000
SAMPLE_ROWS = 100_000
SHOWN_COMPONENTS, SHOWN_LOADINGS = 4, 6


class PrincipalComponents(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """PCA of the encoded features (see `NumericEncoder`), each component scaled to a standard deviation of 1.

    There are at most `n_components`, and none that varies less than rounding does. Signs are fixed: the largest loading
    of each component is positive (the first of equals). Encoded missing flags and levels take part. Categories are
    one-hot with rare levels pooled, never replaced by the mean outcome of their level: components would then know the
    outcome, and with them engagement.

    A table too large to hold goes through `fit_batches` or `partial_fit`. Both sum up the covariance itself, exactly,
    which for up to 2,000 encoded columns is smaller than what an approximate incremental PCA keeps.

    Parameters: `n_components`; `random_state`, which tables of more than 2,000 encoded columns use, and the sample of
    `fit_batches`.

    Learned: `encoder_`, `components_` (m, q) of unit length, `explained_variance_ratio_` (m,) of the encoded table's
    whole variance, `n_components_` = m, `mean_` (q,), `deviation_` (m,), `method_` ("exact" or "incremental").
    """

    _seen: StreamedCovariance | None

    def __init__(self, *, n_components: int = 50, random_state: Any = None) -> None:
        self.n_components = n_components
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the components of `X` (n, p). ValueError for fewer than 2 rows."""
        frame = read_features(self, X, reset=True)
        if len(frame) < 2:
            raise ValueError(f"Found a table with {len(frame)} sample(s): n_samples = 1 has no variance.")
        self.encoder_ = NumericEncoder().fit(frame)
        encoded = self.encoder_.transform(frame)
        asked = self._count_components(len(frame), encoded.shape[1])
        solver = "covariance_eigh" if encoded.shape[1] <= WIDEST_COVARIANCE else "auto"
        # A table that does not vary at all has shares of variance 0 / 0; they become 0 below.
        with threadpool_limits(1), np.errstate(divide="ignore", invalid="ignore"):
            pca = PCA(asked, svd_solver=solver, random_state=self.random_state).fit(encoded)
        self.mean_ = pca.mean_
        self._settle(pca.components_, pca.explained_variance_, shares=pca.explained_variance_ratio_)
        self.method_ = "exact"
        self._seen = None
        return self

    def fit_batches(self, batches: Callable[[], Iterable[pd.DataFrame]]) -> Self:
        """Learn the components of all rows that `batches()` yields; it is asked twice.

        The encoder (medians, bounds, scales, levels) is learned from a random sample of 100,000 rows, or from all where
        there are no more: then everything is as `fit` would have it, to rounding. ValueError for fewer than 2 rows, or
        more than 2,000 encoded columns.
        """
        sample = RowSample(SAMPLE_ROWS, seed=int(check_random_state(self.random_state).randint(2**31 - 1)))
        for frame in batches():
            sample.add(frame)
        encoder = NumericEncoder().fit(read_features(self, sample.rows, reset=True))
        self._begin(encoder)
        for frame in batches():
            if len(frame):
                self._add(read_features(self, frame, reset=False))
        return self._finish()

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Take the rows of `X` (n, p) in as well; the first batch teaches the encoder, so let it be a large one."""
        fresh = getattr(self, "_seen", None) is None
        frame = read_features(self, X, reset=fresh)
        if fresh:
            self._begin(NumericEncoder().fit(frame))
        self._add(frame)
        return self._finish()

    def _begin(self, encoder: NumericEncoder) -> None:
        width = len(encoder.names_)
        if width > WIDEST_COVARIANCE:
            raise ValueError(
                f"X has {width} encoded columns: expected up to {WIDEST_COVARIANCE} where they come in batches. Leave "
                "out categorical columns with many levels, or fit on a sample."
            )
        self.encoder_ = encoder
        self._seen = StreamedCovariance(width)

    def _add(self, frame: pd.DataFrame) -> None:
        assert self._seen is not None
        with threadpool_limits(1):
            self._seen.add(self.encoder_.transform(frame))

    def _finish(self) -> Self:
        seen = self._seen
        assert seen is not None
        if seen.rows < 2:
            raise ValueError(f"Found a table with {seen.rows} sample(s): n_samples = 1 has no variance.")
        with threadpool_limits(1):
            values, vectors = np.linalg.eigh(seen.scatter / (seen.rows - 1))
        variance = np.maximum(values[::-1], 0.0)
        asked = self._count_components(seen.rows, len(variance))
        self.mean_ = seen.mean
        total = float(variance.sum())
        shares = variance[:asked] / total if total > 0 else np.zeros(asked)
        self._settle(vectors.T[::-1][:asked], variance[:asked], shares=shares)
        self.method_ = "incremental"
        return self

    def _count_components(self, rows: int, width: int) -> int:
        return max(1, min(self.n_components, rows - 1, width))

    def _settle(self, loadings: Floats, variance: Floats, *, shares: Floats) -> None:
        """Keep the components that vary, and turn each by its largest loading."""
        variance = np.maximum(variance, 0.0)
        kept = max(1, int((variance > 1e-10 * max(float(variance[0]), 1e-10)).sum()))
        self.n_components_ = self._n_features_out = kept
        self.explained_variance_ratio_ = np.nan_to_num(shares[:kept])
        self.deviation_ = np.sqrt(variance[:kept])
        largest = np.argmax(np.round(np.abs(loadings[:kept]), 8), axis=1)
        turned = np.where(loadings[np.arange(kept), largest] < 0, -1.0, 1.0)
        self.components_ = loadings[:kept] * turned[:, None]

    def transform(self, X: Any) -> Floats:
        """Return the (n, m) components; those of a table that did not vary are 0."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        return self.combine(self.encoder_.transform(frame))

    def combine(self, encoded: Floats) -> Floats:
        """Return the (n, m) components of rows that `encoder_` has encoded already, (n, q)."""
        still = self.deviation_ <= 1e-9
        with threadpool_limits(1):
            raw = (encoded - self.mean_) @ self.components_.T
        return np.asarray(np.where(still, 0.0, raw / np.where(still, 1.0, self.deviation_)), dtype=np.float64)

    def __sklearn_tags__(self) -> Any:
        """Missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


def describe_components(learned: PrincipalComponents) -> PcaFigures:
    """Return how much each component explains, and the features that weigh most in the first four."""
    return PcaFigures(
        components=learned.n_components_,
        explained_variance=tuple(map(float, learned.explained_variance_ratio_)),
        loadings=tuple(
            ComponentLoadings(component=number + 1, loadings=_largest(learned, row))
            for number, row in enumerate(learned.components_[:SHOWN_COMPONENTS])
        ),
        method=learned.method_,
    )


def _largest(learned: PrincipalComponents, row: Floats) -> tuple[Loading, ...]:
    order = np.argsort(-np.round(np.abs(row), 8), kind="stable")[:SHOWN_LOADINGS]
    named = [(str(learned.encoder_.names_[column]), float(row[column])) for column in order]
    return tuple(Loading(feature=name, loading=loading) for name, loading in named if abs(loading) > 1e-8)
