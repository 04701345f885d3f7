"""What only one engine does: tables kept for several questions, and integer keys counted in an array."""

from __future__ import annotations

from pathlib import Path

import pytest

from querencia.data.dialect import dense_integer_groups, kept
from querencia.data.engine import connect


def test_a_kept_table_is_computed_once_and_gone_afterwards(tmp_path: Path) -> None:
    con = connect(scratch=tmp_path)
    con.raw_sql("CREATE VIEW drawn AS SELECT random() AS x FROM range(50)")
    drawn = con.table("drawn")
    with kept(con, drawn) as table:
        once, again = con.to_pyarrow(table.x.sum()).as_py(), con.to_pyarrow(table.x.sum()).as_py()
        assert once == again > 0
        assert con.raw_sql("SELECT count(*) FROM duckdb_tables()").fetchall() == [(1,)]
    with pytest.raises(RuntimeError), kept(con, drawn):
        raise RuntimeError
    assert con.raw_sql("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]


def test_dense_integer_keys_are_counted_in_an_array_while_that_is_asked_for(tmp_path: Path) -> None:
    con = connect(scratch=tmp_path)
    con.raw_sql("CREATE TABLE t AS SELECT range % 1_000_000 AS item FROM range(1_200_000)")
    asked = "EXPLAIN SELECT item, count(*) FROM t GROUP BY item"

    def plan() -> str:
        return str(con.raw_sql(asked).fetchall())

    with dense_integer_groups(con):
        assert "PERFECT_HASH_GROUP_BY" in plan()
    assert "PERFECT_HASH_GROUP_BY" not in plan()
