"""Behaviour of each customer: equal to a plain loop over their events, and blind to what comes later."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.data.activity import activity_features, join_activity, overlap, usage_facts
from querencia.data.features import describe_feature, engaged_features
from querencia.data.tables import CustomerTable, EventLog
from querencia.language.notes import LANGUAGES

AS_OF = datetime(2024, 5, 1, 12, 0, 0, 250_000)
TYPES = ("clicks", "carts", "orders")
ZONE = "America/Bogota"
DAY = timedelta(days=1)

Event = dict[str, Any]

SCHEMA = pyarrow.schema(
    [
        ("customer", pyarrow.int64()),
        ("session", pyarrow.string()),
        ("item", pyarrow.string()),
        ("time", pyarrow.timestamp("us")),
        ("type", pyarrow.string()),
        ("quantity", pyarrow.float64()),
        ("price", pyarrow.float64()),
    ]
)


def make_event(customer: int, days_before: float, kind: str = "clicks", **more: Any) -> Event:
    session, item = more.pop("session", f"{customer}-{days_before}"), more.pop("item", "A")
    time = AS_OF - timedelta(seconds=round(days_before * 86_400))
    return {"customer": customer, "session": session, "item": item, "time": time, "type": kind, **more}


def table_of(events: list[Event]) -> Any:
    return ibis.memtable(pyarrow.Table.from_pylist(events, SCHEMA))


def features_of(events: list[Event], *, as_of: datetime = AS_OF, types: tuple[str, ...] = TYPES) -> dict[int, Event]:
    table = activity_features(table_of(events), as_of=as_of, types=types, has_prices=True, timezone=ZONE)
    rows = ibis.duckdb.connect().to_pyarrow(table).to_pylist()
    assert [row["customer"] for row in rows] == sorted(row["customer"] for row in rows)
    return {row.pop("customer"): row for row in rows}


def random_log(seed: int, *, customers: int = 40) -> list[Event]:
    random = Random(seed)
    events = []
    for customer in range(customers):
        for session in range(random.randint(1, 6)):
            start = AS_OF + DAY - timedelta(seconds=random.uniform(0, random.choice([5, 40, 150]) * 86_400))
            for _ in range(random.choice([1, 1, 3, 9])):
                start += timedelta(seconds=random.choice([0, 0.5, 20, 4_000]))
                price = random.choice([None, 0.0, -1.0, 2.35, 19.99, float("nan"), 1e300])
                events.append(
                    {
                        "customer": customer,
                        "session": f"{customer}/{session}",
                        "item": random.choice("ABCDE"),
                        "time": start,
                        "type": random.choice(TYPES),
                        "quantity": random.choice([None, 1.0, 3.0]),
                        "price": price,
                    }
                )
    # Events exactly on the edges of the windows.
    events += [make_event(99, days, session="edge") for days in (0, 7, 30, 60, 90)]
    return events


def amount(event: Event) -> int:
    price, quantity = event.get("price"), event.get("quantity")
    if event["type"] != "orders" or price is None or not 0 < price < 1e9:
        return 0
    return round(price * (1 if quantity is None else quantity) * 100)


def expected_features(events: list[Event], as_of: datetime) -> dict[str, Any]:
    """Compute one customer's features by looping over their events."""
    events = [event for event in events if event["time"] <= as_of]
    ages = [(as_of - event["time"]) / DAY for event in events]
    within = {span: [event for event, age in zip(events, ages, strict=True) if age <= span] for span in (7, 30, 90)}
    sessions: dict[str, list[Event]] = {}
    for event in events:
        sessions.setdefault(event["session"], []).append(event)
    starts = sorted(min(event["time"] for event in session) for session in sessions.values())
    ends = [max(event["time"] for event in session) for session in sessions.values()]
    lengths = [max(e["time"] for e in session) - min(e["time"] for e in session) for session in sessions.values()]
    gaps = [(later - earlier) / DAY for earlier, later in pairwise(starts)]
    gap_mean = sum(gaps) / len(gaps) if gaps else None
    local = [event["time"].replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)) for event in events]
    exposure, found = max(*ages, 7.0), {}
    for name, chosen in [("events", TYPES), *((kind, (kind,)) for kind in TYPES)]:
        for span, recent in within.items():
            found[f"{name}_{span}d"] = sum(event["type"] in chosen for event in recent)
        found[f"{name}_total"] = sum(event["type"] in chosen for event in events)
        found[f"{name}_share"] = found[f"{name}_total"] / len(events)
    del found["events_share"]
    found |= {f"sessions_{span}d": sum((as_of - end) / DAY <= span for end in ends) for span in (7, 30, 90)}
    found["sessions_total"] = len(sessions)
    for name in ("events", *TYPES, "sessions"):
        found[f"{name}_per_week"] = found[f"{name}_total"] / exposure * 7
        for span in (30, 90):
            found[f"{name}_per_week_{span}d"] = found[f"{name}_{span}d"] / min(exposure, span) * 7
    before = sum(30 < age <= 60 for age in ages)
    found["events_trend"] = (found["events_30d"] - before) / (found["events_30d"] + before or 1)
    if not found["events_30d"] + before:
        found["events_trend"] = None
    paid = sum(sum(map(amount, session)) > 0 for session in sessions.values())
    spent = sum(map(amount, events))
    parts = Counter(moment.hour // 6 for moment in local)
    return found | {
        "recency_days": min(ages),
        "tenure_days": max(ages),
        "active_days_30d": len({moment.date() for moment, age in zip(local, ages, strict=True) if age <= 30}),
        "active_days_total": len({moment.date() for moment in local}),
        "events_per_session_mean": len(events) / len(sessions),
        "events_per_session_max": max(map(len, sessions.values())),
        "session_seconds_mean": sum(length.total_seconds() for length in lengths) / len(lengths),
        "gap_days_mean": gap_mean,
        "gap_days_max": max(gaps) if gaps else None,
        "last_gap_ratio": gaps[-1] / gap_mean if gap_mean else None,
        "recency_gap_ratio": min(ages) / gap_mean if gap_mean else None,
        **{f"{part}_share": parts[i] / len(events) for i, part in enumerate(("night", "morning", "afternoon"))},
        "evening_share": parts[3] / len(events),
        "weekend_share": sum(moment.weekday() >= 5 for moment in local) / len(events),
        "distinct_items_30d": len({event["item"] for event in within[30]}),
        "distinct_items_90d": len({event["item"] for event in within[90]}),
        "distinct_items_total": len({event["item"] for event in events}),
        **{f"spend_{span}d": sum(map(amount, within[span])) / 100 for span in (30, 90)},
        "spend_total": spent / 100,
        "spend_per_month": spent / 100 / max(max(ages) / (365.25 / 12), 1),
        "average_order_value": spent / 100 / paid if paid else None,
    }


def test_features_equal_a_loop_over_each_customers_events() -> None:
    events = random_log(3)
    found = features_of(events)
    past = {event["customer"] for event in events if event["time"] <= AS_OF}
    assert set(found) == past
    assert len(past) > 30
    for customer in past:
        expected = expected_features([event for event in events if event["customer"] == customer], AS_OF)
        features = dict(found[customer])
        trend = features.pop("sessions_trend")
        assert trend is None or -1 <= trend <= 1
        assert set(features) == set(expected)
        for name, value in expected.items():
            assert features[name] == (value if value is None else pytest.approx(value, rel=1e-12)), (customer, name)


def test_a_customer_worked_out_by_hand() -> None:
    events = [
        make_event(1, 41, session="s1"),
        make_event(1, 40, "orders", session="s1", price=10.0, quantity=2.0, item="B"),
        make_event(1, 21, session="s2"),
        make_event(1, 6, "orders", session="s3", price=0.5),
    ]
    row = features_of(events)[1]
    assert (row["events_7d"], row["events_30d"], row["events_90d"], row["events_total"]) == (1, 2, 4, 4)
    assert (row["sessions_30d"], row["sessions_total"], row["orders_total"]) == (2, 3, 2)
    assert (row["recency_days"], row["tenure_days"]) == (6.0, 41.0)
    assert (row["gap_days_mean"], row["gap_days_max"], row["last_gap_ratio"]) == (17.5, 20.0, 15 / 17.5)
    assert (row["events_trend"], row["sessions_trend"]) == (0.0, (2 - 1) / 3)
    assert (row["spend_30d"], row["spend_total"], row["average_order_value"]) == (0.5, 20.5, 10.25)
    assert row["events_per_week"] == 4 / 41 * 7
    assert row["session_seconds_mean"] == 86_400 / 3


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 120, allow_nan=False))
def test_later_events_change_nothing(seed: int, days: float) -> None:
    as_of = AS_OF - timedelta(days=days)
    events = random_log(seed, customers=6)
    past = [event for event in events if event["time"] <= as_of]
    later = [event | {"time": as_of + timedelta(microseconds=1)} for event in events]
    if past:
        assert features_of(past + later, as_of=as_of) == features_of(past, as_of=as_of)


