"""Event logs as OTTO publishes them: JSON lines, ``{"session": …, "events": [{"aid", "ts", "type"}, …]}``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from querencia.data.reading.cells import clean, quote, to_whole
from querencia.data.reading.encoding import decode_head, read_head
from querencia.data.reading.layouts import Layout, own_type_of, read_objects
from querencia.data.reading.scanning import scan_objects, stage
from querencia.data.reading.times import EXPECTED_TIME, EXPECTED_YEARS, epoch_to_utc, is_plausible, to_utc
from querencia.data.reading.verdicts import VERDICT, first_reason, judge, undeclared
from querencia.errors import ColumnMissingError

_SAMPLED_OBJECTS = 1000

# Read without taking the quotes off each: nearly every event has one of them.
_USUAL_TYPES = ("clicks", "carts", "orders")


@dataclass(frozen=True, kw_only=True)
class OttoTypes:
    """Which values are whole numbers in the heads of all files: sessions and items else are strings, times text."""

    session: bool
    item: bool
    time: bool


def find_otto_types(layouts: Sequence[Layout]) -> OttoTypes:
    """Return the types of session, aid and ts. ColumnMissingError where the objects are no OTTO sessions."""
    sessions: list[Any] = []
    events: list[dict[str, Any]] = []
    for layout in layouts:
        head = decode_head(read_head(layout.file)).removeprefix("\ufeff")
        objects = [value for value, _ in zip(read_objects(head), range(_SAMPLED_OBJECTS), strict=False)]
        if not any("session" in value or "events" in value for value in objects):
            raise ColumnMissingError(
                f"[events] format = 'otto': the lines of {str(layout.file)!r} have the keys {list(layout.columns)!r}. "
                'Expected session and events in each: correct the file, or write format = "table" and name the '
                "columns."
            )
        sessions += [value.get("session") for value in objects]
        for value in objects:
            found = value.get("events")
            events += [event for event in found if isinstance(event, dict)] if isinstance(found, list) else []
    times = [own_type_of([event.get("ts")]) for event in events]
    return OttoTypes(
        session=_mostly_whole(sessions),
        item=_mostly_whole([event.get("aid") for event in events]),
        time=times.count("text") <= len(times) / 2,
    )


def stage_otto(
    con: Any, layout: Layout, *, otto: OttoTypes, types: Sequence[str] | None, timezone: str, into: Path
) -> Layout:
    """Write the events of a file, each with its verdict, to a Parquet file; return the layout as it was read."""

    def shape(file: Layout) -> Any:
        events = _flatten(_scan(con, file, otto), otto=otto)
        return _judge(events, otto=otto, types=types, timezone=timezone)

    return stage(con, layout, shape, into=into)


def otto_faults(con: Any, layout: Layout, *, otto: OttoTypes, types: Sequence[str] | None, timezone: str) -> Any:
    """Return the rejected events of a file as an Ibis table of row, event and reason.

    It reads the file a second time, now in order, when it is executed: only where there are any.
    """
    events = _flatten(_scan(con, layout, otto), otto=otto, numbered=True)
    rows = _read_fields(events, otto=otto, timezone=timezone)
    rows = rows.mutate(reason=_find_reason(rows, otto=otto, types=types))
    return rows.filter(rows.reason.notnull()).select(row="line", event="position", reason="reason")


def _scan(con: Any, layout: Layout, otto: OttoTypes) -> Any:
    """Return one row per line: its session and its list of events, null where they are missing or broken."""
    # Ids as text and types as JSON, so that 1.7 is not rounded to an item, nor 5 taken for a type.
    event = {"aid": "VARCHAR", "ts": "DOUBLE" if otto.time else "VARCHAR", "type": "JSON"}
    lines = scan_objects(con, layout, {"session": "VARCHAR", "events": [event]})
    return lines.select(session=lines.value.session, events=lines.value.events)


def _flatten(lines: Any, *, otto: OttoTypes, numbered: bool = False) -> Any:
    """Return one row per event; a line without a list of events is one row without event.

    With `numbered`, `line` and `position` (both from 0) say where the event stands.
    """
    nothing = ibis.array([ibis.null(lines.events.type().value_type)])
    session = clean(lines.session)
    line = {"line": ibis.row_number()} if numbered else {}
    lines = lines.select(session=session, events=ibis.coalesce(lines.events, nothing), **line)
    customer = to_whole(lines.session) if otto.session else lines.session
    position = {"position": ibis.range(0, lines.events.length()).unnest()} if numbered else {}
    rows = lines.select(*line, "session", customer=customer, event=lines.events.unnest(), **position)
    return rows.select(
        *line,
        *position,
        "session",
        "customer",
        no_event=rows.event.isnull(),
        aid=rows.event.aid,
        ts=rows.event.ts,
        kind=rows.event["type"].cast("string"),
    )


def _read_fields(rows: Any, *, otto: OttoTypes, timezone: str) -> Any:
    """Add the event's fields as they are kept, null where they cannot be read."""
    is_text = rows.kind.startswith('"')
    plain = is_text & ~rows.kind.contains("\\")
    usual = [(rows.kind == f'"{word}"', word) for word in _USUAL_TYPES]
    return rows.mutate(
        item=to_whole(rows.aid) if otto.item else clean(rows.aid),
        time=epoch_to_utc(rows.ts) if otto.time else to_utc(rows.ts, timezone=timezone),
        type=ibis.cases(*usual, (plain, rows.kind.replace('"', "")), (is_text, _unescape(rows.kind))),
    )


