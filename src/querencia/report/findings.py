"""The parts of the report about risk groups, and about how all figures were obtained."""

from __future__ import annotations

from math import fsum

from querencia.report.blocks import Block, Exhibits, Section, absent, plain
from querencia.report.charts.gallery import Gallery
from querencia.report.edition import Edition, clean, texts
from querencia.report.facts import ReportFacts
from querencia.report.sections import section


def write_risk(facts: ReportFacts, gallery: Gallery, *, edition: Edition) -> Section:
    """Return the risk groups: where they begin, how many customers, how churn probability is spread."""
    risk = facts.model.risk if facts.model else None
    if risk is None or not gallery["risk"]:
        return section("risk", [absent(edition.say("risk.absent"))], edition=edition)
    intro = edition.say(
        "risk.intro",
        first=edition.percent(risk.thresholds[0]),
        second=edition.percent(risk.thresholds[1]),
        base=edition.percent(risk.base_rate),
    )
    return section("risk", [*plain(intro), Exhibits(exhibits=gallery["risk"])], edition=edition)


def write_method(facts: ReportFacts, *, edition: Edition) -> Section:
    """Return how each figure was obtained."""
    explore, model = facts.explore, facts.model
    blocks: list[Block] = []
    if explore and explore.events:
        keys = ["read", "quantiles", *(["funnel"] if explore.events.funnel else [])]
        blocks += plain(" ".join(edition.say(f"method.{key}") for key in keys))
    if explore and explore.customers and explore.customers.correlations:
        blocks += plain(edition.say("method.correlation"))
    if explore and explore.customers and explore.customers.churn_by_contact:
        blocks += plain(edition.say("method.contact_interval"))
    if model and model.churn:
        blocks += plain(edition.say("method.out_of_fold"), edition.say("method.calibration_interval"))
    if model and model.pca:
        share = edition.percent(fsum(model.pca.explained_variance))
        blocks += plain(edition.say("method.pca", components=edition.number(model.pca.components), share=share))
    if model and model.engagement:
        known = texts(edition.language)
        figures = model.engagement
        said = edition.say(
            "method.engagement",
            weights=edition.listing(edition.percent(weight, 0) for weight in figures.weights),
            orientation=known.get(f"method.orientation_{figures.orientation}", clean(figures.orientation)),
            scale=known.get(f"method.scale_{figures.scale}", clean(figures.scale)),
        )
        blocks += plain(said)
    if model and model.risk:
        first, second = (edition.percent(threshold, 2) for threshold in model.risk.thresholds)
        blocks += plain(edition.say("method.risk", first=first, second=second))
    if model and model.segments:
        blocks += plain(edition.say("method.segments"))
    return section("method", blocks or [absent(edition.say("page.absent"))], edition=edition)
