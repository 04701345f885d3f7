"""What the two engines do differently, and no expression of Ibis says for both.

Where Ibis itself writes one thing for DuckDB and another for Spark, `querencia.data.spark.backend` sees to it that they
mean the same; the rest is here. Elsewhere nobody asks which engine it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
from ibis.util import gen_name

from querencia.data.reading.scanning import json_type, parse_json

# Keys within two to this power of each other are counted in an array.
_DENSE_BITS = 21

_SPARK_TYPES = {"VARCHAR": "STRING", "DOUBLE": "DOUBLE", "BIGINT": "BIGINT", "JSON": "STRING"}


def on_spark(con: Any) -> bool:
    """Tell whether an Ibis backend is Spark's."""
    return str(con.name) == "pyspark"


def parse_json_on(con: Any, text: Any, structure: dict[str, Any]) -> Any:
    """Return a column of JSON texts as values of `structure` (see `parse_json`).

    Every text must be JSON of that structure: of any other, each engine makes something of its own.
    """
    if not on_spark(con):
        return parse_json(text, structure)
    value = json_type(structure)
    from_json: Any = ibis.udf.scalar.builtin(_takes_two, name="from_json", signature=(("string", "string"), value))
    return from_json(text, _spark_type(structure))


def repetition(con: Any) -> str:
    """Return the sign for "any number of times, as many as there are" behind a group of a pattern.

    Java walks a plain ``(…)*`` by calling itself, once for each time, and a line of some thousand events ends the whole
    process. The possessive ``*+`` it walks in a loop; DuckDB's patterns do not know it, and need it not.
    """
    return "*+" if on_spark(con) else "*"


def write_folder(con: Any, table: Any, folder: Path) -> None:
    """Write an Ibis table as Parquet files to `folder`, which is not there yet, in the table's order.

    Either engine then reads it as ``folder/*.parquet``, by the names of its files in that order.
    """
    if not on_spark(con):
        folder.mkdir(parents=True)
        con.to_parquet(table, folder / "00000.parquet")
        return
    con.to_parquet(table, folder)
    for file in folder.iterdir():
        # Marks and checksums that Hadoop leaves beside the files.
        if file.suffix != ".parquet":
            shutil.rmtree(file) if file.is_dir() else file.unlink()


def read_folder(con: Any, *folders: Path) -> Any:
    """Return the Parquet files of folders as one Ibis table."""
    return con.read_parquet([folder / "*.parquet" for folder in folders])


@contextmanager
def dense_integer_groups(con: Any) -> Iterator[None]:
    """Let DuckDB count groups of integer keys less than two million apart in a flat array, while this is open.

    Measured on OTTO's items: a third of the time. DuckDB's own bound is 4,096, because the array costs memory for
    every thread and cannot spill: 16 MB for one count, so only queries with few aggregates belong in here. The figures
    are the same either way; other engines, other keys and logs whose key range the engine does not know go unchanged.
    """
    if on_spark(con):
        yield
        return
    con.raw_sql(f"SET perfect_ht_threshold = {_DENSE_BITS}")
    try:
        yield
    finally:
        con.raw_sql("RESET perfect_ht_threshold")


@contextmanager
def kept(con: Any, table: Any) -> Iterator[Any]:
    """Compute an Ibis table once, and give it back to be asked several questions; it is gone on leaving.

    Ibis's own `cache` does this on other engines. On DuckDB it cannot let go again: the DROP that Ibis 12 writes names
    no table since sqlglot 30.
    """
    if on_spark(con):
        with table.cache() as cached:
            yield cached
        return
    name = gen_name("kept")
    try:
        yield con.create_table(name, table, temp=True)
    finally:
        con.raw_sql(f'DROP TABLE IF EXISTS temp.main."{name}"')


def percent_done(con: Any) -> float | None:
    """Return how much of the work at hand is done, in percent; None where nothing is, or nobody knows."""
    if not on_spark(con):
        percent = float(con.con.query_progress())
        return percent if percent >= 0 else None
    done: float | None = con.percent_done()
    return done


def _spark_type(structure: Any) -> str:
    if isinstance(structure, list):
        return f"ARRAY<{_spark_type(structure[0])}>"
    if isinstance(structure, dict):
        return f"STRUCT<{', '.join(f'`{name}`: {_spark_type(part)}' for name, part in structure.items())}>"
    return _SPARK_TYPES[structure]


def _takes_two(first: Any, second: Any) -> Any: ...
