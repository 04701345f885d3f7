"""Times of events, however they are written, as UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ibis

# A time from the first up to the second is one; any other is a slip of the pen, and its row is rejected.
EARLIEST = datetime(1990, 1, 1)
LATEST = datetime(2101, 1, 1)
EXPECTED_TIME = "expected ISO text, or epoch seconds or milliseconds"
EXPECTED_YEARS = "expected a time in the years 1990 to 2100"

# Epoch numbers below this are seconds (up to the year 5138), up to a thousand times it milliseconds.
MILLISECONDS_FROM = 100_000_000_000

# The usual form first: one match settles it.
_LOCAL = r"^\d{4}-\d\d?-\d\d?([ T]\d\d?:\d\d(:\d\d(\.\d+)?)?)?$"
_NUMBER = r"^[+-]?\d+(\.\d+)?$"
_COMPACT_DAY = r"^(19|20|21)\d{6}$"
_ZONED = r":\d\d(\.\d+)?\s*([zZ]|UTC|[+-]\d\d(:?\d\d)?)$"


def to_utc(column: Any, *, timezone: str) -> Any:
    """Return a column of times (text, numbers, dates or timestamps) as UTC timestamps, null where unreadable.

    Text is ISO 8601, with or without zone, ``20111209``, or an epoch number; what has no zone is read in `timezone` (an
    IANA name). Where the clocks of that zone are put back, an hour that comes twice is taken for the later one.
    """
    kind = column.type()
    if kind.is_string():
        return _text_to_utc(column.strip(), timezone=timezone)
    if kind.is_numeric():
        return epoch_to_utc(column.cast("float64"))
    if kind.is_timestamp() and kind.timezone is not None:
        return _moment_to_utc(column)
    return _local_to_utc(column.cast("timestamp"), timezone=timezone)


def epoch_to_utc(number: Any) -> Any:
    """Return epoch seconds or milliseconds (float) as UTC timestamps, null beyond either."""
    size = number.abs()
    seconds = ibis.cases(
        (size < MILLISECONDS_FROM, number),
        (size < 1000 * MILLISECONDS_FROM, number / 1000),
    )
    return _from_microseconds((seconds * 1_000_000).round().cast("int64"))


def is_plausible(time: Any) -> Any:
    """Tell which times fall in the years 1990 to 2100."""
    return (time >= ibis.literal(EARLIEST)) & (time < ibis.literal(LATEST))


def _text_to_utc(text: Any, *, timezone: str) -> Any:
    local = _local_to_utc(text.try_cast("timestamp"), timezone=timezone)
    return ibis.cases(
        (text.re_search(_LOCAL), local),
        (text.re_search(_COMPACT_DAY), _local_to_utc(_parse(text, "%Y%m%d"), timezone=timezone)),
        (text.re_search(_NUMBER), epoch_to_utc(text.try_cast("float64"))),
        (text.re_search(_ZONED), _moment_to_utc(_with_seconds(text).try_cast("timestamp('UTC')"))),
        else_=local,
    )


def _with_seconds(text: Any) -> Any:
    """Return zoned times with the seconds that ISO 8601 lets one leave out, and the engine does not."""
    return text.re_replace(r"([ T]\d\d?:\d\d)\s*(Z|z|UTC|[+-])", r"\1:00\2")


def _local_to_utc(time: Any, *, timezone: str) -> Any:
    return time if timezone == "UTC" else _moment_to_utc(_moment_in(timezone, time))


def _moment_to_utc(moment: Any) -> Any:
    return _wall_clock("UTC", moment)


# Functions of the engine that Ibis has no expression for.


def _takes_one(value: Any) -> Any: ...


def _takes_two(first: Any, second: Any) -> Any: ...


_builtin = ibis.udf.scalar.builtin
_from_microseconds: Any = _builtin(_takes_one, name="make_timestamp", signature=(("int64",), "timestamp"))
_parse: Any = _builtin(_takes_two, name="try_strptime", signature=(("string", "string"), "timestamp"))
_moment_in: Any = _builtin(_takes_two, name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')"))
_wall_clock: Any = _builtin(_takes_two, name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
