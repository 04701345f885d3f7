"""When to stop adding trees: by rows that are watched and not learned from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Patience:
    """Watches the log loss of several tables, and ends LightGBM's training once each had `trees` trees without a gain.

    `curves` holds each table's log loss after 1, 2, … trees, up to its own end of patience: training may go on for the
    sake of another table, and what it then does must not reach this one.
    """

    def __init__(self, *, tables: int, trees: int) -> None:
        self.curves: list[list[float]] = [[] for _ in range(tables)]
        self.trees = trees

    def __call__(self, env: Any) -> None:
        """Take one round's log losses, as LightGBM calls its callbacks."""
        from lightgbm.callback import EarlyStopException

        for result in env.evaluation_result_list:
            curve = self.curves[int(result[0])]
            if not self._is_over(curve):
                curve.append(float(result[2]))
        if all(self._is_over(curve) for curve in self.curves):
            # The last round is called best, so that LightGBM keeps every tree: how many count is decided later.
            raise EarlyStopException(env.iteration, env.evaluation_result_list)

    def _is_over(self, curve: list[float]) -> bool:
        return len(curve) - 1 - int(np.argmin(curve)) >= self.trees if curve else False


def choose_trees(curves: Sequence[Sequence[float]], *, weights: NDArray[Any]) -> int:
    """Return the number of trees at which the mean of the `curves`, weighted by rows, is lowest.

    Compared over the rounds that all of them have.
    """
    shared = min(len(curve) for curve in curves)
    mean = np.average([curve[:shared] for curve in curves], axis=0, weights=weights)
    return int(np.argmin(mean)) + 1
