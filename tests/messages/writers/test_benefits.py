"""A benefit completes a sentence only where it begins with a verb."""

from __future__ import annotations

from typing import Any

import pytest

from querencia.data.products import Product
from querencia.messages.brief import Offer
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.writers.benefits import infinitive_clause
from querencia.messages.writers.offline import write_message

LOCALES = {"es": "es_ES", "en": "en_GB", "pt": "pt_PT"}


@pytest.mark.parametrize(
    ("language", "benefit", "clause"),
    [
        ("es", "Ahorrar tiempo", "ahorrar tiempo"),
        ("es", "a no perder llamadas", "no perder llamadas"),
        ("es", "No perder llamadas", "no perder llamadas"),
        ("es", "ahorrarse esperas", "ahorrarse esperas"),
        ("es", "ir más lejos", "ir más lejos"),
        ("es", "oír mejor a sus clientes", "oír mejor a sus clientes"),
        ("pt", "Poupar tempo", "poupar tempo"),
        ("pt", "pôr ordem nas chamadas", "pôr ordem nas chamadas"),
        ("pt", "não perder chamadas", "não perder chamadas"),
        ("pt", "a avançar mais depressa", "avançar mais depressa"),
        ("en", "to save time", "save time"),
        ("en", "To not miss a call", "not miss a call"),
    ],
)
def test_an_infinitive_completes_the_sentence(language: str, benefit: str, clause: str) -> None:
    assert infinitive_clause(benefit, language) == clause


@pytest.mark.parametrize(
    ("language", "benefit"),
    [
        *(
            ("es", f"{noun} para todos")
            for noun in ("bienestar", "Placer", "Lugar", "hogar", "mejor servicio", "Líder")
        ),
        *(("es", f"{noun} con expertos") for noun in ("charla", "menor coste", "poder", "dólar", "no más esperas")),
        *(
            ("pt", f"{noun} para todos")
            for noun in ("melhor", "maior", "Menor custo", "valor", "Cor viva", "bem-estar")
        ),
        *(
            ("pt", f"{noun} para todos")
            for noun in ("a melhor rede", "lugar", "prazer", "poder", "líder", "não mais filas")
        ),
        *(("en", noun) for noun in ("more sales", "save time", "Fast delivery", "tomorrow's tools", "top speed")),
    ],
)
def test_a_noun_or_an_adjective_does_not(language: str, benefit: str, make_brief: Any) -> None:
    assert infinitive_clause(benefit, language) is None
    offers = (Offer(product=Product(sku="1", name="Plan Oro", benefit=benefit), reason="popular"),)
    brief = make_brief(1, language=language, locale=LOCALES[language], offers=offers, records_language=language)
    message = write_message(brief)
    assert f": {benefit}." in message.recommendations[0].text
    assert check_message(message, brief, rules=Rules()) == ()
