"""Event logs as OTTO publishes them: JSON lines, ``{"session": …, "events": [{"aid", "ts", "type"}, …]}``.

Nearly every line has that very form, and `otto_usual` reads it fast. Every other line is set aside as text, and
`otto_careful` reads it with care: it may be sound all the same, or name its fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from querencia.data.reading.encoding import decode_head, read_head
from querencia.data.reading.layouts import Layout, own_type_of, read_objects, require_objects
from querencia.errors import ColumnMissingError

_SAMPLED_OBJECTS = 1000
_SAMPLED_FILES = 50


@dataclass(frozen=True, kw_only=True)
class OttoTypes:
    """Which ids are whole numbers in the heads of all files: the others are strings."""

    session: bool
    item: bool


def find_otto_types(layouts: Sequence[Layout]) -> OttoTypes:
    """Return the types of session and aid. ColumnMissingError where no file holds OTTO sessions."""
    _require_sessions(layouts)
    # Some files stand for all, and one after the other: what is held does not grow with their number.
    chosen = layouts[:: -(-len(layouts) // _SAMPLED_FILES)]
    sessions, items = Counter[bool](), Counter[bool]()
    for layout in chosen:
        head = decode_head(read_head(layout.file, skip_long=True)).removeprefix("\ufeff")
        for value in islice(read_objects(head), _SAMPLED_OBJECTS // len(chosen)):
            sessions.update(_are_whole([value.get("session")]))
            events = value.get("events")
            if isinstance(events, list):
                items.update(_are_whole([event.get("aid") for event in events if isinstance(event, dict)]))
    return OttoTypes(session=_mostly(sessions), item=_mostly(items))


def _require_sessions(layouts: Sequence[Layout]) -> None:
    """Raise an error unless a file has the keys of sessions. One that has none may hold broken lines only."""
    if any({"session", "events"} & set(layout.columns) for layout in layouts):
        return
    for layout in layouts:
        if layout.columns:
            raise ColumnMissingError(
                f"[events] format = 'otto': the lines of {str(layout.file)!r} have the keys {list(layout.columns)!r}. "
                'Expected session and events in each: correct the file, or write format = "table" and name the '
                "columns."
            )
    require_objects(layouts[0])


def _are_whole(values: Sequence[Any]) -> list[bool]:
    return [own_type_of([value]) == "whole" for value in values if value is not None]


def _mostly(found: Counter[bool]) -> bool:
    """Tell whether most are: a few ids that are not whole numbers are faults of theirs, not strings like the rest."""
    return found[True] > found[False] or not found
