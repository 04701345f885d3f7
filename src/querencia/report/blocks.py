"""What a section of the page is made of: paragraphs, warnings, lists, tables, exhibits, sample messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from querencia.report.charts.exhibit import Exhibit


@dataclass(frozen=True, kw_only=True)
class Text:
    """A sentence or two. `kind` is plain, warning (needs the reader's care), absent (a part that is not there and
    why), or foreign (words of a record, in English)."""

    text: str
    kind: Literal["plain", "warning", "absent", "foreign"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """The title of a part of a section."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Short remarks, each with a tag and whether it warns."""

    title: str
    items: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Figures in rows; the first column names the row. `words` are the columns that hold words, not figures."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Exhibits:
    """Charts side by side where there is room."""

    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Messages to read: for whom each is, and its text."""

    title: str
    messages: tuple[tuple[str, str], ...]


Block = Text | Heading | Listing | Table | Exhibits | Samples


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the report, with its anchor in the page."""

    name: str
    title: str
    blocks: tuple[Block, ...]


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: Sequence[int] = ()) -> Table:
    """Return a table of what these sequences hold."""
    return Table(caption=caption, columns=tuple(columns), rows=tuple(tuple(row) for row in rows), words=tuple(words))


def plain(*texts: str) -> tuple[Text, ...]:
    """Return paragraphs."""
    return tuple(Text(text=text) for text in texts)


def absent(text: str) -> Text:
    """Return the paragraph that says that a part is not there, and why."""
    return Text(text=text, kind="absent")


def warning(text: str) -> Text:
    """Return the paragraph that the reader must not miss."""
    return Text(text=text, kind="warning")
