"""OTTO sessions in the form in which they are published: read in one go, as fast as the engine parses JSON.

One pattern says what that form is: the three keys in their order, whole numbers, a type of plain letters. Whatever fits
it has no fault that could be found, so nothing has to be looked at twice; whatever does not fit is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from querencia.data.reading.encoding import decode_head, read_head
from querencia.data.reading.layouts import Layout
from querencia.data.reading.otto import OttoTypes
from querencia.data.reading.scanning import json_type, parse_json
from querencia.data.reading.times import MILLISECONDS_FROM
from querencia.data.tables import ASIDE, BEGINS

# At least this share of the first lines must be of the usual form for it to be tried.
_WORTHWHILE = 0.5
_SAMPLED_LINES = 1000

_PLAIN_TYPE = re.compile(r"[A-Za-z0-9_-]+")
_WHOLE = r"(?:0|[1-9][0-9]{0,17})"
_BLANKS = r"[ \t]*"
# Epoch milliseconds and seconds, as many digits as they have in the years 2001 to 2096; a line has one of the two, so
# that equal times are equal numbers.
_TIMES = (r"[1-3][0-9]{12}", r"[1-3][0-9]{9}")

STRUCTURE: dict[str, Any] = {"session": "BIGINT", "events": [{"aid": "BIGINT", "ts": "BIGINT", "type": "VARCHAR"}]}


def usual_form(types: Sequence[str] | None, *, repeat: str = "*") -> str:
    """Return the pattern of a line that is as published; its types are those declared, or any plain word.

    `repeat` is the pattern's sign for the events after the first.
    """
    plain = [re.escape(word) for word in types or () if _PLAIN_TYPE.fullmatch(word)]
    word = f"(?:{'|'.join(plain)})" if plain else _PLAIN_TYPE.pattern
    events = "|".join(_listed(_event(time=time, word=word), repeat=repeat) for time in _TIMES)
    session = _spaced(r"\{", '"session"', ":", _WHOLE, ",", '"events"', ":", r"\[", f"(?:{events})", r"\]", r"\}")
    return f"^{_BLANKS}{session}{_BLANKS}$"


def is_mostly_usual(layout: Layout, otto: OttoTypes, types: Sequence[str] | None) -> bool:
    """Tell whether most of the first lines of a file are in the usual form."""
    if not (otto.session and otto.item) or (types and not any(map(_PLAIN_TYPE.fullmatch, types))):
        return False
    form = re.compile(usual_form(types))
    lines = decode_head(read_head(layout.file, skip_long=True)).removeprefix("\ufeff").splitlines()[:_SAMPLED_LINES]
    return sum(form.match(line) is not None for line in lines) >= _WORTHWHILE * len(lines)


def read_usual(lines: Any, *, types: Sequence[str] | None) -> Any:
    """Return the events of `lines` (an Ibis table of one string column, `line`): customer, item, time, type.

    Equal events of a line are one, with its number of `copies`; `BEGINS` marks the first row of each line. A line in
    another form is one row of nulls with its text in `ASIDE`.
    """
    usual = lines.line.re_search(usual_form(types))
    lines = lines.select(
        aside=usual.ifelse(ibis.null("string"), lines.line),
        value=usual.ifelse(parse_json(lines.line, STRUCTURE), ibis.null(_TYPE)),
    )
    lines = lines.select("aside", session=lines.value.session, events=lines.value.events)
    # Equal events stand at the same moment: only a session with two events of one moment can hold any.
    moments = lines.events.map(lambda event: event.ts)
    may_repeat = _count_distinct(moments) < moments.length()
    lines = lines.mutate(counted=may_repeat.ifelse(_count_each(lines.events), ibis.null(_COUNTED)))
    rows = lines.select(
        "aside",
        customer="session",
        event=lines.counted.notnull().ifelse(lines.counted.keys(), lines.events).unnest(),
        copies=lines.counted.values().unnest(),
        begins=ibis.array([True]).unnest(),
    )
    return rows.select(
        "customer",
        item=rows.event.aid,
        time=_from_microseconds(to_microseconds(rows.event.ts)),
        type=rows.event["type"],
        copies=ibis.coalesce(rows.copies.cast("int32"), 1),
        **{BEGINS: rows.begins, ASIDE: rows.aside},
    )


def _event(*, time: str, word: str) -> str:
    return _spaced(r"\{", '"aid"', ":", _WHOLE, ",", '"ts"', ":", time, ",", '"type"', ":", f'"{word}"', r"\}")


def _listed(event: str, *, repeat: str) -> str:
    return f"{event}(?:{_BLANKS},{_BLANKS}{event}){repeat}"


def _spaced(*parts: str) -> str:
    return _BLANKS.join(parts)


def to_microseconds(epoch: Any) -> Any:
    """Return the times of usual lines, seconds or milliseconds since 1970, as microseconds."""
    return epoch * (epoch < MILLISECONDS_FROM).ifelse(1_000_000, 1000)


# Functions of the engine that Ibis has no expression for, or only a slower one.


def _takes_one(value: Any) -> Any: ...


_builtin = ibis.udf.scalar.builtin
_TYPE = json_type(STRUCTURE)
_EVENTS = _TYPE["events"]
_COUNTED = dt.Map(_EVENTS.value_type, dt.uint64)
_from_microseconds: Any = _builtin(_takes_one, name="make_timestamp", signature=(("int64",), "timestamp"))
_count_distinct: Any = _builtin(_takes_one, name="list_unique", signature=((dt.Array(dt.int64),), "int64"))
_count_each: Any = _builtin(_takes_one, name="list_histogram", signature=((_EVENTS,), _COUNTED))
