"""Texts from elsewhere: the seed's own message, our own ones as another system's, and rows of every kind."""

from __future__ import annotations

from typing import Any

import pytest

from querencia.data.products import Product
from querencia.messages.brief import Brand
from querencia.messages.foreign import TextFacts, check_text
from querencia.messages.rendering import plain_text
from querencia.messages.writers.offline import write_message

SEED = """Estimado/a [Nombre del Cliente],

Espero que este mensaje le encuentre bien. Nos complace observar que su nivel actual de engagement con VoiceFlip es de \
5.35, lo cual refleja un uso constante y significativo de nuestra plataforma. Además, su probabilidad de abandono, \
calculada en un 0.05, confirma una relación estable con nuestros servicios. ¡Gracias por confiar en nosotros!

1. **VoiceFlip Insights Pro**: Esta herramienta avanzada de análisis le permitirá profundizar aún más en los patrones \
de uso de voz y audio.

2. **VoiceFlip API Connect**: Integrar esta solución a su sistema actual le permitirá personalizar el procesamiento.

Por favor, no dude en responder a este correo o contactarme directamente al [número de teléfono].

Atentamente,
[Nombre y Apellido]
Especialista en Retención de Clientes
VoiceFlip"""
SOUND = """Estimada Lucía Gómez:

Su probabilidad de abandono es del 5,0 % y su nivel de engagement es de 5,35. Le recomendamos Plan Oro por 49,00 €.

Escríbanos a ayuda@acme.example si desea más detalles.

Atentamente,
Acme"""
ROW = {
    *{
        "customer_id": "17",
        "name": "Lucía Gómez",
        "engagement": "5.35",
        "churn_probability": "0.0496",
        "plan": "Plan Oro",
        "price": "49.00",
        "contact": "ayuda@acme.example",
    }.items()
}
COLUMNS = dict(sorted(ROW))


def faults(text: str, **facts: Any) -> set[tuple[str, str]]:
    findings = check_text(text, TextFacts(**facts))
    return {(finding.check, finding.text) for finding in findings if finding.severity == "error"}


@pytest.mark.parametrize("columns", [{}, {"engagement": "5.35", "churn_probability": "0.0496"}])
def test_the_seeds_message_is_found_faulty(columns: dict[str, str]) -> None:
    findings = check_text(SEED, TextFacts(columns=columns))
    texts = {finding.text for finding in findings}
    assert {"[Nombre del Cliente]", "[número de teléfono]", "[Nombre y Apellido]"} <= texts
    assert {"VoiceFlip Insights Pro", "VoiceFlip API Connect"} <= texts
    numbers = {finding.text: finding.severity for finding in findings if finding.check == "numbers"}
    assert numbers == dict.fromkeys(("5.35", "0.05"), "warning" if columns else "error")


def test_a_text_that_its_row_bears_out_passes() -> None:
    assert check_text(SOUND, TextFacts(columns=COLUMNS)) == ()


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("5,0 %", "6,0 %", "numbers"),
        ("5,35", "5,36", "numbers"),
        ("49,00 €", "48,00 €", "prices"),
        ("ayuda@acme.example", "ayuda@acme.example.net", "contacts"),
        ("Estimada Lucía Gómez:", "Estimada [Nombre]:", "placeholders"),
        ("Le recomendamos", "Te recomendamos", "address"),
        ("si desea más detalles", "o llame al 900 111 222", "contacts"),
        ("Le recomendamos", "Garantizado: le recomendamos", "claims"),
        ("Le recomendamos", "<b>Le</b> recomendamos", "characters"),
        ("Escríbanos a", "Please write to us as soon as you possibly can at", "language"),
    ],
)
def test_each_check_judges_foreign_texts_too(old: str, new: str, check: str) -> None:
    assert old in SOUND
    assert check in {name for name, _ in faults(SOUND.replace(old, new), columns=COLUMNS, language="es")}


@pytest.mark.parametrize(
    ("old", "part"), [("Atentamente,\nAcme", "signature"), ("Estimada Lucía Gómez:\n\n", "greeting")]
)
def test_a_missing_part_of_another_systems_text_is_a_warning(old: str, part: str) -> None:
    findings = check_text(SOUND.replace(old, ""), TextFacts(columns=COLUMNS, language="es"))
    assert [(found.check, found.severity, found.text) for found in findings] == [("parts", "warning", part)]


def test_a_project_adds_its_brand_catalogue_and_reasons(
    make_brief: Any, brand: Brand, products: tuple[Product, ...]
) -> None:
    for number in range(60):
        brief = make_brief(number)
        message = write_message(brief)
        columns = {
            "name": brief.name or "",
            "engagement": f"{brief.engagement:.2f}",
            "churn_probability": f"{brief.churn_probability:.4f}",
            "language": brief.language,
            "subject": message.subject,
            **{fact.kind: str(fact.value) for fact in brief.usage},
            **{f"count_{place}": str(offer.count) for place, offer in enumerate(brief.offers)},
        }
        facts = TextFacts(columns=columns, locale=brief.locale, brand=brand, catalogue=products, reasons=brief.reasons)
        assert check_text(plain_text(message), facts) == ()
        without = check_text(plain_text(message), TextFacts(columns=columns, locale=brief.locale))
        assert "contacts" in {finding.check for finding in without}


def test_the_language_is_found_or_said_to_be_unknown() -> None:
    assert faults("Bonjour, nous vous remercions de votre confiance et restons à votre disposition.") >= {
        ("language", "Bonjour, nous vous remercions de votre confiance et restons à votre disposition.")
    }
    assert {check for check, _ in faults("")} >= {"parts", "length", "language"}
    assert "language" not in {check for check, _ in faults(SOUND, columns=COLUMNS)}


def test_huge_and_hostile_texts_are_judged_quickly() -> None:
    for text in ("a" * 10_000_000, "{" * 300_000, "1" * 300_000, "x@" * 100_000, "a." * 99_999, "Aa_" * 99_999):
        assert "length" in {finding.check for finding in check_text(text, TextFacts())}


def test_an_engagement_below_one_may_be_told_as_nought_of_a_hundred() -> None:
    text = (
        "Estimado cliente:\n\nSu nivel de vinculación con nosotros es de 0 de 100, y queremos serle más útiles. "
        "Cuéntenos qué necesita: responda a este mensaje y le atenderemos con mucho gusto.\n\nAtentamente,\nEquipo"
    )
    told = check_text(text, TextFacts(columns={"engagement": "0.34"}, language="es"))
    assert [finding for finding in told if finding.check == "numbers"] == []
    untold = check_text(text, TextFacts(columns={"score": "0.34"}, language="es"))
    assert [finding.check for finding in untold if finding.check == "numbers"] == ["numbers"]
