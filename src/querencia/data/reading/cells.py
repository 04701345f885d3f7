"""Cells of a table that came as text: which are missing, which are numbers, and how an id is written."""

from __future__ import annotations

from typing import Any

import ibis

# What stands for "nothing here", once blanks around it are taken off.
MISSING = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "None")

_LONGEST_MISSING = max(map(len, MISSING))
# One string to search: a list of them in every expression would make the query of a wide table slow to write.
_BETWEEN = "\x1f"
_ALL_MISSING = _BETWEEN + _BETWEEN.join(MISSING) + _BETWEEN

_QUOTED_LENGTH = 40


def clean(text: Any) -> Any:
    """Return a string column without blanks around it, null where it is missing."""
    stripped = text.strip()
    return is_missing(stripped).ifelse(ibis.null("string"), stripped)


def is_missing(text: Any) -> Any:
    """Tell which strings, without blanks around them, stand for nothing."""
    # Most cells are longer than every marker, and need no search.
    marker = ibis.literal(_BETWEEN) + text + ibis.literal(_BETWEEN)
    return (text.length() <= _LONGEST_MISSING) & ibis.literal(_ALL_MISSING).contains(marker)


def to_number(text: Any, *, decimal_comma: bool = False) -> Any:
    """Return a cleaned string column as float, null where it is not a finite number.

    ``1_000`` is no number, though the engine would take it for one. With `decimal_comma`, ``2,5`` is two and a half.
    """
    plain = text.replace(",", ".") if decimal_comma else text
    number = plain.try_cast("float64")
    return ibis.cases(((number.abs() < float("inf")) & ~text.contains("_"), number))


def to_whole(text: Any) -> Any:
    """Return a string column as integer, null where it is none as it stands: ``007``, ``1.7`` and ``true`` are not."""
    number = text.try_cast("int64")
    return (number.cast("string") == text).ifelse(number, ibis.null("int64"))


def drop_zero_decimals(text: Any) -> Any:
    """Return ids that went through a float column as they were: ``17850.0`` is ``17850``; ``007`` stays."""
    return text.endswith(".0").ifelse(text.re_replace(r"^(-?\d+)\.0$", r"\1"), text)


def quote(text: Any) -> Any:
    """Return a string column in quotes, cut to a length that fits a message."""
    return ibis.literal("'") + text.left(_QUOTED_LENGTH) + ibis.literal("'")
