"""Passes over all customers: scored, placed in segments, and profiled, a batch at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd

from querencia.learn.batches import SAMPLE, join_frames
from querencia.learn.churn.workers import count_workers
from querencia.learn.customer_models import CustomerModels
from querencia.learn.encoding.encoders import Floats
from querencia.learn.figures.segments import SegmentProfile
from querencia.learn.problem import CustomerBatch, CustomerBatches, ScoredParts, SegmentNames
from querencia.learn.segments.profiles import profile_segments

Progress = Callable[[str, int, int], None]
MOST_EXACT_REASONS = 200_000  # customers above whom Shapley values would take longer than all the rest
_MEANS = ("engagement", "churn_probability", "cltv")


def score_batches(
    models: CustomerModels,
    batches: CustomerBatches,
    *,
    tell: Progress,
    n_jobs: int = -1,
    watch: Callable[[CustomerBatch, pd.DataFrame], None] | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield the scores of each batch, in order; `watch` is shown each batch with its scores.

    `n_jobs` batches are scored at a time, and no more are read ahead than that: memory holds so many. Reasons are
    Shapley values for up to 200,000 customers.
    """
    models = replace(models, exact_reasons=batches.customers <= MOST_EXACT_REASONS)
    done, workers = 0, count_workers(n_jobs)
    tell("scoring", 0, batches.customers)
    ahead: deque[tuple[CustomerBatch, Future[pd.DataFrame]]] = deque()
    waiting = iter(batches)
    with ThreadPoolExecutor(workers) as pool:
        while True:
            for batch in islice(waiting, workers - len(ahead)):
                ahead.append((batch, pool.submit(models.score, batch)))
            if not ahead:
                return
            batch, scores = ahead.popleft()
            scored = scores.result()
            if watch is not None:
                watch(batch, scored)
            yield scored
            done += len(scored)
            tell("scoring", done, batches.customers)


def place_parts(models: CustomerModels, parts: ScoredParts, *, names: SegmentNames | None) -> Iterator[pd.DataFrame]:
    """Yield each part of the scores with segment, its name, and risk group."""
    assert models.segmenter is not None
    number = models.segmenter.n_segments_
    words = np.array([name_segment(names, segment, number) for segment in range(number)], dtype=object)
    for part in parts:
        placed = models.place(part)
        placed["segment_name"] = words[placed["segment"].to_numpy()]
        yield placed


def name_segment(names: SegmentNames | None, segment: int, number: int) -> str:
    """Return the name of segment `segment` of `number`; empty where there is none."""
    if names is None:
        return ""
    if callable(names):
        return names(segment, number)
    return names[segment] if segment < len(names) else ""


def profile_parts(
    models: CustomerModels, batches: CustomerBatches, parts: ScoredParts, *, names: SegmentNames | None
) -> tuple[SegmentProfile, ...]:
    """Return the profile of each segment: sizes and means of all customers, traits of at most 200,000."""
    assert models.segmenter is not None
    number = models.segmenter.n_segments_
    step = -(-batches.customers // SAMPLE)
    features, customers, before = [], [], 0
    totals = _Totals(number)
    for batch, part in zip(batches, parts, strict=True):
        totals.add(part)
        first = -before % step
        # Copies: a slice would keep its whole batch alive.
        features.append(batch.features.iloc[first::step].copy())
        customers.append(part[["segment", *_MEANS]].iloc[first::step].copy())
        before += len(part)
    profiles = profile_segments(
        pd.concat(customers, ignore_index=True),
        join_frames(features),
        encoder=models.engagement.principal_components_.encoder_,
        name_segment=lambda segment, number: name_segment(names, segment, number),
        segments=number,
    )
    return tuple(totals.correct(profile) for profile in profiles)


class _Totals:
    """Customers, and sums of what is known of them, by segment."""

    def __init__(self, number: int) -> None:
        self.customers = np.zeros(number, dtype=np.int64)
        self.sums = {name: np.zeros(number) for name in _MEANS}
        self.known = {name: np.zeros(number, dtype=np.int64) for name in _MEANS}

    def add(self, part: pd.DataFrame) -> None:
        segment = part["segment"].to_numpy(dtype=np.int64)
        number = len(self.customers)
        self.customers += np.bincount(segment, minlength=number)
        for name in _MEANS:
            values: Floats = part[name].to_numpy(dtype=np.float64)
            there = ~np.isnan(values)
            self.sums[name] += np.bincount(segment[there], weights=values[there], minlength=number)
            self.known[name] += np.bincount(segment[there], minlength=number)

    def correct(self, profile: SegmentProfile) -> SegmentProfile:
        """Return `profile` with the size and the means of all customers of its segment."""
        at = profile.segment
        return replace(
            profile,
            customers=int(self.customers[at]),
            share=int(self.customers[at]) / int(self.customers.sum()),
            engagement=self._mean("engagement", at),
            churn_probability=self._mean("churn_probability", at),
            cltv=self._mean("cltv", at),
        )

    def _mean(self, name: str, segment: int) -> float | None:
        known = int(self.known[name][segment])
        return float(self.sums[name][segment]) / known if known else None
