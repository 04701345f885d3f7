"""From a table of mixed columns to the numbers that a model reads.

A feature is numeric (float, integer, boolean) or categorical (everything else, read as text). Missing values,
categories never seen in training and constant columns are all allowed, in training and later.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from querencia.learn.encoding.levels import Levels

Floats = NDArray[np.float64]
LARGEST = 1e100


def read_features(estimator: Any, X: Any, y: Any = "no_validation", *, reset: bool) -> pd.DataFrame:
    """Return `X` (n rows, p features) as a DataFrame, after scikit-learn's checks of names and number of features.

    Anything but a DataFrame must be numeric; NaN means missing there too. ValueError where the checks fail.
    """
    if isinstance(X, pd.DataFrame):
        validate_data(estimator, X, y, reset=reset, skip_check_array=True)
        if not len(X) or not X.shape[1]:
            raise ValueError(
                f"Found a table with {len(X)} sample(s) and {X.shape[1]} feature(s): at least 1 is required."
            )
        return X
    target = None if y is None else "no_validation"
    array = validate_data(estimator, X, target, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan")
    return pd.DataFrame(array, columns=[f"x{i}" for i in range(array.shape[1])])


def split_types(X: pd.DataFrame) -> tuple[list[int], list[int]]:
    """Return the positions of the numeric and of the categorical columns."""
    numeric = [i for i, dtype in enumerate(X.dtypes) if pd.api.types.is_numeric_dtype(dtype)]
    return numeric, sorted(set(range(X.shape[1])) - set(numeric))


def to_floats(X: pd.DataFrame) -> Floats:
    """Return numeric columns as an (n, p) array, NaN where missing, infinite, or too large to be squared."""
    values = X.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    values[np.abs(values) > LARGEST] = np.nan
    return values


class NumericEncoder(TransformerMixin, BaseEstimator):
    """Numeric columns standardised, categories one-hot: for linear models, PCA and comparisons of groups.

    Real columns hold outliers of 200 standard deviations, which would own every component and every coefficient. So
    each numeric column is clipped at `clip` standard deviations from its mean, twice, because an outlier inflates the
    first standard deviation that is to bound it; what is left is standardised. Missing values become the median, and a
    column that had any in training gets a second, 0 or 1, that says where. Columns that do not vary become zeros.

    Categories are 0 or 1 and not scaled: all levels of a factor together then vary less than one numeric column
    (sum of p (1 - p) < 1), and rare levels do not shout. Levels in less than `min_frequency` of the rows share one
    column, where unseen levels go too; a missing category is a level of its own.

    Parameters: `clip` in standard deviations; `min_frequency` a share of the rows.
    """

    def __init__(self, *, clip: float = 5.0, min_frequency: float = 0.01) -> None:
        self.clip = clip
        self.min_frequency = min_frequency

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn medians, bounds, means, deviations and levels from `X` (n, p)."""
        frame = read_features(self, X, reset=True)
        self.numeric_, self.categorical_ = split_types(frame)
        names = [str(name) for name in frame.columns]
        values = to_floats(frame.iloc[:, self.numeric_])
        absent = np.isnan(values)
        self.flagged_ = np.flatnonzero(absent.any(axis=0) & ~absent.all(axis=0))
        self.median_ = np.zeros(values.shape[1])
        some = ~absent.all(axis=0)
        self.median_[some] = np.nanmedian(values[:, some], axis=0)
        self._fit_scale(np.where(absent, self.median_, values))
        self.source_ = [*self.numeric_, *(self.numeric_[i] for i in self.flagged_)]
        self.names_ = [names[i] for i in self.numeric_] + [f"{names[self.numeric_[i]]}_missing" for i in self.flagged_]
        self.levels_ = [
            Levels.count(frame.iloc[:, i], min_frequency=self.min_frequency, missing="(missing)")
            for i in self.categorical_
        ]
        for position, levels in zip(self.categorical_, self.levels_, strict=True):
            self.source_ += [position] * len(levels.names)
            self.names_ += [f"{names[position]}_{level}" for level in levels.names]
        return self

    def _fit_scale(self, values: Floats) -> None:
        self.low_ = np.full(values.shape[1], -np.inf)
        self.high_ = np.full(values.shape[1], np.inf)
        for _ in range(2):
            mean, deviation = values.mean(axis=0), values.std(axis=0)
            self.low_ = np.maximum(self.low_, mean - self.clip * deviation)
            self.high_ = np.minimum(self.high_, mean + self.clip * deviation)
            values = np.clip(values, self.low_, self.high_)
        self.mean_, self.scale_ = values.mean(axis=0), values.std(axis=0)
        # The deviation of a constant column is rounding noise, which must not be blown up to 1.
        still = self.scale_ <= 1e-12 * np.maximum(np.abs(self.mean_), 1.0) if len(values) else []
        self.scale_[still] = np.inf

    def transform(self, X: Any) -> Floats:
        """Return the (n, q) encoded table: numeric columns, missing flags, levels."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        values = to_floats(frame.iloc[:, self.numeric_])
        absent = np.isnan(values)
        filled = np.clip(np.where(absent, self.median_, values), self.low_, self.high_)
        parts = [(filled - self.mean_) / self.scale_, absent[:, self.flagged_].astype(np.float64)]
        for position, levels in zip(self.categorical_, self.levels_, strict=True):
            codes = levels.encode(frame.iloc[:, position])
            parts.append((codes[:, None] == np.arange(len(levels.names))).astype(np.float64))
        return np.hstack(parts)

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the encoded columns: `column`, `column_missing`, `column_level`."""
        check_is_fitted(self)
        return np.array(self.names_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


class TreeEncoder(TransformerMixin, BaseEstimator):
    """Numeric columns as they are, categories as codes 0, 1, 2 …, missing and unseen as NaN: for boosted trees.

    Levels in fewer than `min_frequency` of the rows share one code. Numeric columns come first.
    """

    def __init__(self, *, min_frequency: float = 0.01) -> None:
        self.min_frequency = min_frequency

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the levels of each categorical column of `X` (n, p)."""
        frame = read_features(self, X, reset=True)
        self.numeric_, self.categorical_ = split_types(frame)
        self.names_ = [str(frame.columns[i]) for i in (*self.numeric_, *self.categorical_)]
        self.levels_ = [
            Levels.count(frame.iloc[:, i], min_frequency=self.min_frequency, missing=None) for i in self.categorical_
        ]
        return self

    def transform(self, X: Any) -> Floats:
        """Return the (n, p) encoded table."""
        check_is_fitted(self)
        frame = read_features(self, X, reset=False)
        values = to_floats(frame.iloc[:, self.numeric_])
        codes = np.full((len(frame), len(self.categorical_)), np.nan)
        for column, (position, levels) in enumerate(zip(self.categorical_, self.levels_, strict=True)):
            found = levels.encode(frame.iloc[:, position])
            codes[found >= 0, column] = found[found >= 0]
        return np.hstack([values, codes])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the encoded columns, numeric ones first."""
        check_is_fitted(self)
        return np.array(self.names_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Missing values and text are allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags
