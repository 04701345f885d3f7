"""The evidence that a brief gives: what a message to that customer may state."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from querencia.data.products import Product
from querencia.language.locales import (
    currency_symbol,
    decimal_mark,
    exact,
    format_money,
    format_number,
    format_percent,
    format_probability,
    is_known,
)
from querencia.messages.brief import Brand, Brief, Offer
from querencia.messages.checks.evidence import Evidence, Figures, OfferEvidence, Prices

_SPANS = {"30d": "30", "90d": "90"}


def evidence_of(brief: Brief) -> Evidence:
    """Return what a message made from a (presentable) brief may state."""
    brand = brief.brand
    offers = {offer.product.sku: _offer_evidence(offer, brief.locale) for offer in brief.offers}
    scores, percents, shares = _standing(brief)
    counted: dict[str, frozenset[str]] = {fact.kind: _whole_number(fact.value, brief.locale) for fact in brief.usage}
    # In a recommendation only its own offer's; elsewhere a customer may also have come or acted so many times.
    acted = (counted.get(kind, frozenset()) for kind in ("events_30d", "sessions_30d"))
    counted["times"] = frozenset().union(*(offer.times for offer in offers.values()), *acted)
    products = tuple(offer.product for offer in brief.offers)
    phrases, contacts = _record_phrases(brand, brief.segment_name, products, brief.reasons)
    told = (("engagement", scores), ("churn probability", percents))
    return Evidence(
        customer_id=brief.customer_id,
        language=brief.language,
        locale=brief.locale,
        literals=phrases + _name_phrases(brief.name),
        contacts=contacts,
        senders=tuple(filter(None, (brand.name, brand.sender_name))),
        brand=brand.name,
        names=(brief.name,) if brief.name else (),
        figures=Figures(
            scores=scores,
            percents=percents,
            counted=counted,
            plain=frozenset().union(scores, shares, *counted.values()),
            spans=frozenset(_SPANS[fact.kind[-3:]] for fact in brief.usage),
            prices=_all_prices(tuple(offers.values())),
        ),
        offers=offers,
        product_names=frozenset(offer.name for offer in offers.values()),
        must_tell=tuple(group for group in told if group[1]) if brief.disclose == "numbers" else (),
        silent_topics=brief.disclose == "none",
    )


def written_forms(amount: Decimal, locale: str, *, decimals: tuple[int, ...]) -> frozenset[str]:
    """Return a figure as it may be written with each number of decimals, grouped or not, without spaces."""
    grouped = {_bare(format_number(amount, locale=locale, decimals=count)) for count in decimals}
    if amount < 1000:
        return frozenset(grouped)
    mark = decimal_mark(locale)
    plain = {re.sub(rf"[^\d{re.escape(mark)}]", "", figure) for figure in grouped}
    return frozenset(grouped | plain)


@lru_cache(maxsize=16384)
def price_forms(price: Decimal, currency: str, locale: str) -> Prices:
    """Return the ways in which one price may be written: with its decimals, and without where they are zero."""
    whole = price == price.to_integral_value()
    shown = "".join(
        sign for sign in format_money(price, currency, locale=locale) if sign.isdigit() or sign in ".,\u00a0'’"
    )
    forms = {_bare(shown)} | (written_forms(price, locale, decimals=(0,)) if whole else frozenset())
    dollar = currency_symbol(currency, locale=locale).endswith("$") or currency in _PESOS
    figures = frozenset(forms)
    return Prices(written={currency: figures}, dollar_like=figures if dollar else frozenset())


def join_prices(prices: tuple[Prices, ...]) -> Prices:
    """Return the prices of several products as one."""
    written: dict[str, frozenset[str]] = {}
    for one in prices:
        for currency, figures in one.written.items():
            written[currency] = written.get(currency, frozenset()) | figures
    return Prices(written=written, dollar_like=frozenset().union(*(one.dollar_like for one in prices)))


_PESOS = frozenset({"MXN", "COP", "ARS", "CLP", "UYU", "DOP", "CUP", "PHP"})


def _standing(brief: Brief) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return engagement, churn probability in percent, and as a share, each as it may be written. Empty: not told."""
    if brief.disclose != "numbers":
        return frozenset(), frozenset(), frozenset()
    scores = score_forms(brief.engagement, brief.locale) if is_known(brief.engagement) else frozenset()
    if not is_known(brief.churn_probability):
        return scores, frozenset(), frozenset()
    percents, shares = probability_forms(brief.churn_probability, brief.locale)
    return scores, percents, shares


