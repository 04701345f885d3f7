"""How a source file is laid out: its columns, its separator, its encoding. Found from the head of the file alone."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from querencia.data.reading.arff import copy_arff_rows, read_arff_header
from querencia.data.reading.encoding import (
    HEAD_BYTES,
    Encoding,
    copy_as_utf8,
    decode_head,
    encoding_of,
    has_odd_ends,
    read_head,
    unpacked_name,
)
from querencia.data.reading.files import Kind, engine_errors, kind_of
from querencia.data.reading.long_lines import copy_with_long_lines_cut, has_long_lines
from querencia.errors import SourceEmptyError, SourceError

OwnType = Literal["whole", "number", "text", "time"]

_DELIMITERS = (",", ";", "\t", "|")
_SNIFFED_RECORDS = 100


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A file that can be read: `file` as the project names it, `text` the file or its copy in UTF-8.

    `columns` are unique, also to an engine that sees no difference between ``ID`` and ``id``. `own_types` holds the
    columns whose type the file itself states (Parquet, JSON lines, ARFF). `skip` counts the records
    before the data (blank lines among them). `ascii_head`: nothing in the head tells UTF-8 from Latin-1.
    """

    file: Path
    text: Path
    kind: Kind
    columns: tuple[str, ...]
    own_types: dict[str, OwnType]
    encoding: Encoding = "utf-8"
    ascii_head: bool = True
    delimiter: str = ","
    quote: str = '"'
    skip: int = 0
    shown: Path | None = None

    @property
    def decimal_comma(self) -> bool:
        """Whether a comma may be a decimal sign: where it does not separate columns, as in Spanish spreadsheets."""
        return self.kind == "csv" and self.delimiter != ","


def lay_out(con: Any, file: Path, *, into: Path, encoding: Encoding | None = None) -> Layout:
    """Return the layout of `file`; a copy that the engine can read, where it needs one, goes to the folder `into`.

    `encoding` overrides what the head shows. SourceEmptyError for a file without a row; SourceError for an unknown
    extension, or a head that is not what the extension says.
    """
    kind = kind_of(file)
    with engine_errors(file):
        return _lay_out_parquet(con, file) if kind == "parquet" else _lay_out_text(file, kind, into, encoding)


def read_objects(text: str) -> Iterator[dict[str, Any]]:
    """Return the sound JSON objects among the lines of the head of a file."""
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


def own_type_of(values: Sequence[Any]) -> OwnType | None:
    """Return the type that all of some JSON values have, None where there is none in common."""
    found = {type(value) for value in values if value is not None}
    if found == {int}:
        return "whole" if all(abs(value) < 2**63 for value in values if value is not None) else "text"
    if found and found <= {int, float}:
        return "number"
    return "text" if found else None


def _lay_out_parquet(con: Any, file: Path) -> Layout:
    table = con.read_parquet(file)
    if table.count().to_pyarrow().as_py() == 0:
        raise SourceEmptyError(f"{str(file)!r} holds no row. Expected at least one.")
    own_types: dict[str, OwnType] = {}
    for name, kind in table.schema().items():
        if kind.is_temporal():
            own_types[name] = "time"
        elif kind.is_integer():
            own_types[name] = "whole"
        else:
            own_types[name] = "number" if kind.is_numeric() and not kind.is_boolean() else "text"
    return Layout(file=file, text=file, kind="parquet", columns=tuple(table.columns), own_types=own_types)


def _lay_out_text(file: Path, kind: Kind, into: Path, encoding: Encoding | None) -> Layout:
    head = read_head(file, skip_long=kind == "json")
    text = decode_head(head)
    if not text.strip():
        raise SourceEmptyError(f"{str(file)!r} is empty. Expected a table with at least one row.")
    found = encoding or encoding_of(head)
    layout = Layout(
        file=file,
        text=file,
        kind=kind,
        columns=(),
        own_types={},
        encoding=found,
        ascii_head=head.isascii(),
    )
    layout = _LAY_OUT[kind](layout, text.removeprefix("\ufeff"), whole=len(head) < HEAD_BYTES)
    copy = into / unpacked_name(file)
    if kind == "arff":
        rows = copy_arff_rows(file, header_lines=layout.skip, encoding=found, into=copy)
        layout = replace(layout, text=rows, skip=0)
    elif has_odd_ends(head) or found in ("latin-1", "utf-16"):
        layout = replace(layout, text=copy_as_utf8(file, encoding=found, into=copy))
    if has_long_lines(layout.text):
        cut = into / f"cut-{copy.name}"
        blanked = "" if kind == "json" else layout.delimiter + layout.quote
        layout = replace(layout, text=copy_with_long_lines_cut(layout.text, into=cut, blanked=blanked))
    return layout


