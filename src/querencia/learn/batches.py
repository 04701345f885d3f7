"""Customers a part at a time: cleaned, counted, and sampled without holding them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from querencia.errors import InputError
from querencia.learn.encoding.encoders import LARGEST, split_types
from querencia.learn.problem import CustomerBatch, CustomerBatches

# What needs only an impression of the customers gets one of so many, evenly spaced; of all where there are no more.
SAMPLE = 200_000


@dataclass(frozen=True, kw_only=True)
class OneBatch:
    """Customers that fit into memory, as a single batch."""

    batch: CustomerBatch

    @property
    def customers(self) -> int:
        """How many there are."""
        return len(self.batch.features)

    def __iter__(self) -> Iterator[CustomerBatch]:
        """Yield the batch."""
        yield self.batch


@dataclass
class PartsInMemory:
    """Scores kept as a list of tables."""

    parts: list[pd.DataFrame] = field(default_factory=list)

    def write(self, parts: Iterator[pd.DataFrame]) -> None:
        """Keep `parts`, in place of what was there."""
        self.parts = list(parts)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield what is kept."""
        return iter(self.parts)


class SoundBatches:
    """Batches whose numbers are finite, whose text is categories, and whose ids ascend, each checked as it passes.

    `infinite` counts the cells of the latest whole pass that were infinite or beyond 1e100, and became missing.
    """

    def __init__(self, batches: CustomerBatches) -> None:
        self._batches = batches
        self.customers = batches.customers
        self.infinite = 0

    def __iter__(self) -> Iterator[CustomerBatch]:
        """Yield every customer once. InputError for an id that stands twice or out of order."""
        infinite, last = 0, ""
        for batch in self._batches:
            ids = batch.features.index
            if len(ids) and (str(ids[0]) <= last or not ids.is_monotonic_increasing or not ids.is_unique):
                raise InputError(
                    f"Customers come out of order, or twice, near {str(ids[0])!r}: expected ascending ids."
                )
            last = str(ids[-1]) if len(ids) else last
            features, wild = clean_features(batch.features)
            infinite += wild
            yield replace(batch, features=features)
        self.infinite = infinite


def clean_features(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return `frame` (n, p), text as categories and numbers beyond 1e100 missing, and how many numbers those were."""
    numeric, categorical = split_types(frame)
    names = [frame.columns[i] for i in numeric]
    values = frame[names].to_numpy(dtype=np.float64, na_value=np.nan)
    wild = np.abs(values) > LARGEST
    floats = pd.DataFrame(np.where(wild, np.nan, values), index=frame.index, columns=names)
    texts = frame.iloc[:, categorical].astype("category")
    return pd.concat([floats, texts], axis=1)[list(frame.columns)], int(wild.sum())


def sample_features(batches: CustomerBatches) -> pd.DataFrame:
    """Return the features of at most 200,000 customers, evenly spaced in their order."""
    step = -(-batches.customers // SAMPLE)
    chosen, before = [], 0
    for batch in batches:
        chosen.append(batch.features.iloc[-before % step :: step].copy())  # a slice would keep its whole batch alive
        before += len(batch.features)
    return join_frames(chosen)


def join_frames(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of `frames` in one; their categories are united."""
    if len(frames) == 1:
        return frames[0]
    plain = [frame.astype(dict.fromkeys(frame.columns[split_types(frame)[1]], "str")) for frame in frames]
    whole = pd.concat(plain)
    return whole.astype(dict.fromkeys(whole.columns[split_types(whole)[1]], "category"))
