"""Purchases of each customer: equal to a plain loop over their paid days, now and at an earlier moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow
import pytest

from querencia.data.purchases import purchase_histories

AS_OF = datetime(2024, 5, 1, 2, 0)  # still 30 April in Bogota
EARLIER = AS_OF - timedelta(days=30)
ZONE = "America/Bogota"
SCHEMA = pyarrow.schema(
    [
        ("customer", pyarrow.int64()),
        ("time", pyarrow.timestamp("us")),
        ("type", pyarrow.string()),
        ("quantity", pyarrow.float64()),
        ("price", pyarrow.float64()),
    ]
)

Event = dict[str, Any]


def make_event(customer: int, days: float, price: float | None, *, kind: str = "orders", quantity: float = 1) -> Event:
    time = AS_OF - timedelta(days=days)
    return {"customer": customer, "time": time, "type": kind, "quantity": quantity, "price": price}


def histories_of(events: list[Event], *, types: tuple[str, ...] = ("clicks", "orders")) -> dict[int, Event]:
    table = ibis.memtable(pyarrow.Table.from_pylist(events, SCHEMA))
    found = purchase_histories(table, as_of=AS_OF, earlier=EARLIER, types=types, timezone=ZONE)
    rows = ibis.duckdb.connect().to_pyarrow(found).to_pylist()
    assert [row["customer"] for row in rows] == sorted(row["customer"] for row in rows)
    return {row.pop("customer"): row for row in rows}


def local_day(time: datetime) -> Any:
    return time.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()


def test_a_customer_by_hand() -> None:
    events = [
        make_event(1, 40, 10.0, quantity=2),
        make_event(1, 40, 5.0),  # one basket
        make_event(1, 33, None),
        make_event(1, 33, 4.0, kind="clicks"),
        make_event(1, 31, 1.25),
        make_event(1, 10, 3.75),
        make_event(1, -1, 99.0),
        make_event(2, 5, 8.0),
        make_event(3, 5, -8.0),
    ]
    found = histories_of(events)
    assert set(found) == {1, 2}
    assert found[1] == {
        "frequency": 2,
        "recency": 30,
        "age": 40,
        "mean_spend": 10.0,
        "earlier_frequency": 1,
        "earlier_recency": 9,
        "earlier_age": 10,
        "later_purchases": 1,
    }
    assert (found[2]["frequency"], found[2]["recency"], found[2]["age"], found[2]["mean_spend"]) == (0, 0, 5, 8.0)
    assert (found[2]["earlier_frequency"], found[2]["earlier_age"], found[2]["later_purchases"]) == (None, None, None)


def test_histories_equal_a_loop_over_each_customers_days() -> None:
    random = Random(7)
    events = [
        make_event(
            random.randrange(60),
            random.uniform(-5, 200),
            random.choice([None, 0.0, -3.0, 1.1, 2.35, 19.99]),
            kind=random.choice(["clicks", "orders"]),
            quantity=random.choice([1.0, 2.0, 3.0]),
        )
        for _ in range(900)
    ]
    found = histories_of(events)
    spent: dict[int, dict[Any, int]] = {}
    for event in events:
        if event["time"] <= AS_OF and event["type"] == "orders" and (event["price"] or 0) > 0:
            days = spent.setdefault(event["customer"], {})
            day = local_day(event["time"])
            days[day] = days.get(day, 0) + round(event["quantity"] * event["price"] * 100)
    assert set(found) == set(spent)
    now, then = local_day(AS_OF), local_day(EARLIER)
    for customer, days in spent.items():
        first, before = min(days), [day for day in days if day <= then]
        assert found[customer] == {
            "frequency": len(days) - 1,
            "recency": (max(days) - first).days,
            "age": (now - first).days,
            "mean_spend": pytest.approx(sum(days.values()) / len(days) / 100),
            "earlier_frequency": len(before) - 1 if before else None,
            "earlier_recency": (max(before) - first).days if before else None,
            "earlier_age": (then - first).days if before else None,
            "later_purchases": len(days) - len(before) if before else None,
        }


def test_without_a_purchase_type_every_priced_event_is_a_purchase() -> None:
    events = [make_event(1, 9, 2.0, kind="plays"), make_event(1, 2, 1.0, kind="skips")]
    row = histories_of(events, types=("plays", "skips"))[1]
    assert (row["frequency"], row["recency"], row["mean_spend"]) == (1, 7, 1.5)
