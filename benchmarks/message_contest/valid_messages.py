"""Valid messages as a large language model writes them: texts written by hand, filled from briefs drawn at random.

``texts/<language>.toml`` holds the texts. Figures are written in the ways that a model chooses among: with or without
decimals, with an ordinary space or one that does not break.
"""

from __future__ import annotations

import random
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from querencia.data.products import Product
from querencia.language.locales import format_money, format_number, format_percent
from querencia.messages.brief import Brand, Brief, Offer, UsageFact, UsageKind
from querencia.messages.message import Message, Recommendation
from querencia.messages.presentable import presentable

LANGUAGES = ("es", "en", "pt")
LOCALES = {"es": ("es_ES", "es_MX", "es_CO"), "en": ("en_GB", "en_US"), "pt": ("pt_BR", "pt_PT")}
NAMES = (
    *("Lucía Gómez", "José da Silva", "Hannah Cole", "Tu Nguyen", "María del Carmen Ruiz", "O'Brien", "Søren Møller"),
    *("Ana Luísa Prado", "Jean-Pierre Dubois", "Marta Gil Sanz", "Renée Zöllner", "Rita Antunes", "Talleres Ruiz SL"),
)
FIRST_NAMES = "Lucía Ana Marta Elena Carmen Inés Sofía João Pedro Miguel Rui Tiago Luis Pablo Andrés Emma Oliver Grace"
LAST_NAMES = "Gómez Ruiz Sanz Prado Ortega Vidal Antunes Silva Costa Rocha Cole Marsh Reid Walsh Núñez Peña Moura"
BRANDS = {
    "retail": Brand(
        name="Casa Nogal",
        sender_name="Elena Vidal",
        sender_role="Customer Care",
        contact_email="hola@casanogal.example",
        contact_phone="+34 900 101 202",
        website="https://casanogal.example",
    ),
    "telecom": Brand(
        name="Telmar",
        sender_name="Equipo Telmar",
        contact_email="clientes@telmar.example",
        contact_phone="900 555 123",
        website="www.telmar.example/ayuda",
    ),
    "saas": Brand(
        name="DataNube",
        product_line="análisis de datos",
        sender_name="Pablo Ortega",
        sender_role="Customer Success Manager",
        contact_email="soporte@datanube.example",
        contact_phone="(+351) 210 123 456",
        website="https://datanube.example/pt-br/contacto",
    ),
}
PRODUCT_NAMES = {
    "retail": ("Cafetera Aroma 12", "SET OF 3 CAKE TINS", "Lámpara Brisa", "Manta Nórdica XL", "Taza de té"),
    "telecom": ("Fibra 600 Mb", "Plan 5G Ilimitado", "Telmar Hogar", "Roaming Plus", "Línea Adicional"),
    "saas": ("DataNube Insights 360", "Panel Pro 2.0", "DataNube API", "Informes+", "CloudSync Teams"),
}
PRICES = tuple(map(Decimal, ("49.00", "7.50", "1129.90", "12.75", "299.00", "19.99")))
SLOT = re.compile(r"\{\{(\w+)\}\}")
USAGE: dict[str, UsageKind] = {
    "sessions": "sessions_30d",
    "days": "active_days_30d",
    "events": "events_30d",
    "orders": "orders_90d",
    "items": "distinct_items_90d",
}
FAREWELLS = {
    "es": ("Atentamente,", "Reciba un cordial saludo,", "Con nuestros mejores saludos,", "Cordialmente,"),
    "en": ("Kind regards,", "Sincerely,", "With warm regards,", "Best regards,"),
    "pt": ("Atenciosamente,", "Com os melhores cumprimentos,", "Cordialmente,", "Com consideração,"),
}


@dataclass(frozen=True, kw_only=True)
class Text:
    """One text with its slots, and what it tells of engagement and churn."""

    domain: str
    tells: str
    subject: str
    greeting: str
    body: tuple[str, ...]
    offers: tuple[str, ...]
    action: str


@cache
def texts(language: str) -> tuple[Text, ...]:
    """Return the texts of a language."""
    file = Path(__file__).parent / "texts" / f"{language}.toml"
    read = tomllib.loads(file.read_text(encoding="utf-8"))["text"]
    return tuple(map(_text, read))


def _text(read: dict[str, Any]) -> Text:
    return Text(**{key: tuple(value) if isinstance(value, list) else value for key, value in read.items()})


def _name(draw: random.Random) -> str:
    if draw.random() < 0.3:
        return draw.choice(NAMES)
    last = LAST_NAMES.split()
    return f"{draw.choice(FIRST_NAMES.split())} {draw.choice(last)} {draw.choice(last)}"


