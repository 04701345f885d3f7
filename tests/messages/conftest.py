"""Briefs to try the messages on."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from querencia.data.products import Product
from querencia.messages.brief import Brand, Brief, Offer, UsageFact

MakeBrief = Callable[..., Brief]

LOCALES = {"es": ("es_ES", "es_CO", "es_MX"), "en": ("en_GB", "en_US"), "pt": ("pt_BR", "pt_PT")}
BRAND = Brand(
    name="VoiceFlip",
    product_line="procesamiento de voz y análisis de audio",
    sender_name="Equipo de Retención",
    sender_role="Especialista en Retención de Clientes",
    contact_email="retencion@example.com",
    contact_phone="+34 900 123 456",
    website="https://example.com",
)
PRODUCTS = (
    Product(
        sku="VF-1",
        name="VoiceFlip Transcribe",
        description="Transcripción automática de hasta 10 horas de llamadas",
        url="https://example.com/transcribe",
        price=Decimal("49.00"),
        currency="EUR",
        benefit="convertir cada llamada en texto",
    ),
    Product(sku="VF-2", name="VoiceFlip Insights 360", price=Decimal("1129.90"), currency="EUR"),
    Product(sku="22423", name="REGENCY CAKESTAND 3 TIER"),
    Product(sku="Ñ-4", name="Edición Otoño 2.0", benefit="ahorrar tiempo", price=Decimal(7), currency="USD"),
)
REASONS = ("own_events", "segment_favourite", "popular", "allowed")
CLAUSES = {
    "es": ("queremos acompañarle mejor en esta etapa con nosotros", "creemos que el plan Oro se ajusta más a su caso"),
    "en": ("we would like to be of more use to you in your daily work", "your experience with our team matters to us"),
    "pt": ("queremos acompanhar melhor esta etapa", "a sua experiência com o nosso apoio é importante para nós"),
}
KINDS = ("sessions_30d", "active_days_30d", "events_30d", "orders_90d", "distinct_items_90d")


def brief_number(number: int, **changes: Any) -> Brief:
    """Return the brief of an invented customer; the number decides everything that `changes` do not."""
    draw = random.Random(number)
    language = changes.get("language") or draw.choice(("es", "en", "pt"))
    count = draw.randint(0, 3)
    facts: dict[str, Any] = {
        "customer_id": f"C{number:05d}",
        "language": language,
        "locale": draw.choice(LOCALES[language]),
        "currency": "EUR",
        "segment_name": draw.choice(("Premium", "Estables", "Base")),
        "risk_group": draw.randint(1, 3),
        "engagement": round(draw.random() * 100, 2),
        "churn_probability": round(draw.random() ** 3, 4),
        "purchases_only": number % 4 == 0,
        "base_rate": draw.choice((None, 0.1, 0.3)),
        "disclose": draw.choice(("numbers", "numbers", "words", "none")),
        "brand": BRAND,
        "name": draw.choice(("Lucía Gómez", "Tu Nguyen", "José da Silva", None)),
        "usage": tuple(
            UsageFact(kind=kind, value=draw.choice((0, 1, 2, 7, 31, 1204))) for kind in KINDS if draw.random() < 0.6
        ),
        "offers": tuple(
            Offer(product=product, reason=draw.choice(REASONS), count=draw.choice((None, 1, 3, 12)))
            for product in draw.sample(PRODUCTS, count)
        ),
        "records_language": draw.choice(("es", None)),
        "reasons": () if draw.random() < 0.4 else (draw.choice(CLAUSES[language]),),
    }
    return Brief(**(facts | changes))


@pytest.fixture(scope="session")
def make_brief() -> MakeBrief:
    """A function that makes the brief of customer `number`, with some facts changed."""
    return brief_number


@pytest.fixture(scope="session")
def brand() -> Brand:
    return BRAND


@pytest.fixture(scope="session")
def products() -> tuple[Product, ...]:
    return PRODUCTS