def test_figures_do_not_depend_on_threads_or_the_order_of_rows(tmp_path: Path) -> None:
    events = random_log(5, customers=300)
    shuffled = Random(1).sample(events, len(events))
    found = []
    for threads, rows in ((1, events), (4, shuffled)):
        path = tmp_path / f"{threads}.parquet"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, SCHEMA), path, row_group_size=500)
        con = ibis.duckdb.connect(threads=threads)
        table = con.read_parquet(path)
        features = activity_features(table, as_of=AS_OF, types=TYPES, has_prices=True, timezone=ZONE)
        found.append(con.to_pyarrow(features))
    assert found[0].equals(found[1])


def test_one_type_is_not_told_twice() -> None:
    row = features_of([make_event(1, 3, "orders", price=2.0)], types=("orders",))[1]
    assert not [name for name in row if name.startswith("orders")]
    assert row["spend_total"] == 2.0


def test_without_a_purchase_type_every_priced_event_is_money() -> None:
    events = [make_event(1, 3, "plays", price=2.0), make_event(1, 2, "skips", price=1.0)]
    assert features_of(events, types=("plays", "skips"))[1]["spend_total"] == 3.0


def test_types_with_names_of_our_own_keep_their_figures() -> None:
    events = [make_event(1, 3, "events"), make_event(1, 2, "night"), make_event(1, 2, "night")]
    row = features_of(events, types=("events", "night"))[1]
    assert (row["events_total"], row["type_events_total"], row["type_night_total"]) == (3, 1, 2)
    assert row["type_night_share"] == 2 / 3


