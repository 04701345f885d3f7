"""An OTTO log whose lines are parsed on a Spark cluster; what is not as published comes to this process, with care.

The files must be visible to every worker under the path that they have here, and so must the folder that they are
staged in.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from querencia.data.dialect import parse_json_on, read_folder, repetition, write_folder
from querencia.data.reading.layouts import Layout
from querencia.data.reading.otto_careful import read_carefully
from querencia.data.reading.otto_log import OttoLog, careful_path, take_kept
from querencia.data.reading.otto_usual import STRUCTURE, is_mostly_usual, to_microseconds, usual_form
from querencia.data.reading.scanning import broken_path, json_type
from querencia.data.reading.verdicts import KEPT
from querencia.data.tables import ASIDE

# So many files are read at a time, each by a job of its own: a gzipped one keeps no more than one core busy.
_FILES_AT_ONCE = 16

# Blank lines, as the other engine's patterns have it.
_BLANK = r"^[ \t\f\r]*$"

# Where a line that is set aside stands, and whether it is text of a common length.
_BLOCK, _ROW, _VALID = "__block", "__row", "__valid"
# Files that Hadoop unpacks by itself, by their names; and lines that the other engine may find too long.
_READABLE = {".json", ".jsonl", ".ndjson", ".gz"}
_LONG_LINE = 2_000_000
_BROKEN_RECORDS = pa.schema([("record", pa.int64()), ("error", pa.string())])


@dataclass(frozen=True, kw_only=True)
class _StagedFile:
    """The lines of one file, as Spark leaves them in `folder`: how many `events` of usual lines, how many other lines
    (`aside`), and how many lines are not UTF-8, or very long (`broken`)."""

    folder: Path
    events: int
    aside: int
    broken: int


@dataclass(frozen=True, kw_only=True)
class SparkOttoLog(OttoLog):
    """How the files of one OTTO log are read on `spark`, an Ibis backend; `con` reads what is not as published.

    That is single lines, as a rule; a whole file where few lines are as published, or any is not UTF-8 or very long.
    Duplicates are found on Spark, over all files at once.
    """

    spark: Any
    _jobs: dict[Path, Future[_StagedFile]] = field(default_factory=dict)
    _staged: dict[Path, _StagedFile] = field(default_factory=dict)

    @contextmanager
    def reading(self, layouts: Sequence[Layout], parts: Sequence[Path]) -> Iterator[None]:
        """Have Spark read all files, while the body takes one after the other with `stage`."""
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            for layout, part in zip(layouts, parts, strict=True):
                readable = layout.text == layout.file and layout.file.suffix in _READABLE
                if readable and is_mostly_usual(layout, self.otto, self.types):
                    self._jobs[part] = pool.submit(self._stage_on_spark, layout, part)
            try:
                yield
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def way_of(self, layout: Layout) -> Hashable:
        """Return None: Spark reads many files at a time as it is."""
        return None

    def stage(self, layout: Layout, part: Path) -> Layout:
        """Write the events of a file; return its layout as it was read."""
        job = self._jobs.pop(part, None)
        if earlier := self._staged.pop(part, None):
            shutil.rmtree(earlier.folder)
        staged = job.result() if job is not None else None
        if staged is None:
            return super().stage(layout, part)
        if staged.broken:
            shutil.rmtree(staged.folder)
            return super().stage(layout, part)
        self._staged[part] = staged
        careful = careful_path(part)
        if staged.aside:
            lines = read_folder(self.con, staged.folder)
            lines = lines.filter(lines[ASIDE].notnull()).order_by(_BLOCK, _ROW).select(line=ASIDE)
            read_carefully(lines, otto=self.otto, types=self.types, timezone=self.timezone).to_parquet(careful)
        pq.write_table(_BROKEN_RECORDS.empty_table(), broken_path(careful))
        return layout

    def count_verdicts(self, layout: Layout, part: Path) -> Counter[int]:
        """Return how many events of a staged file have each verdict, each as often as it stood there."""
        counts = super().count_verdicts(layout, part)
        if part in self._staged:
            counts[KEPT] += self._staged[part].events
        return counts

    def join(self, parts: Sequence[Path], *, into: Path) -> None:
        """Make the staged files of a log the files of the folder `into`, no event twice."""
        if not self._staged:
            super().join(parts, into=into)
            return
        tables = [_take_usual(read_folder(self.spark, *(staged.folder for staged in self._staged.values())))]
        here = [part for part in parts if part.exists()]
        careful = [careful_path(part) for part in parts if careful_path(part).exists()]
        if here:
            tables.append(_take_usual(self.spark.read_parquet(here)))
        if careful:
            tables.append(take_kept(self.spark.read_parquet(careful)))
        events = ibis.union(*tables) if len(tables) > 1 else tables[0]
        counted = events.group_by(*self.fields).agg(copies=events.copies.sum().cast("int32"))
        into.rmdir()
        write_folder(self.spark, counted, into)

    def _stage_on_spark(self, layout: Layout, part: Path) -> _StagedFile:
        folder = part.with_suffix(".spark")
        write_folder(self.spark, self._read_lines(layout), folder)
        rows = read_folder(self.spark, folder)
        aside = rows[ASIDE].notnull()
        counted = rows.aggregate(
            events=rows.count(where=~aside), aside=rows.count(where=aside), broken=rows.count(where=~rows[_VALID])
        )
        return _StagedFile(folder=folder, **self.spark.to_pyarrow(counted).to_pylist()[0])

    def _read_lines(self, layout: Layout) -> Any:
        """Return one row per event of the usual lines, and one per other line."""
        lines = self.spark.read_lines(layout.text)
        lines = lines.filter(~lines.line.re_search(_BLANK))
        form = usual_form(self.types, repeat=repetition(self.spark)).removesuffix("$") + r"\z"
        usual = lines.line.re_search(form)
        value = parse_json_on(self.spark, lines.line, STRUCTURE)
        kind = json_type(STRUCTURE)
        # In two steps: what is asked of `value` below does not match or parse the line again.
        lines = lines.mutate(value=usual.ifelse(value, ibis.null(kind)))
        lines = lines.select(
            "value",
            "block",
            "row",
            # Text that is no UTF-8 would make a Parquet file that cannot be read.
            aside=lines.value.isnull().ifelse(_make_valid(lines.line), ibis.null("string")),
            valid=_is_valid(lines.line) & (_byte_length(lines.line) < _LONG_LINE),
        )
        nothing = ibis.array([ibis.null(kind["events"].value_type)])
        rows = lines.mutate(event=lines.aside.notnull().ifelse(nothing, lines.value.events).unnest())
        return rows.select(
            customer=rows.value.session,
            item=rows.event.aid,
            time=to_microseconds(rows.event.ts).as_timestamp("us"),
            type=rows.event["type"],
            copies=ibis.literal(1, "int32"),
            **{ASIDE: rows.aside, _VALID: rows.valid, _BLOCK: rows.block, _ROW: rows.row},
        )


def _take_usual(staged: Any) -> Any:
    usual = staged.filter(staged[ASIDE].isnull())
    return usual.select("customer", "item", "time", "type", "copies")


def _takes_one(value: Any) -> Any: ...


_builtin = ibis.udf.scalar.builtin
_is_valid: Any = _builtin(_takes_one, name="is_valid_utf8", signature=(("string",), "boolean"))
_byte_length: Any = _builtin(_takes_one, name="octet_length", signature=(("string",), "int64"))
_make_valid: Any = _builtin(_takes_one, name="make_valid_utf8", signature=(("string",), "string"))
