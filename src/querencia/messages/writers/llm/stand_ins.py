"""Made-up customers of a cell, on whom its text is tried before any real one sees it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from querencia.data.products import Product
from querencia.messages.brief import Brief, Offer, Reason, UsageFact
from querencia.messages.cells import Cell, stand_in_brief

STAND_IN = "Beatriz Olmedo"
_LONG_STAND_IN = "Beatriz Olmedo de la Fuente y Martínez de Irujo"
_CUSTOMERS = "stand-in"
LONG = 2  # the one whose names are long
# Per customer: engagement, churn probability, activity of the month and of the quarter; no text spells these out.
_STANDINGS = (
    (0.0, 0.0003, (104, 27, 1311), (1, 1)),
    (57.3, 0.1234, (23, 22, 23), (21, 46)),
    (100.0, 1.0, (1, 1, 1), (1204, 3120)),
)
_LOCALES = {
    "es_ES": ("es_ES",),
    "es_MX": ("es_MX", "es_CO"),
    "en_GB": ("en_GB",),
    "en_US": ("en_US",),
    "pt_PT": ("pt_PT",),
    "pt_BR": ("pt_BR",),
}


def stand_ins(cell: Cell) -> tuple[Brief, ...]:
    """Return briefs of the cell with figures at both ends of what there is: each can fill every slot of the cell."""
    locales = _LOCALES[cell.locale]
    return tuple(_stand_in(cell, number, locale=locales[number % len(locales)]) for number in range(len(_STANDINGS)))


def _stand_in(cell: Cell, number: int, *, locale: str) -> Brief:
    engagement, churn, month, quarter = _STANDINGS[number]
    brief = stand_in_brief(cell, offers=_general_offers(cell, number) if cell.is_general else None)
    known = frozenset(cell.facts)
    usage: list[UsageFact] = []
    if "usage_month" in known:
        sessions, days, events = month
        usage.append(UsageFact(kind="sessions_30d", value=sessions))
        usage.append(UsageFact(kind="active_days_30d", value=days))
        usage.append(UsageFact(kind="events_30d", value=events))
    elif cell.silent:
        usage.append(UsageFact(kind="sessions_30d", value=0))
    if "usage_quarter" in known:
        orders, items = quarter
        usage.append(UsageFact(kind="orders_90d", value=orders))
        usage.append(UsageFact(kind="distinct_items_90d", value=items))
    offers = tuple(
        replace(offer, count=(21, 2, 4305)[number] if offer.count else offer.count) for offer in brief.offers
    )
    return replace(
        brief,
        customer_id=_CUSTOMERS,
        locale=locale,
        name=(STAND_IN, None, _LONG_STAND_IN)[number],
        engagement=engagement if "engagement" in known else float("nan"),
        churn_probability=churn if "churn_probability" in known else float("nan"),
        usage=tuple(usage),
        offers=offers,
        base_rate=0.1,
        reasons=(_REASONS[cell.language],) if "reason" in known else (),
    )


_REASONS = {
    "es": "queremos acompañarle mejor en esta etapa",
    "en": "we would like to be of more use to you",
    "pt": "queremos acompanhar melhor esta etapa",
}
_FULL = {
    "es": ("Lámpara Alba", "Lámpara de mesa con luz cálida", "iluminar mejor su lugar de trabajo"),
    "en": ("Alba Lamp", "Table lamp with a warm light", "to light your place of work better"),
    "pt": ("Candeeiro Alba", "Candeeiro de mesa com luz quente", "iluminar melhor o seu local de trabalho"),
}


def _general_offers(cell: Cell, number: int) -> tuple[Offer, ...]:
    """Return invented products: one of which everything is known, others of which only the name is."""
    name, description, benefit = _FULL[cell.records_language or cell.language]
    if number == LONG:
        name = f"{name} {' & '.join(['Alba'] * 14)}"  # as long as a product's name may be
    full = Product(
        sku="S-1",
        name=name,
        description=description,
        url="https://example.com/alba",
        price=Decimal("1129.90"),
        currency="EUR",
        benefit=benefit,
    )
    bare = [Product(sku=f"S-{place}", name=f"{name} {place}") for place in range(2, cell.products + 1)]
    products = [full, *bare][: cell.products]
    reasons: tuple[Reason, ...] = ("own_events", "popular", "segment_favourite")
    reason = reasons[number % len(reasons)]
    count = 12 if reason == "own_events" else None
    return tuple(Offer(product=product, reason=reason, count=count) for product in products)
