"""Purchases as one row per customer: how often, how recently, how much, up to a moment, and again up to an earlier one.

What models of customer value are learned from. A purchase is a local day on which a customer paid something: the lines
of a basket, and two baskets of one day, are one purchase. As everywhere in `data`, sums are of integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from querencia.data.activity import amount_in_cents
from querencia.data.features import purchase_types
from querencia.data.local_time import to_local

PURCHASE_COLUMNS = ("frequency", "recency", "age", "mean_spend")
EARLIER_COLUMNS = ("earlier_frequency", "earlier_recency", "earlier_age", "later_purchases")


def purchase_histories(events: Any, *, as_of: datetime, earlier: datetime, types: Sequence[str], timezone: str) -> Any:
    """Return one row per customer who paid something at or before `as_of` (naive, UTC), ordered by `customer`.

    `events` are canonical and have prices (see `EventLog`). Columns: `frequency`, the days of purchase after the first;
    `recency`, days from the first to the last; `age`, days from the first to `as_of`; `mean_spend` per day of purchase,
    in the log's currency, the first day's as well. Then the same up to the day of `earlier`, that day included, as
    `earlier_frequency`, `earlier_recency` and `earlier_age`, and `later_purchases`, the days of purchase after it: null
    for a customer who had not bought by then.

    Days are those of `timezone`. Money counts events of a purchase type (`features.PURCHASE_TYPES`), or every event
    where no type is one, and only amounts above 0.
    """
    past = events.filter(events.time <= ibis.literal(as_of))
    kinds = purchase_types(types)
    paid = past.filter(past.type.isin(kinds)) if kinds else past
    day = to_local(paid.time, timezone=timezone, until=as_of).date()
    paid = paid.select(customer=paid.customer, day=day, cents=amount_in_cents(paid))
    paid = paid.filter(paid.cents > 0)
    days = paid.group_by("customer", "day").agg(cents=paid.cents.sum().cast("int64"))
    now, then = (_local_day(moment, timezone=timezone) for moment in (as_of, earlier))
    before = days.day <= then
    people = days.group_by("customer").agg(
        first=days.day.min(),
        last=days.day.max(),
        bought=days.count(),
        cents=days.cents.sum().cast("int64"),
        last_before=days.day.max(where=before),
        bought_before=days.count(where=before),
    )
    known = people.bought_before > 0
    return people.select(
        customer=people.customer,
        frequency=people.bought - 1,
        recency=_days(people["first"], people["last"]),
        age=_days(people["first"], now),
        mean_spend=people.cents / people.bought / 100,
        earlier_frequency=known.ifelse(people.bought_before - 1, None),
        earlier_recency=known.ifelse(_days(people["first"], people.last_before), None),
        earlier_age=known.ifelse(_days(people["first"], then), None),
        later_purchases=known.ifelse(people.bought - people.bought_before, None),
    ).order_by("customer")


def _local_day(moment: datetime, *, timezone: str) -> Any:
    return ibis.literal(moment.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)).date())


def _days(start: Any, end: Any) -> Any:
    return end.delta(start, unit="day").cast("int64")
