"""Engagement: how much at home a customer is, from 0 to 100."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from querencia.learn.encoding.components import PrincipalComponents
from querencia.learn.encoding.encoders import Floats, read_features
from querencia.learn.folds import Folds
from querencia.learn.streams import StreamedCovariance

Batches = Callable[[], Iterable[pd.DataFrame]]

WEIGHTS = (0.50, 0.30, 0.15, 0.05)
MOST_REFERENCES, REFERENCES = 100_000, 10_000
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
    last one for rows in no fold; `reference_`, for each row of signs, weighted sums in order and the engagement of
    each. Above 100,000 different ones at most 10,000 stay, evenly spread over the scale: the others are off by less
    than 0.02.
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
        self.principal_components_ = self._make_components().fit(frame)
        self._learn(lambda: [frame], y, folds)
        return self

    def fit_batches(self, batches: Batches, *, y: ArrayLike | None = None, folds: Folds | None = None) -> Self:
        """Learn from all rows that `batches()` yields; it is asked four times, and must yield the same each time.

        `y` and `folds` (n,) are as in `fit`, over all batches together. Components are those of
        `PrincipalComponents.fit_batches`. Beside a batch and the sample, memory holds one number per customer.
        """
        for number, frame in enumerate(batches()):
            if number == 0:
                self._check_options(read_features(self, frame, reset=True))
            break
        self.principal_components_ = self._make_components().fit_batches(batches)
        self._learn(batches, y, folds)
        return self

    def _make_components(self) -> PrincipalComponents:
        return PrincipalComponents(
            n_components=max(self.n_components, len(self.weights)), random_state=self.random_state
        )

    def _learn(self, batches: Batches, y: ArrayLike | None, folds: Folds | None) -> None:
        weights = np.asarray(self.weights, dtype=np.float64)[: self.principal_components_.n_components_]
        # Leading components with no weight at all leave nothing to renormalise by.
        self.weights_ = weights / weights.sum() if weights.sum() > 0 else np.full(len(weights), 1 / len(weights))
        self._orient(batches, y, folds)
        patterns, of_row = np.unique(self.signs_, axis=0, return_inverse=True)
        sums: list[list[Floats]] = [[] for _ in patterns]
        for frame in batches():
            components = self._components(frame)
            for pattern, found in zip(patterns, sums, strict=True):
                found.append(components @ (pattern * self.weights_))
        references = [self._reference(np.concatenate(found)) for found in sums]
        self.reference_ = [references[position] for position in of_row]

    def _check_options(self, frame: pd.DataFrame) -> None:
        if self.scale not in ("percentile", "minmax"):
            raise ValueError(f"scale is {self.scale!r}: expected 'percentile' or 'minmax'.")
        if not len(self.weights) or min(self.weights) < 0 or sum(self.weights) <= 0:
            raise ValueError(f"weights are {self.weights!r}: expected numbers of 0 or more that sum to more than 0.")
        unknown = [name for name in self.activity_columns if name not in frame.columns]
        if unknown:
            raise ValueError(f"activity_columns holds {unknown!r}: expected names of feature columns.")

    @property
    def _active(self) -> frozenset[str]:
        return frozenset(map(str, self.activity_columns))

    def _components(self, frame: pd.DataFrame) -> Floats:
        components: Floats = self.principal_components_.transform(frame)[:, : len(self.weights_)]
        return components

    def _orient(self, batches: Batches, y: ArrayLike | None, folds: Folds | None) -> None:
        n_folds = 0 if folds is None else int(np.max(folds, initial=-1)) + 1
        loadings = self.principal_components_.components_[: len(self.weights_)]
        guess = np.where(np.round(loadings.sum(axis=1), 8) < 0, -1.0, 1.0)
        activity, outcome = self._relate(batches, y, folds, n_folds=n_folds)
        known = _merge(outcome)
        if activity.rows and np.sqrt(activity.scatter[-1, -1] / activity.rows) > 1e-9:
            self.orientation_ = "activity"
            self.signs_ = np.tile(_direction(activity, guess), (n_folds + 1, 1))
        elif known.rows and known.scatter[-1, -1] > 0:
            self.orientation_ = "outcome"
            others = [_merge(outcome[:fold] + outcome[fold + 1 :]) for fold in range(n_folds)]
            self.signs_ = np.stack([_direction(seen, guess) for seen in (*others, known)])
        else:
            self.orientation_ = "loadings"
            self.signs_ = np.tile(guess, (n_folds + 1, 1))

    def _relate(
        self, batches: Batches, y: ArrayLike | None, folds: Folds | None, *, n_folds: int
    ) -> tuple[StreamedCovariance, list[StreamedCovariance]]:
        """Return how the components vary with activity, and, fold by fold and then in none, with staying."""
        width = len(self.weights_) + 1
        activity, outcome = StreamedCovariance(width), [StreamedCovariance(width) for _ in range(n_folds + 1)]
        encoder, done = self.principal_components_.encoder_, 0
        active = [place for place, name in enumerate(encoder.names_[: len(encoder.numeric_)]) if name in self._active]
        left = None if y is None else np.asarray(y, dtype=np.float64)
        for frame in batches():
            encoded = encoder.transform(frame)
            components = self.principal_components_.combine(encoded)[:, : width - 1]
            rows = slice(done, done + len(frame))
            done += len(frame)
            if active:
                activity.add(np.column_stack([components, encoded[:, active].mean(axis=1)]))
            if left is None:
                continue
            known = ~np.isnan(left[rows])
            where = np.full(len(frame), -1) if folds is None else folds[rows]
            for fold, seen in enumerate(outcome):
                mine = known & (where == (fold if fold < n_folds else -1))
                seen.add(np.column_stack([components, -left[rows]])[mine])
        return activity, outcome

    def _reference(self, raw: Floats) -> tuple[Floats, Floats]:
        """Return the distinct weighted sums of the customers fitted on, in order, and the engagement of each."""
        values, positions = np.unique(np.round(raw, DECIMALS), return_inverse=True)
        if self.scale == "minmax":
            span = values[-1] - values[0]
            ends = values[[0, -1]] if span > 0 else values[:1]
            return ends, np.array([0.0, 100.0]) if span > 0 else np.full(1, 50.0)
        counts = np.bincount(positions)
        scores = 100 * (np.cumsum(counts) - counts / 2) / len(positions)
        if len(values) <= MOST_REFERENCES:
            return values, scores
        # Both neighbours of each point of a grid: where many customers are equal, the scale jumps, and must go on to.
        above = np.searchsorted(scores, np.linspace(scores[0], scores[-1], REFERENCES // 2))
        kept = np.unique(np.concatenate([above, np.maximum(above - 1, 0)]))
        return values[kept], scores[kept]

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


def _merge(seen: Sequence[StreamedCovariance]) -> StreamedCovariance:
    whole = StreamedCovariance(len(seen[0].mean) if seen else 1)
    for part in seen:
        whole.merge(part)
    return whole


def _direction(seen: StreamedCovariance, guess: Floats) -> Floats:
    """Return +1 or -1 per component, so that it covaries positively with the last column; `guess` where it does not."""
    covariance = np.round(seen.scatter[:-1, -1], DECIMALS)
    return np.where(covariance == 0, guess, np.sign(covariance))