def test_every_feature_is_described_in_every_language() -> None:
    names = list(features_of([make_event(1, 3)])[1])
    for language in LANGUAGES:
        said = [describe_feature(name, language=language) for name in names]
        assert len(set(said)) == len(names)
        assert not set(said) & set(names)


def test_usage_facts_are_whole_numbers_of_the_last_weeks() -> None:
    events = [
        make_event(1, 40, "orders", session="a", item="B"),
        make_event(1, 40, "orders", session="a", item="C"),
        make_event(1, 29, "clicks", session="b"),
        make_event(1, 28.9, "carts", session="b"),
        make_event(1, 2, "clicks", session="c"),
        make_event(1, 120, "orders", session="old", item="D"),
        make_event(1, -1, "orders", session="later", item="E"),
        make_event(2, 100, "clicks", session="z"),
    ]
    facts = usage_facts(table_of(events), as_of=AS_OF, types=TYPES, timezone=ZONE)
    rows = ibis.duckdb.connect().to_pyarrow(facts).to_pylist()
    assert rows == [
        {
            "customer": 1,
            "events_30d": 3,
            "sessions_30d": 2,
            "active_days_30d": 2,
            "orders_90d": 1,
            "distinct_items_90d": 3,
        },
        {
            "customer": 2,
            "events_30d": 0,
            "sessions_30d": 0,
            "active_days_30d": 0,
            "orders_90d": 0,
            "distinct_items_90d": 0,
        },
    ]


def test_orders_are_unknown_where_no_type_is_a_purchase() -> None:
    facts = usage_facts(table_of([make_event(1, 2, "plays")]), as_of=AS_OF, types=("plays",), timezone=ZONE)
    table = ibis.duckdb.connect().to_pyarrow(facts)
    assert table["orders_90d"].to_pylist() == [None]
    assert table["events_30d"].to_pylist() == [1]


def customers_and_activity(ids: list[str]) -> Any:
    rows = {"__customer_id": ids, "age": [30.0] * len(ids), "events_7d": [5.0] * len(ids)}
    customers = ibis.memtable(pyarrow.table(rows))
    events = table_of([make_event(7, 3), make_event(7, 1), make_event(8, 1)])
    activity = activity_features(events, as_of=AS_OF, types=TYPES, has_prices=False, timezone=ZONE)
    return ibis.duckdb.connect().to_pyarrow(join_activity(customers, activity)).to_pylist()


def test_customers_without_events_count_zero_and_know_no_recency() -> None:
    rows = customers_and_activity(["9", "7"])
    assert [row["__customer_id"] for row in rows] == ["7", "9"]
    active, silent = rows
    assert (active["events_30d"], active["recency_days"], active["log_events_7d"]) == (2, 1.0, 2)
    assert (silent["events_30d"], silent["sessions_per_week"], silent["log_events_7d"]) == (0, 0.0, 0)
    assert (silent["recency_days"], silent["clicks_share"], silent["events_trend"]) == (None, None, None)
    assert (silent["age"], silent["events_7d"]) == (30.0, 5.0)
    assert all(silent[name] == 0 for name in engaged_features(silent) if name != "events_7d")


def test_overlap_counts_ids_in_both_sources(tmp_path: Path) -> None:
    con = ibis.duckdb.connect()
    events, customers = tmp_path / "events.parquet", tmp_path / "customers.parquet"
    pyarrow.parquet.write_table(
        pyarrow.Table.from_pylist([make_event(7, 3), make_event(7, 1), make_event(8, 1)], SCHEMA), events
    )
    pyarrow.parquet.write_table(pyarrow.table({"__customer_id": ["7", "07", "9"]}), customers)
    counts = {"rows_read": 3, "rejected": 0}
    table = CustomerTable(path=customers, rows=3, columns=(), numeric=(), categorical=(), **counts)
    log = EventLog(path=events, ignored=0, duplicates=0, events=3, start="", end="", types=("clicks",), **counts)
    assert overlap(con, table, log) == 1
