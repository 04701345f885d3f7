"""Text files as they come: packed or not, in UTF-8 (with BOM or not), UTF-16 with BOM or Latin-1, with any line end."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import shutil
from pathlib import Path
from typing import IO, BinaryIO, Literal, cast

import pyarrow as pa

Encoding = Literal["utf-8", "utf-8-sig", "utf-16", "latin-1"]

# Packed files by their extension, and what the engine calls each.
PACKED = {".gz": "gzip", ".zst": "zstd"}

HEAD_BYTES = 1 << 20
_CHUNK = 1 << 20
_BARE_FEED = re.compile(rb"(?<!\r)\n")
# What ends the head may be the half of an end.
_BARE_RETURN = re.compile(rb"\r(?!\n|\Z)")
_ANY_END = re.compile(rb"[\r\n]")


def packing_of(file: Path) -> str | None:
    """Return how a file is packed, by its extension: gzip, zstd, or None where it is not."""
    return PACKED.get(file.suffix.lower())


def unpacked_name(file: Path) -> str:
    """Return the name of a file without the extension that says how it is packed."""
    return file.stem if packing_of(file) else file.name


def open_bytes(file: Path) -> BinaryIO:
    """Open a file for its bytes, unpacked. EOFError or OSError as soon as a packed one turns out cut off or damaged."""
    packing = packing_of(file)
    if packing == "gzip":
        return cast(BinaryIO, gzip.open(file))
    if packing == "zstd":
        return cast(BinaryIO, io.BufferedReader(pa.input_stream(str(file), compression="zstd"), _CHUNK))
    return file.open("rb")


def open_lines(file: Path, *, newline: str | None = "", errors: str = "replace") -> IO[str]:
    """Open a UTF-8 file for its lines. `newline` as `open` takes it: by default line ends are kept as they are."""
    return io.TextIOWrapper(open_bytes(file), encoding="utf-8-sig", errors=errors, newline=newline)


def read_head(file: Path, *, skip_long: bool = False) -> bytes:
    """Return the first bytes of a file, unpacked: at most `HEAD_BYTES`.

    With `skip_long` they are those after a first line that alone would be longer.
    """
    with open_bytes(file) as stream:
        head = stream.read(HEAD_BYTES)
        while skip_long and len(head) == HEAD_BYTES and not _ANY_END.search(head):
            stream.readline()
            head = stream.read(HEAD_BYTES)
        return head


def encoding_of(head: bytes) -> Encoding:
    """Return the encoding that the head of a file shows: by its BOM, else UTF-8 if it is that, else Latin-1."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-8" if _decodes(head) else "latin-1"


def decode_head(head: bytes) -> str:
    """Return the head of a file as text, the character that its end may cut in two left out."""
    decoder = codecs.getincrementaldecoder(encoding_of(head))(errors="replace")
    return decoder.decode(head)


def has_odd_ends(head: bytes) -> bool:
    """Tell whether some lines end as on Windows and others do not, or as on old Macs: the engine's CSV reader takes one
    sort only."""
    return _BARE_RETURN.search(head) is not None or (b"\r\n" in head and _BARE_FEED.search(head) is not None)


def is_utf8(file: Path) -> bool:
    """Tell whether the whole file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(file) as stream:
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def copy_as_utf8(file: Path, *, encoding: Encoding, into: Path) -> Path:
    """Write a copy in UTF-8 without BOM, every line ended by a line feed, and return its path."""
    with (
        open_bytes(file) as stream,
        io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline=None) as text,
        into.open("w", encoding="utf-8", newline="\n") as copy,
    ):
        shutil.copyfileobj(text, copy, _CHUNK)
    return into


def clear_folder(folder: Path) -> Path:
    """Make `folder` an empty one and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _decodes(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True
