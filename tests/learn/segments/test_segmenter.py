"""Segments."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import adjusted_rand_score

from querencia.learn.segments import segmenter
from querencia.learn.segments.segmenter import CustomerSegmenter, describe_segments


def make_groups(centres: list[tuple[float, float]], *, each: int = 200, spread: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(centre, spread, size=(each, 2)) for centre in centres])


FOUR = [(0.0, 0.0), (0.0, 9.0), (9.0, 0.0), (9.0, 9.0)]


def test_plain_groups_are_found_stable_and_in_order_of_value() -> None:
    X = make_groups(FOUR)
    truth = np.repeat([2, 0, 3, 1], 200)
    value = np.array([300.0, 900.0, 20.0, 500.0])[np.repeat([0, 1, 2, 3], 200)]
    fitted = CustomerSegmenter(n_null=0, random_state=1).fit(X, value=value)
    assert fitted.labels_.tolist() == truth.tolist()
    assert fitted.stability_ == pytest.approx(1)
    assert (fitted.predict(X) == fitted.labels_).all()


def test_without_value_the_first_axis_orders() -> None:
    X = make_groups([(0.0, 0.0), (5.0, 1.0), (9.0, 0.0)])
    labels = CustomerSegmenter(n_segments=3, n_null=0, random_state=1).fit(X).labels_
    assert labels.tolist() == np.repeat([2, 1, 0], 200).tolist()


def test_the_scale_of_an_axis_does_not_matter() -> None:
    X = make_groups(FOUR)
    labels = CustomerSegmenter(n_null=0, random_state=1).fit_predict(X)
    scaled = CustomerSegmenter(n_null=0, random_state=1).fit_predict(X * [1, 10_000] + [0, 5])
    assert adjusted_rand_score(labels, scaled) == 1


def shapeless(kind: str) -> np.ndarray:
    random = np.random.default_rng(3)
    normal = random.normal(size=(800, 3))
    if kind == "isotropic":
        return normal[:, :2]
    if kind == "box":
        return random.random((800, 2))
    # What a run cuts: a percentile, money by its magnitude, a probability; they hang together, without groups.
    odds = np.exp(0.8 * normal[:, 2] - 0.8 * normal[:, 0] - 3)
    return np.column_stack(
        [rankdata(normal[:, 0]), np.log1p(100 * np.exp(normal[:, 1] + normal[:, 0] / 2)), odds / (1 + odds)]
    )


@pytest.mark.parametrize("kind", ["isotropic", "box", "scores"])
def test_a_cloud_without_segments_is_not_called_four(kind: str) -> None:
    cloud = shapeless(kind)
    four = CustomerSegmenter(n_segments=4, random_state=1).fit(cloud)
    assert four.n_segments_ == 4
    assert four.distinct_ is False
    auto = CustomerSegmenter(n_segments="auto", n_null=10, random_state=1).fit(cloud)
    assert (auto.n_segments_, auto.distinct_, auto.stability_, auto.null_stability_) == (1, False, 1.0, None)
    assert [trial.k for trial in auto.tried_] == [2, 3, 4, 5, 6, 7, 8]
    assert not any(trial.distinct for trial in auto.tried_)
    assert set(auto.labels_) == {0}


def test_segments_that_are_there_are_told_from_a_cloud_of_the_same_spread() -> None:
    groups = CustomerSegmenter(random_state=1).fit(make_groups(FOUR, spread=2.0))
    assert groups.distinct_ is True
    assert groups.stability_ > groups.null_stability_
    assert CustomerSegmenter(n_segments=5, n_null=0, random_state=1).fit(shapeless("isotropic")).stability_ < 0.75
    one = CustomerSegmenter(n_segments=1, random_state=1).fit(make_groups(FOUR))
    assert (one.distinct_, one.tried_, one.cuts_) == (None, (), None)


def test_clustering_adds_to_cuts_where_groups_need_two_axes_and_not_where_one_axis_tells_all() -> None:
    corners = CustomerSegmenter(n_null=2, random_state=1).fit(make_groups(FOUR)).cuts_
    assert corners.adds
    assert corners.explained > 0.99
    assert corners.explained_by_cuts < 0.6
    line = make_groups([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 3.0)])
    same = CustomerSegmenter(n_null=2, random_state=1).fit(line).cuts_
    assert (same.agreement, same.adds) == (pytest.approx(1), False)
    assert same.explained == pytest.approx(same.explained_by_cuts)
    noise = np.random.default_rng(0).normal(size=(800, 1))
    second = CustomerSegmenter(n_null=2, random_state=1).fit(np.column_stack([noise, 9 * make_groups(FOUR)[:, :1]]))
    assert second.cuts_.axis == 1


def test_a_large_table_is_cut_in_passes_like_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    centres = random.normal(scale=4, size=(5, 3))
    X = centres[random.integers(5, size=9000)] + random.normal(size=(9000, 3))
    value = X @ [1.0, 2.0, 3.0]
    exact = CustomerSegmenter(n_segments=5, n_null=2, random_state=1).fit(X, value=value)
    for name, rows in (("EXACT_ROWS", 5000), ("SAMPLE_ROWS", 1000), ("BATCH_ROWS", 700)):
        monkeypatch.setattr(segmenter, name, rows)
    passes = CustomerSegmenter(n_segments=5, n_null=2, random_state=1).fit(X, value=value)
    assert (exact.method_, passes.method_) == ("exact", "streaming")
    assert adjusted_rand_score(exact.labels_, passes.labels_) > 0.95
    assert (exact.labels_ == passes.labels_).mean() > 0.99  # in the same order, too
    assert inertia(passes, X) == pytest.approx(inertia(exact, X), rel=0.02)
    assert passes.mean_ == pytest.approx(exact.mean_)
    assert passes.scale_ == pytest.approx(exact.scale_)

    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for rows in np.array_split(np.arange(9000), 7):
            yield X[rows], value[rows]

    streamed = CustomerSegmenter(n_segments=5, n_null=2, random_state=1).fit_batches(batches)
    assert streamed.cluster_centers_ == pytest.approx(passes.cluster_centers_)
    assert (streamed.predict(X) == passes.labels_).all()
    assert not hasattr(streamed, "labels_")


def inertia(fitted: CustomerSegmenter, X: np.ndarray) -> float:
    points = (X - fitted.mean_) / fitted.scale_
    return float(((points - fitted.cluster_centers_[fitted.labels_]) ** 2).sum())


def test_a_saved_copy_gives_each_customer_the_same_segment() -> None:
    cloud = shapeless("scores")
    fitted = CustomerSegmenter(n_segments=4, n_null=2, random_state=1).fit(cloud)
    file = BytesIO()
    arrays = {name: getattr(fitted, name) for name in ("mean_", "scale_", "axes_", "cluster_centers_")}
    np.savez(file, **arrays)
    file.seek(0)
    copy = CustomerSegmenter(n_segments=4)
    for name, array in np.load(file).items():
        setattr(copy, name, array)
    copy.n_features_in_ = 3
    assert (copy.predict(cloud) == fitted.labels_).all()
    assert [int(copy.predict(row[None])[0]) for row in cloud[:50]] == fitted.labels_[:50].tolist()


def test_the_figures_name_the_axes_that_were_kept() -> None:
    X = np.column_stack([np.ones(800), make_groups(FOUR)])
    figures = describe_segments(CustomerSegmenter(n_null=4, random_state=1).fit(X), ("flat", "left", "right"))
    assert (figures.axes, figures.k, figures.method) == (("left", "right"), 4, "exact")
    assert figures.distinct is True
    assert figures.null_stability < figures.stability == pytest.approx(1)
    assert (figures.tried[0].k, figures.tried[0].smallest_share, figures.stability_rows) == (4, 0.25, 800)


@pytest.mark.parametrize("number", [2, 3, 4])
def test_auto_finds_how_many_groups_there_are(number: int) -> None:
    X = make_groups(FOUR[:number], spread=1.0)
    fitted = CustomerSegmenter(n_segments="auto", n_bootstrap=8, n_null=10, random_state=1).fit(X)
    assert (fitted.n_segments_, fitted.distinct_) == (number, True)


def test_an_axis_that_does_not_vary_is_dropped() -> None:
    X = make_groups(FOUR)
    flat = np.column_stack([np.full(800, 0.1), X])
    fitted = CustomerSegmenter(n_null=0, random_state=1).fit(flat, value=X[:, 0])
    assert fitted.axes_.tolist() == [1, 2]
    assert (fitted.labels_ == CustomerSegmenter(n_null=0, random_state=1).fit(X, value=X[:, 0]).labels_).all()
    assert (fitted.predict(flat) == fitted.labels_).all()


def test_fewer_distinct_customers_make_fewer_segments() -> None:
    X = np.repeat([[1.0, 2.0], [3.0, 4.0], [3.0, 9.0]], 5, axis=0)
    fitted = CustomerSegmenter(n_segments=4, random_state=1).fit(X)
    assert fitted.n_segments_ == 3
    assert sorted(set(fitted.labels_)) == [0, 1, 2]
    same = CustomerSegmenter(n_null=0, random_state=1).fit(np.ones((6, 2)))
    assert (same.n_segments_, same.labels_.tolist(), same.stability_) == (1, [0] * 6, 1.0)
    assert same.predict(np.ones((2, 2))).tolist() == [0, 0]


@pytest.mark.parametrize("number", [0, -1, "many"])
def test_wrong_numbers_are_refused(number: object) -> None:
    with pytest.raises(ValueError, match="expected a number of 1 or more, or 'auto'"):
        CustomerSegmenter(n_segments=number).fit(np.eye(3))
