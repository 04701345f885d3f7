"""Ibis on Spark, set right where its answers would differ from those on DuckDB.

Expressions elsewhere need not know which engine they run on. What no expression of Ibis says on both engines stands in
`querencia.data.dialect`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from ibis.backends.pyspark import Backend
from ibis.backends.sql.compilers.base import NULL, STAR
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.util import gen_name
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from querencia.errors import WorkError

# How Spark makes a timestamp of a number, by the unit of the number.
_FROM_EPOCH = {"s": "timestamp_seconds", "ms": "timestamp_millis", "us": "timestamp_micros"}

# Signs that Hadoop would take for a glob, and that are none: only a folder's files are named by one, ``*.parquet``.
_GLOB_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "{}[]?\\"})

_MOST_TOLD = 400


class SparkCompiler(PySparkCompiler):
    """Writes Spark SQL."""

    __slots__ = ()

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:
        """Count 0, not null, where no row meets the condition."""
        return self.f.count(STAR) if where is None else self.f.count_if(where)

    def visit_TimestampFromUNIX(self, op: Any, *, arg: Any, unit: Any) -> Any:
        """Take milliseconds and microseconds as well as seconds."""
        return self.cast(self.f[_FROM_EPOCH[unit.short]](arg), op.dtype)

    def visit_TimestampDelta(self, op: Any, *, part: Any, left: Any, right: Any) -> Any:
        """Count the full units that begin between two moments, not those that pass."""
        unit = op.part.value
        if unit != "microsecond":
            left, right = (self.f.anon.date_trunc(unit, moment) for moment in (left, right))
        return super().visit_TimestampDelta(op, part=part, left=left, right=right)

    def visit_TimestampTruncate(self, op: Any, *, arg: Any, unit: Any) -> Any:
        """Keep a timestamp without zone one without zone."""
        return self.cast(super().visit_TimestampTruncate(op, arg=arg, unit=unit), op.dtype)

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:
        """Take NaN for the number it is."""
        return arg.is_(NULL)

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:
        """Take NaN for the number it is."""
        return arg.is_(NULL).not_()


class SparkBackend(Backend):
    """An Ibis backend on a Spark session: results come as Arrow, exact, and failures as errors of our own."""

    compiler = SparkCompiler()

    @classmethod
    def on(cls, session: Any) -> Self:
        """Return a backend that works on `session`, a Spark session of either sort."""
        cls.register_options()
        backend = cls()
        backend.do_connect(session)
        return backend

    def to_pyarrow(
        self, expr: Any, /, *, params: Mapping[Any, Any] | None = None, limit: int | str | None = None, **kwargs: Any
    ) -> Any:
        """Return what `expr` gives as Arrow: never by way of pandas, in which a null makes a float of an integer."""
        table = expr.as_table()
        with spark_errors():
            self._run_pre_execute_hooks(table)
            found = self.raw_sql(self.compile(table, params=params, limit=limit, **kwargs)).toArrow()
        return expr.__pyarrow_result__(found.cast(table.schema().to_pyarrow()))

    def to_parquet(
        self,
        expr: Any,
        /,
        path: str | Path,
        *,
        params: Mapping[Any, Any] | None = None,
        limit: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        """Write what `expr` gives to the folder `path`, which is not there yet, as Parquet files."""
        with spark_errors():
            self._run_pre_execute_hooks(expr)
            frame = self.raw_sql(self.compile(expr, params=params, limit=limit))
            frame.write.parquet(_uri(path), **kwargs)

    def read_parquet(
        self, path: str | Path | Sequence[str | Path], /, *, table_name: str | None = None, **kwargs: Any
    ) -> Any:
        """Return the Parquet files or folders at `path` as an Ibis table."""
        with spark_errors():
            frame = self._session.read.parquet(*_patterns(path), **kwargs)
            return self._name(frame, table_name or gen_name("read_parquet"))

    def read_lines(self, path: str | Path) -> Any:
        """Return the lines of a text file, gzipped or not, as an Ibis table of `line`, `block` and `row`.

        A line ends at a line feed, with a carriage return before it or not. `block` and `row` sort lines as they stand
        in the file, though neither is a line's number.
        """
        with spark_errors():
            frame = self._session.read.text(_pattern(path), lineSep="\n")
            frame = frame.selectExpr(
                "if(endswith(value, '\\r'), left(value, length(value) - 1), value) AS line",
                "_metadata.file_block_start AS block",
                "monotonically_increasing_id() AS row",
            )
            return self._name(frame, gen_name("read_lines"))

    def percent_done(self) -> float | None:
        """Return the share of tasks that are done in the stages at work, in percent; None where that is not known."""
        try:
            tracker = self._session.sparkContext.statusTracker()
            stages = [stage for stage in map(tracker.getStageInfo, tracker.getActiveStageIds()) if stage is not None]
        except (PySparkException, Py4JError):
            return None  # a Spark Connect server does not tell
        total = sum(stage.numTasks for stage in stages)
        return 100 * sum(stage.numCompletedTasks for stage in stages) / total if total else None

    def _name(self, frame: Any, name: str) -> Any:
        frame.createOrReplaceTempView(name)
        return self.table(name)

    def _register_in_memory_table(self, op: Any) -> None:
        frame = self._session.createDataFrame(op.data.to_pyarrow(op.schema))
        frame.createOrReplaceTempView(op.name)


@contextmanager
def spark_errors() -> Iterator[None]:
    """Raise what Spark says as an error of our own."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise WorkError(
            f"Spark could not do the work: {_tell(error)}. Expected a cluster that stays up, and files that every "
            "worker sees under the same path: look at the cluster's own log, and run again."
        ) from error


def _tell(error: Exception) -> str:
    """Return the first line of what Spark says: the rest is a stack trace."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:_MOST_TOLD].rstrip(".:")


def _patterns(paths: str | Path | Sequence[str | Path]) -> list[str]:
    return [_pattern(paths)] if isinstance(paths, str | Path) else [_pattern(path) for path in paths]


def _pattern(path: str | Path) -> str:
    """Return the address of what is read, in which ``*`` is a glob, and no other sign."""
    return _uri(path).translate(_GLOB_SIGNS)


def _uri(path: str | Path) -> str:
    """Return the address of a file or folder of this machine, whatever file system the cluster has for its own."""
    return f"file://{Path(path).absolute()}"
