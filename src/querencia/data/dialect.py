"""What the two engines do differently, and no expression of Ibis says for both.

Where Ibis itself writes one thing for DuckDB and another for Spark, `querencia.data.spark.backend` sees to it that they
mean the same; the rest is here. Elsewhere nobody asks which engine it is.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import ibis

from querencia.data.reading.scanning import json_type, parse_json

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
        table.to_parquet(folder / "00000.parquet")
        return
    table.to_parquet(folder)
    for file in folder.iterdir():
        # Marks and checksums that Hadoop leaves beside the files.
        if file.suffix != ".parquet":
            shutil.rmtree(file) if file.is_dir() else file.unlink()


def read_folder(con: Any, *folders: Path) -> Any:
    """Return the Parquet files of folders as one Ibis table."""
    return con.read_parquet([folder / "*.parquet" for folder in folders])


def _spark_type(structure: Any) -> str:
    if isinstance(structure, list):
        return f"ARRAY<{_spark_type(structure[0])}>"
    if isinstance(structure, dict):
        return f"STRUCT<{', '.join(f'`{name}`: {_spark_type(part)}' for name, part in structure.items())}>"
    return _SPARK_TYPES[structure]


def _takes_two(first: Any, second: Any) -> Any: ...
