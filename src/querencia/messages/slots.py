"""The slots that a text may hold, and what each customer's brief fills them with: the only way for a fact into a text.

A slot stands in a text as ``{{engagement}}``. What it holds is written as the customer's locale asks, and is a fact of
the (presentable) brief; the offered products are counted from 1, in the offers' order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import compress
from types import MappingProxyType

from querencia.language.locales import format_money
from querencia.messages.brief import Brief, Offer
from querencia.messages.told import (
    is_silent,
    speaks_as_records,
    tells_churn,
    tells_engagement,
    tells_month,
    tells_quarter,
    told_churn,
    told_count,
    told_engagement,
    told_month,
    told_quarter,
    told_reasons,
)
from querencia.messages.writers.benefits import infinitive_clause
from querencia.messages.writers.offline import write_recommendation

SLOT = re.compile(r"\{\{ ?([a-z0-9_]{1,60}) ?\}\}")
NAME = "name"
MOST_PRODUCTS = 99

_PRODUCT = re.compile(r"product_([1-9]\d?)(?:_([a-z]+))?")

Filler = Callable[[Brief], str]


def _product_line(brief: Brief) -> str:
    return brief.brand.product_line if speaks_as_records(brief) else ""


# What speaks of the customer, in the order in which a text usually tells it.
CUSTOMER_SLOTS: dict[str, Filler] = {
    "engagement": told_engagement,
    "churn_probability": told_churn,
    "reason": lambda brief: "".join(told_reasons(brief)[:1]),
    "usage_month": told_month,
    "usage_quarter": told_quarter,
}
BRAND_SLOTS: dict[str, Filler] = {
    "brand": lambda brief: brief.brand.name,
    "product_line": _product_line,
    "contact_email": lambda brief: brief.brand.contact_email,
    "contact_phone": lambda brief: brief.brand.contact_phone,
    "website": lambda brief: brief.brand.website,
}
CONTACT_SLOTS = ("contact_email", "contact_phone", "website")


def _price(brief: Brief, offer: Offer) -> str:
    product = offer.product
    if not product.price or product.currency is None:
        return ""
    return format_money(product.price, product.currency, locale=brief.locale)


def _description(brief: Brief, offer: Offer) -> str:
    return offer.product.description if speaks_as_records(brief) else ""


def _benefit(brief: Brief, offer: Offer) -> str:
    """Return the benefit where it completes "it will help you …"."""
    benefit = offer.product.benefit if speaks_as_records(brief) else None
    return (infinitive_clause(benefit, brief.language) or "") if benefit else ""


def _times(brief: Brief, offer: Offer) -> str:
    if offer.reason != "own_events" or not offer.count or offer.count < 2:
        return ""
    return told_count(brief, "offer.times", offer.count)


# What speaks of one product, after ``product_1_``. `about` is all that can be said of it, in whole sentences.
PRODUCT_FACTS: dict[str, Callable[[Brief, Offer], str]] = {
    "description": _description,
    "benefit": _benefit,
    "times": _times,
    "price": _price,
    "link": lambda _brief, offer: offer.product.url or "",
}
ABOUT = "about"


def is_slot(name: str) -> bool:
    """Tell whether the allow-list holds a slot of this name."""
    if name == NAME or name in CUSTOMER_SLOTS or name in BRAND_SLOTS:
        return True
    product = _PRODUCT.fullmatch(name)
    return product is not None and (product[2] is None or product[2] == ABOUT or product[2] in PRODUCT_FACTS)


def slots_in(text: str) -> tuple[str, ...]:
    """Return the names of a text's slots, known or not, each once, in order."""
    return tuple(dict.fromkeys(match[1] for match in SLOT.finditer(text)))


def fill_slot(brief: Brief, name: str) -> str:
    """Return what a (presentable) brief fills a slot with: empty where the brief does not hold it.

    KeyError for a name that is not on the allow-list.
    """
    return filler_of(name)(brief)


@lru_cache(maxsize=1024)
def filler_of(name: str) -> Filler:
    """Return what fills a slot, for any brief. KeyError for a name that is not on the allow-list."""
    if name == NAME:
        return lambda brief: brief.name or ""
    filler = CUSTOMER_SLOTS.get(name) or BRAND_SLOTS.get(name)
    if filler is not None:
        return filler
    product = _PRODUCT.fullmatch(name)
    if product is None or not is_slot(name):
        raise KeyError(name)
    place, fact = int(product[1]) - 1, product[2]
    return lambda brief: _fill_product(brief, place, fact) if place < len(brief.offers) else ""


def _fill_product(brief: Brief, place: int, fact: str | None) -> str:
    if fact is None:
        return brief.offers[place].product.name
    if fact == ABOUT:
        return write_recommendation(brief, place)
    return PRODUCT_FACTS[fact](brief, brief.offers[place])


@lru_cache(maxsize=1024)  # a brief is read to be asked about, and again to be judged
def available(brief: Brief) -> Mapping[str, str]:
    """Return every slot that a (presentable) brief can fill, with what it holds."""
    names = (NAME, *CUSTOMER_SLOTS, *BRAND_SLOTS, *product_slots(len(brief.offers)))
    filled = {name: fill_slot(brief, name) for name in names}
    return MappingProxyType({name: value for name, value in filled.items() if value})


def product_slots(offers: int) -> Iterable[str]:
    """Yield the names of every slot of so many offered products."""
    for number in range(1, min(offers, MOST_PRODUCTS) + 1):
        yield f"product_{number}"
        yield from (f"product_{number}_{fact}" for fact in (*PRODUCT_FACTS, ABOUT))


def customer_slots(brief: Brief) -> tuple[str, ...]:
    """Return the slots of the customer's own facts that a (presentable) brief can fill; the name is not among them."""
    known = (
        tells_engagement(brief),
        tells_churn(brief),
        bool(told_reasons(brief)),
        tells_month(brief),
        tells_quarter(brief),
    )
    return tuple(compress(CUSTOMER_SLOTS, known))


def activity_of(brief: Brief) -> str:
    """Return what is known of the last thirty days: ``active``, ``silent`` or ``unknown``."""
    if is_silent(brief):
        return "silent"
    return "active" if tells_month(brief) else "unknown"
