"""The page: whole, honest, self-contained, the same every time, and deaf to hostile names."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from querencia.explore.figures import Correlation, ExploreFigures, ItemCount
from querencia.language import notes
from querencia.language.notes import Note
from querencia.learn.figures.interval import Interval
from querencia.report.edition import Edition, texts
from querencia.report.facts import ReportFacts, SampleMessage
from querencia.report.measures import read_metric
from querencia.report.page import render_report
from querencia.report.summary import sum_up

SPANISH = Edition(language="es", locale="es_ES", currency="EUR")
SECTIONS = ["summary", "quality", "customers", "events", "segments", "risk", "value", "uplift", "messages", "model"]
SECTIONS += ["method"]


class Tags(HTMLParser):
    """Every tag with its attributes, and the text outside of style."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def page(facts: ReportFacts) -> str:
    return render_report(facts)


def tree_of(page: str) -> ElementTree.Element:
    assert page.startswith("<!DOCTYPE html>\n")
    return ElementTree.fromstring(page.split("\n", 1)[1])


def sheet_of(page: str) -> str:
    return page.partition("<style>")[2].partition("</style>")[0]


def test_the_page_is_well_formed_in_each_language(facts_by_language: ReportFacts) -> None:
    made = render_report(facts_by_language)
    root = tree_of(made)
    assert root.attrib["lang"] == facts_by_language.locale.replace("_", "-")
    assert [element.attrib["id"] for element in root.iter("section")] == SECTIONS
    figures = list(root.iter("figure"))
    assert len(figures) == 21
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    for figure in figures:
        svg = figure.find("svg")
        assert svg is not None
        assert svg.attrib["aria-labelledby"] in ids
        assert svg.attrib["aria-describedby"] in ids
        caption = figure.find("figcaption")
        assert caption is not None
        assert caption.text
        assert figure.find("details") is not None


def test_the_contents_lead_to_every_section(page: str) -> None:
    root = tree_of(page)
    nav = root.find(".//nav")
    assert nav is not None
    assert [link.attrib["href"] for link in nav.iter("a")] == [f"#{name}" for name in SECTIONS]


def test_the_page_loads_nothing_and_runs_nothing(page: str) -> None:
    tags = Tags(page).tags
    assert not {"script", "link", "iframe", "img", "object", "embed", "image", "use", "foreignobject"} & {
        tag for tag, _ in tags
    }
    for _, attributes in tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "action", "poster", "data"}:
                assert value
                assert value.startswith("#")
            assert name != "style", "the policy forbids styles outside of the sheet"
    sheet = sheet_of(page)
    assert "url(" not in sheet
    assert "@import" not in sheet


