"""What a customer would act upon is refused where no record says it, and allowed where the catalogue does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from querencia.messages.checks.brief_evidence import evidence_of
from querencia.messages.checks.promises import CHECK, check_promises, promises_in
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.checks.shown import show_text
from querencia.messages.writers.offline import write_message

LOCALES = {"es": "es_ES", "en": "en_US", "pt": "pt_BR"}
REFUSED = {
    "es": (
        "Puede probarlo gratis.",
        "El primer mes es GRATUITO.",
        "Puede probarlo sin coste alguno.",
        "Sin cargo durante el primer mes.",
        "Ahora con un descuento especial.",
        "Ahora a precio reducido.",
        "Recibirá un regalo.",
        "Le devolveremos el dinero.",
        "Le devolvemos la mitad.",
        "La oferta termina el viernes.",
        "La oferta acaba mañana.",
        "Puede pedirlo hasta el viernes.",
        "Son los últimos días.",
        "Su contrato vence pronto.",
        "Tiene una factura pendiente.",
        "Tiene una deuda con nosotros.",
        "Su contraseña caducará pronto.",
        "Su actividad ha bajado.",
        "Hemos observado algunos cambios.",
        "Llame al seis cero cero, uno dos tres.",
    ),
    "en": (
        "Try it for free.",
        "The first month is free.",
        "Try it at no cost.",
        "Free of charge for you.",
        "Now with a special discount.",
        "Get 20 % off.",
        "We will refund you.",
        "You will receive a gift.",
        "The offer ends on Friday.",
        "Order by Friday.",
        "Your contract expires soon.",
        "You have an unpaid invoice.",
        "Your activity has dropped lately.",
        "We have noticed some changes.",
        "We have not seen you for weeks.",
        "Call us on nine one two, three four five.",
    ),
    "pt": (
        "Experimente grátis.",
        "O primeiro mês é gratuito.",
        "Sem custos para si.",
        "Com um desconto especial.",
        "Devolveremos o seu dinheiro.",
        "A oferta termina na sexta-feira.",
        "Peça até sexta-feira.",
        "São os últimos dias.",
        "O seu contrato termina em breve.",
        "Tem uma fatura por pagar.",
        "A sua atividade diminuiu.",
        "Notámos algumas mudanças.",
        "Ligue para nove um dois, três quatro cinco.",
    ),
}
ALLOWED = {
    "es": (
        "Durante los últimos treinta días hemos registrado su actividad.",
        "Le devolveremos la llamada hasta que quede satisfecho.",
        "Puede contratarlo cuando guste; su precio es de 49 €.",
        "Nuestra oferta se adapta a los cambios de su negocio.",
        "Su fidelidad es un regalo que no damos por sentado.",
        "Le hacemos dos o tres propuestas.",
    ),
    "en": (
        "Please feel free to write to us.",
        "It frees your time, and you are free to choose.",
        "Over the last thirty days we have recorded your activity.",
        "It will help you increase your sales and reduce your costs.",
        "We would not like to see your engagement fall.",
        "One or two ideas for you.",
    ),
    "pt": (
        "Nos últimos trinta dias, a sua atividade soma o seguinte.",
        "O que precisa muda com o tempo.",
        "Temos o presente e o futuro do seu negócio em conta.",
        "Até breve.",
        "Uma ou duas ideias.",
    ),
}


@pytest.mark.parametrize(("language", "text"), [(lang, text) for lang, texts in REFUSED.items() for text in texts])
def test_what_no_record_promises_is_an_error(make_brief: Any, language: str, text: str) -> None:
    brief = make_brief(5, language=language, locale=LOCALES[language])
    message = write_message(brief)
    assert check_message(message, brief, rules=Rules()) == ()
    found = check_message(replace(message, body=(*message.body, text)), brief, rules=Rules())
    assert (CHECK, "error") in {(one.check, one.severity) for one in found}


@pytest.mark.parametrize(("language", "text"), [(lang, text) for lang, texts in ALLOWED.items() for text in texts])
def test_ordinary_sentences_promise_nothing(language: str, text: str) -> None:
    assert promises_in(text, language) == ()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("es", "Incluye una prueba gratuita y un descuento del primer año"),
        ("en", "Includes a free trial, and a discount in the first year"),
        ("pt", "Inclui um mês gratuito e um desconto no primeiro ano"),
    ],
)
def test_what_the_catalogue_says_is_allowed_in_its_words_alone(make_brief: Any, language: str, said: str) -> None:
    brief = make_brief(5, language=language, locale=LOCALES[language])
    offer = brief.offers[0]
    known = replace(brief, offers=(replace(offer, product=replace(offer.product, description=said)), *brief.offers[1:]))
    for one, refused in ((known, False), (brief, True)):
        evidence = evidence_of(one)
        shown = show_text(None, f"{said}.", evidence=evidence)
        assert bool(list(check_promises(shown, evidence, Rules()))) is refused


def test_records_that_are_not_ours_may_hold_offers_we_do_not_know(make_brief: Any) -> None:
    evidence = replace(evidence_of(make_brief(5, language="es", locale="es_ES")), closed=False)
    shown = show_text(None, "Puede probarlo gratis.", evidence=evidence)
    assert list(check_promises(shown, evidence, Rules())) == []