def _lay_out_csv(layout: Layout, text: str, *, whole: bool) -> Layout:
    delimiter = sniff_delimiter(text, first="\t" if ".tsv" in layout.file.name.lower() else ",", whole=whole)
    records = _records(text, delimiter)
    header = next(records)
    if whole and next(records, None) is None:
        raise SourceEmptyError(f"{str(layout.file)!r} has a header and no row. Expected at least one row below it.")
    blank = len(text) - len(text.lstrip("\r\n"))
    skip = 1 + len(text[:blank].splitlines())
    return replace(layout, delimiter=delimiter, columns=_unique(header), skip=skip)


def _lay_out_arff(layout: Layout, text: str, *, whole: bool) -> Layout:
    lines = text.splitlines()
    header = read_arff_header(lines, file=layout.file)
    if whole and not any(line.strip() and not line.startswith("%") for line in lines[header.lines :]):
        raise SourceEmptyError(f"{str(layout.file)!r} has a header and no row. Expected at least one row below @data.")
    columns = _unique(header.columns)
    own_types: dict[str, OwnType] = {name: header.kinds[own] for name, own in zip(columns, header.columns, strict=True)}
    return replace(layout, columns=columns, own_types=own_types, quote=header.quote, skip=header.lines)


def _lay_out_json(layout: Layout, text: str, *, whole: bool) -> Layout:
    objects = list(read_objects(text))
    keys = list(dict.fromkeys(key for value in objects for key in value))
    if _is_array(text, has_objects=bool(keys)):
        raise SourceError(f"{str(layout.file)!r} is one JSON array. Expected JSON lines: one object per line.")
    own_types = {key: own_type_of([value.get(key) for value in objects]) for key in keys}
    folded = Counter(key.casefold() for key in keys)
    if clash := [key for key in keys if folded[key.casefold()] > 1]:
        raise SourceError(f"{str(layout.file)!r}: the keys {clash!r} differ by case only. Rename all but one of them.")
    return replace(
        layout, columns=tuple(keys), own_types={key: own for key, own in own_types.items() if own is not None}
    )


def require_objects(layout: Layout) -> None:
    """Raise SourceError unless there is an object with keys among the first lines of a file of JSON lines."""
    if layout.kind == "json" and not layout.columns:
        first = decode_head(read_head(layout.file)).removeprefix("\ufeff").strip().splitlines()[0]
        raise SourceError(
            f"{str(layout.file)!r}: none of its first lines is a JSON object with keys (the first one is "
            f"{first[:60]!r}). Expected JSON lines: one object per line."
        )


def _is_array(text: str, *, has_objects: bool) -> bool:
    """Tell a file that is one array, on one line or on many, from one that has an array where an object is due."""
    if not text.lstrip().startswith("["):
        return False
    try:
        json.loads(text.strip().splitlines()[0])
    except (ValueError, RecursionError):
        return True
    return not has_objects


_LAY_OUT = {"csv": _lay_out_csv, "arff": _lay_out_arff, "json": _lay_out_json}


def sniff_delimiter(text: str, *, first: str, whole: bool) -> str:
    """Return the separator that cuts the first records into the same number of columns, more than one."""
    best, best_score = first, 0.0
    for delimiter in sorted(_DELIMITERS, key=lambda sign: sign != first):
        widths = [len(record) for record, _ in zip(_records(text, delimiter), range(_SNIFFED_RECORDS), strict=False)]
        if not whole and 1 < len(widths) < _SNIFFED_RECORDS:
            widths.pop()
        if widths[0] < 2:
            continue
        # The header's own width breaks ties: a text with many commas in a table cut by semicolons.
        score = sum(width == widths[0] for width in widths) / len(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    """Return the records of the head of a CSV file, blank lines left out."""
    csv.field_size_limit(2**31 - 1)
    return (record for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if record)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Return column names without blanks around them, the unnamed and the repeated ones numbered."""
    taken: set[str] = set()
    unique = []
    for position, name in enumerate(names, start=1):
        base = name.strip() or f"column_{position}"
        candidate, count = base, 1
        while candidate.casefold() in taken:
            count += 1
            candidate = f"{base}_{count}"
        taken.add(candidate.casefold())
        unique.append(candidate)
    return tuple(unique)
