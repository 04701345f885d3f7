"""One pass over a flat file: its rows as an Ibis table, and which of its records were no rows at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from querencia.data.encoding import copy_as_utf8, copy_sound_lines, is_utf8
from querencia.data.files import engine_errors
from querencia.data.layouts import Layout, lay_out
from querencia.language.notes import Note

# Staged files hold this row's reason for being rejected, null where it is sound.
REASON = "__reason"


def scan(con: Any, layout: Layout) -> Any:
    """Return the rows of a flat file as an Ibis table that reads the file when it is executed.

    Columns are strings, but for Parquet's, which keep their own types. Broken JSON lines are rows of nulls; CSV records
    that are no rows are left out.
    """
    if layout.kind == "parquet":
        return con.read_parquet(layout.text)
    if layout.kind == "json":
        return con.read_json(
            layout.text,
            columns=dict.fromkeys(layout.columns, "VARCHAR"),
            format="newline_delimited",
            ignore_errors=True,
        )
    _forget_broken_records(con)
    names = {f"c{position}": name for position, name in enumerate(layout.columns)}
    options: dict[str, Any] = {"comment": "%"} if layout.kind == "arff" else {}
    table = con.read_csv(
        layout.text,
        columns=dict.fromkeys(names, "VARCHAR"),
        auto_detect=False,
        header=False,
        skip=layout.skip,
        delim=layout.delimiter,
        quote=layout.quote,
        escape="\\" if layout.kind == "arff" else '"',
        store_rejects=True,
        rejects_limit=0,
        **options,
    )
    return table.rename({name: position for position, name in names.items()})


def stage(con: Any, layout: Layout, shape: Any, *, into: Path) -> Layout:
    """Write what `shape` makes of a file's rows to a Parquet file, in the file's order, and return its layout.

    The layout returned differs where the engine could not take the file as it is: it was copied first, with even line
    ends, or with broken JSON lines replaced. CSV records that were no rows stand in `broken_path(into)`.
    """
    with engine_errors(layout.file):
        try:
            shape(scan(con, layout)).to_parquet(into)
        except duckdb.InvalidInputException:
            if layout.kind == "parquet" or layout.text != layout.file:
                raise
            layout = replace(layout, text=_copy_evenly(layout, into=into))
            shape(scan(con, layout)).to_parquet(into)
        if layout.kind in ("csv", "arff"):
            _keep_broken_records(con, into=broken_path(into))
    return layout


def settle_encoding(
    con: Any,
    layout: Layout,
    *,
    part: Path,
    stage: Callable[[Layout, Path], Layout],
    count_rejected: Callable[[Layout, Path], int],
) -> Layout:
    """Stage a file, once more as Latin-1 where that is what it turns out to be; return its layout as it was read."""
    with engine_errors(layout.file):
        staged = stage(layout, part)
        if count_rejected(staged, part) and _turns_out_latin1(staged):
            layout = lay_out(con, layout.file, into=part.parent, encoding="latin-1")
            staged = stage(layout, part)
    return staged


def tell_encodings(layouts: Sequence[Layout]) -> list[Note]:
    """Return a note on each file that was read as Latin-1."""
    read = [layout.file.name for layout in layouts if layout.encoding == "latin-1"]
    return [Note(code="read_as_latin1", values={"file": name}) for name in read]


def _turns_out_latin1(layout: Layout) -> bool:
    """Tell whether a file with rejected rows is Latin-1 after all: a head in plain ASCII, and the rest is no UTF-8."""
    as_it_came = layout.encoding == "utf-8" and layout.ascii_head and layout.kind != "parquet"
    return as_it_came and not is_utf8(layout.file)


def broken_path(part: Path) -> Path:
    """Return the file beside a staged one that holds `record` and `error` of what was no row: CSV and ARFF only."""
    return part.with_suffix(".broken.parquet")


def _keep_broken_records(con: Any, *, into: Path) -> None:
    """Write what the engine could not cut into columns to a file: its own list of it stays for one scan only."""
    broken = con.table("reject_errors", database=("temp", "main"))
    broken = broken.group_by(record=broken.line.cast("int64")).agg(error=broken.error_type.cast("string").min())
    broken.order_by("record").to_parquet(into)
    _forget_broken_records(con)


def _forget_broken_records(con: Any) -> None:
    con.raw_sql("DROP TABLE IF EXISTS reject_errors")
    con.raw_sql("DROP TABLE IF EXISTS reject_scans")


def _copy_evenly(layout: Layout, *, into: Path) -> Path:
    copy = into.with_suffix(".text")
    if layout.kind == "json":
        return copy_sound_lines(layout.file, into=copy)
    return copy_as_utf8(layout.file, encoding=layout.encoding, into=copy)
