"""Several fits at a time, each on one thread, so that results do not depend on how many there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def count_workers(n_jobs: int | None) -> int:
    """Return how many fits run at a time: `n_jobs`, None for one, -1 for one per core, -2 for one core spared …"""
    if n_jobs is None or n_jobs > 0:
        return n_jobs or 1
    return max(1, (os.cpu_count() or 1) + 1 + n_jobs)


class Workers:
    """A pool of threads, as a context, that tells how many of `fits` in all are done."""

    def __init__(self, n_jobs: int | None, *, fits: int, on_progress: Callable[[int, int], None] | None) -> None:
        self._pool = ThreadPoolExecutor(count_workers(n_jobs))
        self._fits = fits
        self._done = 0
        self._on_progress = on_progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self._pool.shutdown(cancel_futures=True)  # whoever interrupts does not wait for the fits not begun

    def do(self, work: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
        """Return what `work` makes of each of the `jobs`, in their order."""
        return list(self._pool.map(work, jobs))

    def fit(self, work: Callable[[Job], Result], jobs: Sequence[Job]) -> list[Result]:
        """Return the same where each job is one fit, and counts as progress."""
        results = []
        for result in self._pool.map(work, jobs):
            results.append(result)
            self._done += 1
            if self._on_progress is not None:
                self._on_progress(self._done, self._fits)
        return results
