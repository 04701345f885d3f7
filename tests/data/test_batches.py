"""Tables a part at a time, in their own order."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet

from querencia.data.batches import read_batches


def test_every_row_comes_once_in_the_tables_order_and_no_part_is_too_large(tmp_path: Path) -> None:
    rows = 10_000
    table = pa.table({"id": [f"c{(7919 * i) % rows:05}" for i in range(rows)], "x": list(range(rows))})
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=900)
    con = ibis.duckdb.connect()
    parts = list(read_batches(con, con.read_parquet(tmp_path / "t.parquet"), rows=512))
    assert max(map(len, parts)) <= 2048  # DuckDB hands out whole vectors
    assert len(parts) > 4
    assert pa.Table.from_batches(parts).equals(table)
    ordered = list(read_batches(con, con.read_parquet(tmp_path / "t.parquet").order_by("id"), rows=5000))
    assert [value for part in ordered for value in part["id"].to_pylist()] == sorted(table["id"].to_pylist())
