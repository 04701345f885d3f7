"""Event logs as OTTO publishes them: JSON lines, ``{"session": …, "events": [{"aid", "ts", "type"}, …]}``.

Nearly every line has that very form, and `otto_usual` reads it fast. Every other line is set aside as text, and
`otto_careful` reads it with care: it may be sound all the same, or name its fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from querencia.data.reading.encoding import decode_head, read_head
from querencia.data.reading.layouts import Layout, own_type_of, read_objects, require_objects
from querencia.errors import ColumnMissingError

_SAMPLED_OBJECTS = 1000


@dataclass(frozen=True, kw_only=True)
class OttoTypes:
    """Which ids are whole numbers in the heads of all files: the others are strings."""

    session: bool
    item: bool


def find_otto_types(layouts: Sequence[Layout]) -> OttoTypes:
    """Return the types of session and aid. ColumnMissingError where no file holds OTTO sessions."""
    _require_sessions(layouts)
    sessions: list[Any] = []
    events: list[dict[str, Any]] = []
    for layout in layouts:
        head = decode_head(read_head(layout.file, skip_long=True)).removeprefix("\ufeff")
        objects = [value for value, _ in zip(read_objects(head), range(_SAMPLED_OBJECTS), strict=False)]
        sessions += [value.get("session") for value in objects]
        for value in objects:
            found = value.get("events")
            events += [event for event in found if isinstance(event, dict)] if isinstance(found, list) else []
    return OttoTypes(session=_mostly_whole(sessions), item=_mostly_whole([event.get("aid") for event in events]))


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


def _mostly_whole(values: Sequence[Any]) -> bool:
    """Tell whether the ids are whole numbers: a few that are not are faults of theirs, not strings like the rest."""
    kinds = [own_type_of([value]) for value in values if value is not None]
    return kinds.count("whole") > len(kinds) / 2 or not kinds
