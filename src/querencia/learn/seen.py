"""Who was trained on, and in which folds: nobody is scored by a model that saw them, also by a saved one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from querencia.learn.folds import NEVER_TRAINED, Folds


@dataclass(frozen=True, kw_only=True)
class SeenCustomers:
    """The fold of each customer that was trained on, found by a 64-bit hash of the id: no id is kept.

    `hashes` (m,) ascend; `folds` (m, r) holds each customer's fold in each of r repeats. Two of ten million ids share a
    hash with a chance of 3 in a million; the one is then scored as if it were the other, honestly all the same.
    """

    hashes: NDArray[np.uint64]
    folds: NDArray[np.int8]

    @classmethod
    def remember(cls, ids: Sequence[str] | pd.Index, folds: Folds) -> Self:
        """Keep the folds (n, r) of the customers `ids` (n,)."""
        hashes = _hash(ids)
        order = np.argsort(hashes, kind="stable")
        return cls(hashes=hashes[order], folds=folds[order].astype(np.int8))

    def find(self, ids: Sequence[str] | pd.Index) -> Folds:
        """Return the folds (n, r) of the customers `ids` (n,), -1 for those who were not trained on."""
        wanted = _hash(ids)
        place = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        found = self.folds[place].astype(np.int64)
        found[self.hashes[place] != wanted] = NEVER_TRAINED
        return found


def _hash(ids: Any) -> NDArray[np.uint64]:
    return pd.util.hash_array(np.asarray(ids, dtype=object), categorize=False)
