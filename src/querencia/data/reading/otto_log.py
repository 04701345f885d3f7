"""An OTTO log, read file by file: the usual lines fast, all others with care, and no event twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import ibis

from querencia.data.reading.encoding import packing_of
from querencia.data.reading.layouts import Layout
from querencia.data.reading.locating import list_line_faults, locate_lines
from querencia.data.reading.otto import OttoTypes
from querencia.data.reading.otto_careful import LINE, POSITION, read_carefully
from querencia.data.reading.otto_usual import is_mostly_usual, read_usual
from querencia.data.reading.parquet import COMPACT
from querencia.data.reading.rejected import RejectedRow, count_broken_records
from querencia.data.reading.scanning import REASON, broken_path, keep_broken_records, scan_lines, stage
from querencia.data.reading.verdicts import KEPT, LACKING, REJECTED, VERDICT
from querencia.data.tables import ASIDE, BEGINS

_EVENT = ("customer", "item", "time", "type")
_ORDER = ("customer", "time", "item", "type")


@dataclass(frozen=True, kw_only=True)
class OttoLog:
    """How the files of one OTTO log are read: all of them with the same types.

    A staged file is a Parquet file `part` of the usual lines and, beside it, one of the lines read with care; each may
    be missing.
    """

    con: Any
    otto: OttoTypes
    types: Sequence[str] | None
    timezone: str

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the log maps."""
        return _EVENT

    def reading(self, layouts: Sequence[Layout], parts: Sequence[Path]) -> AbstractContextManager[None]:
        """Nothing is done ahead: one file keeps every core busy."""
        return nullcontext()

    def way_of(self, layout: Layout) -> Hashable:
        """Return what files must have in common to be staged at once; None for a file that has to be staged alone."""
        if layout.text != layout.file or layout.encoding != "utf-8":
            return None
        return packing_of(layout.file), is_mostly_usual(layout, self.otto, self.types)

    def stage_together(self, layouts: Sequence[Layout], part: Path) -> bool:
        """Write the events of files that are read in one way; False where the engine does not take them as they are."""
        _clear(part)
        lines = scan_lines(self.con, *layouts)
        try:
            if is_mostly_usual(layouts[0], self.otto, self.types):
                read_usual(lines, types=self.types).to_parquet(part, **COMPACT)
                self._stage_aside(part)
            else:
                self._read_carefully(lines).to_parquet(careful_path(part))
        except duckdb.Error:
            # Which of the files it is, each will tell by itself.
            return False
        keep_broken_records(self.con, into=broken_path(_scanned_path(part)))
        return True

    def stage(self, layout: Layout, part: Path) -> Layout:
        """Write the events of a file; return its layout as it was read."""
        _clear(part)
        if not is_mostly_usual(layout, self.otto, self.types):
            return stage(
                self.con,
                layout,
                lambda file: self._read_carefully(scan_lines(self.con, file)),
                into=careful_path(part),
            )
        layout = stage(self.con, layout, self._read_usual, into=part, **COMPACT)
        self._stage_aside(part)
        return layout

    def _stage_aside(self, part: Path) -> None:
        staged = self.con.read_parquet(part)
        aside = staged.filter(staged[ASIDE].notnull())
        if int(aside.count().to_pyarrow().as_py()):
            self._read_carefully(aside.select(line=aside[ASIDE])).to_parquet(careful_path(part))

    def count_verdicts(self, layout: Layout, part: Path) -> Counter[int]:
        """Return how many events of a staged file have each verdict, each as often as it stood there."""
        counts = Counter[int]()
        if part.exists():
            staged = self.con.read_parquet(part)
            counts[KEPT] = int(staged.copies.sum(where=staged[ASIDE].isnull()).to_pyarrow().as_py() or 0)
        counts += self._count_careful(part, VERDICT)
        counts[REJECTED] += count_broken_records(self.con, layout, _scanned_path(part))
        return counts

    def count_marks(self, part: Path) -> Counter[int]:
        """Return how many events of a staged file have each mark of what they lack."""
        return self._count_careful(part, LACKING)

    def find_rejected(self, layout: Layout, part: Path) -> Iterator[RejectedRow]:
        """Return the events of a staged file that cannot be read, with their lines."""
        careful: Any = ()
        if careful_path(part).exists():
            staged = self.con.read_parquet(careful_path(part), file_row_number=True)
            faults = staged.filter(staged[VERDICT] == REJECTED).order_by("file_row_number")
            faults = faults.select(text=LINE, event=POSITION, reason=REASON)
            careful = list_line_faults(self.con, faults, part=part)
        return locate_lines(self.con, layout, _scanned_path(part), careful)

    def join(self, parts: Sequence[Path], *, into: Path) -> None:
        """Make the staged files of a log the files of the folder `into`, no event twice.

        Events of one line are counted already. Only what stands on several lines, or was read with care, has to be
        compared with the rest of its session: mostly nothing, and then the files are taken as they are.
        """
        usual = [part for part in parts if part.exists()]
        careful = [careful_path(part) for part in parts if careful_path(part).exists()]
        slow = take_kept(self.con.read_parquet(careful)) if careful else None
        if usual:
            fast = self.con.read_parquet(usual)
            spread = _find_spread(self.con, fast, slow, into=parts[0].with_name("spread.parquet"))
            if spread is None:
                for number, part in enumerate(usual):
                    part.replace(into / f"usual-{number}.parquet")
            else:
                fast.anti_join(spread, "customer").to_parquet(into / "usual.parquet", **COMPACT)
                again = fast.semi_join(spread, "customer").select(*_EVENT, "copies")
                slow = again if slow is None else ibis.union(again, slow)
        if slow is not None:
            counted = slow.group_by(*_EVENT).agg(copies=slow.copies.sum().cast("int32"))
            marks = {BEGINS: ibis.null("boolean"), ASIDE: ibis.null("string")}
            # Groups come in the order in which threads finish: a stated one gives the same bytes each time.
            counted.mutate(**marks).order_by(*_ORDER).to_parquet(into / "careful.parquet", **COMPACT)

    def _read_usual(self, file: Layout) -> Any:
        return read_usual(scan_lines(self.con, file), types=self.types)

    def _read_carefully(self, lines: Any) -> Any:
        return read_carefully(lines, otto=self.otto, types=self.types, timezone=self.timezone)

    def _count_careful(self, part: Path, column: str) -> Counter[int]:
        if not careful_path(part).exists():
            return Counter()
        read = self.con.read_parquet(careful_path(part)).group_by(column).agg(rows=ibis._.count())
        return Counter({row[column]: row["rows"] for row in read.to_pyarrow().to_pylist()})


