"""Behaviour as one row per customer: what they did up to a moment, and nothing after it.

Each function returns an Ibis expression. The engine scans the events once for counts, and once each for sessions, days
and items, so memory grows with customers, sessions and the items each customer touched, never with events. Sums are
of integers (money in cents, times in microseconds) and divided once: the same figures whatever the order of the rows
or the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import ibis

from querencia.data.features import WINDOWS, engaged_features, name_types, purchase_types
from querencia.data.local_time import to_local
from querencia.data.tables import CUSTOMER_ID, CustomerTable, EventLog

# How old an event is, in steps that windows and the trend are made of, and the days at which each step ends.
_AGES = ("within_7d", "within_30d", "within_60d", "within_90d", "older")
_AGE_ENDS = (7, 30, 60, 90)
_DAY_PARTS = ("night", "morning", "afternoon", "evening")
_US_PER_DAY = 86_400_000_000
_DAYS_PER_MONTH = 365.25 / 12
# An amount beyond this is a mistake of the source, and would overflow sums in cents.
_MOST_MONEY = 1e12


def activity_features(events: Any, *, as_of: datetime, types: Sequence[str], has_prices: bool, timezone: str) -> Any:
    """Return one row per customer with an event at or before `as_of` (naive, UTC), ordered by `customer`.

    `events` are canonical (see `EventLog`); `features.FEATURES` says what each column means. Counts are integers, the
    rest floats, null where undefined (the gap of a single session, the trend of somebody silent for 60 days). A window
    of N days is [`as_of` - N days, `as_of`], both ends in; hours, days and weekends are those of `timezone`. A log of
    one type has no columns of that type, which would repeat `events`.

    Money counts events of a purchase type (`features.PURCHASE_TYPES`), or every event when no type is one; an amount
    is quantity x price, the quantity 1 where there is none, and 0 where the price is missing, not positive or absurd.
    """
    past = _past_events(events, as_of=as_of, types=types, has_prices=has_prices, timezone=timezone)
    names = name_types(types) if len(types) > 1 else {}
    parts = (
        _count_events(past, as_of=as_of, names=names, has_prices=has_prices),
        _measure_sessions(past, as_of=as_of),
        _count_days(past, as_of=as_of),
        _count_items(past, as_of=as_of),
    )
    joined = parts[0]
    for part in parts[1:]:
        joined = joined.join(part, "customer")
    joined = _add_windows(joined, names=("events", *names.values()))
    columns = _derive_features(joined, as_of=as_of, names=tuple(names.values()), has_prices=has_prices)
    return joined.select(customer=joined.customer, **columns).order_by("customer")


def usage_facts(events: Any, *, as_of: datetime, types: Sequence[str], timezone: str) -> Any:
    """Return the whole numbers a message may tell a customer of their activity, ordered by `customer`.

    Columns `events_30d`, `sessions_30d`, `active_days_30d`, `orders_90d`, `distinct_items_90d`. An order is a session
    with a purchase (`features.PURCHASE_TYPES`), so that the lines of one basket are one order; `orders_90d` is null
    throughout where the log has no such type.
    """
    past = _past_events(events, as_of=as_of, types=types, has_prices=False, timezone=timezone)
    counts = past.group_by("customer").agg(events_30d=past.count(where=past.time >= _start(as_of, 30)))
    sessions = _group_sessions(past)
    has_orders = bool(purchase_types(types))
    orders = sessions.count(where=sessions.bought >= _start(as_of, 90)) if has_orders else ibis.null("int64")
    per_customer = sessions.group_by("customer").agg(
        sessions_30d=sessions.count(where=sessions.ended >= _start(as_of, 30)), orders_90d=orders
    )
    joined = counts.join(per_customer, "customer")
    joined = joined.join(_count_days(past, as_of=as_of), "customer")
    joined = joined.join(_count_items(past, as_of=as_of), "customer")
    kinds = ("events_30d", "sessions_30d", "active_days_30d", "orders_90d", "distinct_items_90d")
    return joined.select("customer", *kinds).order_by("customer")


def join_activity(customers: Any, activity: Any) -> Any:
    """Return the canonical customer table with the columns of `activity` beside its own, ordered by customer id.

    Ids are compared as text. A customer without events has 0 where a feature counts (`features.engaged_features`) and
    null elsewhere. A feature named like a column of the customers becomes ``log_<name>``.
    """
    named = {
        column: f"log_{column}" if column in customers.columns else column
        for column in activity.columns
        if column != "customer"
    }
    keyed = activity.select(
        __log_customer=activity.customer.cast("string"), **{new: activity[old] for old, new in named.items()}
    )
    joined = customers.left_join(keyed, customers[CUSTOMER_ID] == keyed["__log_customer"])
    counted = {name: joined[name].fill_null(0) for name in engaged_features(named.values())}
    return joined.drop("__log_customer").mutate(**counted).order_by(CUSTOMER_ID)


def overlap(con: Any, customers: CustomerTable, log: EventLog) -> int:
    """Return how many customer ids stand in both sources; 0 means that they belong to different people."""
    ids = customers.table(con).select(id=ibis._[CUSTOMER_ID])
    actors = log.table(con).select(id=ibis._.customer.cast("string")).distinct()
    return int(con.to_pyarrow(ids.semi_join(actors, "id").count()).as_py())


def amount_in_cents(events: Any) -> Any:
    """Return what each event is worth: quantity x price, the quantity 1 where there is none.

    0 where the price is missing, not positive or absurd.
    """
    quantity = events.quantity.fill_null(1.0) if "quantity" in events.columns else ibis.literal(1.0)
    amount = quantity * events.price
    # A comparison with null is null, and NaN is larger than any number: both fall to 0.
    return ibis.ifelse((amount > 0) & (amount < _MOST_MONEY) & (events.price > 0), (amount * 100).round(), 0).cast(
        "int64"
    )


def _start(as_of: datetime, days: int) -> Any:
    return ibis.literal(as_of - timedelta(days=days))


def _past_events(events: Any, *, as_of: datetime, types: Sequence[str], has_prices: bool, timezone: str) -> Any:
    past = events.filter(events.time <= ibis.literal(as_of))
    local = to_local(past.time, timezone=timezone, until=as_of)
    purchases = purchase_types(types)
    bought = past.type.isin(purchases) if purchases else ibis.literal(True)
    age = ibis.cases(
        *[(past.time >= _start(as_of, days), index) for index, days in enumerate(_AGE_ENDS)], else_=len(_AGE_ENDS)
    )
    columns = {"day": local.date(), "day_part": local.hour() // 6, "is_purchase": bought}
    columns["age"] = age
    if types:
        order = ibis.cases(*[(past.type == kind, index * len(_AGES)) for index, kind in enumerate(types)])
        columns["type_age"] = order + age
    if has_prices:
        columns["cents"] = ibis.ifelse(bought, amount_in_cents(past), 0)
    return past.select("customer", "session", "item", "time", "type", **columns)


def _count_events(past: Any, *, as_of: datetime, names: dict[str, str], has_prices: bool) -> Any:
    figures = {
        "first": past.time.min(),
        "last": past.time.max(),
        "weekend": past.count(where=past.day.day_of_week.index() >= 5),
    }
    figures |= {part: past.count(where=past.day_part == index) for index, part in enumerate(_DAY_PARTS)}
    figures |= {f"events__{age}": past.count(where=past.age == index) for index, age in enumerate(_AGES)}
    for order, name in enumerate(names.values()):
        # One small integer says type and age at once: comparing it is twice as fast as comparing text and times.
        cells = {age: past.type_age == order * len(_AGES) + index for index, age in enumerate(_AGES)}
        figures |= {f"{name}__{age}": past.count(where=cell) for age, cell in cells.items()}
    if has_prices:
        for days in (30, 90):
            cents = past.cents.sum(where=past.time >= _start(as_of, days))
            figures[f"cents__{days}d"] = cents.fill_null(0).cast("int64")
        figures["cents__total"] = past.cents.sum().cast("int64")
    return past.group_by("customer").agg(**figures)


def _group_sessions(past: Any) -> Any:
    worth = {"paid": past.cents.sum() > 0} if "cents" in past.columns else {}
    return past.group_by("customer", "session").agg(
        started=past.time.min(),
        ended=past.time.max(),
        events=past.count(),
        bought=past.time.max(where=past.is_purchase),
        **worth,
    )


def _measure_sessions(past: Any, *, as_of: datetime) -> Any:
    sessions = _group_sessions(past)
    in_order = ibis.window(group_by="customer", order_by="started")
    sessions = sessions.mutate(
        gap=sessions.started.delta(sessions.started.lag().over(in_order), unit="microsecond"),
        is_latest=sessions.started.lead().over(in_order).isnull(),
        microseconds=sessions.ended.delta(sessions.started, unit="microsecond"),
    )
    figures = {f"sessions_{days}d": sessions.count(where=sessions.ended >= _start(as_of, days)) for days in WINDOWS}
    before = (sessions.ended >= _start(as_of, 60)) & (sessions.started < _start(as_of, 30))
    if "paid" in sessions.columns:
        figures["paid_sessions"] = sessions.count(where=sessions.paid)
    return sessions.group_by("customer").agg(
        sessions_total=sessions.count(),
        sessions__before_30d=sessions.count(where=before),
        events_per_session_max=sessions.events.max(),
        session_microseconds=sessions.microseconds.sum().cast("int64"),
        gap_sum=sessions.gap.sum().cast("int64"),
        gap_max=sessions.gap.max(),
        gap_last=sessions.gap.max(where=sessions.is_latest),
        **figures,
    )


def _count_days(past: Any, *, as_of: datetime) -> Any:
    days = past.group_by("customer", "day").agg(latest=past.time.max())
    return days.group_by("customer").agg(
        active_days_30d=days.count(where=days.latest >= _start(as_of, 30)), active_days_total=days.count()
    )


def _count_items(past: Any, *, as_of: datetime) -> Any:
    items = past.group_by("customer", "item").agg(latest=past.time.max())
    windows = {f"distinct_items_{days}d": items.count(where=items.latest >= _start(as_of, days)) for days in (30, 90)}
    return items.group_by("customer").agg(**windows, distinct_items_total=items.count())


def _add_windows(t: Any, *, names: tuple[str, ...]) -> Any:
    windows = {}
    for name in names:
        week, month, before, quarter, older = (t[f"{name}__{age}"] for age in _AGES)
        windows[f"{name}_7d"] = week
        windows[f"{name}_30d"] = week + month
        windows[f"{name}_90d"] = week + month + before + quarter
        windows[f"{name}_total"] = week + month + before + quarter + older
    return t.mutate(**windows)


def _compare(now: Any, before: Any) -> Any:
    return (now - before) / (now + before).nullif(0)


def _derive_features(t: Any, *, as_of: datetime, names: tuple[str, ...], has_prices: bool) -> dict[str, Any]:
    tenure = ibis.literal(as_of).delta(t["first"], unit="microsecond") / _US_PER_DAY
    recency = ibis.literal(as_of).delta(t["last"], unit="microsecond") / _US_PER_DAY
    exposure = ibis.greatest(tenure, 7.0)
    gap_mean = t.gap_sum / (t.sessions_total - 1).nullif(0) / _US_PER_DAY
    columns: dict[str, Any] = {}
    for name in ("events", *names, "sessions"):
        counts = {f"{name}_{span}": t[f"{name}_{span}"] for span in ("7d", "30d", "90d", "total")}
        columns |= counts
        for days in (30, 90):
            columns[f"{name}_per_week_{days}d"] = counts[f"{name}_{days}d"] * 7 / ibis.least(exposure, float(days))
        columns[f"{name}_per_week"] = counts[f"{name}_total"] * 7 / exposure
    columns |= {f"{name}_share": t[f"{name}_total"] / t.events_total for name in names}
    columns["events_trend"] = _compare(t.events_30d, t["events__within_60d"])
    columns["sessions_trend"] = _compare(t.sessions_30d, t["sessions__before_30d"])
    columns |= {"recency_days": recency, "tenure_days": tenure}
    columns |= {name: t[name] for name in ("active_days_30d", "active_days_total")}
    columns |= {
        "events_per_session_mean": t.events_total / t.sessions_total,
        "events_per_session_max": t.events_per_session_max,
        "session_seconds_mean": t.session_microseconds / t.sessions_total / 1e6,
        "gap_days_mean": gap_mean,
        "gap_days_max": t.gap_max / _US_PER_DAY,
        "last_gap_ratio": t.gap_last / _US_PER_DAY / gap_mean.nullif(0),
        "recency_gap_ratio": recency / gap_mean.nullif(0),
    }
    columns |= {f"{part}_share": t[part] / t.events_total for part in _DAY_PARTS}
    columns["weekend_share"] = t.weekend / t.events_total
    columns |= {f"distinct_items_{span}": t[f"distinct_items_{span}"] for span in ("30d", "90d", "total")}
    if has_prices:
        columns |= {f"spend_{span}": t[f"cents__{span}"] / 100 for span in ("30d", "90d", "total")}
        columns["spend_per_month"] = t["cents__total"] / 100 / ibis.greatest(tenure / _DAYS_PER_MONTH, 1.0)
        columns["average_order_value"] = t["cents__total"] / 100 / t.paid_sessions.nullif(0)
    return columns
