"""The pages with every figure of models: whole, in each language, and deaf to hostile names."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from xml.etree import ElementTree

from querencia.learn.figures.churn import Importance, Rival
from querencia.learn.figures.drift import FeatureDrift
from querencia.learn.figures.features import ComponentLoadings, Loading
from querencia.learn.figures.uplift import Imbalance
from querencia.report.charts.gallery import hang_exhibits
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts
from querencia.report.page import render_drift, render_report

NEW = {"gains", "importance", "qini", "uplift-deciles", "feature-drift"}
BAD = "<script>alert('x')</script>\x00\u202e<img src=x onerror=alert(1)>" + "y" * 400


def tree_of(page: str) -> ElementTree.Element:
    assert page.startswith("<!DOCTYPE html>\n")
    return ElementTree.fromstring(page.split("\n", 1)[1])


def test_the_report_is_whole_in_each_language(learned_by_language: ReportFacts) -> None:
    # The other sections are drawn elsewhere.
    page = render_report(replace(learned_by_language, explore=None, customers=None, profiles=()))
    root = tree_of(page)
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert set(ids) >= NEW | {"drift", "model", "uplift"}
    assert "{" not in page.partition("</style>")[2]


def test_the_anchors_of_sections_and_charts_differ(learned: ReportFacts) -> None:
    root = tree_of(render_drift(learned))
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))


def test_drift_has_a_page_of_its_own_that_loads_and_runs_nothing(learned_by_language: ReportFacts) -> None:
    page = render_drift(learned_by_language)
    root = tree_of(page)
    policy = next(meta.attrib["content"] for meta in root.iter("meta") if "http-equiv" in meta.attrib)
    assert policy.startswith("default-src 'none'")
    assert len(list(root.iter("figure"))) == 1
    assert not list(root.iter("nav"))
    anchors = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    for link in root.iter("a"):
        assert link.attrib["href"].removeprefix("#") in anchors
    assert page == render_drift(learned_by_language)


def test_the_page_of_drift_without_a_saved_model_says_so(facts: ReportFacts) -> None:
    root = tree_of(render_drift(facts))
    assert [p.text for p in root.iter("p") if p.attrib.get("class") == "absent"] == [
        "Estos clientes no se puntuaron con un modelo guardado: no hay nada que comparar."
    ]


def test_charts_of_models_have_titles_sentences_and_tables(learned_by_language: ReportFacts) -> None:
    facts = learned_by_language
    edition = Edition(language=facts.language, locale=facts.locale, currency=facts.currency)
    hung = {exhibit.name: exhibit for part in hang_exhibits(facts, edition=edition).values() for exhibit in part}
    assert len(hung) == 21 + len(NEW)
    for name in NEW:
        exhibit = hung[name]
        assert exhibit.chart.to_dict()["title"] == exhibit.title  # validates against the Vega-Lite schema
        assert exhibit.sentence.endswith(".")
        assert "{" not in exhibit.sentence
        assert exhibit.rows
        assert all(len(row) == len(exhibit.columns) and all(row) for row in exhibit.rows)


def test_hostile_names_and_figures_that_are_none_make_a_page(learned: ReportFacts) -> None:
    model = learned.model
    assert model
    assert model.churn
    assert model.pca
    assert model.uplift
    assert model.drift
    odd = FeatureDrift(feature=BAD, psi=nan, level="?", missing_then=nan, missing_now=0.5, new_levels=(BAD,) * 9)
    hostile = replace(
        model,
        version=BAD,
        churn=replace(
            model.churn,
            importance=(Importance(feature=BAD, share=1.0),) * 2,
            rivals=(Rival(name=BAD, quality=model.churn.rivals[0].quality),),
            leaks=(BAD,),
        ),
        pca=replace(
            model.pca,
            loadings=(ComponentLoadings(component=99, loadings=(Loading(feature=BAD, loading=nan),)),),
        ),
        uplift=replace(
            model.uplift,
            protocol=BAD[:100],
            shown=BAD,
            randomisation=replace(
                model.uplift.randomisation,
                sound=False,
                reasons=(BAD,),
                imbalances=(Imbalance(feature=BAD, difference=nan),),
            ),
        ),
        drift=replace(
            model.drift,
            model=BAD,
            features=(odd, odd),
            extra_columns=(BAD,),
            changed_types=(BAD,),
        ),
    )
    page = render_report(replace(learned, model=hostile, explore=None, customers=None, profiles=()))
    root = tree_of(page)
    assert not {element.tag for element in root.iter()} & {"script", "img"}
    for sign in ("\x00", "\u202e", "NaN", ">nan<"):
        assert sign not in page
    assert "y" * 161 not in page, "a name is cut"
