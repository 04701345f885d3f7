"""Cells: whom one text serves, within a number of texts that does not grow with the customers."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.data.products import Product
from querencia.messages import cell_plan
from querencia.messages.brief import Offer, UsageFact
from querencia.messages.cell_plan import plan_cells
from querencia.messages.cells import cell_slots, own_cell, variety
from querencia.messages.presentable import presentable
from querencia.messages.slots import NAME, available

SEGMENTS = ("Premium", "Estables", "Emergentes", "Base")


def retail(make_brief, customers, catalogue=3000):
    """Briefs of a shop with a large catalogue, whose products are wanted as Zipf has it."""
    draw = random.Random(7)
    products = [
        Product(sku=str(place), name=f"Artículo {place}", price=Decimal(place + 1), currency="EUR")
        for place in range(catalogue)
    ]
    weights = list(itertools.accumulate(1 / (place + 1) for place in range(catalogue)))
    for number in range(customers):
        chosen = dict.fromkeys(draw.choices(range(catalogue), cum_weights=weights, k=2))
        offers = tuple(Offer(product=products[place], reason="own_events", count=number % 3) for place in chosen)
        brief = make_brief(number, language="es", locale="es_ES", disclose="numbers", brand=make_brief(0).brand)
        yield presentable(
            replace(
                brief, segment_name=SEGMENTS[number % 4], offers=offers, records_language="es", purchases_only=False
            )
        )


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10**6))
def test_a_customer_can_fill_every_slot_of_their_cell(make_brief, number):
    brief = presentable(make_brief(number))
    filled = set(available(brief))
    cell = own_cell(brief)
    assert set(cell_slots(cell)) <= filled
    assert set(cell_slots(replace(cell, offers=()))) <= filled
    assert NAME not in cell_slots(cell)


def test_a_cell_holds_nothing_of_its_customer(make_brief):
    one = make_brief(5, language="es", disclose="numbers", usage=(UsageFact(kind="sessions_30d", value=12),))
    other = replace(
        one,
        customer_id="other",
        name="Marta Ruiz",
        engagement=3.21,
        churn_probability=0.9876,
        usage=(UsageFact(kind="sessions_30d", value=31),),
    )
    assert own_cell(one) == own_cell(other)


def test_varieties_of_a_language():
    locales = ("es", "es_ES", "es_CO", "en_GB", "en_US", "en_AU", "pt_PT", "pt_BR", "pt_AO")
    expected = ("es_ES", "es_ES", "es_MX", "en_GB", "en_US", "en_GB", "pt_PT", "pt_BR", "pt_PT")
    assert tuple(map(variety, locales)) == expected


def test_a_small_catalogue_gives_every_offer_its_own_text(make_brief):
    project = {"disclose": "numbers", "records_language": "es", "purchases_only": False}
    briefs = [presentable(make_brief(number, **project)) for number in range(300)]
    plan = plan_cells(briefs, most=1000)
    assert {plan.cell_of(brief) for brief in briefs} == {own_cell(brief) for brief in briefs}
    assert sum(planned.customers for planned in plan.cells()) == 300


@pytest.mark.parametrize("most", [20, 100, 400])
def test_a_large_catalogue_keeps_to_the_limit(make_brief, most):
    briefs = list(retail(make_brief, 3000))
    plan = plan_cells(briefs, most=most)
    planned = {one.cell: one.customers for one in plan.cells()}
    assert len(planned) == len(plan.cells()) <= most
    read = Counter(map(plan.cell_of, briefs))
    assert read == planned
    for brief in briefs[:300]:
        assert set(cell_slots(plan.cell_of(brief))) <= set(available(brief))
        assert plan.cell_of(brief).products == len(brief.offers)


def test_the_commonest_offers_have_a_text_of_their_own(make_brief):
    briefs = list(retail(make_brief, 3000))
    plan = plan_cells(briefs, most=400)
    own = [one.customers for one in plan.cells() if one.cell.offers]
    counted = Counter(own_cell(brief) for brief in briefs)
    shared = [counted[own_cell(brief)] for brief in briefs if plan.cell_of(brief).is_general]
    assert own
    assert min(own) >= max(shared)


def test_the_figures_that_must_be_told_are_never_given_up(make_brief):
    briefs = list(retail(make_brief, 500))
    plan = plan_cells(briefs, most=1)
    assert all({"engagement", "churn_probability"} <= set(plan.cell_of(brief).facts) for brief in briefs)
    assert all(one.cell.segment_name == "" for one in plan.cells())


def test_the_plan_is_the_same_in_any_run(make_brief):
    one, other = (plan_cells(retail(make_brief, 1000), most=150, variants=2) for _ in range(2))
    assert one.cells() == other.cells()
    assert [one.cell_of(b) for b in retail(make_brief, 200)] == [other.cell_of(b) for b in retail(make_brief, 200)]


def test_variants_share_the_customers_of_a_cell_and_the_limit(make_brief):
    briefs = [presentable(make_brief(1, customer_id=f"C{number}")) for number in range(3000)]
    plan = plan_cells(briefs, most=30, variants=3)
    read = Counter(plan.cell_of(brief).variant for brief in briefs)
    assert set(read) == {0, 1, 2}
    assert max(read.values()) < 1.2 * min(read.values())
    assert len(plan.cells()) == 3
    few = plan_cells(briefs[:60], most=30, variants=3)
    assert len(few.cells()) == 1


def test_memory_is_bounded_where_no_two_customers_are_offered_the_same(make_brief, monkeypatch):
    monkeypatch.setattr(cell_plan, "KEPT", 100)
    briefs = list(retail(make_brief, 2000))
    census = cell_plan._Census()
    for brief in briefs:
        census.count(brief)
        assert len(census.own) <= 200
    plan = plan_cells(briefs, most=200)
    assert len(plan.cells()) <= 200
    assert {plan.cell_of(brief) for brief in briefs} <= {one.cell for one in plan.cells()}


@pytest.mark.parametrize("options", [{"most": 0}, {"variants": 0}])
def test_a_plan_of_no_texts_is_refused(options):
    with pytest.raises(ValueError, match="at least 1"):
        plan_cells([], **options)


def test_without_customers_there_is_nothing_to_write():
    assert plan_cells([]).cells() == ()


@pytest.mark.parametrize("least", [1, 3, 10])
def test_offers_of_few_customers_share_the_text_of_their_group(make_brief, least):
    briefs = list(retail(make_brief, 1500, catalogue=2))
    plan = plan_cells(briefs, most=1500, least=least)
    read = Counter(map(plan.place_of, briefs))
    assert any(not one.cell.is_general for one in plan.cells())
    for place, one in enumerate(plan.cells()):
        assert read[place] == one.customers
        assert one.cell.is_general or not one.cell.products or one.customers >= least
