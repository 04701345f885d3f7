"""What a message may state, whatever it was made from: the side of the records that every check compares with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Amounts that may be told: for each currency code, the figures as they may be written (``49,00``, ``49``)."""

    written: Mapping[str, frozenset[str]] = field(default_factory=dict)
    dollar_like: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Figures that may be told, as the locale writes them (spaces taken out).

    `scores` stand before "of 100", `percents` before a percent sign, `counted` by the noun that follows (see the
    vocabulary); `plain` anywhere. `counted` None: nouns are not known, every plain figure may stand before any noun.
    `other_formats` are right figures in another locale's writing.
    """

    scores: frozenset[str] = frozenset()
    percents: frozenset[str] = frozenset()
    counted: Mapping[str, frozenset[str]] | None = None
    plain: frozenset[str] = frozenset()
    spans: frozenset[str] = frozenset()
    other_formats: frozenset[str] = frozenset()
    prices: Prices = Prices()


@dataclass(frozen=True, kw_only=True)
class OfferEvidence:
    """What a recommendation may state: the product's name, its own figures, and its price as the locale writes it."""

    sku: str
    name: str
    times: frozenset[str]
    prices: Prices
    price_text: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that a message about one customer may state.

    `literals` are phrases of the records, longest first: inside them nothing is judged. `senders` are the names of
    which a signature holds one (none: not known). `names` may greet. `offers` by SKU, None where no catalogue is known.
    `must_tell` are figures of which one per group has to appear; `silent_topics` tells that engagement and churn may
    not be mentioned at all. `closed` records hold every name that may be spoken; else an unknown name only warns.
    `catalogue` holds every product's name, where naming one that was not offered to this customer is a fault.
    """

    customer_id: str
    language: str
    locale: str
    literals: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    brand: str = ""
    names: tuple[str, ...] = ()
    figures: Figures = Figures()
    offers: Mapping[str, OfferEvidence] | None = None
    product_names: frozenset[str] = frozenset()
    must_tell: tuple[tuple[str, frozenset[str]], ...] = ()
    silent_topics: bool = False
    closed: bool = True
    catalogue: frozenset[str] = frozenset()
