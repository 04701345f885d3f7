"""How a run says where it is: small Protocols that the terminal implements, and a silent default."""

from __future__ import annotations

import threading
from collections.abc import Iterator
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


@contextmanager
def watching(con: Any, task: Task) -> Iterator[None]:
    """Report the engine's own progress to `task` while the body runs queries on `con` (an Ibis DuckDB backend)."""
    engine = con.con
    engine.execute("SET enable_progress_bar = true")
    engine.execute("SET enable_progress_bar_print = false")
    over = threading.Event()

    def poll() -> None:
        while not over.wait(POLL_SECONDS):
            percent = engine.query_progress()
            if percent >= 0:
                task.update(percent, 100)

    watcher = threading.Thread(target=poll, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
