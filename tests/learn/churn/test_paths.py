"""Contributions along the paths of trees: exact in sum, and by hand on a tree that a person can follow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from querencia.learn.churn.paths import path_contributions
from querencia.learn.churn.trees import BoostedTreesClassifier


def make_table(rows: int = 3000) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(4)
    frame = pd.DataFrame(random.normal(size=(rows, 4)), columns=list("abcd"))
    frame["kind"] = pd.Series(random.choice(["x", "y", "z"], rows), dtype="str")
    frame.loc[::11, "b"] = np.nan
    odds = 1.5 * frame["a"] - np.nan_to_num(frame["b"]) * (frame["kind"] == "x") - 1
    return frame, (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)


def test_base_and_parts_add_up_to_the_log_odds_and_point_the_way_of_shapley_values() -> None:
    frame, left = make_table()
    trees = BoostedTreesClassifier(n_trees=60, n_leaves=15, random_state=0).fit(frame, left)
    base, parts = trees.contributions(frame, exact=False)
    assert base + parts.sum(axis=1) == pytest.approx(trees.decision_function(frame), abs=1e-9)
    exact = trees.contributions(frame)[1]
    assert parts.shape == exact.shape
    # Less alike where columns work together: "b" counts for one kind only, and is asked below it.
    for column, alike in ((0, 0.95), (1, 0.8), (4, 0.8)):
        assert np.corrcoef(parts[:, column], exact[:, column])[0, 1] > alike
    assert (np.abs(parts).argmax(axis=1) == np.abs(exact).argmax(axis=1)).mean() > 0.85


def test_two_trees_by_hand() -> None:
    class Booster:
        """Two trees: `if x0 <= 1: (if x1 <= 1: leaf 0 else leaf 1) else leaf 2`, and one that asks nothing."""

        def dump_model(self, num_iteration: int) -> dict[str, object]:
            assert num_iteration == 2
            inner = {
                "split_feature": 1,
                "internal_value": 0.5,
                "left_child": {"leaf_index": 0, "leaf_value": 0.1},
                "right_child": {"leaf_index": 1, "leaf_value": 2.0},
            }
            root = {
                "split_feature": 0,
                "internal_value": 0.2,
                "left_child": inner,
                "right_child": {"leaf_index": 2, "leaf_value": -1.0},
            }
            alone = {"leaf_value": 0.05}
            return {
                "tree_info": [
                    {"num_leaves": 3, "tree_structure": root},
                    {"num_leaves": 1, "tree_structure": alone},
                ]
            }

        def predict(self, encoded: np.ndarray, **_: object) -> np.ndarray:
            leaf = np.where(encoded[:, 0] > 1, 2, np.where(encoded[:, 1] <= 1, 0, 1))
            return np.column_stack([leaf, np.zeros(len(encoded))]).astype(np.int32)

    base, parts = path_contributions(Booster(), np.array([[0.0, 0, 9], [0, 5, 9], [3, 0, 9]]), n_trees=2)
    assert base == pytest.approx(0.25)
    assert parts == pytest.approx(np.array([[0.3, -0.4, 0], [0.3, 1.5, 0], [-1.2, 0, 0]]))
