"""Lines longer than a row may be: found before the engine meets them, for it may lose such a line without a word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from querencia.data.reading.encoding import open_bytes, open_lines, packing_of

# The engine's own limit, in bytes. It tells of lines somewhat longer; of 8 MB and more it may lose several at once.
LONGEST = 2_000_000
TOO_LONG = "longer than 2 MB, which no row may be"

# What a line begins with in a copy that holds its beginning only.
CUT = "\ufffd\ufffd"
_KEPT = 1000

# A line longer than both together covers one of the windows whole.
_STRIDE = 4 << 20
_WINDOW = 1 << 16
_END = re.compile(rb"[\r\n]")


def has_long_lines(file: Path) -> bool:
    """Tell whether a text file has lines that the engine may lose: all longer than 4.2 MB are found, none below 2 MB.

    A packed file is unpacked once for it, since the engine takes an archive that was cut off for a whole one and checks
    no sum: EOFError, OSError or zlib.error where it is no sound archive.
    """
    with open_bytes(file) as stream:
        return _find_unpacking(stream) if packing_of(file) else _find_by_windows(stream, size=file.stat().st_size)


def copy_with_long_lines_cut(file: Path, *, into: Path, blanked: str = "") -> Path:
    """Write a copy of a UTF-8 file, each line in its place, of the long ones `CUT` and their beginning; return it.

    The signs `blanked` are left out of what is kept of those: separators and quotes, where they would mean something.
    """
    table = dict.fromkeys(map(ord, blanked), " ")
    with (
        open_lines(file, newline=None, errors="surrogateescape") as lines,
        into.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as copy,
    ):
        while line := lines.readline(LONGEST):
            if len(line) < LONGEST or line.endswith("\n"):
                copy.write(line)
                continue
            copy.write(f"{CUT}{line[:_KEPT].translate(table)}\n")
            while (rest := lines.readline(LONGEST)) and not rest.endswith("\n"):
                pass
    return into


def _find_unpacking(stream: BinaryIO) -> bool:
    # Read to its end whatever is found: only there does an archive turn out to be whole.
    found, since = False, 0
    while chunk := stream.read(LONGEST // 2):
        ends = [match.start() for match in (_END.search(chunk), _last_end(chunk)) if match]
        found = found or since + (ends[0] if ends else len(chunk)) > LONGEST
        since = len(chunk) - ends[-1] if ends else since + len(chunk)
    return found


def _find_by_windows(stream: BinaryIO, *, size: int) -> bool:
    return any(_is_in_long_line(stream, place) for place in range(_STRIDE, size, _STRIDE))


def _is_in_long_line(stream: BinaryIO, place: int) -> bool:
    stream.seek(place)
    if _END.search(stream.read(_WINDOW)):
        return False
    stream.seek(place - LONGEST)
    before, after = stream.read(LONGEST), stream.read(LONGEST)
    begin, end = _last_end(before), _END.search(after)
    return (end.start() if end else len(after)) + LONGEST - (begin.end() if begin else 0) > LONGEST


def _last_end(chunk: bytes) -> re.Match[bytes] | None:
    place = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
    return _END.match(chunk, place) if place >= 0 else None
