"""Each check alone: what it catches, and what it must leave alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from querencia.data.products import Product
from querencia.messages.brief import Offer
from querencia.messages.checks import registry
from querencia.messages.checks.address import informal_words
from querencia.messages.checks.brief_evidence import evidence_of, price_forms
from querencia.messages.checks.characters import character_faults
from querencia.messages.checks.claims import claims_in
from querencia.messages.checks.evidence import Evidence
from querencia.messages.checks.language import detect_language, foreign_language
from querencia.messages.checks.placeholders import template_residue
from querencia.messages.checks.registry import CHECKS, check_message
from querencia.messages.checks.rules import ADJUSTABLE, Rules
from querencia.messages.checks.shown import mask
from querencia.messages.checks.spoken_figures import odd_numerals, spoken_figures
from querencia.messages.checks.vocabulary import MASK
from querencia.messages.writers.offline import write_message


def test_every_check_has_a_name_and_stands_once_in_the_registry() -> None:
    names = [check.__name__ for check in CHECKS]
    assert len(names) == len(set(names)) == 14
    assert {name for name in vars(registry) if name.startswith("check_")} - {"check_message"} == set(names)


@pytest.mark.parametrize("rules", [{"text_min": 0}, {"subject_min": 0}, {"text_min": 9000}, {"subject_max": 1}])
def test_rules_cannot_switch_a_check_off(rules: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"at least 1|no message could pass"):
        Rules(**rules)


def test_a_finding_of_manner_may_be_a_warning_and_is_told_all_the_same(make_brief: Any) -> None:
    brief = make_brief(5, language="es", locale="es_ES")
    message = write_message(brief)
    message = replace(message, body=(*message.body, "Gracias por tu tiempo: el resultado está garantizado."))
    usual = check_message(message, brief, rules=Rules())
    assert {(found.check, found.severity) for found in usual} == {("address", "error"), ("claims", "error")}
    eased = check_message(message, brief, rules=Rules(severity={"address": "warning"}))
    assert {(found.check, found.severity) for found in eased} == {("address", "warning"), ("claims", "error")}
    assert [found.text for found in eased] == [found.text for found in usual]


def test_what_keeps_a_message_true_cannot_be_eased() -> None:
    names = {check.__name__.removeprefix("check_") for check in CHECKS}
    assert names > ADJUSTABLE
    for check in names - ADJUSTABLE:
        with pytest.raises(ValueError, match=f"{check!r} cannot be set; expected one of address, length"):
            Rules(severity={check: "warning"})
    with pytest.raises(ValueError, match="'ignore' of 'length'; expected one of error, warning"):
        Rules(severity={"length": "ignore"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "residue"),
    [
        ("Estimado [Nombre del Cliente]:", "[Nombre del Cliente]"),
        ("Hola {{ name }}", "{{ name }}"),
        ("Hola {nombre}", "{nombre}"),
        ("{% if x %}", "{% if x %}"),
        ("al <teléfono>", "<teléfono>"),
        ("Hola %(name)s", "%(name)s"),
        ("Llame al XXX", "XXX"),
        ("Lorem ipsum", "Lorem"),
        ("TODO: completar", "TODO"),
        ("su plan es None", "None"),
        ("customer_name", "customer_name"),
    ],
)
def test_placeholders_are_seen(text: str, residue: str) -> None:
    assert residue in template_residue(text)


@pytest.mark.parametrize("text", ["Con todo esto", "None of our plans", "TODO INCLUIDO", "ahorra 3 < 5 veces"])
def test_ordinary_words_are_no_placeholders(text: str) -> None:
    assert template_residue(text) == ()


@pytest.mark.parametrize(
    ("text", "language", "unit", "figure"),
    [
        ("es de 63 de 100.", "es", "score", "63"),
        ("is 63.5 out of 100", "en", "score", "63.5"),
        ("63/100", "pt", "score", "63"),
        ("del 12,3\u00a0% hoy", "es", "percent", "12,3"),
        ("12 por ciento", "es", "percent", "12"),
        ("1.204 sesiones", "es", "counted", "1.204"),
        ("4 active days", "en", "counted", "4"),
        ("en los últimos 30 días", "es", "span", "30"),
        ("49,00\u00a0€", "es", "money", "49,00"),
        ("US$\u00a049,00", "pt", "money", "49,00"),
        ("EUR 49,00", "es", "money", "49,00"),
        ("25 euros", "es", "money", "25"),
        ("1\u00a0204,5", "pt", "plain", "1204,5"),
        ("5G", "es", "plain", "5G"),
        ("-3", "es", "plain", "-3"),
    ],
)
def test_figures_are_read_with_what_they_count(text: str, language: str, unit: str, figure: str) -> None:
    (spoken,) = spoken_figures(text, language)
    assert (spoken.unit, spoken.figure) == (unit, figure)


def test_numerals_in_disguise_are_seen() -> None:
    assert odd_numerals("½ ② ² 3ª") == ("½", "②", "²")


def test_prices_may_leave_out_zero_decimals() -> None:
    assert price_forms(Decimal("49.00"), "EUR", "es_ES").written["EUR"] == {"49,00", "49"}
    assert price_forms(Decimal("49.90"), "EUR", "es_ES").written["EUR"] == {"49,90"}
    assert price_forms(Decimal(49), "USD", "en_US").dollar_like == {"49.00", "49"}
    assert price_forms(Decimal(49), "EUR", "en_US").dollar_like == frozenset()


def test_only_whole_phrases_are_masked() -> None:
    evidence = Evidence(
        customer_id="1", language="es", locale="es_ES", literals=("https://a.example", "Plan 36", "Ana", "te")
    )
    assert mask("Ana y Anabel", evidence) == f"{MASK} y Anabel"
    assert mask("Plan 36, Plan 360", evidence) == f"{MASK}, Plan 360"
    assert mask("vea https://a.example. Y https://a.example/x", evidence) == f"vea {MASK}. Y https://a.example/x"


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Gracias por tu confianza", "es", ("tu",)),
        ("¿Tú qué opinas?", "es", ("Tú",)),
        ("Si tenéis dudas, decidnos", "es", ("tenéis",)),
        ("Cuando hiciste el pedido", "es", ("hiciste",)),
        ("Podrás verlo", "es", ("Podrás",)),
        ("Descubre más. Escríbenos.", "es", ("Descubre", "Escríbenos")),
        ("Quizás además exista; su té está detrás, en TI", "es", ()),
        ("Existe un contraste que usted descubre", "es", ()),
        ("A tua conta", "pt", ("tua",)),
        ("Para si, com informações precisas", "pt", ()),
        ("Hey, you guys", "en", ("Hey", "guys")),
        ("We would be glad to help you", "en", ()),
    ],
)
def test_address_is_formal(text: str, language: str, words: tuple[str, ...]) -> None:
    assert informal_words(text, language) == words


def test_claims_are_matched_whole_whatever_case_and_accents() -> None:
    assert claims_in("¡GARANTIZADO!", "es", ()) == ("garantizado",)
    assert claims_in("Es grátis  para sempre", "pt", ()) == ("grátis para sempre",)
    assert claims_in("número único, sin riesgosas esperas", "es", ()) == ()
    assert claims_in("Ofrecemos café illimitado", "es", ("Cafe Illimitado",)) == ("Cafe Illimitado",)


def test_a_projects_own_claims_are_found(make_brief: Any) -> None:
    brief = make_brief(1, language="es", locale="es_ES", disclose="numbers")
    rules = Rules(claims_by_language={"es": ("probabilidad",), "en": ("likelihood",)})
    found = {(finding.check, finding.text) for finding in check_message(write_message(brief), brief, rules=rules)}
    assert found == {("claims", "probabilidad")}


@pytest.mark.parametrize(
    ("sentence", "declared", "found"),
    [
        ("Le escribimos para agradecerle su confianza", "es", None),
        ("Le escribimos para agradecerle su confianza", "pt", "es"),
        ("Escrevemos para agradecer a sua confiança", "es", "pt"),
        ("We are writing to thank you for your trust", "es", "en"),
        ("Nous vous remercions de votre grande confiance", "es", "fr"),
        ("Спасибо за ваше доверие и поддержку", "es", "another script"),
        ("Hola", "en", None),
    ],
)
def test_a_sentence_in_another_language_is_seen(sentence: str, declared: str, found: str | None) -> None:
    assert foreign_language(sentence, declared) == found


def test_languages_are_detected() -> None:
    assert detect_language("Gracias por confiar en nosotros, quedamos a su disposición.") == "es"
    assert detect_language("Danke für Ihr Vertrauen, wir stehen Ihnen gern zur Verfügung.") is None


@pytest.mark.parametrize("text", ["a\u200bb", "a\u202eb", "a\x00b", "<b>a</b>", "a &amp; b", "**a**", "CafÃ©"])
def test_hidden_characters_and_markup_are_seen(text: str) -> None:
    assert character_faults(text)


@pytest.mark.parametrize("text", ["3 < 5 & 7 > 6", "«Café» – 12\u00a0€ · “así”…", "R&D; y más"])
def test_ordinary_signs_are_left_alone(text: str) -> None:
    assert character_faults(text) == ()


def test_numbers_are_judged_by_what_they_count(make_brief: Any) -> None:
    usage = write_message(make_brief(5)).body
    assert usage
    brief = make_brief(5, language="es", locale="es_ES", engagement=63.0, churn_probability=0.1, offers=())
    message = write_message(brief)
    swapped = replace(message, body=(*message.body, "Hemos visto 63 pedidos."))
    assert "63 pedidos" in {finding.text for finding in check_message(swapped, brief, rules=Rules())}


def test_silence_is_required_where_nothing_is_disclosed(make_brief: Any) -> None:
    brief = make_brief(5, language="es", locale="es_ES", disclose="none")
    message = write_message(brief)
    said = replace(message, body=(*message.body, "Su riesgo de abandono nos preocupa."))
    assert {finding.check for finding in check_message(said, brief, rules=Rules())} == {"disclosure"}


def test_a_message_to_another_customer_is_refused(make_brief: Any) -> None:
    brief = make_brief(5)
    other = replace(write_message(brief), customer_id="somebody else")
    assert "customer_id" in {finding.text for finding in check_message(other, brief, rules=Rules())}


def test_evidence_holds_the_facts_of_its_brief(make_brief: Any) -> None:
    evidence = evidence_of(make_brief(1, language="es", locale="es_ES", engagement=62.5, churn_probability=0.1235))
    if evidence.must_tell:
        assert evidence.figures.scores == {"62", "62,5", "62,50"}
        assert evidence.figures.percents == {"12", "12,4", "12,35"}


@pytest.mark.parametrize("claim", ["100 % seguro", "a1 b2 ñandú", "número uno", "42"])
def test_a_claim_is_found_wherever_it_stands(claim: str, make_brief: Any) -> None:
    product = Product(sku="1", name="Plan Oro", description=f"El plan {claim} de siempre")
    brief = make_brief(5, language="es", locale="es_ES", offers=(), name=None)
    offered = make_brief(
        5, language="es", locale="es_ES", offers=(Offer(product=product, reason="popular"),), records_language="es"
    )
    rules = Rules(forbidden_claims=("a1 b2 ñandú", "42"))
    message = write_message(brief)
    said = replace(message, body=(*message.body, f"Es {claim.upper()}, sin más."))
    for broken, known in ((said, brief), (write_message(offered), offered)):
        assert "claims" in {found.check for found in check_message(broken, known, rules=rules)}
