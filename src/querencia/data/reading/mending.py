"""CSV files in which a quote is not closed: such a line costs itself, and not every line up to the next quote."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from querencia.data.reading.encoding import open_lines

# What stands in the copy for a line that is no row: so often that it has too many cells to become one.
MARK = "\ufffd"

# A quoted value of more lines than this is a quote that somebody forgot to close.
_MOST_LINES = 100

# A closed record of so few lines but the wrong number of cells is one wrong row; a longer one has swallowed rows.
FEW_LINES = 5


def copy_mended(file: Path, *, delimiter: str, columns: int, into: Path) -> Path:
    """Write a copy of a UTF-8 CSV file with a mark in place of each line whose quotes go wrong, and return its path.

    The lines keep their places. A record over several lines is taken as it is when its last quote is closed and it has
    as many cells as there are `columns`, or few lines; else its first line alone is wrong, and the next is read afresh.
    """
    broken = delimiter.join([MARK] * (columns + 2)) + "\n"
    with (
        open_lines(file, newline=None, errors="surrogateescape") as lines,
        into.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as copy,
    ):
        for record in _cut_records(lines, delimiter=delimiter, columns=columns):
            copy.write(broken if record is None else record)
    return into


def _cut_records(lines: Iterable[str], *, delimiter: str, columns: int) -> Iterator[str | None]:
    """Return the sound records, with their line ends, and None for each line that is none."""
    cell = rf'(?:"(?:[^"]|"")*+"|[^"{re.escape(delimiter)}\n][^{re.escape(delimiter)}\n]*+|)'
    closed = re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*+\n?")
    opened = re.compile(rf'(?:{cell}{re.escape(delimiter)})*+"(?:[^"]|"")*+')
    waiting: deque[str] = deque()
    source = iter(lines)
    for line in _refill(waiting, source):
        if '"' not in line or closed.fullmatch(line):
            yield line
            continue
        taken = [line]
        while len(taken) < _MOST_LINES and opened.fullmatch("".join(taken)):
            following = waiting.popleft() if waiting else next(source, None)
            if following is None:
                break
            taken.append(following)
        record = "".join(taken)
        if closed.fullmatch(record) and (len(taken) <= FEW_LINES or _count_cells(record, delimiter) == columns):
            yield record
        else:
            yield None
            waiting.extendleft(reversed(taken[1:]))


def _refill(waiting: deque[str], source: Iterator[str]) -> Iterator[str]:
    """Return the lines that were put back, then those of the source, then again, until there are none."""
    while True:
        line = waiting.popleft() if waiting else next(source, None)
        if line is None:
            return
        yield line


def _count_cells(record: str, delimiter: str) -> int:
    return len(next(csv.reader(record.splitlines(keepends=True), delimiter=delimiter)))
