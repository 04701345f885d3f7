"""A text with slots is filled with one customer's facts, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.messages.presentable import presentable
from querencia.messages.rendering import plain_text
from querencia.messages.slots import is_slot
from querencia.messages.slotted import Parts, SlotError, SlottedText

PARTS = Parts(
    subject="Su cuenta en {{brand}}",
    greeting="Estimado/a {{name}}:",
    body=("Su nivel de vinculación es de {{engagement}}.", "Pensamos en {{ product_1 }}."),
    recommendations=("{{product_1}} le conviene.",),
    call_to_action="Escríbanos a {{contact_email}}.",
)


@pytest.fixture(scope="session")
def brief(make_brief, products):
    one = make_brief(1, language="es", locale="es_ES", disclose="numbers", engagement=57.3, name="Lucía Gómez")
    return replace(one, offers=(replace(make_brief(3).offers[0], product=products[0]),))


def test_each_part_stands_where_it_belongs(brief):
    message = SlottedText(PARTS, writer="llm").fill(brief)
    assert message.subject == "Su cuenta en VoiceFlip"
    assert message.greeting == "Estimado/a Lucía Gómez:"
    assert message.body == ("Su nivel de vinculación es de 57 de 100.", "Pensamos en VoiceFlip Transcribe.")
    assert [(one.sku, one.name, one.text) for one in message.recommendations] == [
        ("VF-1", "VoiceFlip Transcribe", "VoiceFlip Transcribe le conviene.")
    ]
    assert message.call_to_action == "Escríbanos a retencion@example.com."
    assert message.signature[1:4] == ("Equipo de Retención", "Especialista en Retención de Clientes", "VoiceFlip")
    assert (message.writer, message.customer_id, message.language) == ("llm", brief.customer_id, "es")


def test_a_customer_without_a_name_is_greeted_without_one(brief):
    greeting = SlottedText(PARTS, writer="llm").fill(replace(brief, name=None)).greeting
    assert greeting in {"Estimado cliente:", "Apreciado cliente:", "Buenos días:"}


def test_a_fact_that_is_not_known_fills_nothing(brief):
    text = SlottedText(PARTS, writer="llm")
    with pytest.raises(SlotError, match="engagement"):
        text.fill(replace(brief, engagement=float("nan")))
    with pytest.raises(SlotError, match="1 products, not 0"):
        text.fill(replace(brief, offers=()))


@pytest.mark.parametrize(
    "piece",
    ["{% for x in y %}", "{{ 7*7 }}", "{{name.__class__}}", "{# note #}", "{{password}}", "{{name}}}", "{{ cycler }}"],
)
def test_a_text_with_other_syntax_is_not_compiled(piece):
    with pytest.raises(SlotError):
        SlottedText(replace(PARTS, call_to_action=f"Escríbanos {piece}"), writer="llm")


def test_a_record_that_ends_in_a_stop_ends_the_sentence_once(brief):
    offer = replace(brief.offers[0], product=replace(brief.offers[0].product, name="Acme Inc."))
    message = SlottedText(PARTS, writer="llm").fill(replace(brief, offers=(offer,)))
    assert message.body[1] == "Pensamos en Acme Inc."


HOSTILE = [
    "{{7*7}}", "{{ engagement }}", "{% raw %}", "Lucía\nBcc: x", "\u202eaicuL", "Ana\x1eB", "A" * 10_000_000,
    "<script>", "Ana {{brand}}", "${7*7}",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_reach_no_message(brief, name):
    safe = presentable(replace(brief, name=name))
    message = SlottedText(PARTS, writer="llm").fill(safe)
    assert message == SlottedText(PARTS, writer="llm").fill(replace(brief, name=None))


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_whatever_the_records_hold_a_text_keeps_its_parts(brief, name, product, description):
    offer = replace(brief.offers[0], product=replace(brief.offers[0].product, name=product, description=description))
    safe = presentable(replace(brief, name=name, offers=(offer,)))
    text = SlottedText(PARTS, writer="llm")
    if not safe.offers:
        with pytest.raises(SlotError):
            text.fill(safe)
        return
    message = text.fill(safe)
    assert len(message.body) == 2
    assert message.recommendations[0].text == f"{safe.offers[0].product.name} le conviene."
    assert "\n" not in message.greeting
    assert "{{" not in plain_text(message)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(["{{name}}", "{{ brand }}", "\n", "\r\n", "\r", "{{engagement}}"]), st.text(max_size=12)
        ),
        max_size=12,
    )
)
def test_the_first_fill_says_what_every_later_one_says(make_brief, pieces):
    body = "".join(piece for piece in pieces if is_slot(piece.strip("{} ")) or not set("{}") & set(piece))
    parts = Parts(
        subject="Para {{name}}", greeting="Hola", body=(body,), recommendations=(), call_to_action="Escríbanos."
    )
    brief = presentable(make_brief(3, offers=(), name="Lucía Gómez", disclose="numbers", engagement=57.3))
    text = SlottedText(parts, writer="llm")
    assert text.fill(brief) == text.fill(brief) == text.fill(brief)
