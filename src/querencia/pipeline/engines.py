"""The engines of one run, each started when a step first needs it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from querencia.data.spark.address import is_spark
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress, SilentProgress

_DUCKDB = "duckdb://"


class Engines:
    """`con` reads and joins what is small, on DuckDB in this process; `log_con` works on the event log.

    Both are the same unless the project names Spark: then the log is read, explored and turned into one row per
    customer there, and left as Parquet files that `con` goes on from.
    """

    def __init__(self, plan: Plan, progress: Progress | None = None) -> None:
        self._plan = plan
        self._progress = progress or SilentProgress()
        self._open: dict[str, Any] = {}

    @property
    def con(self) -> Any:
        """The engine in this process, as an Ibis backend."""
        return self._connect(_DUCKDB, scratch="scratch")

    @property
    def log_con(self) -> Any:
        """The engine of the event log, as an Ibis backend."""
        url = self._plan.engine_url
        if not is_spark(url):
            return self.con
        with nullcontext() if url in self._open else self._progress.task("Starting Spark"):
            return self._connect(url, scratch="spark")

    def close(self) -> None:
        """Let go of every engine that was started."""
        for engine in self._open.values():
            engine.disconnect()
        self._open.clear()

    def _connect(self, url: str, *, scratch: str) -> Any:
        if url not in self._open:
            from querencia.data.engine import connect

            plan = self._plan
            self._open[url] = connect(
                url, memory=plan.engine_memory, threads=plan.engine_threads, scratch=plan.workspace / scratch
            )
        return self._open[url]
