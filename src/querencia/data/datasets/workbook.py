"""Rows out of an Excel workbook (.xlsx), in a stream: one sheet, values only.

An .xlsx file is a ZIP of XML files (ECMA-376, part 1, sections 18.3 and 18.4): the sheets, and the texts that they
share. Only what a table needs is read. A document type declaration is refused: entities are no part of a workbook.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from xml.parsers import expat

from querencia.errors import WorkError

# Day 0 of the 1900 calendar; right from March 1900 on, for Excel counts a 29 February 1900 that never was.
_DAY_ZERO = datetime(1899, 12, 30)
_CHUNK = 1 << 18


def read_rows(path: Path, *, on_bytes: Callable[[int, int], None] | None = None) -> Iterator[list[str]]:
    """Yield the rows of the first sheet as texts, as wide as the widest so far; an empty cell is "".

    Numbers come as the workbook writes them, a whole one without a point, dates as serial numbers (`read_date`).
    `on_bytes` is called with how much of the sheet is read, and of how much. Raises WorkError for a file that is no
    workbook.
    """
    try:
        with zipfile.ZipFile(path) as book:
            shared = _shared_texts(book)
            name = _first_sheet(book)
            size = book.getinfo(name).file_size
            with book.open(name) as sheet:
                yield from _sheet_rows(sheet, shared, on_bytes=on_bytes, size=size)
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, KeyError, IndexError, ValueError) as error:
        raise WorkError(
            f"{str(path)!r} cannot be read as an Excel workbook: {error}. Remove it and get it again."
        ) from error


def read_date(serial: str) -> datetime:
    """Return the time of a serial number (days since 1899-12-30), to the second."""
    return _DAY_ZERO + timedelta(seconds=round(float(serial) * 86_400))


def _first_sheet(book: zipfile.ZipFile) -> str:
    sheets = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
    if not sheets:
        raise KeyError("it has no sheet")
    return min(sheets, key=lambda name: (len(name), name))


def _shared_texts(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    texts: list[str] = []
    pieces: list[str] = []
    inside: list[bool] = [False]

    def start(tag: str, _attributes: dict[str, str]) -> None:
        if tag == "si":
            pieces.clear()
        inside[0] = tag == "t"

    def end(tag: str) -> None:
        if tag == "si":
            texts.append("".join(pieces))
        inside[0] = False

    def text(data: str) -> None:
        if inside[0]:
            pieces.append(data)

    with book.open("xl/sharedStrings.xml") as file:
        parser = _parser(start, end, text)
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    return texts


class _SheetHandler:
    """Collects finished rows in `rows` while the parser goes on."""

    def __init__(self, shared: list[str]) -> None:
        self.rows: list[list[str]] = []
        self._shared = shared
        self._row: list[str] = []
        self._column, self._kind, self._width = 0, "", 0
        self._value: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            reference = attributes.get("r", "")
            self._column = _column(reference) if reference else self._column + 1
            self._kind = attributes.get("t", "n")
        elif tag in ("v", "t"):
            self._value = []
        elif tag == "row":
            self._row, self._column = [""] * self._width, -1

    def text(self, data: str) -> None:
        if self._value is not None:
            self._value.append(data)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._place("".join(self._value or ()))
            self._value = None
        elif tag == "row":
            self._width = max(self._width, len(self._row))
            self.rows.append(self._row)

    def _place(self, value: str) -> None:
        if self._kind == "s":
            value = self._shared[int(value)]
        elif self._kind == "n":
            value = _number(value)
        if self._column >= len(self._row):
            self._row.extend([""] * (self._column + 1 - len(self._row)))
        # Pieces of one inline text follow each other; a value stands alone.
        self._row[self._column] = self._row[self._column] + value if self._kind == "inlineStr" else value


def _sheet_rows(
    sheet: IO[bytes], shared: list[str], *, on_bytes: Callable[[int, int], None] | None, size: int
) -> Iterator[list[str]]:
    handler = _SheetHandler(shared)
    parser = _parser(handler.start, handler.end, handler.text)
    done = 0
    while chunk := sheet.read(_CHUNK):
        parser.Parse(chunk, False)
        yield from handler.rows
        handler.rows.clear()
        done += len(chunk)
        if on_bytes is not None:
            on_bytes(done, size)
    parser.Parse(b"", True)
    yield from handler.rows


def _parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]
) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_: object) -> None:
    raise ValueError("it declares a document type")


def _column(reference: str) -> int:
    """Return the 0-based column of a cell reference: ``C7`` is 2."""
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter) - 64
    return column - 1


def _number(text: str) -> str:
    """Return the shortest text of the same number: workbooks write 2.5499999999999998 for 2.55."""
    if text.lstrip("-").isdecimal():
        return text
    number = float(text)
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
