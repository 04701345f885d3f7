"""Principal components of mixed tables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from querencia.learn.encoding import components
from querencia.learn.encoding.components import PrincipalComponents, describe_components
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


def make_mixed(rows: int, *, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.normal(size=(rows, 6)) @ random.normal(size=(6, 6)), columns=list("abcdef"))
    X["spend"] = np.exp(2 * random.normal(size=rows)) * 1e6  # far from 0, and with outliers
    X.loc[::7, "c"] = np.nan
    X["plan"] = random.choice(["pro", "basic", "team"], rows, p=[0.6, 0.395, 0.005])
    return X


@pytest.mark.parametrize("cuts", [[900], [1, 2, 700], [1000, 1001, 1500]])
def test_batches_have_the_components_of_the_whole_wherever_they_are_cut(cuts: list[int]) -> None:
    X = make_mixed(2000, seed=4)
    parts = [X.iloc[first:last] for first, last in pairwise([0, *cuts, 2000])]
    exact = PrincipalComponents(n_components=8).fit(X)
    streamed = PrincipalComponents(n_components=8).fit_batches(lambda: parts)
    assert (exact.method_, streamed.method_) == ("exact", "incremental")
    assert streamed.explained_variance_ratio_ == pytest.approx(exact.explained_variance_ratio_, abs=1e-9)
    assert streamed.components_ == pytest.approx(exact.components_, abs=1e-6)
    assert streamed.transform(X) == pytest.approx(exact.transform(X), abs=1e-6)


def test_an_encoder_from_a_sample_is_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    X = make_mixed(12_000, seed=5)
    exact = PrincipalComponents(n_components=4).fit(X)
    monkeypatch.setattr(components, "SAMPLE_ROWS", 3000)
    sampled = PrincipalComponents(n_components=4, random_state=1).fit_batches(
        lambda: [X.iloc[rows] for rows in np.array_split(np.arange(12_000), 9)]
    )
    assert sampled.explained_variance_ratio_ == pytest.approx(exact.explained_variance_ratio_, abs=0.01)
    for mine, theirs in zip(sampled.transform(X).T, exact.transform(X).T, strict=True):
        assert abs(np.corrcoef(mine, theirs)[0, 1]) > 0.995


def test_batches_taken_in_one_by_one_learn_from_all_of_them() -> None:
    X = make_mixed(2000, seed=6)
    learned = PrincipalComponents(n_components=3)
    for part in (X.iloc[:1500], X.iloc[1500:]):
        learned.partial_fit(part)
    encoded = NumericEncoder().fit(X.iloc[:1500]).transform(X)
    values = np.linalg.eigvalsh(np.cov(encoded, rowvar=False))[::-1]
    assert learned.explained_variance_ratio_ == pytest.approx((values / values.sum())[:3])
    assert learned.mean_ == pytest.approx(encoded.mean(axis=0))


def test_loadings_name_the_features_that_weigh_most() -> None:
    random = np.random.default_rng(7)
    habit = random.normal(size=1000)
    X = pd.DataFrame({"calls": habit, "minutes": habit + 0.1 * random.normal(size=1000), "debt": -0.5 * habit})
    X["debt"] += 2 * random.normal(size=1000)
    learned = PrincipalComponents().fit(X)
    figures = describe_components(learned)
    assert (figures.components, figures.method, len(figures.loadings)) == (3, "exact", 3)
    assert figures.explained_variance == pytest.approx(learned.explained_variance_ratio_)
    first, second, _ = figures.loadings
    assert {loading.feature for loading in first.loadings[:2]} == {"calls", "minutes"}
    assert second.loadings[0].feature == "debt"
    assert first.loadings[-1].loading < 0 < first.loadings[0].loading
    for component in figures.loadings:
        sizes = [abs(loading.loading) for loading in component.loadings]
        assert sizes == sorted(sizes, reverse=True)
        assert np.square(sizes).sum() == pytest.approx(1)


def test_streams_that_cannot_be_learned_from_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    X = make_mixed(20, seed=8)
    with pytest.raises(ValueError, match="0 sample"):
        PrincipalComponents().fit_batches(list)
    with pytest.raises(ValueError, match="1 sample"):
        PrincipalComponents().fit_batches(lambda: [X.iloc[:1]])
    monkeypatch.setattr(components, "WIDEST_COVARIANCE", 5)
    with pytest.raises(ValueError, match="expected up to 5"):
        PrincipalComponents().fit_batches(lambda: [X])
