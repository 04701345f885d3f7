"""Which texts a project's customers need: few enough to be paid, near enough to each customer to be worth reading.

All customers are read twice. The first pass counts what they have in common; the second gives each one its cell. The
commonest offers of each group have a text of their own; the rest share the general text of their group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import NamedTuple

from querencia.data.products import Product
from querencia.messages.brief import Brief, Reason
from querencia.messages.cells import Cell, CellOffer, own_cell, variety
from querencia.messages.slots import activity_of, customer_slots

KEPT = 50_000  # offers counted at once: the rarest of more are forgotten, and share their group's text
CUSTOMERS_PER_VARIANT = 50

OfferKey = tuple[str, Reason, bool]


class Group(NamedTuple):
    """What customers have in common beside their products."""

    locale: str
    risk_group: int
    products: int
    facts: tuple[str, ...]
    silent: bool
    segment_name: str


OwnKey = tuple[Group, tuple[OfferKey, ...]]


@dataclass(frozen=True, kw_only=True)
class PlannedCell:
    """A cell to be written, and how many customers at least will read it."""

    cell: Cell
    customers: int


def plan_cells(briefs: Iterable[Brief], *, most: int = 400, least: int = 1, variants: int = 1) -> CellPlan:
    """Return a plan of at most `most` texts for the (presentable) briefs of one project.

    Offers have a text of their own where `least` customers of a group read it. Each cell has up to `variants` texts,
    fewer where few customers read it. Groups that are too many lose what a text can do without, the rarest first:
    reason, activity, segment. Only language, risk group, the number of products and the figures that must be told are
    never given up, even above `most`. ValueError for a number below 1.
    """
    if min(most, least, variants) < 1:
        raise ValueError(f"most is {most!r}, least {least!r} and variants {variants!r}; expected at least 1 of each")
    census = _Census()
    for brief in briefs:
        census.count(brief)
    room = max(1, most // variants)
    merged = _merge(census.groups, room)
    own: Counter[OwnKey] = Counter()
    for (group, offers), customers in census.own.items():
        own[merged[group], offers] += customers
    groups: Counter[Group] = Counter()
    for group, customers in census.groups.items():
        groups[merged[group]] += customers
    read = Counter({key: customers for key, customers in own.items() if customers >= least})
    chosen = _choose(read, groups, room, forgotten=census.forgotten or len(read) < len(own))
    return CellPlan(merged, groups, chosen, census, variants)


class CellPlan:
    """The cells of a project: the second pass over its customers asks `place_of` or `cell_of` for each."""

    def __init__(
        self, merged: dict[Group, Group], groups: Counter[Group], own: dict[OwnKey, int], census: _Census, variants: int
    ) -> None:
        self._merged = merged
        self._places: dict[OwnKey, tuple[int, int]] = {}
        general = groups.copy()
        for (group, _), customers in own.items():
            general[group] -= customers
        counted = own | {(group, ()): customers for group, customers in general.items() if customers > 0}
        planned: list[PlannedCell] = []
        for key, customers in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
            texts = max(1, min(variants, customers // CUSTOMERS_PER_VARIANT))
            self._places[key] = (len(planned), texts)
            for variant in range(texts):
                planned.append(PlannedCell(cell=_cell(key, variant, census), customers=customers // texts))
        self._planned = tuple(planned)

    def cells(self) -> tuple[PlannedCell, ...]:
        """Return every cell that is to be written, the most read first."""
        return self._planned

    def place_of(self, brief: Brief) -> int:
        """Return where in `cells` the cell of a (presentable) brief stands. KeyError for one that was not counted."""
        group, offers = key_of(brief)
        group = self._merged[group]
        place = self._places.get((group, offers))
        if place is None:
            place = self._places[group, ()]
        first, texts = place
        return first + _draw(brief.customer_id, texts)

    def cell_of(self, brief: Brief) -> Cell:
        """Return the cell of a (presentable) brief: it can fill every slot of the cell's text. KeyError as above."""
        return self._planned[self.place_of(brief)].cell


