"""Which products for which customer, by a plain rule that can be said in a sentence.

Of what the catalogue allows for the customer's segment and risk group (`policy`): first the products that the customer
had most events with, then those most popular in their segment, then overall, then in the catalogue's order.

The reason follows: `own_events` with how many; `segment_favourite` for a product with at least an even share of the
segment's events among the catalogue's products; `popular` likewise among everybody's; else `allowed`, so that no
message calls popular what hardly anybody looked at. Own events tie by the latest one, then by the catalogue's order.
What a customer bought before may be recommended again: in retail that is what they come back for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from pathlib import Path
from typing import Any

import ibis
import pyarrow
import pyarrow.parquet

from querencia.data.products import Product
from querencia.data.tables import EventLog
from querencia.language.notes import Note
from querencia.offers.policy import allows, find_unknown_segments, offerable

_ROWS = {"customer_id": "string", "rank": "int64", "sku": "string", "reason": "string", "count": "int64"}
_CELLS = {"cell": "int64", "segment_name": "string", "risk_group": "int64"}
_PLACES = {"sku": "string", "catalogue": "int64", "rule": "int64"}
_ALLOWED = {"cell": "int64", "rule": "int64"}
_FILLING = {"cell": "int64", "sku": "string", "position": "int64", "reason": "string"}


@dataclass(frozen=True, kw_only=True)
class Recommendations:
    """A Parquet file at `path`: `customer_id`, `rank` (1 is best), `sku`, `reason`, `count` (own events, else null),
    ordered by the first two. `short` counts the customers with fewer recommendations than were asked for.
    """

    path: Path
    short: int
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Cell:
    """Customers of one segment and risk group, and the products allowed them with their places in the catalogue."""

    cell: int
    segment_name: str | None
    risk_group: int | None
    allowed: tuple[tuple[int, Product], ...]


@dataclass(frozen=True, kw_only=True)
class _Popularity:
    """Events per SKU: everybody's, and by segment where the log's customers have one."""

    overall: Mapping[str, int] = field(default_factory=dict)
    by_segment: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def recommend(
    con: Any,
    customers: Any,
    catalogue: Sequence[Product],
    *,
    log: EventLog | None,
    joined: bool,
    count: int,
    into: Path,
) -> Recommendations:
    """Write up to `count` products for each customer to `into`, by the rule that this module's docstring states.

    `customers` is an Ibis table of `customer_id` (string), `segment_name` and `risk_group` (each may be null), one row
    per customer. `joined` says that the customers of `log` are these; otherwise it feeds overall popularity only.
    """
    products = offerable(catalogue, ignore_items=log.ignore_items if log else ())
    people = customers.select(
        customer_id=customers.customer_id.cast("string"),
        segment_name=customers.segment_name.cast("string"),
        risk_group=customers.risk_group.cast("int64"),
    )
    if not products or count < 1:
        return _recommend_nothing(con, people, count=count, into=into)
    cells = _list_cells(con, people, products)
    placed = _place(people, cells)
    events = _keep_events(con, log, products) if log else None
    popularity = _Popularity() if events is None else _measure_popularity(con, events, people if joined else None)
    filling = [row for cell in cells for row in _fill_cell(cell, popularity, products=len(products), count=count)]
    ranked = placed.join(_memtable(filling, _FILLING), "cell").select(
        "customer_id", "sku", "position", "reason", count=ibis.null("int64")
    )
    if events is not None and joined:
        ranked = _put_first(_rank_own_events(events, placed, cells, products, count=count), ranked)
    order = ibis.window(group_by="customer_id", order_by="position")
    ranked = ranked.mutate(rank=ibis.row_number().over(order) + 1).filter(ibis._["rank"] <= count)
    ranked.select(*_ROWS).order_by("customer_id", "rank").to_parquet(into)
    rows = con.read_parquet(into)
    full = int(con.to_pyarrow((rows["rank"] == count).sum()).as_py() or 0)
    short = int(con.to_pyarrow(people.count()).as_py()) - full
    notes = find_unknown_segments(products, segment_names=[cell.segment_name for cell in cells if cell.segment_name])
    if short:
        notes += (Note(code="offers_fewer", values={"count": count, "customers": short}),)
    return Recommendations(path=into, short=short, notes=notes)


def _recommend_nothing(con: Any, people: Any, *, count: int, into: Path) -> Recommendations:
    pyarrow.parquet.write_table(pyarrow.table({name: pyarrow.array([], kind) for name, kind in _ROWS.items()}), into)
    if count < 1:
        return Recommendations(path=into, short=0)
    short = int(con.to_pyarrow(people.count()).as_py())
    return Recommendations(path=into, short=short, notes=(Note(code="offers_none", level="warning"),))


def _list_cells(con: Any, people: Any, products: Sequence[Product]) -> list[_Cell]:
    found = people.select("segment_name", "risk_group").distinct().order_by("segment_name", "risk_group")
    return [
        _Cell(
            **row,
            cell=index,
            allowed=tuple(entry for entry in enumerate(products) if allows(entry[1], **row)),
        )
        for index, row in enumerate(con.to_pyarrow(found).to_pylist())
    ]


def _place(people: Any, cells: Sequence[_Cell]) -> Any:
    rows = [{name: getattr(cell, name) for name in _CELLS} for cell in cells]
    table = _memtable(rows, _CELLS)
    same = [people[name].identical_to(table[name]) for name in ("segment_name", "risk_group")]
    return people.join(table, same).select("customer_id", "cell")


def _keep_events(con: Any, log: EventLog, products: Sequence[Product]) -> Any:
    """Return the events of the catalogue's products, with the product's place and which rule (`_rules`) it follows."""
    rules = _rules(products)
    places = [
        {"sku": product.sku, "catalogue": place, "rule": rules[_rule(product)]}
        for place, product in enumerate(products)
    ]
    events = log.table(con)
    named = events.select(customer=events.customer.cast("string"), sku=events["item"].cast("string"), time=events.time)
    return named.join(_memtable(places, _PLACES), "sku")


def _rule(product: Product) -> tuple[frozenset[int], frozenset[str]]:
    return product.risk_groups, product.segments


def _rules(products: Sequence[Product]) -> dict[tuple[frozenset[int], frozenset[str]], int]:
    """Number the different rules of a catalogue: a few for thousands of products, so that joins stay small."""
    return {rule: index for index, rule in enumerate(dict.fromkeys(_rule(product) for product in products))}


def _measure_popularity(con: Any, events: Any, people: Any | None) -> _Popularity:
    if people is None:
        placed = events.mutate(segment_name=ibis.null("string"))
    else:
        placed = events.left_join(people, events.customer == people.customer_id)
    counted = con.to_pyarrow(placed.group_by("segment_name", "sku").agg(events=placed.count())).to_pylist()
    overall: dict[str, int] = {}
    by_segment: dict[str, dict[str, int]] = {}
    for row in counted:
        overall[row["sku"]] = overall.get(row["sku"], 0) + row["events"]
        if row["segment_name"] is not None:
            by_segment.setdefault(row["segment_name"], {})[row["sku"]] = row["events"]
    return _Popularity(overall=overall, by_segment=by_segment)


def _fill_cell(cell: _Cell, popularity: _Popularity, *, products: int, count: int) -> list[dict[str, Any]]:
    """Return the best `count` products of a cell: enough, since a customer's own ones only ever take places away."""
    favour, overall = popularity.by_segment.get(cell.segment_name or "", {}), popularity.overall
    tiers = (("segment_favourite", favour, sum(favour.values())), ("popular", overall, sum(overall.values())))

    def rank(entry: tuple[int, Product]) -> tuple[int, int, int]:
        position, product = entry
        return -favour.get(product.sku, 0), -overall.get(product.sku, 0), position

    def reason(sku: str) -> str:
        for name, events, total in tiers:
            if events.get(sku, 0) > 0 and events[sku] * products >= total:
                return name
        return "allowed"

    best = nsmallest(count, cell.allowed, key=rank)
    return [
        {"cell": cell.cell, "sku": product.sku, "position": place, "reason": reason(product.sku)}
        for place, (_, product) in enumerate(best)
    ]


