"""One pass over a flat file: its rows as an Ibis table, and which of its records were no rows at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt

from querencia.data.reading.encoding import copy_as_utf8, is_utf8, packing_of
from querencia.data.reading.files import engine_errors
from querencia.data.reading.layouts import Layout, lay_out
from querencia.data.reading.mending import FEW_LINES, copy_mended
from querencia.language.notes import Note

# Staged files hold this row's reason for being rejected, null where it is sound.
REASON = "__reason"


def scan(con: Any, layout: Layout, *, keys: Sequence[str] | None = None) -> Any:
    """Return the rows of a flat file as an Ibis table that reads the file when it is executed.

    Columns are strings, but for Parquet's, which keep their own types. Broken JSON lines are rows of nulls; CSV records
    that are no rows are left out. Of JSON lines the `keys` are read, by default those of the first lines.
    """
    if layout.kind == "parquet":
        return con.read_parquet(layout.text)
    if layout.kind == "json":
        # The engine's own reader of JSON lines would be as fast, but takes the line after a cut-off one for a part of
        # it, and both are lost.
        lines, keys = scan_lines(con, layout), layout.columns if keys is None else keys
        lines = lines.select(value=try_parse_json(lines.line, dict.fromkeys(keys, "VARCHAR")))
        return lines.select(**{name: lines.value[name] for name in keys})
    names = {f"c{position}": name for position, name in enumerate(layout.columns)}
    table = _read_csv(
        con,
        layout,
        columns=dict.fromkeys(names, "VARCHAR"),
        skip=layout.skip,
        delim=layout.delimiter,
        quote=layout.quote,
        escape="\\" if layout.kind == "arff" else '"',
    )
    return table.rename({name: position for position, name in names.items()})


def scan_lines(con: Any, *layouts: Layout) -> Any:
    """Return the lines of text files, all packed in one way, as an Ibis table of one string column, `line`.

    Blank lines are left out.
    """
    lines = _read_csv(con, *layouts, columns={"line": "VARCHAR"}, delim="\x01", quote="", escape="")
    return lines.filter(~lines.line.re_search(r"^\s*$"))


def parse_json(text: Any, structure: dict[str, Any]) -> Any:
    """Return a column of JSON texts as values of `structure`, such as ``{"aid": "BIGINT", "seen": ["VARCHAR"]}``.

    Every text must be JSON; a part that is not as the structure says is null.
    """
    value = json_type(structure)
    from_json = _builtin(_takes_two, name="from_json", signature=(("string", "string"), value))
    return from_json(text, json.dumps(structure))


def try_parse_json(text: Any, structure: dict[str, Any]) -> Any:
    """Return a column of texts as `parse_json` does, null where a text is no JSON."""
    value = parse_json(text, structure)
    # Where one text of a batch is no JSON, TRY goes through the batch again one by one.
    unless_broken = _builtin(_takes_one, name="try", signature=((value.type(),), value.type()))
    return unless_broken(value)


def json_type(kind: Any) -> Any:
    """Return the type that Ibis knows for what the engine shall make of a JSON value."""
    if isinstance(kind, list):
        return dt.Array(json_type(kind[0]))
    if isinstance(kind, dict):
        return dt.Struct({name: json_type(part) for name, part in kind.items()})
    return dt.dtype({"VARCHAR": "string", "DOUBLE": "float64", "BIGINT": "int64", "JSON": "json"}[kind])


def stage(con: Any, layout: Layout, shape: Callable[[Layout], Any], *, into: Path, **options: Any) -> Layout:
    """Write the Ibis table that `shape` makes of a file to a Parquet file, in the file's order; return its layout.

    `options` are the engine's for writing Parquet.

    The layout returned differs where the engine could not take the file as it is: it was copied first, with even line
    ends, or without the quotes that are never closed and would swallow the rows after them. What could not be cut into
    columns stands in `broken_path(into)`.
    """
    with engine_errors(layout.file):
        try:
            shape(layout).to_parquet(into, **options)
        except duckdb.InvalidInputException:
            if layout.kind == "parquet" or layout.text != layout.file:
                raise
            copy = copy_as_utf8(layout.file, encoding=layout.encoding, into=into.with_suffix(".text"))
            layout = replace(layout, text=copy)
            shape(layout).to_parquet(into, **options)
        if layout.kind == "csv" and _quotes_went_wrong(con):
            mended = into.with_suffix(".mended")
            copy_mended(layout.text, delimiter=layout.delimiter, columns=len(layout.columns), into=mended)
            layout = replace(layout, text=mended, shown=layout.text)
            shape(layout).to_parquet(into, **options)
        if layout.kind != "parquet":
            keep_broken_records(con, into=broken_path(into))
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
    """Return the file beside a staged one that holds `record` and `error` of what was no row; not for Parquet."""
    return part.with_suffix(".broken.parquet")


def keep_broken_records(con: Any, *, into: Path) -> None:
    """Write what the engine could not cut into columns to a file: its own list of it stays for one scan only."""
    broken = con.table("reject_errors", database=("temp", "main"))
    broken = broken.group_by(record=broken.line.cast("int64")).agg(error=broken.error_type.cast("string").min())
    broken.order_by("record").to_parquet(into)
    _forget_broken_records(con)


def _quotes_went_wrong(con: Any) -> bool:
    broken = con.table("reject_errors", database=("temp", "main"))
    wrong = broken.error_type.cast("string").isin(["UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM", "INVALID STATE"])
    swallowed = broken.csv_line.length() - broken.csv_line.replace("\n", "").length() > FEW_LINES
    return int(broken.filter(wrong | swallowed).count().to_pyarrow().as_py()) > 0


def _forget_broken_records(con: Any) -> None:
    con.raw_sql("DROP TABLE IF EXISTS reject_errors")
    con.raw_sql("DROP TABLE IF EXISTS reject_scans")


def _read_csv(con: Any, *layouts: Layout, columns: dict[str, str], **dialect: Any) -> Any:
    _forget_broken_records(con)
    return con.read_csv(
        [layout.text for layout in layouts],
        columns=columns,
        auto_detect=False,
        header=False,
        compression=packing_of(layouts[0].text) or "none",
        store_rejects=True,
        rejects_limit=0,
        **dialect,
    )


def _takes_one(value: Any) -> Any: ...


def _takes_two(first: Any, second: Any) -> Any: ...


_builtin: Any = ibis.udf.scalar.builtin
