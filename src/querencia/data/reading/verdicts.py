"""What becomes of a row of an event log: kept, ignored as of no use, or rejected as unreadable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from querencia.data.reading.cells import quote

# Values of the column VERDICT of a staged file.
VERDICT = "__verdict"
KEPT = 0
NO_CUSTOMER = 1
NEGATIVE = 2
REJECTED = 3


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
