"""What becomes of a row of an event log: kept, ignored as of no use, or rejected as unreadable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import ibis

from querencia.data.reading.cells import quote

# Values of the column VERDICT of a staged file.
VERDICT = "__verdict"
KEPT = 0
NO_CUSTOMER = 1
NEGATIVE = 2
REJECTED = 3


# Which of these fields a row of a staged file has no value for: one bit each, in this order.
LACKING = "__lacking"
FIELDS = ("customer", "item", "time", "type", "item_name", "quantity", "price", "session")


def mark_lacking(**values: Any) -> Any:
    """Return which of the fields given by name are null, as the number that stands in the column LACKING."""
    bits = [value.isnull().ifelse(1 << FIELDS.index(field), 0) for field, value in values.items()]
    return reduce(add, bits).cast("int16")


def count_lacking(rows_by_mark: Mapping[int, int], fields: Sequence[str]) -> dict[str, int]:
    """Return how many rows have no value for each of `fields`, from how many have each mark."""
    return {
        field: sum(rows for mark, rows in rows_by_mark.items() if mark >> FIELDS.index(field) & 1) for field in fields
    }


def first_reason(*checks: tuple[Any, Any]) -> Any:
    """Return the reason of the first check that holds, as a string column: null where none does."""
    return ibis.cases(*checks, else_=ibis.null("string"))


def judge(*, reason: Any, customer: Any, quantity: Any = None) -> Any:
    """Return the verdict on each row. What cannot be read is rejected, whatever else is the matter with it."""
    checks = [(reason.notnull(), REJECTED), (customer.isnull(), NO_CUSTOMER)]
    if quantity is not None:
        checks.append((quantity < 0, NEGATIVE))
    return ibis.cases(*checks, else_=KEPT).cast("int8")


def undeclared(kind: Any, types: Sequence[str] | None) -> tuple[Any, Any]:
    """Return the check that an event's type is one of those that the project file declares, if it does."""
    if types is None:
        return ibis.literal(False), ibis.null("string")
    expected = ibis.literal(f", expected one of {', '.join(types)}")
    return ~kind.isin(types), ibis.literal("type ") + quote(kind) + expected