def _rank_own_events(
    events: Any, placed: Any, cells: Sequence[_Cell], products: Sequence[Product], *, count: int
) -> Any:
    """Rank each customer's own products, allowed ones only, at positions below 0."""
    rules = _rules(products)
    allowed = [
        {"cell": cell.cell, "rule": rule}
        for cell in cells
        for rule in sorted({rules[_rule(product)] for _, product in cell.allowed})
    ]
    own = events.group_by(customer_id="customer", sku="sku").agg(
        count=events.count(), latest=events.time.max(), catalogue=events.catalogue.min(), rule=events.rule.min()
    )
    own = own.join(placed, "customer_id").join(_memtable(allowed, _ALLOWED), ["cell", "rule"])
    best_first = ibis.window(group_by="customer_id", order_by=[ibis.desc("count"), ibis.desc("latest"), "catalogue"])
    own = own.mutate(position=ibis.row_number().over(best_first) - count).filter(ibis._.position < 0)
    return own.select("customer_id", "sku", "position", reason=ibis.literal("own_events"), count=own["count"])


def _put_first(own: Any, filling: Any) -> Any:
    """Return both, and once what is in both: as the customer's own."""
    both = own.union(filling)
    return both.group_by("customer_id", "sku").agg(
        position=both.position.min(), reason=both.reason.argmin(both.position), count=both["count"].max()
    )


def _memtable(rows: Sequence[Mapping[str, Any]], schema: Mapping[str, str]) -> Any:
    columns = {name: pyarrow.array([row[name] for row in rows], kind) for name, kind in schema.items()}
    return ibis.memtable(pyarrow.table(columns))
