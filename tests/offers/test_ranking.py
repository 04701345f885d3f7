"""Recommendations, against the rule written as loops over every customer and product."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import ibis
import pyarrow
import pyarrow.parquet
import pytest

from querencia.data.products import Product
from querencia.data.tables import EventLog
from querencia.language.notes import LANGUAGES, Note, say
from querencia.offers.ranking import recommend

START = datetime(2024, 1, 1)
# A customer: id, segment, risk group. An event: customer, item, hours after the start.
Customer = tuple[str, str | None, int | None]
Event = tuple[int, str, int]
Row = tuple[str, int, str, str, int | None]


def write_log(folder: Path, events: list[Event], *, ignore_items: tuple[str, ...] = ()) -> EventLog:
    path = folder / "events.parquet"
    columns = {
        "customer": pyarrow.array([customer for customer, _, _ in events], pyarrow.int64()),
        "item": pyarrow.array([item for _, item, _ in events], pyarrow.string()),
        "time": pyarrow.array([START + timedelta(hours=hour) for _, _, hour in events], pyarrow.timestamp("us")),
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), path)
    counts = {"rows_read": len(events), "rejected": 0, "ignored": 0, "duplicates": 0, "events": len(events)}
    return EventLog(path=path, start="", end="", types=("clicks",), ignore_items=ignore_items, **counts)


class Found(NamedTuple):
    """What `recommend` wrote, and said."""

    rows: pyarrow.Table
    short: int
    notes: tuple[Note, ...]


def recommend_to(customers: list[Customer], catalogue: list[Product], **options: Any) -> Found:
    schema = pyarrow.schema(
        [("customer_id", pyarrow.string()), ("segment_name", pyarrow.string()), ("risk_group", pyarrow.int64())]
    )
    rows = [dict(zip(schema.names, customer, strict=True)) for customer in customers]
    table = ibis.memtable(pyarrow.Table.from_pylist(rows, schema))
    defaults: dict[str, Any] = {"log": None, "joined": False, "count": 2}
    with TemporaryDirectory() as folder:
        into = Path(folder) / "offers.parquet"
        found = recommend(ibis.duckdb.connect(), table, catalogue, into=into, **(defaults | options))
        assert found.path == into
        return Found(rows=pyarrow.parquet.read_table(into), short=found.short, notes=found.notes)


def rows_of(found: Found) -> list[Row]:
    columns = ("customer_id", "rank", "sku", "reason", "count")
    return list(zip(*(found.rows[column].to_pylist() for column in columns), strict=True))


def make_product(sku: str, *, risk_groups: tuple[int, ...] = (), segments: tuple[str, ...] = ()) -> Product:
    return Product(sku=sku, name=sku, risk_groups=frozenset(risk_groups), segments=frozenset(segments))


def by_the_rule(
    customers: list[Customer], catalogue: list[Product], events: list[Event], *, joined: bool, count: int
) -> list[Row]:
    skus = [product.sku for product in catalogue]
    known = [(str(customer), item, hour) for customer, item, hour in events if item in skus]
    segment_of = {customer: segment for customer, segment, _ in customers} if joined else {}
    overall = Counter(item for _, item, _ in known)
    rows: list[Row] = []
    for customer, segment, group in sorted(customers):
        mine = [(item, hour) for who, item, hour in known if who == customer] if joined else []
        favour = Counter(item for who, item, _ in known if segment is not None and segment_of.get(who) == segment)
        own = Counter(item for item, _ in mine)
        latest = {item: max(hour for other, hour in mine if other == item) for item in own}

        allowed = [
            product.sku
            for product in catalogue
            if (not product.risk_groups or group in product.risk_groups)
            and (not product.segments or (segment or "?").lower() in {name.lower() for name in product.segments})
        ]
        known_best = [(-own[sku], -latest[sku], skus.index(sku)) for sku in allowed if own[sku]]
        mine_first = [skus[at] for _, _, at in sorted(known_best)]
        popular = [(-favour[sku], -overall[sku], skus.index(sku)) for sku in allowed if not own[sku]]
        others = [skus[at] for _, _, at in sorted(popular)]
        for rank, sku in enumerate([*mine_first, *others][:count], 1):
            if own[sku]:
                rows.append((customer, rank, sku, "own_events", own[sku]))
            elif favour[sku] and favour[sku] >= favour.total() / len(skus):
                rows.append((customer, rank, sku, "segment_favourite", None))
            elif overall[sku] and overall[sku] >= overall.total() / len(skus):
                rows.append((customer, rank, sku, "popular", None))
            else:
                rows.append((customer, rank, sku, "allowed", None))
    return rows


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("joined", [True, False])
def test_recommendations_follow_the_rule(tmp_path: Path, seed: int, joined: bool) -> None:
    random = Random(seed)
    segments, groups = ("Premium", "Base", "Café", None), (1, 2, 3, None)
    customers = [(str(who), random.choice(segments), random.choice(groups)) for who in range(120)]
    catalogue = [
        make_product(
            f"S{index:02d}",
            risk_groups=random.choice([(), (), (1,), (2, 3)]),
            segments=random.choice([(), (), ("premium",), ("BASE", "CAFÉ")]),
        )
        for index in range(25)
    ]
    random.shuffle(catalogue)
    items = [f"S{index:02d}" for index in range(20)] + ["not in the catalogue"]
    events = [
        (random.randrange(150), items[int(len(items) * random.random() ** 2)], random.randrange(40)) for _ in range(700)
    ]
    for count in (1, 2, 5):
        found = recommend_to(customers, catalogue, log=write_log(tmp_path, events), joined=joined, count=count)
        expected = by_the_rule(customers, catalogue, events, joined=joined, count=count)
        assert rows_of(found) == expected
        full = Counter(customer for customer, *_ in expected)
        assert found.short == sum(full[customer] < count for customer, _, _ in customers)


def test_each_reason_worked_out_by_hand(tmp_path: Path) -> None:
    catalogue = [make_product(sku) for sku in "ABCDEFGH"]
    # Segment x: B 6, A 1. Everybody: C 9, B 6, A 1, F 1.
    events = [(2, "B", hour) for hour in range(6)] + [(3, "C", hour) for hour in range(9)] + [(1, "A", 0), (3, "F", 1)]
    customers: list[Customer] = [("1", "x", 1), ("2", "x", 1), ("3", "y", 1), ("4", "z", 1)]
    found = recommend_to(customers, catalogue, log=write_log(tmp_path, events), joined=True, count=4)
    assert [(sku, reason, count) for who, _, sku, reason, count in rows_of(found) if who == "1"] == [
        ("A", "own_events", 1),
        ("B", "segment_favourite", None),
        ("C", "popular", None),
        ("F", "allowed", None),
    ]
    assert [(sku, reason) for who, _, sku, reason, _ in rows_of(found) if who == "4"] == [
        ("C", "popular"),
        ("B", "popular"),
        ("A", "allowed"),
        ("F", "allowed"),
    ]


def test_a_log_of_other_people_makes_products_popular_and_nobodys_own(tmp_path: Path) -> None:
    log = write_log(tmp_path, [(1, "B", 0), (1, "B", 1), (1, "A", 2)])
    found = recommend_to([("1", "x", 1)], [make_product(sku) for sku in "ABC"], log=log, joined=False, count=2)
    assert rows_of(found) == [("1", 1, "B", "popular", None), ("1", 2, "A", "popular", None)]


def test_ignored_items_are_never_recommended(tmp_path: Path) -> None:
    log = write_log(tmp_path, [(1, "POST", hour) for hour in range(9)] + [(1, "B", 0)], ignore_items=("POST",))
    catalogue = [make_product(sku) for sku in ("POST", "A", "B")]
    found = recommend_to([("1", "x", 1), ("2", "x", 2)], catalogue, log=log, joined=True, count=3)
    assert {sku for _, _, sku, _, _ in rows_of(found)} == {"A", "B"}
    assert found.short == 2


def test_own_products_that_are_not_allowed_stay_out(tmp_path: Path) -> None:
    log = write_log(tmp_path, [(1, "A", hour) for hour in range(5)] + [(1, "B", 0)])
    catalogue = [make_product("A", risk_groups=(3,)), make_product("B"), make_product("C", segments=("y",))]
    found = recommend_to([("1", "x", 1)], catalogue, log=log, joined=True, count=2)
    assert rows_of(found) == [("1", 1, "B", "own_events", 1)]


def test_without_a_log_the_catalogue_s_order_decides() -> None:
    found = recommend_to([("b", "x", 1), ("a", None, None)], [make_product(sku) for sku in "ZAB"])
    assert rows_of(found) == [
        ("a", 1, "Z", "allowed", None),
        ("a", 2, "A", "allowed", None),
        ("b", 1, "Z", "allowed", None),
        ("b", 2, "A", "allowed", None),
    ]
    assert (found.short, found.notes) == (0, ())


def test_fewer_products_than_asked_for_are_counted_in_a_note() -> None:
    catalogue = [make_product("A"), make_product("B", risk_groups=(1,))]
    found = recommend_to([("1", "x", 1), ("2", "x", 2), ("3", "x", 3)], catalogue)
    assert [(who, sku) for who, _, sku, _, _ in rows_of(found)] == [("1", "A"), ("1", "B"), ("2", "A"), ("3", "A")]
    assert found.short == 2
    assert [note.values for note in found.notes] == [{"count": 2, "customers": 2}]
    assert all("2" in say(note, language=language) for note in found.notes for language in LANGUAGES)


def test_nothing_to_recommend_is_said(tmp_path: Path) -> None:
    for catalogue, log in (([], None), ([make_product("M")], write_log(tmp_path, [(1, "M", 0)], ignore_items=("M",)))):
        found = recommend_to([("1", "x", 1)], catalogue, log=log, joined=True)
        assert (found.rows.num_rows, found.short) == (0, 1)
        assert found.rows.schema.names == ["customer_id", "rank", "sku", "reason", "count"]
        assert [note.code for note in found.notes] == ["offers_none"]
    nobody_fits = recommend_to([("1", "x", 1)], [make_product("A", risk_groups=(3,))])
    assert (nobody_fits.rows.num_rows, nobody_fits.short) == (0, 1)
    assert recommend_to([("1", "x", 1)], [make_product("A")], count=0).notes == ()


def test_a_shop_s_catalogue_is_ranked_without_pairing_everybody_with_everything(tmp_path: Path) -> None:
    random = Random(3)
    skus = [f"{index:05d}" for index in range(4_000)]
    catalogue = [make_product(sku, risk_groups=random.choice([(), (1, 2), (3,)])) for sku in skus]
    customers = [(str(who), random.choice(["Premium", "Base"]), random.choice([1, 2, 3])) for who in range(4_400)]
    events = [(random.randrange(4_400), skus[int(4_000 * random.random() ** 3)], 1) for _ in range(100_000)]
    found = recommend_to(customers, catalogue, log=write_log(tmp_path, events), joined=True, count=2)
    assert found.rows.num_rows == 8_800
    allowed = {product.sku: product.risk_groups for product in catalogue}
    group_of = {who: group for who, _, group in customers}
    assert all(not allowed[sku] or group_of[who] in allowed[sku] for who, _, sku, _, _ in rows_of(found))
