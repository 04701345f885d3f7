"""How a run says where it is: small Protocols that the terminal implements, and a silent default."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

POLL_SECONDS = 0.2


class Task(Protocol):
    """One step under way."""

    def update(self, done: float, total: float | None = None, detail: str = "") -> None:
        """Say that `done` of `total` is finished (None: nobody knows how much there is), and what is at hand."""


class Progress(Protocol):
    """Where a run reports to."""

    def task(self, label: str) -> Any:
        """Return a context manager of a Task, shown as `label` while it lasts."""

    def say(self, text: str) -> None:
        """Say one line."""


class SilentTask:
    """A task that nobody watches."""

    def update(self, done: float, total: float | None = None, detail: str = "") -> None:
        """Do nothing."""


class SilentProgress:
    """Progress that nobody watches: for notebooks and tests."""

    @contextmanager
    def task(self, label: str) -> Iterator[Task]:
        """Give a task that shows nothing."""
        yield SilentTask()

    def say(self, text: str) -> None:
        """Do nothing."""


class BytesRead:
    """A task that turns the engine's percent of one file into bytes of all files, with the rate and the time left."""

    def __init__(self, task: Task, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._task, self._clock = task, clock
        self._before = self._size = self._total = self._read = 0.0
        self._begun = clock()

    def begin(self, before: int, size: int, total: int) -> None:
        """Say that a file of `size` bytes begins, after `before` of `total` bytes."""
        self._before, self._size, self._total = before, size, total

    def update(self, done: float, total: float | None = None, detail: str = "") -> None:
        """Report `done` of `total` of the file at hand. What is read does not become less: smaller work follows it."""
        self._read = max(self._read, self._before + self._size * done / (total or 100))
        seconds = self._clock() - self._begun
        rate = self._read / seconds if seconds > 0 else 0.0
        if not rate:
            return
        left = (self._total - self._read) / rate
        told = f"{_size(self._read)} of {_size(self._total)}, {_size(rate)}/s, {_duration(left)} left"
        self._task.update(self._read, self._total, f"{told} {detail}".rstrip())


def _size(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def watching(con: Any, task: Task) -> Iterator[None]:
    """Report the engine's own progress to `task` while the body runs queries on `con` (an Ibis backend)."""
    from querencia.data.dialect import percent_done

    over = threading.Event()

    def poll() -> None:
        while not over.wait(POLL_SECONDS):
            percent = percent_done(con)
            if percent is not None:
                task.update(percent, 100)

    watcher = threading.Thread(target=poll, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
