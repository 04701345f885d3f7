"""Segments."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from querencia.learn.segments.segmenter import CustomerSegmenter


def make_groups(centres: list[tuple[float, float]], *, each: int = 200, spread: float = 0.1) -> np.ndarray:
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(centre, spread, size=(each, 2)) for centre in centres])


FOUR = [(0.0, 0.0), (0.0, 9.0), (9.0, 0.0), (9.0, 9.0)]


def test_plain_groups_are_found_stable_and_in_order_of_value() -> None:
    X = make_groups(FOUR)
    truth = np.repeat([2, 0, 3, 1], 200)
    value = np.array([300.0, 900.0, 20.0, 500.0])[np.repeat([0, 1, 2, 3], 200)]
    segmenter = CustomerSegmenter(random_state=1).fit(X, value=value)
    assert segmenter.labels_.tolist() == truth.tolist()
    assert segmenter.stability_ == pytest.approx(1)
    assert (segmenter.predict(X) == segmenter.labels_).all()


def test_without_value_the_first_axis_orders() -> None:
    X = make_groups([(0.0, 0.0), (5.0, 1.0), (9.0, 0.0)])
    labels = CustomerSegmenter(n_segments=3, random_state=1).fit(X).labels_
    assert labels.tolist() == np.repeat([2, 1, 0], 200).tolist()


def test_the_scale_of_an_axis_does_not_matter() -> None:
    X = make_groups(FOUR)
    labels = CustomerSegmenter(random_state=1).fit_predict(X)
    scaled = CustomerSegmenter(random_state=1).fit_predict(X * [1, 10_000] + [0, 5])
    assert adjusted_rand_score(labels, scaled) == 1


def test_segments_cut_out_of_a_shapeless_cloud_are_less_stable() -> None:
    cloud = np.random.default_rng(3).normal(size=(800, 2))
    assert CustomerSegmenter(n_segments=5, random_state=1).fit(cloud).stability_ < 0.75


@pytest.mark.parametrize("number", [2, 3, 4])
def test_auto_finds_how_many_groups_there_are(number: int) -> None:
    X = make_groups(FOUR[:number], spread=1.0)
    segmenter = CustomerSegmenter(n_segments="auto", n_bootstrap=8, random_state=1).fit(X)
    assert segmenter.n_segments_ == number


def test_an_axis_that_does_not_vary_is_dropped() -> None:
    X = make_groups(FOUR)
    flat = np.column_stack([np.full(800, 0.1), X])
    segmenter = CustomerSegmenter(random_state=1).fit(flat, value=X[:, 0])
    assert segmenter.axes_.tolist() == [1, 2]
    assert (segmenter.labels_ == CustomerSegmenter(random_state=1).fit(X, value=X[:, 0]).labels_).all()
    assert (segmenter.predict(flat) == segmenter.labels_).all()


def test_fewer_distinct_customers_make_fewer_segments() -> None:
    X = np.repeat([[1.0, 2.0], [3.0, 4.0], [3.0, 9.0]], 5, axis=0)
    segmenter = CustomerSegmenter(n_segments=4, random_state=1).fit(X)
    assert segmenter.n_segments_ == 3
    assert sorted(set(segmenter.labels_)) == [0, 1, 2]
    same = CustomerSegmenter(random_state=1).fit(np.ones((6, 2)))
    assert (same.n_segments_, same.labels_.tolist(), same.stability_) == (1, [0] * 6, 1.0)
    assert same.predict(np.ones((2, 2))).tolist() == [0, 0]


@pytest.mark.parametrize("number", [0, -1, "many"])
def test_wrong_numbers_are_refused(number: object) -> None:
    with pytest.raises(ValueError, match="expected a number of 1 or more, or 'auto'"):
        CustomerSegmenter(n_segments=number).fit(np.eye(3))
