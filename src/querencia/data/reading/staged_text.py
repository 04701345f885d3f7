"""A table staged as text: every cell a string without blanks around it, null where missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from querencia.data.reading.cells import clean
from querencia.data.reading.layouts import Layout
from querencia.data.reading.rejected import count_broken_records
from querencia.data.reading.scanning import scan, settle_encoding, stage

# Which file a row is from, which row of it, and which of the whole table: all from 0.
FILE = "__file"
FILE_ROW = "file_row_number"
ROW = "__row"


@dataclass(frozen=True, kw_only=True)
class StagedText:
    """A file staged as text at `part`: `rows` of it could be cut into columns, `broken` could not."""

    layout: Layout
    part: Path
    rows: int
    broken: int


def stage_text(con: Any, layout: Layout, *, part: Path) -> StagedText:
    """Write the cells of a flat file as text to a Parquet file, in the file's order."""

    def write(file: Layout, into: Path) -> Layout:
        return stage(con, file, lambda readable: _shape(scan(con, readable)), into=into)

    def count_broken(file: Layout, staged: Path) -> int:
        # A broken JSON line is a row of nulls.
        empty = _count_empty(con, file, staged) if file.kind == "json" else 0
        return empty + count_broken_records(con, file, staged)

    read = settle_encoding(con, layout, part=part, stage=write, count_rejected=count_broken)
    rows = int(con.read_parquet(part).count().to_pyarrow().as_py())
    return StagedText(layout=read, part=part, rows=rows, broken=count_broken_records(con, read, part))


def join_texts(con: Any, files: Sequence[StagedText], columns: Sequence[str]) -> Any:
    """Return the rows of all files as one Ibis table of `columns`, with FILE, FILE_ROW and ROW."""
    tables, before = [], 0
    for number, file in enumerate(files):
        staged = con.read_parquet(file.part, file_row_number=True)
        place = {FILE: ibis.literal(number, "int64"), ROW: staged[FILE_ROW] + before}
        tables.append(staged.select(*columns, FILE_ROW, **place))
        before += file.rows
    return tables[0] if len(tables) == 1 else ibis.union(*tables)


def _shape(table: Any) -> Any:
    return table.select(**{name: clean(table[name].cast("string")) for name in table.columns})


def _count_empty(con: Any, layout: Layout, part: Path) -> int:
    staged = con.read_parquet(part)
    return int(staged.filter(*[staged[name].isnull() for name in layout.columns]).count().to_pyarrow().as_py())