@lru_cache(maxsize=65536)
def score_forms(score: float, locale: str) -> frozenset[str]:
    """Return a score from 0 to 100 as it may be written."""
    return written_forms(exact(score), locale, decimals=(0, 1, 2))


@lru_cache(maxsize=65536)
def probability_forms(probability: float, locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return a probability as it may be written before a percent sign, and as a share from 0 to 1."""
    percents = {format_percent(probability, locale=locale, decimals=count) for count in (0, 1, 2)}
    percents.add(format_probability(probability, locale=locale))
    if 0 < probability < 1:
        percents -= {format_percent(edge, locale=locale, decimals=count) for edge in (0, 1) for count in (0, 1)}
    shares = written_forms(exact(probability), locale, decimals=(2, 3, 4))
    return frozenset(_bare(text).rstrip("%") for text in percents), shares


@lru_cache(maxsize=4096)
def _whole_number(value: int, locale: str) -> frozenset[str]:
    return frozenset({_bare(format_number(value, locale=locale)), str(value)})


@lru_cache(maxsize=16384)
def _offer_evidence(offer: Offer, locale: str) -> OfferEvidence:
    product = offer.product
    prices, price_text = Prices(), ""
    if product.price is not None and product.currency is not None:
        prices = price_forms(product.price, product.currency, locale)
        price_text = format_money(product.price, product.currency, locale=locale)
    times = _whole_number(offer.count, locale) if offer.count else frozenset()
    return OfferEvidence(sku=product.sku, name=product.name, times=times, prices=prices, price_text=price_text)


def _all_prices(offers: tuple[OfferEvidence, ...]) -> Prices:
    return join_prices(tuple(offer.prices for offer in offers))


@lru_cache(maxsize=4096)
def _record_phrases(
    brand: Brand, segment_name: str, products: tuple[Product, ...], reasons: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what brand, products and reasons say in words, longest first, and the addresses that they hold."""
    phrases = {*brand_phrases(brand), segment_name, *reasons}
    contacts = [brand.contact_email, brand.contact_phone, brand.website]
    for product in products:
        phrases |= product_phrases(product)
        contacts.append(product.url or "")
    return longest_first(phrases | set(contacts)), tuple(contact for contact in contacts if contact)


def _name_phrases(name: str | None) -> tuple[str, ...]:
    """Return the name and the words of it that may stand alone: not its particles."""
    if not name:
        return ()
    return name, *(word for word in name.split() if len(word) > 2 and word[0].isupper())


@lru_cache(maxsize=256)
def brand_phrases(brand: Brand) -> frozenset[str]:
    """Return what the brand says of itself in words."""
    return frozenset({brand.name, brand.sender_name, brand.sender_role, brand.product_line})


@lru_cache(maxsize=16384)
def product_phrases(product: Product) -> frozenset[str]:
    """Return what the catalogue says of a product in words, with a large or small first letter."""
    phrases = {product.name, product.description, product.benefit or ""}
    for phrase in (product.description, product.benefit):
        if phrase:
            phrases |= {phrase[:1].upper() + phrase[1:], phrase[:1].lower() + phrase[1:]}
            first, _, rest = phrase.partition(" ")
            if rest and first.casefold() in {"a", "to"}:
                phrases |= {rest, rest[:1].lower() + rest[1:]}
    return frozenset(phrases)


def longest_first(phrases: set[str]) -> tuple[str, ...]:
    """Return the phrases to mask, longest first. One without a letter would hide figures, unless it is a phone."""
    kept = [phrase for phrase in phrases if len(phrase) > 1 and _can_mask(phrase)]
    return tuple(sorted(kept, key=lambda phrase: (-len(phrase), phrase)))


@lru_cache(maxsize=16384)
def _can_mask(phrase: str) -> bool:
    digits = sum(sign.isdigit() for sign in phrase)
    return digits >= 6 or any(sign.isalpha() for sign in phrase)


def _bare(text: str) -> str:
    return "".join(text.split())
