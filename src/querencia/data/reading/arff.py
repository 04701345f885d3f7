"""The header of an ARFF file: its attributes, and where its data begin."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from querencia.data.reading.encoding import open_bytes
from querencia.errors import SourceError

AttributeKind = Literal["number", "text", "time"]

_NAME = r"""(?P<name>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s{]+)"""
_ATTRIBUTE = re.compile(rf"@attribute\s+{_NAME}\s*(?P<type>.*)", re.IGNORECASE)
_TYPES: dict[str, AttributeKind] = {
    "numeric": "number",
    "real": "number",
    "integer": "number",
    "string": "text",
    "date": "time",
}


@dataclass(frozen=True, kw_only=True)
class ArffHeader:
    """`columns` and the kind of each (nominal ones are text); `lines` of the file before its data; the `quote` used."""

    columns: tuple[str, ...]
    kinds: dict[str, AttributeKind]
    lines: int
    quote: str


def read_arff_header(lines: Iterable[str], *, file: Path) -> ArffHeader:
    """Read the header from the first lines of `file`. SourceError where it is none, or where the data are sparse."""
    columns: list[str] = []
    kinds: dict[str, AttributeKind] = {}
    numbered = iter(enumerate(lines, start=1))
    for number, line in numbered:
        text = line.strip()
        keyword = text.split(maxsplit=1)[0].lower() if text else ""
        if keyword == "@attribute":
            name, kind = _read_attribute(text, file=file, line=number)
            columns.append(name)
            kinds[name] = kind
        elif keyword == "@data":
            quote = _peek_data(numbered, file=file)
            return ArffHeader(columns=tuple(columns), kinds=kinds, lines=number, quote=quote)
        elif text and not text.startswith("%") and keyword != "@relation":
            raise SourceError(
                f"{str(file)!r}, line {number}: {text[:60]!r} does not belong in an ARFF header. Expected @relation, "
                "@attribute, @data or a comment (%)."
            )
    raise SourceError(f"{str(file)!r} has no @data line. Expected an ARFF file: a header, then @data, then the rows.")


def copy_arff_rows(file: Path, *, header_lines: int, encoding: str, into: Path) -> Path:
    """Write a copy in UTF-8 with blank lines for header and comments, so that rows keep their lines; return it."""
    with (
        open_bytes(file) as stream,
        io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline=None) as lines,
        into.open("w", encoding="utf-8", newline="\n") as copy,
    ):
        for number, line in enumerate(lines, start=1):
            is_row = number > header_lines and not line.lstrip().startswith("%")
            copy.write(line if is_row else "\n")
    return into


def _read_attribute(text: str, *, file: Path, line: int) -> tuple[str, AttributeKind]:
    found = _ATTRIBUTE.fullmatch(text)
    declared = found["type"].strip() if found else ""
    word = declared.split(maxsplit=1)[0].lower() if declared else ""
    kind: AttributeKind | None = "text" if word.startswith("{") else _TYPES.get(word)
    if found is None or kind is None:
        raise SourceError(
            f"{str(file)!r}, line {line}: {text[:60]!r} is not an attribute that is read. Expected @attribute, a name, "
            "and numeric, real, integer, string, date or {values}."
        )
    name = found["name"]
    if name[0] in "'\"":
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return name, kind


def _peek_data(numbered: Iterable[tuple[int, str]], *, file: Path) -> str:
    """Return the quote that the first rows use, and refuse sparse rows."""
    single = double = 0
    for number, line in numbered:
        text = line.strip()
        if text.startswith("{"):
            raise SourceError(
                f"{str(file)!r}, line {number}: its rows are sparse ({text[:40]!r}). Expected every value of a row, "
                "separated by commas: convert the file to a dense ARFF, CSV or Parquet."
            )
        single += len(re.findall(r"(?:^|,)\s*'", text))
        double += len(re.findall(r'(?:^|,)\s*"', text))
    return '"' if double > single else "'"
