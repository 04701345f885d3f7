"""Good replies pass, for every customer of their cell; each bad one is told what is wrong with it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from message_contest.replies import sample_text
from querencia.messages.brief import UsageFact
from querencia.messages.cells import own_cell
from querencia.messages.checks.registry import check_message
from querencia.messages.checks.rules import Rules
from querencia.messages.presentable import presentable
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.judging import number_word_faults
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.scribe import COMPLAINT_LENGTH, ModelScribe, slotted_text
from querencia.messages.writers.llm.works import cell_work, individual_work

LANGUAGES = ("es", "en", "pt")
PLAIN = Guidance()


def errors(message, brief):
    return [finding for finding in check_message(message, brief, rules=Rules()) if finding.severity == "error"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_good_reply_passes_for_every_customer_of_its_cell(usual, usual_work, scribe, good_reply, language):
    reply, complaint = scribe.judge(usual_work(language), json.dumps(good_reply(language)))
    assert (reply, complaint) == (Reply(**good_reply(language)), "")
    text = slotted_text(reply)
    for number in range(1, 201):
        brief = usual(language, number)
        assert errors(text.fill(brief), brief) == []


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_good_replies_pass_in_both_modes(make_brief, scribe, number, choice):
    brief = presentable(make_brief(number))
    cell = own_cell(brief)
    for work in (
        cell_work(cell, model="gpt", guidance=PLAIN),
        cell_work(replace(cell, offers=()), model="gpt", guidance=PLAIN),
        individual_work(brief, model="gpt", guidance=PLAIN),
    ):
        reply, complaint = scribe.judge(work, sample_text(scribe.question(work).prompt, choice=choice))
        assert complaint == ""
        assert errors(slotted_text(reply).fill(brief), brief) == []


NO_REPLY = {
    "": "the reply",
    "Claro, aquí tiene el mensaje:": "the reply",
    "```json\n{}\n```": "the reply",
    "[]": "the reply",
    "null": "the reply",
    '{"subject": "Hola"': "the reply",
    "{}": "subject",
    "{" * 100_000: "characters",
}


@pytest.mark.parametrize("text", NO_REPLY, ids=range(len(NO_REPLY)))
def test_what_is_no_json_of_the_schema_is_refused(usual_work, scribe, text):
    reply, complaint = scribe.judge(usual_work("es"), text)
    assert reply is None
    assert NO_REPLY[text] in complaint


# What one part of a good reply becomes, and what the complaint must name.
BAD_IN_EVERY_LANGUAGE = {
    "schema: a number": ({"subject": 7}, "subject"),
    "schema: a text for a list": ({"body": "Texto"}, "body"),
    "schema: another key": ({"signature": "Ana"}, "signature"),
    "one paragraph": ({"body": ["{{usage_month}} {{usage_quarter}} {{engagement}} {{churn_probability}}"]}, "body"),
    "an empty paragraph": ({"call_to_action": " "}, "call_to_action"),
    "too few recommendations": ({"recommendations": ["{{product_1}}."]}, "recommendations: expected 2"),
    "a digit": ({"subject": "Oferta 24 horas"}, '"24"'),
    "another script's digit": ({"subject": "Oferta ٣ horas"}, '"٣"'),
    "a fraction": ({"subject": "Oferta ½ hora"}, '"½"'),
    "an unknown slot": ({"subject": "{{customer_id}}"}, "{{customer_id}}"),
    "an unavailable slot": ({"subject": "{{reason}}"}, "{{reason}}"),
    "a product that is not offered": ({"subject": "{{product_3}}"}, "{{product_3}}"),
    "a name outside the greeting": ({"subject": "{{name}}"}, "belongs to the greeting"),
    "a greeting without a name": ({"greeting": "Buenos días:"}, "{{name}}"),
    "a statement": ({"subject": "{% if x %}Hola{% endif %}"}, "{%"),
    "a note": ({"subject": "{# Hola #}"}, "{#"),
    "an expression": ({"subject": "{{ brand|upper }}"}, "subject"),
    "single braces": ({"subject": "{brand}"}, "subject"),
    "an e-mail": ({"call_to_action": "Ana: ana@example.com {{website}}"}, "ana@example.com"),
    "a link": ({"call_to_action": "https://evil.example/x {{website}}"}, "evil.example"),
    "a bare domain": ({"call_to_action": "evil.com {{website}}"}, "evil.com"),
    "a handle": ({"call_to_action": "@evil {{website}}"}, "@evil"),
    "no way of contact": ({"call_to_action": "Escríbanos cuando guste."}, "{{contact_email}}"),
    "a placeholder": ({"subject": "Para [Nombre]"}, "placeholders"),
    "markup": ({"subject": "**Gracias**"}, "characters"),
    "a line break": ({"subject": "Gracias\nBcc: x"}, "characters"),
    "a hidden character": ({"subject": "Gra\u200bcias"}, "characters"),
    "too long a subject": ({"subject": "Gracias por su confianza " * 6}, "length"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", BAD_IN_EVERY_LANGUAGE)
def test_each_bad_reply_gets_its_complaint(usual_work, scribe, good_reply, language, fault):
    changes, named = BAD_IN_EVERY_LANGUAGE[fault]
    reply, complaint = scribe.judge(usual_work(language), json.dumps(good_reply(language) | changes))
    assert reply is None
    assert named in complaint


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slot", ["engagement", "churn_probability", "usage_month", "usage_quarter"])
def test_a_fact_that_must_be_told_is_missed(usual_work, scribe, good_reply, language, slot):
    bad = good_reply(language)
    bad["body"] = [paragraph.replace(f"{{{{{slot}}}}}", "") for paragraph in bad["body"]]
    assert f"{{{{{slot}}}}} is missing" in scribe.judge(usual_work(language), json.dumps(bad))[1]


# What is added to the body of a good reply in that language, and the check that refuses it.
BAD_WORDS = {
    ("es", "Puedes contar con nosotros cuando quieras, porque tu opinión importa."): "address",
    ("en", "Hey folks, we are gonna help you with whatever it is that you need."): "address",
    ("pt", "Podes contar connosco quando quiseres, porque a tua opinião importa."): "address",
    ("es", "We are very happy to be able to help you with whatever you may need today."): "language",
    ("en", "Nos alegra mucho poder ayudarle con todo lo que usted necesite en su negocio."): "language",
    ("es", "Le ofrecemos resultados asegurados desde el principio."): "claims",
    ("en", "This is our last chance to offer you a result of this kind."): "claims",
    ("pt", "Esta é a última oportunidade de obter um resultado assim."): "claims",
    ("es", "Hemos contado doce sesiones en su cuenta durante este tiempo."): "numbers",
    ("en", "We have counted twelve sessions on your account during this time."): "numbers",
    ("es", "Le proponemos además el producto Zafiro Total para su empresa."): "products",
}


@pytest.mark.parametrize(("language", "words"), BAD_WORDS)
def test_the_checks_run_on_made_up_customers(usual_work, scribe, good_reply, language, words):
    bad = good_reply(language)
    bad["body"][0] += f" {words}"
    reply, complaint = scribe.judge(usual_work(language), json.dumps(bad))
    assert reply is None
    assert f"- {BAD_WORDS[language, words]}: " in complaint


NUMBER_WORDS = {
    ("es", "Ha entrado una docena de veces."): "docena",
    ("es", "Ahorre la mitad de su tiempo."): "mitad",
    ("es", "Más de mil empresas confían en nosotros."): "mil",
    ("es", "Le atendemos las veinticuatro horas."): "veinticuatro",
    ("en", "Cut your work in half."): "half",
    ("en", "It is twice as fast."): "twice",
    ("en", "Thousands of companies use it."): "thousands",
    ("pt", "Poupe metade do seu tempo."): "metade",
    ("pt", "É o dobro da velocidade."): "dobro",
}


@pytest.mark.parametrize(("language", "words"), NUMBER_WORDS)
def test_a_number_in_words_is_refused_in_a_text_for_many(usual_work, scribe, good_reply, language, words):
    bad = good_reply(language)
    bad["body"][0] += f" {words}"
    complaint = scribe.judge(usual_work(language), json.dumps(bad))[1]
    assert f'body[1]: it holds the number word "{NUMBER_WORDS[language, words]}"' in complaint


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "Le hacemos dos propuestas, según los últimos treinta días y los últimos noventa días."),
        ("en", "Here are two suggestions, from the last thirty days and the last three months."),
        ("pt", "Temos duas propostas, com base nos últimos trinta dias e nos últimos três meses."),
    ],
)
def test_the_number_of_products_and_the_usual_spans_may_stand_in_words(usual_work, good_reply, language, words):
    reply = Reply.model_validate(good_reply(language))
    told = reply.model_copy(update={"body": [*reply.body, words]})
    assert list(number_word_faults(told, language, products=2)) == []
    assert len(list(number_word_faults(told, language, products=1))) == 1


def test_a_project_s_own_claims_are_refused(usual_work, good_reply):
    text = json.dumps(good_reply("es") | {"subject": "Una ganga para usted"})
    assert ModelScribe(PLAIN).judge(usual_work("es"), text)[0] is not None
    strict = ModelScribe(Guidance(rules=Rules(forbidden_claims=("ganga",))))
    assert "ganga" in strict.judge(usual_work("es"), text)[1]


def test_where_nothing_is_disclosed_nothing_may_be_said_of_it(usual, scribe, good_reply):
    work = cell_work(own_cell(replace(usual("es"), disclose="none")), model="gpt", guidance=PLAIN)
    bad = good_reply("es")
    bad["body"][1:] = ["Constan {{usage_month}} y {{usage_quarter}}. Su riesgo de abandono nos preocupa."]
    assert "disclosure" in scribe.judge(work, json.dumps(bad))[1]


def test_one_customer_s_text_may_spell_their_facts_and_no_others(usual, scribe, good_reply):
    brief = replace(usual("es"), engagement=57.3, churn_probability=0.1234)
    work = individual_work(brief, model="gpt", guidance=PLAIN)
    told = json.dumps(good_reply("es"), ensure_ascii=False)
    told = told.replace("{{engagement}}", "57 de 100").replace("{{churn_probability}}", "12,3 %")
    told = told.replace("{{product_1_price}}", "49,00 €")
    assert scribe.judge(work, told)[1] == ""
    assert "numbers" in scribe.judge(work, told.replace("57 de 100", "58 de 100"))[1]
    assert "numbers" in scribe.judge(work, told.replace("12,3 %", "12,4 %"))[1]
    assert "prices" in scribe.judge(work, told.replace("49,00 €", "39,00 €"))[1]
    assert "{{engagement}} is missing" in scribe.judge(work, told.replace("57 de 100", "medio"))[1]


def test_a_complaint_is_short_and_quotes_slots_for_the_made_up_customer(usual_work, scribe, good_reply):
    bad = good_reply("es")
    bad["greeting"] = "Estimado {{name}}, " + "siempre con {{brand}} y con {{brand}}, " * 20
    complaint = scribe.judge(usual_work("es"), json.dumps(bad))[1]
    assert "{{name}}" in complaint
    assert "Olmedo" not in complaint
    noisy = json.dumps(bad | {"body": ["ana@example.com 1 {{x}} {%" * 30] * 4})
    assert len(scribe.judge(usual_work("es"), noisy)[1]) <= COMPLAINT_LENGTH


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.sampled_from(["subject", "greeting", "call_to_action"]))
def test_whatever_the_model_writes_is_judged_and_never_breaks(usual_work, scribe, good_reply, words, part):
    reply, complaint = scribe.judge(usual_work("es"), json.dumps(good_reply("es") | {part: words}))
    assert (reply is None) == (complaint != "")


def test_no_customer_s_name_enters_a_complaint(usual, scribe, good_reply):
    brief = replace(usual("es"), name="Qzxymar Wvkolan", customer_id="ID-QZX-77")
    bad = good_reply("es")
    bad["body"][0] += " Puedes llamar a {{name}} al 900 999 999."
    for work in (
        cell_work(own_cell(brief), model="gpt", guidance=PLAIN),
        individual_work(brief, model="gpt", guidance=PLAIN),
    ):
        complaint = scribe.judge(work, json.dumps(bad))[1]
        assert complaint
        assert not re.search("qzx|wvk", complaint, re.IGNORECASE)


def test_a_subject_must_suit_products_with_long_names(usual, scribe):
    work = cell_work(replace(own_cell(usual("es")), offers=()), model="gpt", guidance=PLAIN)
    reply = json.loads(sample_text(work.facts))
    assert scribe.judge(work, json.dumps(reply))[1] == ""
    assert "length" in scribe.judge(work, json.dumps(reply | {"subject": "Conozca {{product_1}}"}))[1]


SILENCE = {
    "es": "En los últimos treinta días no hemos registrado actividad en su cuenta.",
    "en": "Over the last thirty days we have recorded no activity on your account.",
    "pt": "Nos últimos trinta dias não houve atividade na sua conta.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_where_silence_is_known_may_it_be_told(usual, scribe, good_reply, language):
    told = good_reply(language)
    told["body"][0] += f" {SILENCE[language]}"
    active = cell_work(own_cell(usual(language)), model="gpt", guidance=PLAIN)
    assert "inactive" in scribe.judge(active, json.dumps(told))[1]
    quarter = UsageFact(kind="orders_90d", value=3)
    silent = replace(usual(language), usage=(UsageFact(kind="sessions_30d", value=0), quarter))
    told["body"][1] = told["body"][1].replace("{{usage_month}}", "")
    for work in (
        cell_work(own_cell(silent), model="gpt", guidance=PLAIN),
        individual_work(silent, model="gpt", guidance=PLAIN),
    ):
        assert scribe.judge(work, json.dumps(told))[1] == ""
