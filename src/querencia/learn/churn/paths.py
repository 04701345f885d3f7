"""What each column adds along the paths of boosted trees: hardly slower than scoring, for millions of rows.

At each split of a row's path through a tree, the mean of the training rows there changes; the change is credited to the
column that was asked. A. Saabas, "Interpreting random forests", 2014. The sum is exact, as with Shapley values, but a
column asked further up gets less than its share: those are worth their price where it can be paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix

from querencia.learn.encoding.encoders import Floats


def path_contributions(booster: Any, encoded: Floats, *, n_trees: int) -> tuple[float, Floats]:
    """Return the base, and what each encoded column (n, q) adds to it, in the margin of the first `n_trees` trees."""
    base, table, firsts = _tabulate(booster.dump_model(num_iteration=n_trees)["tree_info"], width=encoded.shape[1])
    leaves = np.asarray(booster.predict(encoded, pred_leaf=True, num_iteration=n_trees, num_threads=1))
    places = (leaves.reshape(len(encoded), -1) + firsts).ravel()
    starts = np.arange(0, len(places) + 1, len(firsts))
    reached = csr_matrix((np.ones(len(places)), places, starts), shape=(len(encoded), table.shape[0]))
    return base, np.asarray((reached @ table).todense())


def _tabulate(trees: list[dict[str, Any]], *, width: int) -> tuple[float, csr_matrix, Any]:
    """Return the sum of the roots' means, what the columns add on the way to each leaf (leaves, q), and the number of
    the first leaf of each tree.
    """
    base, rows, columns, values, firsts, leaves = 0.0, [], [], [], [], 0
    for tree in trees:
        root = tree["tree_structure"]
        base += _mean(root)
        firsts.append(leaves)
        leaves += int(tree["num_leaves"])
        for leaf, column, value in _walk(root):
            rows.append(firsts[-1] + leaf)
            columns.append(column)
            values.append(value)
    table = coo_matrix((values, (rows, columns)), shape=(leaves, width)).tocsr()
    return base, table, np.array(firsts)


def _walk(root: dict[str, Any]) -> Iterator[tuple[int, int, float]]:
    """Yield leaf, column and change of the mean, for every split on the way to every leaf."""
    waiting: list[tuple[dict[str, Any], list[tuple[int, float]]]] = [(root, [])]
    while waiting:
        node, path = waiting.pop()
        if "split_feature" not in node:
            yield from ((int(node.get("leaf_index", 0)), column, change) for column, change in path)
            continue
        for side in ("left_child", "right_child"):
            change = _mean(node[side]) - _mean(node)
            waiting.append((node[side], [*path, (int(node["split_feature"]), change)]))


def _mean(node: dict[str, Any]) -> float:
    return float(node["internal_value"] if "split_feature" in node else node["leaf_value"])
