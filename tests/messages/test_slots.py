"""Slots hold what a brief knows, and every one of them passes the checks in each locale."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from message_contest.replies import sample_reply
from querencia.messages.brief import Brand, UsageFact
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.presentable import presentable
from querencia.messages.slots import available, customer_slots, fill_slot, is_slot, slots_in
from querencia.messages.slotted import Parts, SlottedText
from querencia.messages.writers.llm.facts import write_brief

BODY = {
    "es": "Nuestro servicio es {{product_line}}, y a {{product_1}} lo describimos así: {{product_1_description}}.",
    "en": "Our service is {{brand}}, and we would like you to know {{product_1}} before you decide.",
    "pt": "O nosso serviço é {{brand}}, e gostaríamos que conhecesse {{product_1}} antes de decidir.",
}


def test_a_brief_fills_its_slots_as_its_locale_writes_figures(make_brief, products):
    brief = presentable(
        make_brief(1, language="es", locale="es_ES", disclose="numbers", engagement=57.3, churn_probability=0.1234)
    )
    brief = replace(
        brief,
        purchases_only=False,
        name="Lucía Gómez",
        usage=(UsageFact(kind="sessions_30d", value=12), UsageFact(kind="orders_90d", value=1)),
        offers=(replace(brief.offers[0], product=products[0], reason="own_events", count=3),),
    )
    filled = available(brief)
    assert filled["name"] == "Lucía Gómez"
    assert filled["engagement"] == "57 de 100"
    assert filled["churn_probability"] == "12,3\u00a0%"
    assert filled["usage_month"] == "12 sesiones"
    assert filled["usage_quarter"] == "1 pedido"
    assert filled["product_1"] == "VoiceFlip Transcribe"
    assert filled["product_1_price"] == "49,00\u00a0€"
    assert filled["product_1_benefit"] == "convertir cada llamada en texto"
    assert filled["product_1_times"] == "3 veces"
    assert "product_2" not in filled


def test_engagement_and_churn_are_words_or_nothing_where_the_project_says_so(make_brief):
    brief = make_brief(1, language="en", engagement=81.0, churn_probability=0.5, risk_group=3)
    assert available(replace(brief, disclose="words"))["engagement"] == "very high"
    assert available(replace(brief, disclose="words"))["churn_probability"] == "high"
    assert not {"engagement", "churn_probability"} & set(available(replace(brief, disclose="none")))


def test_sentences_of_another_language_are_no_slots(make_brief, products):
    brief = make_brief(3, language="pt", records_language="es")
    brief = replace(brief, offers=(replace(brief.offers[0], product=products[0]),))
    assert not {"product_line", "product_1_description", "product_1_benefit"} & set(available(brief))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6))
def test_the_slots_of_a_customer_are_those_that_hold_something(make_brief, number):
    brief = presentable(make_brief(number))
    assert customer_slots(brief) == tuple(
        name
        for name in available(brief)
        if name
        in {
            "engagement",
            "churn_probability",
            "reason",
            "usage_month",
            "usage_quarter",
        }
    )


@pytest.mark.parametrize(
    "name", ["customer_id", "email", "product_0", "product_1_sku", "product_1_price_", "x", "self"]
)
def test_only_names_of_the_allow_list_are_slots(make_brief, name):
    assert not is_slot(name)
    with pytest.raises(KeyError):
        fill_slot(make_brief(1), name)


@pytest.mark.parametrize("text", ["{{ Name }}", "{{name|upper}}", "{{name.__class__}}", "{{-name-}}", "{{}}", "{name}"])
def test_expressions_are_no_slots(text):
    assert slots_in(text) == ()


@pytest.mark.parametrize("locale", ["es_ES", "es_CO", "es_MX", "en_GB", "en_US", "pt_PT", "pt_BR"])
def test_every_slot_passes_the_checks(make_brief, products, locale):
    language = locale[:2]
    for number in range(12):
        records = "es" if language == "es" else None
        brief = make_brief(number, language=language, locale=locale, records_language=records, disclose="numbers")
        offers = tuple(
            replace(offer, product=product, reason="own_events", count=number)
            for offer, product in zip(make_brief(3).offers, products, strict=False)
        )
        brief = presentable(replace(brief, offers=offers))
        reply = sample_reply(write_brief(brief), choice=number)
        parts = Parts(
            subject=reply["subject"],
            greeting=reply["greeting"],
            body=(*reply["body"], BODY[language]),
            recommendations=tuple(reply["recommendations"]),
            call_to_action=reply["call_to_action"],
        )
        message = SlottedText(parts, writer="llm").fill(brief)
        assert check_message(message, brief, rules=Rules()) == ()


def test_an_empty_brand_fills_nothing(make_brief):
    filled = available(make_brief(1, brand=Brand(name="")))
    assert not {"brand", "product_line", "contact_email", "contact_phone", "website"} & set(filled)
