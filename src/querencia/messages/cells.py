"""Cells: the groups of customers that one text serves, and what that text may depend on."""

from __future__ import annotations

from dataclasses import dataclass

from querencia.data.products import Product
from querencia.messages.brief import Brand, Brief, Disclosure, Offer, Reason
from querencia.messages.slots import ABOUT, BRAND_SLOTS, PRODUCT_FACTS, activity_of, customer_slots, fill_slot

# A text's words follow the variety of its language, not each country's own.
_VARIETIES = {"es": ("es_ES", "es_MX"), "en": ("en_GB", "en_US"), "pt": ("pt_PT", "pt_BR")}
_AMERICAN_ENGLISH = frozenset({"en_US", "en_CA", "en_PH", "en_PR"})
_EUROPEAN_SPANISH = frozenset({"es", "es_ES", "es_GQ"})
_AMERICAN_PORTUGUESE = frozenset({"pt", "pt_BR"})


@dataclass(frozen=True, kw_only=True)
class CellOffer:
    """A product that the text speaks of, why it is offered, and whether the customer met it more than once."""

    product: Product
    reason: Reason
    repeated: bool


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Everything that one text depends on, and nothing of any single customer.

    `locale` is the variety of the language (es_ES or es_MX, en_GB or en_US, pt_PT or pt_BR). `facts` are the slots of
    the customers' own facts that every brief of the cell can fill. `silent`: the last thirty days are known to have
    brought nothing. `offers` are the products that the text is about; empty with `products` above 0 in a general cell,
    whose text serves any that many products. `variant` tells texts apart that are written for the same facts.
    """

    language: str
    locale: str
    segment_name: str
    risk_group: int
    disclose: Disclosure
    brand: Brand
    records_language: str | None
    purchases_only: bool
    facts: tuple[str, ...]
    silent: bool
    products: int
    offers: tuple[CellOffer, ...] = ()
    variant: int = 0

    @property
    def is_general(self) -> bool:
        """Whether the text must suit any products."""
        return self.products > 0 and not self.offers


def variety(locale: str) -> str:
    """Return the variety of its language that a locale is written in, as a locale (es_CO -> es_MX)."""
    language = locale[:2]
    near, far = _VARIETIES[language]
    if language == "es":
        return near if locale in _EUROPEAN_SPANISH else far
    if language == "pt":
        return far if locale in _AMERICAN_PORTUGUESE else near
    return far if locale in _AMERICAN_ENGLISH else near


def own_cell(brief: Brief, *, variant: int = 0) -> Cell:
    """Return the cell of exactly this (presentable) brief's facts and products."""
    return Cell(
        language=brief.language,
        locale=variety(brief.locale),
        segment_name=brief.segment_name,
        risk_group=brief.risk_group,
        disclose=brief.disclose,
        brand=brief.brand,
        records_language=brief.records_language,
        purchases_only=brief.purchases_only,
        facts=customer_slots(brief),
        silent=activity_of(brief) == "silent",
        products=len(brief.offers),
        offers=tuple(cell_offer(offer) for offer in brief.offers),
        variant=variant,
    )


def cell_offer(offer: Offer) -> CellOffer:
    """Return what of an offer a text for many customers may depend on."""
    repeated = offer.reason == "own_events" and offer.count is not None and offer.count > 1
    return CellOffer(product=offer.product, reason=offer.reason, repeated=repeated)


def stand_in_brief(cell: Cell, *, offers: tuple[Offer, ...] | None = None) -> Brief:
    """Return a brief of the cell without any fact of a customer: no name, no figures, no activity."""
    own = tuple(
        Offer(product=offer.product, reason=offer.reason, count=2 if offer.repeated else None) for offer in cell.offers
    )
    return Brief(
        customer_id="",
        language=cell.language,
        locale=cell.locale,
        currency="",
        segment_name=cell.segment_name,
        risk_group=cell.risk_group,
        engagement=float("nan"),
        churn_probability=float("nan"),
        disclose=cell.disclose,
        brand=cell.brand,
        offers=own if offers is None else offers,
        records_language=cell.records_language,
        purchases_only=cell.purchases_only,
    )


def cell_slots(cell: Cell) -> tuple[str, ...]:
    """Return the slots that a text of the cell may use, beside the customer's name in the greeting."""
    brief = stand_in_brief(cell)
    brand = tuple(name for name, filler in BRAND_SLOTS.items() if filler(brief))
    return (*cell.facts, *brand, *_product_slots(cell, brief))


def _product_slots(cell: Cell, brief: Brief) -> tuple[str, ...]:
    names: list[str] = []
    for number in range(1, cell.products + 1):
        names.append(f"product_{number}")
        if cell.is_general:
            names.append(f"product_{number}_{ABOUT}")
        else:
            own = (f"product_{number}_{fact}" for fact in PRODUCT_FACTS)
            names += [name for name in own if fill_slot(brief, name)]
    return tuple(names)
