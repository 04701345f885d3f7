"""Facts travel as JSON and come back whole, without anything of the customer's person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.messages.cells import own_cell
from querencia.messages.presentable import presentable
from querencia.messages.slots import NAME, available
from querencia.messages.writers.llm.facts import read_brief, read_cell, write_brief, write_cell


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10**6), st.integers(0, 3), st.booleans())
def test_a_cell_comes_back_from_its_facts(make_brief, number, variant, general):
    cell = own_cell(presentable(make_brief(number)), variant=variant)
    cell = replace(cell, offers=()) if general else cell
    assert read_cell(write_cell(cell)) == cell


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10**6))
def test_a_brief_comes_back_with_every_fact_that_may_be_told(make_brief, number):
    brief = presentable(make_brief(number))
    back = read_brief(write_brief(brief))
    assert (back.customer_id, back.name) == ("", None)
    told = {name: value for name, value in available(brief).items() if name != NAME and not name.endswith("_about")}
    assert {name: value for name, value in available(back).items() if not name.endswith("_about")} == told


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.from_regex(r"Qzx[a-z]{6} Wvk[a-z]{6}", fullmatch=True))
def test_no_name_and_no_id_enters_the_facts(make_brief, number, person):
    brief = make_brief(number, name=person, customer_id=f"ID-{person}")
    assert presentable(brief).name == person
    for facts in (write_brief(brief), write_cell(own_cell(presentable(brief)))):
        assert not any(word in facts for word in person.split())


@pytest.mark.parametrize("engagement", [0.0, 19.99, 20.0, 57.3, 80.0, 100.0])
@pytest.mark.parametrize("churn", [0.0, 0.04, 0.5])
def test_what_is_told_in_words_gives_no_figure_away(make_brief, engagement, churn):
    brief = make_brief(2, disclose="words", engagement=engagement, churn_probability=churn, base_rate=0.1)
    facts = write_brief(brief)
    assert available(read_brief(facts))["engagement"] == available(brief)["engagement"]
    assert available(read_brief(facts))["churn_probability"] == available(brief)["churn_probability"]
    near = 20 * min(4, int(engagement // 20)) + 10
    assert f'"engagement":{near}' in facts
    assert facts == write_brief(replace(brief, engagement=float(near)))
    assert "0.04" not in facts


def test_what_is_not_disclosed_is_not_there(make_brief):
    facts = write_brief(make_brief(2, disclose="none", engagement=57.31, churn_probability=0.1234))
    assert "57.31" not in facts
    assert "0.1234" not in facts
