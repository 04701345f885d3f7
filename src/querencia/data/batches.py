"""Tables larger than memory, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from querencia.data.dialect import on_spark, write_folder

ROWS = 65_536


def read_batches(con: Any, table: Any, *, rows: int = ROWS) -> Iterator[pa.RecordBatch]:
    """Yield an Ibis table in its own order, at most `rows` rows at a time, on DuckDB or Spark.

    On DuckDB no other question may be put to `con` meanwhile. Spark would gather the whole table on this machine: it
    writes it to files instead, which are read one after the other.
    """
    if not on_spark(con):
        # What Ibis 12 does itself, but for a call that DuckDB has deprecated.
        yield from con.raw_sql(con.compile(table)).to_arrow_reader(rows)
        return
    with TemporaryDirectory(prefix="querencia-") as place:
        folder = Path(place) / "rows"
        write_folder(con, table, folder)
        for file in sorted(folder.glob("*.parquet")):
            yield from pyarrow.parquet.ParquetFile(file).iter_batches(rows)
