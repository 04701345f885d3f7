"""A true figure in a false sentence is refused before anybody reads it."""

from __future__ import annotations

import pytest

from querencia.messages.writers.llm.placing import placing_faults
from querencia.messages.writers.llm.reply import Reply


def reply(*body: str, recommendations: tuple[str, ...] = (), **parts: str) -> Reply:
    rest = {"subject": "s", "greeting": "Hola {{name}}:", "call_to_action": "Escríbanos a {{contact_email}}."} | parts
    return Reply(body=list(body), recommendations=list(recommendations), **rest)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("es", "Su nivel de vinculación es de {{engagement}}."),
        ("es", "Su vinculación es de {{engagement}} y su probabilidad de abandono, del {{churn_probability}}."),
        ("es", "Estimamos en un {{churn_probability}} su probabilidad de abandono."),
        ("es", "En los últimos treinta días constan {{usage_month}}; en noventa días, {{usage_quarter}}."),
        ("es", "Le escribimos, además, porque {{reason}}."),
        ("en", "Your engagement is {{engagement}}, and we put the chance that you leave at {{churn_probability}}."),
        ("en", "Over the last thirty days we counted {{usage_month}}."),
        ("pt", "O seu nível de envolvimento é de {{engagement}}."),
        (
            "pt",
            "A sua probabilidade de abandono é de {{churn_probability}}. Nos últimos noventa dias: {{usage_quarter}}.",
        ),
    ],
)
def test_a_slot_in_its_own_company_stands(language: str, sentence: str) -> None:
    assert list(placing_faults(reply("Gracias, {{brand}}.", sentence), language)) == []


@pytest.mark.parametrize(
    ("language", "sentence", "slot"),
    [
        ("es", "Obtendrá un {{churn_probability}} de descuento.", "churn_probability"),
        ("es", "Le regalamos {{usage_month}}.", "usage_month"),
        ("es", "Solo cuesta {{engagement}} euros.", "engagement"),
        ("es", "Su vinculación es de {{churn_probability}} y su abandono es del {{engagement}}.", "churn_probability"),
        ("es", "En los últimos noventa días constan {{usage_month}}.", "usage_month"),
        ("es", "Hoy hemos registrado {{usage_quarter}}.", "usage_quarter"),
        ("es", "Tenga en cuenta: {{reason}}.", "reason"),
        ("en", "Get {{churn_probability}} off.", "churn_probability"),
        ("en", "In the last week we counted {{usage_month}}.", "usage_month"),
        ("pt", "Terá {{churn_probability}} de desconto.", "churn_probability"),
    ],
)
def test_a_slot_in_false_company_is_refused(language: str, sentence: str, slot: str) -> None:
    faults = list(placing_faults(reply("Gracias.", sentence), language))
    assert faults
    assert all(fault.startswith("body[2]") for fault in faults)
    assert slot in faults[0]


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        (reply("b", "c", call_to_action="Su vinculación es de {{engagement}}."), "belongs to the body"),
        (reply("b", "c", subject="Abandono del {{churn_probability}}"), "belongs to the body"),
        (reply("Cuesta {{product_1_price}}.", "c", recommendations=("r",)), "belongs to the recommendation"),
        (reply("b", "c", recommendations=("{{product_1}} cuesta {{product_2_price}}.", "r")), "another product"),
        (reply("b", "c", recommendations=("r", "Mejor que {{product_1}}.")), "another product"),
        (
            reply("Su vinculación es de {{engagement}}.", "Repito: su vinculación es de {{engagement}}."),
            "stands 2 times",
        ),
    ],
)
def test_a_slot_out_of_its_place_is_refused(faulty: Reply, said: str) -> None:
    faults = list(placing_faults(faulty, "es"))
    assert len(faults) == 1
    assert said in faults[0]


def test_a_product_may_be_named_where_it_is_spoken_of() -> None:
    sound = reply("Pensamos en {{product_1}} y {{product_2}}.", "c", recommendations=("{{product_1_about}}", "r"))
    assert list(placing_faults(sound, "es")) == []
