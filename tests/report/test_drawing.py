"""Charts as SVG: well-formed, the same every time, readable when scaled, and deaf to hostile names."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from querencia.explore.figures import DayCount, ItemCount
from querencia.report.charts.customers import draw_correlation_matrix
from querencia.report.charts.events import draw_top_items
from querencia.report.charts.moments import draw_events_by_day, draw_events_by_weekday_hour
from querencia.report.drawing import draw_svg
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts

SPANISH = Edition(language="es", locale="es_ES", currency="EUR")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    '\' class="x" aria-label="y" & </text>',
    "]]><![CDATA[ &amp; &#x3c;",
    "nul\x00 bell\x07 esc\x1b rtl\u202e zero\u200b \ud800 \ufffe",
    "datum.value + alert(1)",
    "https://example.com/image.png",
    "x" * 1_000_000,
)


def draw_items(*names: str) -> str:
    items = tuple(ItemCount(item=n, events=100 - n, name=name) for n, name in enumerate(names))
    return draw_svg(draw_top_items(items, events=1_000, edition=SPANISH), edition=SPANISH)


def test_hostile_names_are_drawn_as_text_and_nothing_else() -> None:
    svg = draw_items(*HOSTILE)
    root = ElementTree.fromstring(svg)
    assert {element.tag for element in root.iter()} <= {"svg", "g", "path", "line", "rect", "text", "tspan", "title"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    assert "<script" not in svg
    assert "<script>alert(1)</script>: 100" in {element.text for element in root.iter("title")}
    assert len(svg) < 50_000


def test_a_long_name_with_a_sign_of_two_halves_can_be_cut() -> None:
    svg = draw_items("0" * 23 + "🎁" + "0" * 40, "🎁 Taza", "🎀 Taza")
    assert "□ Taza" in svg
    assert "□ Taza (2)" in svg, "two items stay two bars"


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_any_name_at_all_can_be_drawn(name: str) -> None:
    ElementTree.fromstring(draw_items(name, "Taza"))


def test_marks_say_their_figure_under_the_pointer(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.events
    week = tuple(tuple(24 * day + hour for hour in range(24)) for day in range(7))
    svg = draw_svg(draw_events_by_weekday_hour(week, edition=SPANISH), edition=SPANISH)
    titles = [element.text for element in ElementTree.fromstring(svg).iter("title")]
    assert titles[:24] == [f"lunes, {hour} h: {hour}" for hour in range(24)]
    assert titles[-1] == "domingo, 23 h: 167"


def test_an_svg_scales_with_its_column_and_is_named_for_screen_readers() -> None:
    root = ElementTree.fromstring(draw_items("Taza"))
    assert set(root.attrib) == {"role", "aria-labelledby", "aria-describedby", "viewBox"}
    assert root.attrib["aria-labelledby"] == "top-items-title"
    width = float(root.attrib["viewBox"].split()[2])
    assert width == pytest.approx(400, abs=1)
    # On a phone of 360 px the chart has 328: text of 13 px is shown at 10.7.
    sizes = [float(element.attrib["font-size"].rstrip("px")) for element in root.iter("text")]
    assert min(sizes) * 328 / width >= 10.5


def test_drawing_again_gives_the_same_bytes_and_ids_of_its_own(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.customers
    assert facts.explore.customers.correlation_matrix
    made = draw_correlation_matrix(facts.explore.customers.correlation_matrix, edition=SPANISH)
    first = draw_svg(made, edition=SPANISH)
    assert draw_svg(made, edition=SPANISH) == first
    ids = re.findall(r'\bid="([^"]+)"', first)
    assert ids, "the legend's gradient has an id"
    assert all(name.startswith("correlation-matrix-") for name in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", first)) <= set(ids)
    other = draw_svg(replace(made, name="other"), edition=SPANISH)
    assert not set(re.findall(r'\bid="([^"]+)"', other)) & set(ids)


def test_axes_speak_the_locale(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.events
    svg = draw_svg(draw_events_by_day(facts.explore.events.by_day, edition=SPANISH), edition=SPANISH)
    words = [element.text for element in ElementTree.fromstring(svg).iter("text")]
    assert any(word and word.strip().endswith("ago") for word in words), words
    portuguese = Edition(language="pt", locale="pt_BR", currency="BRL")
    small = tuple(DayCount(day=f"2025-03-0{day}", events=500_000 * day) for day in range(1, 6))
    svg = draw_svg(draw_events_by_day(small, edition=portuguese), edition=portuguese)
    assert "0,5" in [element.text for element in ElementTree.fromstring(svg).iter("text")]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_days_are_the_same_days_in_every_zone(zone: str, facts: ReportFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    assert facts.explore
    assert facts.explore.events
    made = draw_events_by_day(facts.explore.events.by_day, edition=SPANISH)
    here = draw_svg(made, edition=SPANISH)
    monkeypatch.setenv("TZ", zone)
    assert draw_svg(made, edition=SPANISH) == here
