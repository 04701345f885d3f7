"""Texts to customers of the project: our own messages as another system would send them, with faults planted."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from querencia.data.products import Product
from querencia.language.locales import format_money
from querencia.messages import foreign
from querencia.messages.brief import Brief, Offer
from querencia.messages.foreign import check_known
from querencia.messages.rendering import plain_text
from querencia.messages.writers.offline import write_message

CATALOGUE = (
    Product(sku="A", name="VoiceFlip Transcribe", price=Decimal("29.00"), currency="GBP", benefit="ahorrar tiempo"),
    Product(sku="B", name="VoiceFlip Transcribe Pro", price=Decimal("59.50"), currency="GBP"),
    Product(sku="C", name="REGENCY CAKESTAND 3 TIER", price=Decimal("12.75"), currency="GBP"),
    Product(sku="D", name="SET OF 3 CAKE TINS", price=Decimal("4.95"), currency="GBP"),
    Product(sku="E", name="Privacidad", price=Decimal("7.00"), currency="GBP"),
)
MESSAGES = 120
Fault = Callable[[str, Brief, random.Random], str]


def own(number: int, make_brief: Any) -> tuple[Brief, str]:
    draw = random.Random(number)
    offers = tuple(
        Offer(product=product, reason="own_events", count=draw.choice((None, 3, 12)))
        for product in draw.sample(CATALOGUE, 2)
    )
    brief = make_brief(number, offers=offers, currency="GBP", name=draw.choice(("Lucía Gómez", "José da Silva", None)))
    return brief, plain_text(write_message(brief))


def row(brief: Brief) -> dict[str, str]:
    """The other columns of our own file of messages, with numbers that nobody may tell."""
    return {
        "customer_id": brief.customer_id,
        "risk_group": "3",
        "segment_name": "2",
        "engagement": "77.00",
        "churn_probability": "0.8800",
        "language": brief.language,
        "writer": "offline",
        "status": "ready",
    }


def swapped_product(text: str, brief: Brief, draw: random.Random) -> str:
    offered = {offer.product.name for offer in brief.offers}
    other = draw.choice([product for product in CATALOGUE if product.name not in offered])
    return text.replace(f"- {draw.choice(sorted(offered))}\n", f"- {other.name}\n", 1)


def other_price(text: str, brief: Brief, draw: random.Random) -> str:
    """Take the price of the other offer: right for this customer, wrong for this product."""
    first, second = (offer.product for offer in brief.offers)
    prices = [format_money(product.price, "GBP", locale=brief.locale) for product in (first, second) if product.price]
    return text.replace(prices[0], prices[1])


def other_name(text: str, brief: Brief, draw: random.Random) -> str:
    return text.replace(brief.name, "Marta Ruiz", 1) if brief.name else text


def changed_count(text: str, brief: Brief, draw: random.Random) -> str:
    nouns = "sesi|sess|día|dia|active|pedido|order|encomenda|interac|vez|vece|time|art|item|produ"
    counts = list(re.finditer(rf"(?<=\s)(\d[\d.,]*)(?= (?:{nouns}))", text))
    if not counts:
        return text
    chosen = draw.choice(counts)
    number = draw.choice([figure for figure in ("4", "5", "77", "88") if figure != chosen[1]])
    return text[: chosen.start()] + number + text[chosen.end() :]


def no_signature(text: str, brief: Brief, draw: random.Random) -> str:
    return text.rsplit("\n\n", 1)[0]


@pytest.mark.parametrize("with_columns", [True, False])
def test_our_own_messages_pass(with_columns: bool, make_brief: Any) -> None:
    for number in range(300):
        brief, text = own(number, make_brief)
        columns = row(brief) if with_columns else {}
        assert check_known(text, brief, columns=columns, catalogue=CATALOGUE) == (), (number, text)


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        (swapped_product, "products"),
        (other_price, "prices"),
        (other_name, "names"),
        (changed_count, "numbers"),
        (no_signature, "parts"),
    ],
)
def test_planted_faults_are_errors(fault: Fault, check: str, make_brief: Any) -> None:
    planted, missed = 0, []
    for number in range(MESSAGES):
        brief, text = own(number, make_brief)
        broken = fault(text, brief, random.Random(number))
        if broken == text:
            continue
        planted += 1
        found = check_known(broken, brief, columns=row(brief), catalogue=CATALOGUE)
        if check not in {finding.check for finding in found if finding.severity == "error"}:
            missed.append(broken)
    assert planted > MESSAGES / 3
    assert missed == []


def test_columns_that_our_messages_do_not_have_count_as_facts(make_brief: Any) -> None:
    brief = make_brief(1, language="es", locale="es_ES", offers=(), name="Lucía Gómez")
    text = plain_text(write_message(brief)).replace("\n\n", "\n\nLleva 7 años con nosotros. ", 1)
    assert {found.text for found in check_known(text, brief, columns={})} == {"7 años"}
    assert check_known(text, brief, columns={"years": "7"}) == ()


def test_a_row_may_declare_another_language(make_brief: Any) -> None:
    brief = make_brief(3, language="es", locale="es_ES", offers=())
    english = plain_text(write_message(replace(brief, language="en", locale="en_GB")))
    assert check_known(english, brief, columns={"language": "en"}) == ()
    assert "language" in {found.check for found in check_known(english, brief, columns={})}


def test_a_catalogue_of_thousands_is_prepared_once() -> None:
    prepared = foreign._read(CATALOGUE)
    assert foreign._read(CATALOGUE) is prepared
    assert prepared.names == {product.name for product in CATALOGUE}
    assert foreign._read(CATALOGUE[:1]).names == {CATALOGUE[0].name}
