"""Principal components of mixed tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.encoding.components import PrincipalComponents
from querencia.learn.encoding.encoders import NumericEncoder


def test_components_are_those_of_the_singular_value_decomposition() -> None:
    random = np.random.default_rng(1)
    X = pd.DataFrame(random.normal(size=(400, 6)) @ random.normal(size=(6, 6)), columns=list("abcdef"))
    X["plan"] = np.where(X["a"] > 0, "pro", "basic")
    learned = PrincipalComponents(n_components=4).fit(X)
    encoded = NumericEncoder().fit_transform(X)
    left, singular, right = np.linalg.svd(encoded - encoded.mean(axis=0), full_matrices=False)
    assert learned.explained_variance_ratio_ == pytest.approx((singular**2 / (singular**2).sum())[:4])
    assert np.abs(learned.components_) == pytest.approx(np.abs(right[:4]))
    assert np.abs(learned.transform(X)) == pytest.approx(np.abs(left[:, :4]) * np.sqrt(399))
    assert (learned.components_[np.arange(4), np.abs(learned.components_).argmax(axis=1)] > 0).all()


def test_there_are_never_more_components_than_the_table_varies_in() -> None:
    random = np.random.default_rng(2)
    X = np.column_stack([random.normal(size=(300, 2)), np.ones(300)])
    X = np.column_stack([X, X[:, 0] + X[:, 1]])
    learned = PrincipalComponents(n_components=50).fit(X)
    assert learned.n_components_ == 2
    assert learned.explained_variance_ratio_.sum() == pytest.approx(1)


def test_a_table_that_does_not_vary_has_one_component_of_nothing() -> None:
    learned = PrincipalComponents().fit(np.ones((20, 3)))
    assert learned.explained_variance_ratio_.tolist() == [0]
    assert learned.transform(np.ones((20, 3))).tolist() == [[0]] * 20
