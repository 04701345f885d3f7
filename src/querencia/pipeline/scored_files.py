"""Scores in files: more of them than fit into memory, kept between one pass over the customers and the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from querencia.errors import WorkError
from querencia.pipeline.outputs import replacing


@dataclass(frozen=True)
class PartsInFile:
    """A Parquet file with one row group per part: what is read has the parts that were written."""

    path: Path

    def write(self, parts: Iterator[pd.DataFrame]) -> None:
        """Keep `parts`, in place of what was there; they may come from there."""
        with replacing(self.path) as temporary:
            schema: pa.Schema | None = None
            writer: pyarrow.parquet.ParquetWriter | None = None
            try:
                for part in parts:
                    table = pa.Table.from_pandas(part, schema=schema, preserve_index=False)
                    if writer is None:
                        schema = _plain(table.schema)
                        table = table.cast(schema)
                        writer = pyarrow.parquet.ParquetWriter(temporary, schema, compression="zstd")
                    writer.write_table(table, row_group_size=max(1, len(table)))
            finally:
                if writer is not None:
                    writer.close()
        if not self.path.is_file():
            raise WorkError(f"{str(self.path)!r} was not written: there were no customers to score.")

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Yield what is kept."""
        with pyarrow.parquet.ParquetFile(self.path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group).to_pandas()


def _plain(schema: pa.Schema) -> pa.Schema:
    """Return `schema` with text where a first part that knew no value has no type."""
    return pa.schema(
        [field.with_type(pa.string()) if pa.types.is_null(field.type) else field for field in schema]
    ).remove_metadata()
