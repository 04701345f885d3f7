"""Where Ibis on Spark would differ from Ibis on DuckDB: the same expression gives the same on both."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pyarrow
import pytest

from querencia.data.dialect import on_spark, parse_json_on, read_folder, repetition, write_folder
from querencia.errors import WorkError

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.parametrize("spark", ["local"], indirect=True),
]

EPOCH = datetime(1970, 1, 1)


def rows_of(con: Any, table: Any) -> str:
    return repr(con.to_pyarrow(table).to_pylist())


def test_the_same_answers(spark: Any, duck: Any) -> None:
    rows = pyarrow.table(
        {
            "group": [1, 1, 2, 2],
            "moment": pyarrow.array([1_712_415_599_999_999, 1_712_415_600_000_000, None, 7], pyarrow.timestamp("us")),
            "milliseconds": [1_660_822_394_516, 0, None, 1_660_822_394_001],
            "number": [float("nan"), None, None, 2.5],
            "whole": [2**62 + 1, None, 3, 4],
        }
    )

    def ask(con: Any) -> str:
        table = ibis.memtable(rows)
        columns = table.select(
            "group",
            known=table.number.notnull(),
            unknown=table.number.isnull(),
            hour=table.moment.truncate("h"),
            seconds=table.moment.delta(ibis.literal(EPOCH), unit="second"),
            hours=ibis.literal(datetime(2024, 4, 6, 15, 0, 0)).delta(table.moment, unit="hour"),
            days=table.moment.delta(ibis.literal(datetime(2024, 4, 5, 23, 0, 0)), unit="day"),
            from_milliseconds=table.milliseconds.as_timestamp("ms"),
            weekday=table.moment.day_of_week.index(),
            whole=table.whole,
        )
        counted = columns.group_by("group").agg(
            few=columns.count(where=columns.hour > ibis.literal(datetime(2025, 1, 1))),
            most=columns.whole.max(),
            first=columns.from_milliseconds.min(),
        )
        return rows_of(con, columns.order_by("group", "seconds")) + rows_of(con, counted.order_by("group"))

    # An integer that no float holds, a count of nothing that is 0 and not null, NaN that is a number.
    assert ask(spark) == ask(duck)
    assert str(2**62 + 1) in ask(duck)
    assert "'few': 0" in ask(duck)
    assert "'known': True" in ask(duck)


def test_lines_become_values(spark: Any, duck: Any) -> None:
    structure = {"session": "BIGINT", "seen": [{"aid": "BIGINT", "type": "VARCHAR"}], "share": "DOUBLE"}
    line = '{"session":7,"seen":[{"aid":1,"type":"caf\\u00e9"},{"type":null}],"share":0.1,"more":1}'
    lines = ibis.memtable(pyarrow.table({"line": [line]}))
    found = [rows_of(con, lines.select(value=parse_json_on(con, lines.line, structure))) for con in (spark, duck)]
    assert found[0] == found[1]
    assert "café" in found[0]


def test_a_pattern_takes_a_long_line(spark: Any, duck: Any) -> None:
    lines = ibis.memtable(pyarrow.table({"line": ["[" + "ab,ac," * 100_000 + "]", "[ab,ac,x]"]}))
    for con in (spark, duck):
        found = lines.select(fits=lines.line.re_search(rf"^\[(?:(?:ab|ac),){repetition(con)}\]$"))
        assert sorted(con.to_pyarrow(found)["fits"].to_pylist()) == [False, True]


def test_a_folder_of_one_engine_is_read_by_the_other(spark: Any, duck: Any, tmp_path: Path) -> None:
    rows = pyarrow.table({"number": list(range(1000)), "time": [datetime(2024, 1, 1, 12, 0, 0, 1)] * 1000})
    for con, other in ((spark, duck), (duck, spark)):
        folder = tmp_path / f"{con.name} with [odd] {{signs}}" if on_spark(con) else tmp_path / con.name
        write_folder(con, ibis.memtable(rows).order_by("number"), folder)
        assert {path.suffix for path in folder.iterdir()} == {".parquet"}
        if on_spark(con):
            # DuckDB would take the brackets for a glob.
            assert spark.to_pyarrow(read_folder(spark, folder)).num_rows == 1000
            folder = folder.rename(tmp_path / "spark")
        read = other.to_pyarrow(read_folder(other, folder).order_by("number"))
        assert read.schema.field("time").type == pyarrow.timestamp("us")
        assert read.to_pylist() == rows.to_pylist()
    assert duck.to_pyarrow(read_folder(duck, tmp_path / "spark"))["number"].to_pylist() == list(range(1000))


def test_lines_are_what_stands_in_the_file(spark: Any, tmp_path: Path) -> None:
    file = tmp_path / "a file.txt"
    file.write_bytes(b"one\r\ntwo\rhalf\n\n  \nlast\xe2\x80\xa8")
    lines = spark.to_pyarrow(spark.read_lines(file).order_by("block", "row"))["line"].to_pylist()
    assert lines == ["one", "two\rhalf", "", "  ", "last\u2028"]


def test_a_failure_is_told_in_a_sentence(spark: Any, tmp_path: Path) -> None:
    broken = tmp_path / "events.parquet"
    broken.write_bytes(b"PAR1 nothing of the sort")
    with pytest.raises(WorkError, match=r"Spark could not do the work: .*look at the cluster's own log") as told:
        spark.to_pyarrow(spark.read_parquet(broken))
    assert "\n" not in str(told.value)
    with pytest.raises(WorkError, match="Spark could not do the work"):
        spark.to_pyarrow(ibis.memtable(pyarrow.table({"a": ["x"]})).select(a=ibis._.a.cast("int64")))
