"""Engagement: how much at home a customer is, from 0 to 100."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from querencia.learn.encoding.components import PrincipalComponents
from querencia.learn.encoding.encoders import Floats, NumericEncoder, read_features
from querencia.learn.folds import Folds

WEIGHTS = (0.50, 0.30, 0.15, 0.05)
DECIMALS = 9  # of the weighted sum: equal customers must tie, whatever the last bit of a matrix product


class EngagementScorer(TransformerMixin, BaseEstimator):
    """The weighted sum of the first principal components, each turned so that more is more engaged, on a 0-100 scale.

    A principal component has no direction of its own. Each is oriented by the first of these that there is:

    - "activity": it correlates positively with the mean of the standardised activity features;
    - "outcome": it correlates negatively with leaving. Inside the folds: rows of fold i are oriented by the outcomes of
      the other folds, rows in no fold by all outcomes, so that nobody's outcome touches their own engagement;
    - "loadings": its loadings sum to more than 0, so that more of most features is more engaged. A guess, and the only
      one without knowing what the features mean.

    Components have a standard deviation of 1 before they are weighted; with fewer components than weights, the weights
    of those there are sum to 1. Scale "percentile": 100 x the midrank share of the customers fitted on (the share below
    plus half of the ties), interpolated for values in between. Scale "minmax": 0 their least, 100 their greatest.

    Parameters: `weights`; `scale`; `n_components` learned in all; `activity_columns`, names of features in `X`;
    `random_state`.

    Learned: `principal_components_`, `weights_` (m,), `orientation_`, `signs_` (folds + 1, m): one row per fold, the
    last one for rows in no fold.
    """

    def __init__(
        self,
        *,
        weights: Sequence[float] = WEIGHTS,
        scale: str = "percentile",
        n_components: int = 50,
        activity_columns: Sequence[str] = (),
        random_state: Any = None,
    ) -> None:
        self.weights = weights
        self.scale = scale
        self.n_components = n_components
        self.activity_columns = activity_columns
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike | None = None, *, folds: Folds | None = None) -> Self:
        """Learn components, directions and scale from the customers `X` (n, p).

        `y` (n,) is the outcome, 1 for leaving and NaN where unknown; `folds` (n,) the fold of each row, -1 for none.
        ValueError for an unknown scale, weights that do not sum to more than 0, or unknown activity columns.
        """
        frame = read_features(self, X, reset=True)
        self._check_options(frame)
        self.principal_components_ = PrincipalComponents(
            n_components=max(self.n_components, len(self.weights)), random_state=self.random_state
        ).fit(frame)
        weights = np.asarray(self.weights, dtype=np.float64)[: self.principal_components_.n_components_]
        # Leading components with no weight at all leave nothing to renormalise by.
        self.weights_ = weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1 / len(weights))
        components = self._components(frame)
        self._orient(frame, components, y, folds)
        self.reference_ = [self._reference(components @ (signs * self.weights_)) for signs in self.signs_]
        return self

    def fit_batches(self, batches, known=None):  # TEMPORARY
        from querencia.learn.batches import join_frames

        frame = join_frames(list(batches()))
        if known is None:
            return self.fit(frame)
        y = pd.Series(known[1], index=known[0].index).reindex(frame.index).to_numpy()
        folds = pd.Series(known[2], index=known[0].index).reindex(frame.index).fillna(-1).to_numpy().astype(int)
        return self.fit(frame, y, folds=folds)

    def _check_options(self, frame: pd.DataFrame) -> None:
        if self.scale not in ("percentile", "minmax"):
            raise ValueError(f"scale is {self.scale!r}: expected 'percentile' or 'minmax'.")
        if not len(self.weights) or min(self.weights) < 0 or sum(self.weights) <= 0:
            raise ValueError(f"weights are {self.weights!r}: expected numbers of 0 or more that sum to more than 0.")
        unknown = [name for name in self.activity_columns if name not in frame.columns]
        if unknown:
            raise ValueError(f"activity_columns holds {unknown!r}: expected names of feature columns.")

    def _components(self, frame: pd.DataFrame) -> Floats:
        components: Floats = self.principal_components_.transform(frame)[:, : len(self.weights_)]
        return components

    def _orient(self, frame: pd.DataFrame, components: Floats, y: ArrayLike | None, folds: Folds | None) -> None:
        n_folds = 0 if folds is None else int(np.max(folds, initial=-1)) + 1
        loadings = self.principal_components_.components_[: components.shape[1]]
        guess = np.where(np.round(loadings.sum(axis=1), 8) < 0, -1.0, 1.0)
        activity = self._activity(frame)
        if activity is not None:
            self.orientation_ = "activity"
            self.signs_ = np.tile(_direction(components, activity, guess), (n_folds + 1, 1))
            return
        outcome = np.full(len(frame), np.nan) if y is None else np.asarray(y, dtype=np.float64)
        known = ~np.isnan(outcome)
        if not known.any() or np.ptp(outcome[known]) == 0:
            self.orientation_ = "loadings"
            self.signs_ = np.tile(guess, (n_folds + 1, 1))
            return
        self.orientation_ = "outcome"
        others = [known if folds is None else known & (folds != fold) for fold in range(n_folds)]
        self.signs_ = np.stack([_direction(components[rows], -outcome[rows], guess) for rows in (*others, known)])

    def _activity(self, frame: pd.DataFrame) -> Floats | None:
        """Return the mean standardised activity of each row (n,), or None where there is none that varies."""
        columns = [name for name in self.activity_columns if pd.api.types.is_numeric_dtype(frame[name].dtype)]
        if not columns:
            return None
        encoded = NumericEncoder().fit_transform(frame[columns])[:, : len(columns)]
        mean: Floats = encoded.mean(axis=1)
        return mean if float(mean.std()) > 1e-9 else None

    def _reference(self, raw: Floats) -> tuple[Floats, Floats]:
        """Return the distinct weighted sums of the customers fitted on, in order, and the engagement of each."""
        values, positions = np.unique(np.round(raw, DECIMALS), return_inverse=True)
        if self.scale == "percentile":
            shares = (rankdata(positions) - 0.5) / len(positions)
            scores = np.empty(len(values))
            scores[positions] = 100 * shares
            return values, scores
        span = values[-1] - values[0]
        return values, (100 * (values - values[0]) / span if span > 0 else np.full(len(values), 50.0))

    def transform(self, X: Any, folds: Folds | None = None) -> Floats:
        """Return the engagement of each row, (n, 1), 0-100. `folds` (n,) as in `fit`; None: nobody is in a fold."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        components = self._components(frame)
        where = np.full(len(frame), -1) if folds is None else folds
        engagement = np.empty(len(frame))
        for fold in np.unique(where):
            rows = where == fold
            raw = np.round(components[rows] @ (self.signs_[fold] * self.weights_), DECIMALS)
            engagement[rows] = np.interp(raw, *self.reference_[fold])
        return engagement[:, None]

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the one column's name."""
        check_is_fitted(self)
        return np.array(["engagement"], dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


def _direction(components: Floats, more: Floats, guess: Floats) -> Floats:
    """Return +1 or -1 per component, so that it covaries positively with `more` (n,); `guess` where it does not."""
    covariance = np.round((components * (more - more.mean())[:, None]).sum(axis=0), DECIMALS)
    return np.where(covariance == 0, guess, np.sign(covariance))
