"""The files of an event log, staged: many small ones at once, and each by itself that has a row to be rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

from querencia.data.reading.encoding import clear_folder
from querencia.data.reading.layouts import Layout, lay_out
from querencia.data.reading.rejected import RejectedRow, RejectionRule, report_rejected
from querencia.data.reading.scanning import settle_encoding
from querencia.data.reading.verdicts import REJECTED
from querencia.errors import SourceEmptyError

# Bytes of files that are staged at once. Staging has a price of its own, whatever the size: about 0.1 s.
_TOGETHER = 64_000_000

OnFile = Callable[[int, int, int], None]


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """A file of an event log: its layout, its bytes, how many stand in the files before it, and where it is staged."""

    layout: Layout
    size: int
    before: int
    part: Path


@dataclass(kw_only=True)
class StagedLog:
    """What has been staged so far: rows by verdict and by what they lack, layouts as they were read, staged files."""

    counts: Counter[int] = field(default_factory=Counter)
    marks: Counter[int] = field(default_factory=Counter)
    layouts: list[Layout] = field(default_factory=list)
    parts: list[Path] = field(default_factory=list)


class LogReader(Protocol):
    """How the files of one log are read, whatever their format."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the log maps."""

    def reading(self, layouts: Sequence[Layout], parts: Sequence[Path]) -> AbstractContextManager[None]:
        """Be ready for all files, as long as the body lasts, which stages them."""

    def stage(self, layout: Layout, part: Path) -> Layout:
        """Write the events of a file to Parquet; return its layout as it was read."""

    def way_of(self, layout: Layout) -> Hashable:
        """Return what files must have in common to be staged at once; None for a file that has to be staged alone."""

    def stage_together(self, layouts: Sequence[Layout], part: Path) -> bool:
        """Write the events of files that are read in one way; False where one may have to be rejected or copied."""

    def count_verdicts(self, layout: Layout, part: Path) -> Counter[int]:
        """Return how many rows of a staged file have each verdict."""

    def count_marks(self, part: Path) -> Counter[int]:
        """Return how many rows of a staged file have each mark of what they lack."""

    def find_rejected(self, layout: Layout, part: Path) -> Iterator[RejectedRow]:
        """Return the rows of a staged file that cannot be read, with their lines."""

    def join(self, parts: Sequence[Path], *, into: Path) -> None:
        """Write the events of all staged files to the folder `into`, no event twice."""


def lay_out_log(con: Any, files: Sequence[Path], *, work: Path, only_utf8: bool) -> tuple[list[LogFile], list[Path]]:
    """Return the files of a log that hold rows, and those that are empty. SourceEmptyError where all of them are.

    With `only_utf8` a byte that is no UTF-8 is a fault of its line: it does not make a file Latin-1.
    """
    sizes = [file.stat().st_size for file in files]
    found: list[LogFile] = []
    empty: list[Path] = []
    before = accumulate(sizes, initial=0)
    for number, (file, size, bytes_before) in enumerate(zip(files, sizes, before, strict=False)):
        folder = clear_folder(work / str(number))
        try:
            layout = _lay_out_utf8(con, file, into=folder) if only_utf8 else lay_out(con, file, into=folder)
        except SourceEmptyError:
            if len(files) == 1:
                raise
            empty.append(file)
        else:
            found.append(LogFile(layout=layout, size=size, before=bytes_before, part=folder / "events.parquet"))
    if not found:
        raise SourceEmptyError(
            f"all {len(files)} files of the log are empty, {str(files[0])!r} the first of them. Expected rows "
            "in at least one: correct the path, or the files."
        )
    return found, empty


def _lay_out_utf8(con: Any, file: Path, *, into: Path) -> Layout:
    layout = lay_out(con, file, into=into)
    if layout.encoding == "latin-1":
        layout = lay_out(con, file, into=into, encoding="utf-8")
    return replace(layout, ascii_head=False)


def stage_log(
    con: Any, reader: LogReader, files: Sequence[LogFile], *, rule: RejectionRule, on_file: OnFile
) -> StagedLog:
    """Stage the files of a log, and write down the rejected rows of each.

    `on_file` hears, as files begin, the bytes of those before them, their own, and those of all.
    """
    staged, total = StagedLog(), files[-1].before + files[-1].size

    def stage_files(together: Sequence[LogFile]) -> None:
        on_file(together[0].before, sum(file.size for file in together), total)
        if len(together) == 1:
            _stage_alone(con, reader, together[0], staged, rule=rule)
        elif not _stage_together(reader, together, staged):
            half = len(together) // 2
            stage_files(together[:half])
            stage_files(together[half:])

    with reader.reading([file.layout for file in files], [file.part for file in files]):
        for together in _batches(reader, files):
            stage_files(together)
    return staged


def _batches(reader: LogReader, files: Sequence[LogFile]) -> Iterator[list[LogFile]]:
    """Cut the files, in their order, into those that can be staged at once."""
    batch: list[LogFile] = []
    way: Hashable = None
    size = 0
    for file in files:
        own = reader.way_of(file.layout) if file.size < _TOGETHER else None
        if batch and (own is None or own != way or size + file.size > _TOGETHER):
            yield batch
            batch, size = [], 0
        batch.append(file)
        way, size = own, size + file.size
    yield batch


def _stage_alone(con: Any, reader: LogReader, file: LogFile, staged: StagedLog, *, rule: RejectionRule) -> None:
    def count_rejected(layout: Layout, part: Path) -> int:
        return reader.count_verdicts(layout, part)[REJECTED]

    read = settle_encoding(con, file.layout, part=file.part, stage=reader.stage, count_rejected=count_rejected)
    counts = reader.count_verdicts(read, file.part)
    rows = reader.find_rejected(read, file.part) if counts[REJECTED] else ()
    report_rejected(read, rows, rejected=counts[REJECTED], rows=counts.total(), rule=rule)
    _add(staged, counts, reader.count_marks(file.part), [read], file.part)


def _stage_together(reader: LogReader, files: Sequence[LogFile], staged: StagedLog) -> bool:
    layouts = [file.layout for file in files]
    part = files[0].part.with_name("together.parquet")
    if not reader.stage_together(layouts, part):
        return False
    counts = reader.count_verdicts(layouts[0], part)
    if counts[REJECTED]:
        return False
    _add(staged, counts, reader.count_marks(part), layouts, part)
    return True


def _add(staged: StagedLog, counts: Counter[int], marks: Counter[int], layouts: Sequence[Layout], part: Path) -> None:
    staged.counts += counts
    staged.marks += marks
    staged.layouts += layouts
    staged.parts.append(part)