def _cell(key: OwnKey, variant: int, census: _Census) -> Cell:
    group, offers = key
    assert census.example is not None  # there is no group without a customer
    products = (
        CellOffer(product=census.products[sku], reason=reason, repeated=repeated) for sku, reason, repeated in offers
    )
    return replace(
        own_cell(census.example),
        language=group.locale[:2],
        locale=group.locale,
        segment_name=group.segment_name,
        risk_group=group.risk_group,
        facts=group.facts,
        silent=group.silent,
        products=group.products,
        offers=tuple(products),
        variant=variant,
    )


class _Census:
    """The first pass: exact counts of groups, and of each group's commonest offers in memory that stays flat."""

    def __init__(self) -> None:
        self.groups: Counter[Group] = Counter()
        self.own: Counter[OwnKey] = Counter()
        self.products: dict[str, Product] = {}
        self.example: Brief | None = None
        self.forgotten = False

    def count(self, brief: Brief) -> None:
        group, offers = key_of(brief)
        self.groups[group] += 1
        self.own[group, offers] += 1
        for offer in brief.offers:
            self.products.setdefault(offer.product.sku, offer.product)
        if self.example is None:
            self.example = replace(brief, customer_id="", name=None, usage=(), reasons=())
        if len(self.own) > 2 * KEPT:
            self.own = Counter(dict(_commonest(self.own, KEPT)))
            self.forgotten = True


def key_of(brief: Brief) -> OwnKey:
    """Return the group of a (presentable) brief, and what of its offers a text of their own would depend on."""
    group = Group(
        locale=variety(brief.locale),
        risk_group=brief.risk_group,
        products=len(brief.offers),
        facts=customer_slots(brief),
        silent=activity_of(brief) == "silent",
        segment_name=brief.segment_name,
    )
    offers = (
        (offer.product.sku, offer.reason, offer.reason == "own_events" and (offer.count or 0) > 1)
        for offer in brief.offers
    )
    return group, tuple(offers)


def _without(*names: str) -> Callable[[Group], Group]:
    def loosen(group: Group) -> Group:
        silent = group.silent and "usage_month" not in names
        return group._replace(facts=tuple(fact for fact in group.facts if fact not in names), silent=silent)

    return loosen


# What a group's text can do without, in this order.
_LOOSENINGS: tuple[Callable[[Group], Group], ...] = (
    _without("reason"),
    _without("reason", "usage_quarter"),
    _without("reason", "usage_quarter", "usage_month"),
    lambda group: _without("reason", "usage_quarter", "usage_month")(group)._replace(segment_name=""),
)


def _merge(groups: Counter[Group], room: int) -> dict[Group, Group]:
    """Return the group whose text each group reads, so that there are at most `room` where that can be."""
    merged = {group: group for group in groups}
    counts = Counter(groups)
    for loosen in _LOOSENINGS:
        for group, _ in sorted(counts.items(), key=lambda pair: (pair[1], pair[0])):
            if len(counts) <= room:
                return merged
            wider = loosen(group)
            if wider != group:
                counts[wider] += counts.pop(group)
                merged = {one: wider if other == group else other for one, other in merged.items()}
    return merged


def _choose(own: Counter[OwnKey], groups: Counter[Group], room: int, *, forgotten: bool) -> dict[OwnKey, int]:
    """Return the offers that have a text of their own: all of them where there is room, else the commonest."""
    if len(own) <= room and not forgotten:
        return dict(own)
    with_products = ((key, customers) for key, customers in own.items() if key[1])
    return dict(_commonest(Counter(dict(with_products)), max(0, room - len(groups))))


def _commonest(counts: Counter[OwnKey], most: int) -> Iterator[tuple[OwnKey, int]]:
    yield from sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]


def _draw(customer_id: str, variants: int) -> int:
    if variants == 1:
        return 0
    digest = blake2b(customer_id.encode("utf-8", "replace"), digest_size=8, person=b"variant").digest()
    return int.from_bytes(digest) % variants
