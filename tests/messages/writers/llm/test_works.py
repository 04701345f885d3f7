"""A work is known by all that its text depends on, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from querencia.messages.cells import own_cell
from querencia.messages.checks.rules import Rules
from querencia.messages.writers.llm.guidance import Guidance
from querencia.messages.writers.llm.instructions import prompt_version
from querencia.messages.writers.llm.works import cell_work, individual_work

PLAIN = Guidance()


def key(brief, *, model="gpt", guidance=PLAIN, **changes):
    return individual_work(replace(brief, **changes), model=model, guidance=guidance).key


def test_the_key_is_a_hash_that_stays(usual):
    cell = own_cell(usual("es"))
    one = cell_work(cell, model="gpt", guidance=PLAIN)
    assert len(one.key) == 64
    assert one == cell_work(cell, model="gpt", guidance=Guidance())
    assert one.key == cell_work(cell, model="gpt", guidance=PLAIN, position=9).key
    assert (one.mode, one.language, one.prompt_version) == ("cell", "es", prompt_version("cell", "es"))


@pytest.mark.parametrize(
    "changes",
    [{"customer_id": "other"}, {"name": "Marta Ruiz"}, {"name": None}, {"currency": "USD"}, {"base_rate": 0.02}],
)
def test_what_no_text_depends_on_leaves_the_key(usual, changes):
    assert key(usual("es"), **changes) == key(usual("es"))


@pytest.mark.parametrize(
    "changes",
    [
        {"engagement": 12.34},
        {"churn_probability": 0.4321},
        {"risk_group": 3},
        {"segment_name": "Base"},
        {"disclose": "words"},
        {"locale": "es_CO"},
        {"usage": ()},
        {"reasons": ("queremos acompañarle mejor",)},
        {"records_language": "en"},
        {"purchases_only": True},
    ],
)
def test_every_fact_changes_the_key(usual, changes):
    assert key(usual("es"), **changes) != key(usual("es"))


def test_products_and_brand_change_the_key(usual):
    brief = usual("es")
    cheaper = replace(brief.offers[0].product, price=Decimal("48.99"))
    keys = {
        key(brief),
        key(brief, offers=brief.offers[::-1]),
        key(brief, offers=(replace(brief.offers[0], product=cheaper), brief.offers[1])),
        key(brief, offers=(replace(brief.offers[0], reason="allowed"), brief.offers[1])),
        key(brief, brand=replace(brief.brand, contact_phone="")),
    }
    assert len(keys) == 5


def test_model_and_guidance_change_the_key(usual):
    brief = usual("es")
    guidances = (
        PLAIN,
        Guidance(voice="cercana"),
        Guidance(examples=("Gracias.",)),
        Guidance(rules=Rules(forbidden_claims=("oferta",))),
        Guidance(rules=Rules(text_max=3000)),
        Guidance(rules=Rules(claims_by_language={"es": ("ganga",)})),
    )
    keys = {key(brief, guidance=guidance) for guidance in guidances} | {key(brief, model="other")}
    assert len(keys) == 7


def test_modes_and_variants_are_told_apart(usual):
    cell = own_cell(usual("es"))
    works = [cell_work(replace(cell, variant=variant), model="gpt", guidance=PLAIN) for variant in range(3)]
    works += [cell_work(replace(cell, offers=()), model="gpt", guidance=PLAIN)]
    works += [individual_work(usual("es"), model="gpt", guidance=PLAIN)]
    assert len({work.key for work in works}) == 5


def test_the_catalogue_version_is_that_of_the_products_in_the_text(usual):
    brief = usual("es")
    work = individual_work(brief, model="gpt", guidance=PLAIN)
    product = replace(brief.offers[0].product, benefit="ahorrar tiempo")
    changed = replace(brief, offers=(replace(brief.offers[0], product=product), brief.offers[1]))
    assert individual_work(changed, model="gpt", guidance=PLAIN).catalogue_version != work.catalogue_version
    named = replace(brief, name="Marta Ruiz")
    assert individual_work(named, model="gpt", guidance=PLAIN).catalogue_version == work.catalogue_version
