"""Principal components of any mixed table."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from querencia.learn.encoding.encoders import Floats, NumericEncoder, read_features

WIDEST_COVARIANCE = 2000


class PrincipalComponents(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """PCA of the encoded features (see `NumericEncoder`), each component scaled to a standard deviation of 1.

    There are at most `n_components`, and none that varies less than rounding does. Signs are fixed: the largest loading
    of each component is positive (the first of equals). Encoded missing flags and levels take part.

    Parameters: `n_components`; `random_state`, which only tables of more than 2,000 encoded columns use.

    Learned: `encoder_`, `components_` (m, q) of unit length, `explained_variance_ratio_` (m,) of the encoded table's
    whole variance, `n_components_` = m, `mean_` (q,), `deviation_` (m,).
    """

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
        asked = max(1, min(self.n_components, len(frame) - 1, encoded.shape[1]))
        solver = "covariance_eigh" if encoded.shape[1] <= WIDEST_COVARIANCE else "auto"
        # A table that does not vary at all has shares of variance 0 / 0; they become 0 below.
        with threadpool_limits(1), np.errstate(divide="ignore", invalid="ignore"):
            pca = PCA(asked, svd_solver=solver, random_state=self.random_state).fit(encoded)
        variance = np.maximum(pca.explained_variance_, 0.0)
        kept = max(1, int((variance > 1e-10 * max(float(variance[0]), 1e-10)).sum()))
        self.n_components_ = self._n_features_out = kept
        self.mean_ = pca.mean_
        self.explained_variance_ratio_ = np.nan_to_num(pca.explained_variance_ratio_[:kept])
        self.deviation_ = np.sqrt(variance[:kept])
        loadings = pca.components_[:kept]
        largest = np.argmax(np.round(np.abs(loadings), 8), axis=1)
        self.components_ = loadings * np.where(loadings[np.arange(kept), largest] < 0, -1.0, 1.0)[:, None]
        return self

    def transform(self, X: Any) -> Floats:
        """Return the (n, m) components; those of a table that did not vary are 0."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        still = self.deviation_ <= 1e-9
        with threadpool_limits(1):
            raw = (self.encoder_.transform(frame) - self.mean_) @ self.components_.T
        return np.asarray(np.where(still, 0.0, raw / np.where(still, 1.0, self.deviation_)), dtype=np.float64)

    def figures(self):  # TEMPORARY
        from querencia.learn.figures.features import PcaFigures

        return PcaFigures(
            components=self.n_components_, explained_variance=tuple(map(float, self.explained_variance_ratio_))
        )

    def __sklearn_tags__(self) -> Any:
        """Missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
