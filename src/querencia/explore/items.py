"""Which items the events are about: the most popular, and how unevenly popularity is spread."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Any

import ibis

from querencia.data.dialect import dense_integer_groups, kept
from querencia.data.tables import EventLog
from querencia.explore.figures import ItemCount, ItemPopularity, PopularityShare
from querencia.explore.frequencies import Frequencies

# Shares of the items, most popular first, whose share of the events is told.
POPULAR = tuple(Fraction(part, 1_000) for part in (1, 10, 50, 100, 250, 500, 1_000))
_ONE_PERCENT = Fraction(1, 100)


def count_items(con: Any, log: EventLog, events: Any, *, top: int) -> tuple[tuple[ItemCount, ...], ItemPopularity, int]:
    """Return the `top` items with most events (ties in the order of their ids), the popularity of all, and how many
    items there are. An item's name is its commonest one, ties alphabetically first."""
    with dense_integer_groups(con), kept(con, events.group_by("item").agg(events=events.count())) as counted:
        spread = counted.group_by("events").agg(items=counted.count())
        frequencies = Frequencies.of((row["events"], row["items"]) for row in con.to_pyarrow(spread).to_pylist())
        chosen = con.to_pyarrow(counted.order_by(ibis.desc("events"), "item").limit(top)).to_pylist()
    names = _name_items(con, events, [row["item"] for row in chosen]) if log.has_item_names else {}
    top_items = tuple(ItemCount(item=row["item"], events=row["events"], name=names.get(row["item"])) for row in chosen)
    return top_items, measure_popularity(frequencies), frequencies.count


def measure_popularity(events_per_item: Frequencies) -> ItemPopularity:
    """Return how unevenly events are spread over items.

    The Gini coefficient of events per item x, ascending, i from 1: 2 sum(i x_i) / (n sum(x)) - (n + 1) / n; 0 where
    all items have the same number of events, near 1 where one has nearly all.
    """
    items = events_per_item.count
    first = _share_of_top(events_per_item, _ONE_PERCENT)
    return ItemPopularity(
        gini=_gini(events_per_item) if items else 0.0,
        top_1_percent_items=ceil(items * _ONE_PERCENT),
        top_1_percent_share=first.events,
        shares=tuple(_share_of_top(events_per_item, share) for share in POPULAR),
    )


def _gini(frequencies: Frequencies) -> float:
    weighted = rank = 0
    for value, count in zip(frequencies.values, frequencies.counts, strict=True):
        # The ranks of `count` equal values add up to this many: rank + 1, ..., rank + count.
        weighted += value * (count * (2 * rank + count + 1) // 2)
        rank += count
    return 2 * weighted / (rank * frequencies.total) - (rank + 1) / rank


def _share_of_top(frequencies: Frequencies, share: Fraction) -> PopularityShare:
    left = ceil(frequencies.count * share)
    held = 0
    for value, count in zip(reversed(frequencies.values), reversed(frequencies.counts), strict=True):
        taken = min(count, left)
        held += value * taken
        left -= taken
    total = frequencies.total
    return PopularityShare(items=float(share), events=held / total if total else 0.0)


def _name_items(con: Any, events: Any, items: Sequence[str | int]) -> dict[str | int, str]:
    if not items:
        return {}
    named = events.filter(events.item.isin(items) & events.item_name.notnull())
    rows = con.to_pyarrow(named.group_by("item", "item_name").agg(events=named.count())).to_pylist()
    # Written from the rarest to the commonest, so that the commonest, then alphabetically first, stays.
    rows.sort(key=lambda row: row["item_name"], reverse=True)
    rows.sort(key=lambda row: row["events"])
    return {row["item"]: row["item_name"] for row in rows}
