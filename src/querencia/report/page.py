"""The pages: self-contained HTML files that need no script and no network."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from querencia.report import drift, findings, model_card, sections, segments, uplift, value
from querencia.report.blocks import Section
from querencia.report.charts.exhibit import Exhibit
from querencia.report.charts.gallery import hang_exhibits
from querencia.report.drawing import draw_svg
from querencia.report.edition import Edition, clean
from querencia.report.facts import ReportFacts
from querencia.report.summary import Tile, count_tiles, sum_up


def render_report(facts: ReportFacts) -> str:
    """Return report.html: the same facts give the same bytes.

    Every text that stems from data is escaped, and a content security policy forbids scripts and requests.
    """
    edition = _edition(facts)
    return _render(
        facts,
        edition=edition,
        title=edition.say("page.title", project=clean(facts.project)),
        lead=edition.say("page.lead" if facts.model and facts.model.churn else "page.lead_described"),
        tiles=count_tiles(facts, edition=edition),
        summary=sum_up(facts, edition=edition),
        written=write_sections(facts, edition=edition),
    )


def render_drift(facts: ReportFacts) -> str:
    """Return drift.html: the report's section on drift as a page of its own.

    It says so where no saved model was used (`facts.model.drift` is None).
    """
    edition = _edition(facts)
    gallery = hang_exhibits(facts, edition=edition, rooms=("drift",))
    return _render(
        facts,
        edition=edition,
        title=edition.say("page.drift_title", project=clean(facts.project)),
        lead=edition.say("page.drift_lead"),
        written=(drift.write_drift(facts, gallery, edition=edition),),
    )


def write_sections(facts: ReportFacts, *, edition: Edition) -> tuple[Section, ...]:
    """Return the sections after the summary, in reading order: for a manager first, then for whoever doubts.

    Each is there, if only to say why it is empty; that on drift only where a saved model was used.
    """
    gallery = hang_exhibits(facts, edition=edition)
    changed = (drift.write_drift(facts, gallery, edition=edition),) if facts.model and facts.model.drift else ()
    return (
        sections.write_quality(facts, edition=edition),
        *changed,
        sections.write_customers(facts, gallery, edition=edition),
        sections.write_events(facts, gallery, edition=edition),
        segments.write_segments(facts, gallery, edition=edition),
        findings.write_risk(facts, gallery, edition=edition),
        value.write_value(facts, edition=edition),
        uplift.write_uplift(facts, gallery, edition=edition),
        sections.write_messages(facts, edition=edition),
        model_card.write_model(facts, gallery, edition=edition),
        findings.write_method(facts, edition=edition),
    )


def _edition(facts: ReportFacts) -> Edition:
    return Edition(language=facts.language, locale=facts.locale, currency=facts.currency)


def _render(
    facts: ReportFacts,
    *,
    edition: Edition,
    title: str,
    lead: str,
    written: tuple[Section, ...],
    tiles: tuple[Tile, ...] = (),
    summary: tuple[str, ...] = (),
) -> str:
    """Return a page of these sections; without a `summary` it has no contents either."""
    style = _read("report.css")

    def svg(exhibit: Exhibit) -> str:
        return draw_svg(exhibit, edition=edition)

    page = _template().render(
        say=edition.say,
        lang=edition.babel.language if not edition.babel.territory else edition.locale.replace("_", "-"),
        title=title,
        lead=lead,
        timezone=clean(facts.timezone),
        synthetic=facts.synthetic,
        tiles=tiles,
        summary=summary,
        sections=written,
        svg=svg,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{_digest(style)}'; base-uri 'none'; form-action 'none'",
    )
    return page + "\n"


@cache
def _read(name: str) -> str:
    return (resources.files("querencia.report") / "templates" / name).read_text(encoding="utf-8").strip()


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=DictLoader({"report.html": _read("report.html")}),
    )
    environment.tests["kind"] = lambda block, name: type(block).__name__ == name
    return environment.get_template("report.html")


def _digest(style: str) -> str:
    return b64encode(hashlib.sha256(style.encode()).digest()).decode()