def valid_message(number: int, *, language: str | None = None) -> tuple[Brief, Message]:
    """Return the message of an invented customer and its brief; the number decides everything."""
    draw = random.Random(number)
    language = language or LANGUAGES[number % 3]
    text = draw.choice(texts(language))
    brief = _brief(text, language, number, draw)
    return brief, _fill(text, presentable(brief), draw)


def _brief(text: Text, language: str, number: int, draw: random.Random) -> Brief:
    slots = set(SLOT.findall(" ".join((text.subject, text.greeting, *text.body, *text.offers, text.action))))
    spans = [kind for slot, kind in USAGE.items() if slot in slots or draw.random() < 0.3]
    locale = draw.choice(LOCALES[language])
    currency = draw.choice({"es_MX": ("MXN", "EUR"), "en_US": ("USD",), "pt_BR": ("BRL", "USD")}.get(locale, ("EUR",)))
    products = [_product(text.domain, place, currency) for place in draw.sample(range(5), 2)]
    offers = tuple(
        Offer(product=product, reason="own_events", count=draw.randint(2, 40))
        if "{{times}}" in told
        else Offer(product=product, reason="popular")
        for product, told in zip(products, text.offers, strict=True)
    )
    return Brief(
        customer_id=f"M{number}",
        language=language,
        locale=locale,
        currency=currency,
        segment_name=draw.choice(("Premium", "Base", "Destacados")),
        risk_group=draw.randint(1, 3),
        engagement=round(draw.uniform(3, 97), 2),
        churn_probability=round(draw.uniform(0.02, 0.9), 4),
        disclose=text.tells,  # type: ignore[arg-type]
        brand=BRANDS[text.domain],
        name=_name(draw),
        usage=tuple(UsageFact(kind=kind, value=draw.choice((2, 3, 7, 12, 31, 186, 1204))) for kind in spans),
        offers=offers,
    )


@cache
def _product(domain: str, place: int, currency: str) -> Product:
    name = PRODUCT_NAMES[domain][place]
    return Product(sku=f"P{place}", name=name, price=PRICES[place], currency=currency)


def _fill(text: Text, brief: Brief, draw: random.Random) -> Message:
    facts = written_facts(brief, draw)

    def fill(part: str, offer: Offer | None = None) -> str:
        own = facts if offer is None else facts | _offer_facts(offer, brief, draw)
        return SLOT.sub(lambda slot: own[slot[1]], part)

    brand = brief.brand
    lines = [brand.sender_name, brand.sender_role, brand.name, brand.contact_email, brand.contact_phone]
    return Message(
        customer_id=brief.customer_id,
        language=brief.language,
        subject=fill(text.subject),
        greeting=fill(text.greeting),
        body=tuple(map(fill, text.body)),
        recommendations=tuple(
            Recommendation(sku=offer.product.sku, name=offer.product.name, text=fill(told, offer))
            for offer, told in zip(brief.offers, text.offers, strict=True)
        ),
        call_to_action=fill(text.action),
        signature=(draw.choice(FAREWELLS[brief.language]), *filter(None, lines[: draw.randint(3, 5)])),
        writer="llm",
    )


def written_facts(brief: Brief, draw: random.Random) -> dict[str, str]:
    """Return what the slots of a text hold for a customer, as a model would write it."""
    name, brand = brief.name or "", brief.brand
    percent = format_percent(brief.churn_probability, locale=brief.locale, decimals=draw.choice((0, 1, 1, 2)))
    if draw.random() < 0.5:
        percent = percent.replace("\u00a0", draw.choice((" ", "")))
    facts = {
        "name": name,
        "first": name.split()[0] if len(name.split()[0]) > 2 else name,
        "brand": brand.name,
        "email": brand.contact_email,
        "phone": brand.contact_phone,
        "web": brand.website,
        "score": format_number(brief.engagement, locale=brief.locale, decimals=draw.choice((0, 1, 2, 2))),
        "churn": percent,
    }
    values = {fact.kind: fact.value for fact in brief.usage}
    for slot, kind in USAGE.items():
        if kind in values:
            facts[slot] = format_number(values[kind], locale=brief.locale)
    return facts | {f"product{place}": offer.product.name for place, offer in enumerate(brief.offers, 1)}


def _offer_facts(offer: Offer, brief: Brief, draw: random.Random) -> dict[str, str]:
    product = offer.product
    assert product.price is not None and product.currency is not None
    price = format_money(product.price, product.currency, locale=brief.locale)
    if draw.random() < 0.4:
        price = price.replace("\u00a0", " ")
    return {"price": price, "times": str(offer.count)}
