"""Trees are added until the rows that are watched have seen enough."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from querencia.learn.churn.stopping import choose_trees
from querencia.learn.churn.trees import BoostedTreesClassifier


@pytest.fixture(scope="module")
def customers() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(2)
    frame = pd.DataFrame(random.normal(size=(3000, 6)), columns=list("abcdef"))
    frame["plan"] = pd.Series(random.choice(["x", "y", "z"], 3000)).astype("category")
    z = frame["a"] + np.abs(frame["b"]) - 2 + (frame["plan"] == "x")
    return frame, (random.random(3000) < expit(z)).astype(float)


def test_curves_are_the_log_losses_of_the_rows_watched(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = customers
    watch = [(X[:700], y[:700]), (X[700:1000], y[700:1000])]
    model = BoostedTreesClassifier(n_trees=400, patience=20, random_state=1).fit(X[1000:], y[1000:], watch=watch)
    for (table, outcome), curve in zip(watch, model.curves_, strict=True):
        for trees in (1, 17, len(curve)):
            z = model.decision_function(table, n_trees=trees)
            assert np.mean(np.logaddexp(0, z) - outcome * z) == pytest.approx(curve[trees - 1])
        # Its patience ended 20 trees after its best, whatever the other curve did.
        assert len(curve) - 1 - int(np.argmin(curve)) == 20
    assert model.n_trees_ == max(len(curve) for curve in model.curves_) < 400


def test_what_is_watched_teaches_nothing(customers: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = customers
    watched = BoostedTreesClassifier(n_trees=30, random_state=1).fit(X[1000:], y[1000:], watch=[(X[:1000], y[:1000])])
    alone = BoostedTreesClassifier(n_trees=30, random_state=1).fit(X[1000:], y[1000:])
    assert watched.decision_function(X).tolist() == alone.decision_function(X).tolist()


def test_the_trees_chosen_are_where_the_mean_curve_is_lowest() -> None:
    first, second = [0.9, 0.5, 0.4, 0.6, 0.7], [0.9, 0.8, 0.7, 0.5]
    assert choose_trees([first, second], weights=np.array([1, 1])) == 3  # means 0.9, 0.65, 0.55, 0.55: the first
    assert choose_trees([first, second], weights=np.array([1, 3])) == 4  # 0.9, 0.725, 0.625, 0.525
    assert choose_trees([first], weights=np.array([5])) == 3


def test_contributions_add_up_to_the_log_odds_and_ignore_what_is_not_used(
    customers: tuple[pd.DataFrame, np.ndarray],
) -> None:
    X, y = customers
    X = X.assign(still=1.0)
    model = BoostedTreesClassifier(n_trees=60, random_state=1).fit(X, y)
    base, parts = model.contributions(X)
    assert np.abs(base + parts.sum(axis=1) - model.decision_function(X)).max() < 1e-9
    assert (parts[:, X.columns.get_loc("still")] == 0).all()
    # Column by column of the table, though the trees see numbers first: the plan moves by its own level only.
    plan = parts[:, X.columns.get_loc("plan")]
    means = pd.Series(plan).groupby(X["plan"].to_numpy()).mean()
    assert means["x"] > 0.2 > means[["y", "z"]].max()
