"""OTTO sessions in any form: what is an event is read, and what is none says why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from querencia.data.reading.cells import clean, quote, to_whole
from querencia.data.reading.otto import OttoTypes
from querencia.data.reading.scanning import REASON, try_parse_json
from querencia.data.reading.times import EXPECTED_TIME, EXPECTED_YEARS, epoch_to_utc, is_plausible, to_utc
from querencia.data.reading.verdicts import LACKING, VERDICT, first_reason, judge, mark_lacking, undeclared

# Read without taking the quotes off each: nearly every event has one of them.
_USUAL_TYPES = ("clicks", "carts", "orders")

# Nearly every time is such a number: `to_utc` would find so too, after all else that a time can be.
_EPOCH = r"^[0-9]{9,13}$"

LINE = "__line"
POSITION = "__position"


def read_carefully(lines: Any, *, otto: OttoTypes, types: Sequence[str] | None, timezone: str) -> Any:
    """Return one row per event of `lines` (an Ibis table of one string column, `line`), in their order.

    A line without a list of events is one row without event. Columns: the event's fields, null where they cannot be
    read, its verdict, what it lacks (`LACKING`), and where it is rejected why, the text of its line and its position
    in it (from 0).
    """
    # Text and not numbers, so that 1.7 is not rounded to an item; JSON where text is due, so that 5 is no text.
    event = {"aid": "VARCHAR" if otto.item else "JSON", "ts": "VARCHAR", "type": "JSON"}
    session = {"session": "VARCHAR" if otto.session else "JSON", "events": [event]}
    lines = lines.mutate(value=try_parse_json(lines.line, session))
    rows = _read_fields(_flatten(lines, otto=otto), otto=otto, timezone=timezone)
    rows = rows.mutate(**{REASON: _find_reason(rows, otto=otto, types=types)})
    rejected = rows[REASON].notnull()
    return rows.select(
        "customer",
        "item",
        "time",
        "type",
        **{
            VERDICT: judge(reason=rows[REASON], customer=rows.customer),
            LACKING: mark_lacking(
                customer=rows.session, item=rows.aid, time=rows.ts, type=rows.kind.nullif("null").nullif('""')
            ),
            REASON: rows[REASON],
            LINE: rejected.ifelse(rows.line, ibis.null("string")),
            POSITION: rejected.ifelse(rows.position, ibis.null("int64")),
        },
    )


def _flatten(lines: Any, *, otto: OttoTypes) -> Any:
    nothing = ibis.array([ibis.null(lines.value.events.type().value_type)])
    has_events = lines.value.events.notnull()
    lines = lines.select(
        "line",
        unread=lines.value.isnull(),
        session=_present(lines.value.session),
        positions=has_events.ifelse(ibis.range(0, lines.value.events.length()), ibis.array([ibis.null("int64")])),
        events=has_events.ifelse(lines.value.events, nothing),
    )
    rows = lines.select(
        "line",
        "unread",
        "session",
        position=lines.positions.unnest(),
        event=lines.events.unnest(),
    )
    return rows.select(
        "line",
        "unread",
        "session",
        "position",
        no_event=rows.event.isnull(),
        aid=_present(rows.event.aid),
        ts=rows.event.ts.nullif(""),
        kind=rows.event["type"].cast("string"),
    )


def _read_fields(rows: Any, *, otto: OttoTypes, timezone: str) -> Any:
    """Add the event's fields as they are kept, null where they cannot be read."""
    is_text = rows.kind.startswith('"')
    plain = is_text & ~rows.kind.contains("\\")
    usual = [(rows.kind == f'"{word}"', word) for word in _USUAL_TYPES]
    return rows.mutate(
        customer=to_whole(rows.session) if otto.session else _read_string(rows.session),
        item=to_whole(rows.aid) if otto.item else _read_string(rows.aid),
        time=ibis.cases(
            (rows.ts.re_search(_EPOCH), epoch_to_utc(rows.ts.try_cast("float64"))),
            else_=to_utc(rows.ts, timezone=timezone),
        ),
        type=ibis.cases(*usual, (plain, rows.kind.replace('"', "")), (is_text, _unescape(rows.kind))),
    )


def _find_reason(t: Any, *, otto: OttoTypes, types: Sequence[str] | None) -> Any:
    unreadable = ibis.literal("time ") + quote(t.ts)
    no_session = _NOT_WHOLE if otto.session else _NO_ID
    return first_reason(
        (t.unread, ibis.literal("not valid JSON")),
        (t.no_event & t.session.isnull(), ibis.literal("no session and no events")),
        (t.no_event, ibis.literal("no event: expected a list of objects with aid, ts and type")),
        (t.session.notnull() & t.customer.isnull(), ibis.literal("session ") + quote(t.session) + no_session),
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
_NO_ID = ibis.literal(" is no id: expected text or a whole number")


def _json_value(value: Any, path: Any) -> Any: ...


_extract: Any = ibis.udf.scalar.builtin(
    _json_value, name="json_extract_string", signature=(("string", "string"), "string")
)


def _present(value: Any) -> Any:
    """Return an id as text (JSON, where that is how it was read), null where it is missing."""
    text = value.cast("string")
    if value.type().is_string():
        return clean(text)
    void = (text == "null") | (text.startswith('"') & _read_string(text).isnull())
    return void.ifelse(ibis.null("string"), text)


def _read_string(value: Any) -> Any:
    """Return ids that are JSON as the text that they are, or as the digits of a whole number; null for any other."""
    escaped = value.contains("\\")
    plain = clean(value.substr(1, value.length() - 2))
    return ibis.cases(
        (value.re_search(r"^-?\d+$"), value),
        (value.startswith('"') & escaped, clean(_unescape(value))),
        (value.startswith('"'), plain),
    )


def _unescape(text: Any) -> Any:
    return _extract(text, "$")