def _find_reason(t: Any, *, otto: OttoTypes, types: Sequence[str] | None) -> Any:
    unreadable = ibis.literal("time ") + quote(t.ts.cast("string"))
    return first_reason(
        (t.no_event & t.session.isnull(), ibis.literal("no session and no events")),
        (t.no_event, ibis.literal("no event: expected a list of objects with aid, ts and type")),
        (t.session.notnull() & t.customer.isnull(), ibis.literal("session ") + quote(t.session) + _NOT_WHOLE),
        (t.aid.isnull(), ibis.literal("no item (aid)")),
        (t.item.isnull(), ibis.literal("item ") + quote(t.aid) + (_NOT_WHOLE if otto.item else _NO_ID)),
        (t.ts.isnull(), ibis.literal(f"no time (ts), {EXPECTED_TIME}")),
        (t.time.isnull(), unreadable + ibis.literal(f", {EXPECTED_TIME}")),
        (~is_plausible(t.time), unreadable + ibis.literal(f", {EXPECTED_YEARS}")),
        (t.kind.isnull() | (t.kind == "null") | (t.kind == '""'), ibis.literal("no type")),
        (t.type.isnull(), ibis.literal("type ") + quote(t.kind) + ibis.literal(" is not a word")),
        undeclared(t.type, types),
    )


_NOT_WHOLE = ibis.literal(" is not a whole number, as the first ones are")
_NO_ID = ibis.literal(" is no id")


def _judge(events: Any, *, otto: OttoTypes, types: Sequence[str] | None, timezone: str) -> Any:
    rows = _read_fields(events, otto=otto, timezone=timezone)
    verdict = judge(reason=_find_reason(rows, otto=otto, types=types), customer=rows.customer)
    return rows.select("customer", "item", "time", "type", **{VERDICT: verdict})


def _mostly_whole(values: Sequence[Any]) -> bool:
    """Tell whether the ids are whole numbers: a few that are not are faults of theirs, not strings like the rest."""
    kinds = [own_type_of([value]) for value in values if value is not None]
    return kinds.count("whole") > len(kinds) / 2 or not kinds


def _json_value(value: Any, path: Any) -> Any: ...


_extract: Any = ibis.udf.scalar.builtin(
    _json_value, name="json_extract_string", signature=(("string", "string"), "string")
)


def _unescape(text: Any) -> Any:
    return _extract(text, "$")
