"""The page: one self-contained HTML file that needs no script and no network."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from querencia.report import findings, sections
from querencia.report.blocks import Section
from querencia.report.charts.exhibit import Exhibit
from querencia.report.charts.gallery import hang_exhibits
from querencia.report.drawing import draw_svg
from querencia.report.edition import Edition, clean
from querencia.report.facts import ReportFacts
from querencia.report.summary import count_tiles, sum_up


def render_report(facts: ReportFacts) -> str:
    """Return report.html: the same facts give the same bytes.

    Every text that stems from data is escaped, and a content security policy forbids scripts and requests.
    """
    edition = Edition(language=facts.language, locale=facts.locale, currency=facts.currency)
    style = _read("report.css")

    def svg(exhibit: Exhibit) -> str:
        return draw_svg(exhibit, edition=edition)

    page = _template().render(
        say=edition.say,
        lang=edition.babel.language if not edition.babel.territory else edition.locale.replace("_", "-"),
        lead=edition.say("page.lead" if facts.model and facts.model.churn else "page.lead_described"),
        project=clean(facts.project),
        timezone=clean(facts.timezone),
        synthetic=facts.synthetic,
        tiles=count_tiles(facts, edition=edition),
        summary=sum_up(facts, edition=edition),
        sections=write_sections(facts, edition=edition),
        svg=svg,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{_digest(style)}'; base-uri 'none'; form-action 'none'",
    )
    return page + "\n"


def write_sections(facts: ReportFacts, *, edition: Edition) -> tuple[Section, ...]:
    """Return the sections after the summary, in reading order; each is there, if only to say why it is empty."""
    gallery = hang_exhibits(facts, edition=edition)
    return (
        sections.write_quality(facts, edition=edition),
        sections.write_customers(facts, gallery, edition=edition),
        sections.write_events(facts, gallery, edition=edition),
        findings.write_model(facts, gallery, edition=edition),
        findings.write_segments(facts, gallery, edition=edition),
        findings.write_risk(facts, gallery, edition=edition),
        findings.write_value(facts, edition=edition),
        sections.write_messages(facts, edition=edition),
        findings.write_method(facts, edition=edition),
    )


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
