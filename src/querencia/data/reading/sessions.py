"""Sessions of a log that has none: cut where a customer was silent."""

from __future__ import annotations

from typing import Any

import ibis

_GAP = "__gap"
_NUMBER = "__number"


def cut_sessions(events: Any, *, minutes: int) -> Any:
    """Give each event without a session one that ends after more than `minutes` of its customer's silence.

    The id is the customer's and the session's number, ``17850/3``: unique across customers and the same in every run.
    Takes and returns a table with `customer` and `time`, and perhaps `session`.
    """
    if "session" not in events.columns:
        events = events.mutate(session=ibis.null("string"))
    without = events.session.isnull()
    customers = ibis.window(group_by=[events.customer, without], order_by=events.time)
    silence = events.time.delta(events.time.lag().over(customers), unit="microsecond")
    begins = ibis.coalesce(silence > minutes * 60_000_000, True)
    events = events.mutate(**{_GAP: begins.cast("int64")})
    # A range, not rows: events of one moment belong together, in whatever order the engine meets them.
    so_far = ibis.range_window(
        group_by=[events.customer, events.session.isnull()], order_by=events.time, preceding=None, following=0
    )
    events = events.mutate(**{_NUMBER: events[_GAP].sum().over(so_far)})
    number = events.customer.cast("string") + ibis.literal("/") + events[_NUMBER].cast("string")
    session = events.session.cast("string")
    return events.mutate(session=ibis.coalesce(session, number)).drop(_GAP, _NUMBER)