def take_kept(careful: Any) -> Any:
    """Return the events that were read with care and can be kept, as a table of the event's columns and `copies`."""
    kept = careful.filter(careful[VERDICT] == KEPT)
    return kept.select(*_EVENT, copies=ibis.literal(1, "int32"))


def _find_spread(con: Any, fast: Any, slow: Any, *, into: Path) -> Any:
    """Return the customers of `fast` whose events stand on several lines, as a table of `customer`; None for nobody."""
    begun = fast.filter(fast[BEGINS], fast.customer.notnull()).select("customer")
    lines = begun.group_by("customer").agg(lines=begun.count())
    spread = lines.filter(lines.lines > 1).select("customer")
    if slow is not None:
        spread = ibis.union(spread, begun.semi_join(slow, "customer"), distinct=True)
    spread.to_parquet(into)
    found = con.read_parquet(into)
    return found if int(found.count().to_pyarrow().as_py()) else None


def _clear(part: Path) -> None:
    for path in (part, careful_path(part)):
        path.unlink(missing_ok=True)


def careful_path(part: Path) -> Path:
    """Return the file beside a staged one for the lines that are read with care."""
    return part.with_suffix(".careful.parquet")


def _scanned_path(part: Path) -> Path:
    """Return the file that was staged by scanning the source: what could not be read of it stands beside that one."""
    return part if part.exists() else careful_path(part)