def test_the_policy_allows_this_style_sheet_alone(page: str) -> None:
    sheet = sheet_of(page)
    policy = next(
        attributes["content"]
        for tag, attributes in Tags(page).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy
    assert "default-src 'none'" in policy
    assert f"'sha256-{b64encode(hashlib.sha256(sheet.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy


def test_the_same_facts_give_the_same_bytes_whatever_the_order_of_customers(facts: ReportFacts, page: str) -> None:
    assert facts.customers is not None
    shuffled = facts.customers.sample(frac=1, random_state=9)
    assert render_report(replace(facts, customers=shuffled)) == page


def test_the_page_is_small_enough_to_mail(page: str) -> None:
    assert len(page.encode()) < 1_000_000


def test_the_page_says_the_figures_of_these_data(page: str) -> None:
    text = Tags(page).text()
    for figure in (
        "El 89,9 % de los 216.384.937 eventos son clics",
        "Se fue el 3,4 % de los clientes",
        "0,810 a 0,852",
        "distingue mejor que el azar",
        "83,33 € al mes",
        "4.583",
        "417",
        "FACTOR3",
    ):
        assert figure in text, figure
    assert "{" not in page.replace(sheet_of(page), "")


def test_rows_of_the_event_log_without_a_value_are_told_by_field(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.events
    assert "A ninguna fila del registro de eventos le falta un valor." in Tags(render_report(facts)).text()
    holes = replace(facts.explore.events, missing={"customer": 1_350, "item": 0, "item_name": 2})
    made = render_report(replace(facts, explore=replace(facts.explore, events=holes)))
    assert "por campo: cliente (1.350) y nombre del artículo (2)." in Tags(made).text()


def test_hostile_names_are_shown_and_never_obeyed(facts: ReportFacts) -> None:
    bad = "<script>alert('x')</script>\x00\u202e<img src=x onerror=alert(1)>"
    assert facts.explore
    assert facts.explore.events
    assert facts.explore.customers
    events = replace(
        facts.explore.events,
        top_items=(ItemCount(item=1, events=5, name=bad),),
        types={bad: 3, "b": 1},
        types_read={bad: 4, "b": 1},
    )
    customers = replace(
        facts.explore.customers,
        constant=(bad,),
        correlations=(Correlation(feature=bad, correlation=0.3),),
        missing=3,
        missing_by_column={bad: 3},
    )
    profiles = tuple(replace(profile, segment_name=f"{bad} {profile.segment}") for profile in facts.profiles)
    assert facts.model
    assert facts.model.churn
    model = replace(facts.model, churn=replace(facts.model.churn, leaks=(bad,), protocol=bad))
    made = render_report(
        replace(
            facts,
            project=bad,
            sources=(bad,),
            explore=ExploreFigures(customers=customers, events=events),
            model=model,
            profiles=profiles,
            sample_messages=(SampleMessage(bad, 3, bad),),
        )
    )
    tree_of(made)
    parsed = Tags(made)
    assert not {"script", "img"} & {tag for tag, _ in parsed.tags}
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    assert "\x00" not in made
    assert "\u202e" not in made
    assert "<script>alert('x')</script>" in parsed.text()


def test_parts_that_are_not_there_say_so_and_why(bare_facts: ReportFacts) -> None:
    made = render_report(bare_facts)
    root = tree_of(made)
    assert not list(root.iter("figure"))
    sections = {element.attrib["id"]: element for element in root.iter("section")}
    for name in SECTIONS[2:]:
        absent = [p for p in sections[name].iter("p") if p.attrib.get("class") == "absent"]
        assert absent, name
        assert absent[0].text
    assert "no hay nada que resumir" in Tags(made).text()
    assert "Datos sintéticos" not in made


def test_one_source_alone_names_the_section_that_is_missing(facts: ReportFacts) -> None:
    assert facts.explore
    events_alone = replace(facts, explore=ExploreFigures(customers=None, events=facts.explore.events), model=None)
    assert "[customers]" in Tags(render_report(replace(events_alone, profiles=(), customers=None))).text()
    customers_alone = replace(facts, explore=ExploreFigures(customers=facts.explore.customers, events=None))
    assert "[events]" in Tags(render_report(replace(customers_alone, profiles=(), customers=None))).text()


def test_synthetic_data_are_called_so(page: str) -> None:
    root = tree_of(page)
    banner = root.find(".//p[@class='banner']")
    assert banner is not None
    assert banner.text
    assert "Datos sintéticos" in banner.text


def test_a_model_like_chance_is_called_so_and_not_acted_on(facts: ReportFacts) -> None:
    assert facts.model
    assert facts.model.churn
    churn = replace(
        facts.model.churn,
        auc=Interval(value=0.52, low=0.47, high=0.57),
        brier_skill=Interval(value=0.001, low=-0.004, high=0.006),
    )
    made = render_report(replace(facts, model=replace(facts.model, churn=churn), explore=None, customers=None))
    text = Tags(made).text()
    assert "no se distingue del azar" in text
    assert "No decida con estas probabilidades" in text
    assert "Empiece por" not in text
    assert "no se distingue de la regla simple" in text


@pytest.mark.parametrize(
    ("key", "interval", "baseline", "reading"),
    [
        ("auc", (0.80, 0.78, 0.82), 0.5, "auc_better"),
        ("auc", (0.52, 0.49, 0.55), 0.5, "auc_chance"),
        ("auc", (0.40, 0.35, 0.45), 0.5, "auc_worse"),
        ("brier", (0.030, 0.028, 0.032), 0.0331, "better"),
        ("brier", (0.033, 0.031, 0.035), 0.0331, "not_distinct"),
        ("brier", (0.040, 0.038, 0.042), 0.0331, "worse"),
        ("brier_skill", (0.05, 0.01, 0.09), 0.0, "better"),
        ("average_precision", (0.03, 0.02, 0.033), 0.0343, "worse"),
    ],
)
def test_a_metric_is_read_by_its_whole_interval(
    key: str, interval: tuple[float, float, float], baseline: float, reading: str
) -> None:
    value, low, high = interval
    assert read_metric(key, Interval(value=value, low=low, high=high), baseline) == reading


def test_leaks_and_notes_stand_where_nobody_misses_them(facts: ReportFacts, monkeypatch: pytest.MonkeyPatch) -> None:
    wording = {"made_up": {"es": "Quedaron {count} filas fuera.", "en": "x {count}", "pt": "y {count}"}}
    known = notes._wording()
    monkeypatch.setattr(notes, "_wording", lambda: known | wording)
    assert facts.model
    assert facts.model.churn
    churn = replace(facts.model.churn, leaks=("cancel_date",))
    told = (Note(code="made_up", values={"count": 3}), Note(code="made_up", values={"count": 7}, level="warning"))
    made = render_report(
        replace(facts, notes=told, model=replace(facts.model, churn=churn), explore=None, customers=None)
    )
    root = tree_of(made)
    quality = next(element for element in root.iter("section") if element.attrib["id"] == "quality")
    listed = [item for ul in quality.iter("ul") if ul.attrib.get("class") == "notes" for item in ul.iter("li")]
    assert ["7" in "".join(item.itertext()) for item in listed] == [True, False], "warnings come first"
    warned = [p.text for p in root.iter("p") if p.attrib.get("class") == "warning"]
    assert any(text and "cancel_date" in text for text in warned)
    actions = next(ul for ul in root.iter("ul") if ul.attrib.get("class") == "actions")
    assert "cancel_date" in "".join(actions.itertext())


def test_sources_of_different_people_are_said_to_be(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.customers
    small = replace(facts.explore.customers, correlations=(), correlation_matrix=None)
    apart = replace(facts, joined=False, explore=replace(facts.explore, customers=small), model=None, profiles=())
    assert "de personas distintas" in Tags(render_report(replace(apart, customers=None))).text()


def test_the_smallest_and_oddest_figures_still_make_a_page(facts: ReportFacts) -> None:
    assert facts.explore
    assert facts.explore.events
    assert facts.explore.customers
    assert facts.explore.customers.correlation_matrix
    assert facts.customers is not None
    matrix = replace(facts.explore.customers.correlation_matrix, values=((float("nan"),) * 10,) * 10)
    customers = replace(facts.explore.customers, churn_rate=1.0, contact_rate=0.0, correlation_matrix=matrix)
    customers = replace(customers, correlations=(Correlation(feature="", correlation=0.0),))
    log = facts.explore.events
    none = replace(log.session_seconds, mean=0.0, median=0.0, p90=0.0)
    events = replace(
        log, events=1, sessions=1, types={"x": 1}, top_items=(), by_day=log.by_day[:1], session_seconds=none
    )
    empty = (0,) * 24
    lengths = tuple(replace(entry, sessions=0, events=0) for entry in log.sessions_by_minimum_length)
    events = replace(events, by_hour=empty, by_weekday=(0,) * 7, by_weekday_hour=(empty,) * 7, items=1)
    events = replace(events, types_read={"x": 1}, sessions_by_minimum_length=lengths, funnel=())
    alike = facts.customers.head(3).assign(churn_probability=0.0, cltv=0.0, engagement=50.0, segment=0, risk_group=1)
    one = replace(facts.profiles[0], customers=3, share=1.0, cltv=0.0, churn_probability=0.0, traits=())
    made = render_report(
        replace(
            facts,
            explore=ExploreFigures(customers=customers, events=events),
            customers=alike,
            profiles=(one,),
            message_counts={"ready": 0, "failed": 0, "withheld": 0},
        )
    )
    root = tree_of(made)
    assert len(list(root.iter("figure"))) == 18
    assert "NaN" not in made
    assert "Ningún cliente llega al grupo 3" in Tags(made).text()


ENGLISH_WORDS = {"the", "every", "customer", "folds", "stratified", "from", "over", "takes", "monthly", "seed"}


def test_protocol_and_value_are_told_in_the_language_of_the_project(facts_by_language: ReportFacts) -> None:
    told = Note(
        code="outcome_from_behaviour",
        values={"days": 90, "cutoff": "2011-09-10", "customers": 3_370, "churners": 1_412},
    )
    made = facts_by_language
    assert made.model
    assert made.model.value
    value = replace(made.model.value, source="revenue", monthly=None, filled=12)
    made = replace(made, explore=None, customers=None, notes=(told,), model=replace(made.model, value=value))
    root = tree_of(render_report(made))
    sections = {element.attrib["id"]: " ".join(element.itertext()) for element in root.iter("section")}
    for name in ("value", "model", "method"):
        words = set(re.findall(r"[a-zñáéíóúãõç]+", sections[name].casefold()))
        assert bool(words & ENGLISH_WORDS) == (made.language == "en"), name
    figures = re.sub(r"(?<=\d)[.,\N{NO-BREAK SPACE}](?=\d)", "", sections["model"])
    assert "1000" in figures
    assert "3370" in figures
    assert "sigmoid" in figures
    day = {"es": "10 de septiembre de 2011", "en": "10 September 2011", "pt": "10 de setembro de 2011"}
    assert sections["model"].count(day[made.language]) == sections["quality"].count(day[made.language]) == 1
    assert "12" in sections["value"]
    assert not [p for p in root.iter("p") if p.attrib.get("class") == "foreign"]


def test_a_record_without_facts_is_quoted_as_english(facts: ReportFacts) -> None:
    assert facts.model
    assert facts.model.churn
    churn = replace(facts.model.churn, folds=None, protocol="by another program")
    made = render_report(replace(facts, model=replace(facts.model, churn=churn), explore=None, customers=None))
    quoted = [p for p in tree_of(made).iter("p") if p.attrib.get("class") == "foreign"]
    assert [(p.text, p.attrib["lang"]) for p in quoted] == [("by another program", "en")]


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ((800, 150, 50), False),  # expected 16, 15 and 21 of 52: group 3 holds most
        ((2_000, 300, 20), True),  # expected 40, 30 and 8.4 of 78.4
    ],
)
def test_the_first_sentence_tells_where_most_departures_are(
    facts: ReportFacts, sizes: tuple[int, int, int], together: bool
) -> None:
    probability, group = np.repeat([0.02, 0.10, 0.42], sizes), np.repeat([1, 2, 3], sizes)
    customers = pd.DataFrame({"churn_probability": probability, "risk_group": group})
    said = " ".join(sum_up(replace(facts, customers=customers), edition=SPANISH)).replace("\N{NO-BREAK SPACE}", " ")
    assert ("juntos son el" in said) == together
    assert ("aunque de menor riesgo" in said) == together
    if together:
        assert "los 20 clientes del grupo 3 y siga con los 300 del grupo 2: juntos son el 13,8 %" in said
        assert "se espera el 49,0 % de las bajas" in said
        assert "reúne por su tamaño el 51,0 % de las bajas" in said
    else:
        assert "los 50 clientes del grupo 3 (5,0 % del total): ahí se espera el 40,4 %" in said


def test_words_are_those_of_the_messages_and_of_every_portuguese() -> None:
    spanish, portuguese = (
        re.sub(r"\{\w+\}", "", " ".join(texts(language).values())).casefold() for language in ("es", "pt")
    )
    assert "engagement" not in spanish
    assert not re.findall(r"engajamento|engagement|contat\w+|contact\w+|seção|secção|vazamento|ônic", portuguese)


def test_months_and_events_are_told_without_empty_decimals(facts: ReportFacts) -> None:
    assert facts.model
    assert facts.model.value
    assert facts.explore
    assert facts.explore.events
    log = facts.explore.events
    events = replace(log, events_per_session=replace(log.events_per_session, mean=206.24, median=150.5, p90=301.8))
    value = replace(facts.model.value, source="prices", monthly=None, outcome_months=90 / 30.4375)
    made = replace(facts, explore=ExploreFigures(customers=None, events=events), customers=None)
    text = Tags(render_report(replace(made, model=replace(facts.model, value=value)))).text()
    assert "de donde sale su tasa mensual: 3." in text
    assert "206 eventos de media" in text
    assert "tiene 150 eventos o menos y una de cada diez más de 301" in text
    assert "es un gasto bruto" in text


def test_without_an_outcome_nothing_is_promised_of_leaving_or_of_messages(facts: ReportFacts) -> None:
    assert facts.explore
    blind = replace(facts, explore=ExploreFigures(customers=None, events=facts.explore.events), model=None, profiles=())
    blind = replace(blind, customers=None, message_counts={"ready": 0, "withheld": 0, "failed": 0}, sample_messages=())
    for counts in ({}, {"ready": 0, "withheld": 0, "failed": 0}):
        root = tree_of(render_report(replace(blind, message_counts=counts)))
        section = next(element for element in root.iter("section") if element.attrib["id"] == "messages")
        assert [p.attrib.get("class") for p in section.iter("p")] == ["absent"]
        assert not list(section.iter("table"))
        text = " ".join(root.itertext())
        assert "a punto de irse" not in text
        assert "De 0 clientes" not in text
        assert "Mensajes listos para revisar" not in text
        assert not [div for div in root.iter("div") if div.attrib.get("class") == "tile ready"]


def test_small_tables_stay_whole_in_print_and_heads_repeat(page: str) -> None:
    printed = sheet_of(page).partition("@media print")[2]
    assert "thead { display: table-header-group; }" in printed
    assert re.search(r"table:not\(:has\(tbody tr:nth-child\(13\)\)\) \{ break-inside: avoid; \}", printed)
