"""Every exhibit that the facts allow, by the section of the report it belongs to."""

from __future__ import annotations

from querencia.report.charts.customers import show_customers
from querencia.report.charts.events import show_events
from querencia.report.charts.exhibit import Exhibit
from querencia.report.charts.model import draw_calibration, draw_explained_variance
from querencia.report.charts.risk import show_risk
from querencia.report.charts.segments import show_segments
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts

Gallery = dict[str, tuple[Exhibit, ...]]


def hang_exhibits(facts: ReportFacts, *, edition: Edition) -> Gallery:
    """Return the exhibits of each section (customers, events, model, segments, risk), in reading order."""
    explore, model = facts.explore, facts.model
    customers = explore.customers if explore else None
    events = explore.events if explore else None
    learned: list[Exhibit] = []
    if model and model.churn and model.churn.calibration:
        learned.append(draw_calibration(model.churn.calibration, edition=edition))
    if model and model.pca and model.pca.explained_variance:
        learned.append(draw_explained_variance(model.pca, edition=edition))
    return {
        "customers": show_customers(customers, edition=edition) if customers else (),
        "events": show_events(events, edition=edition) if events else (),
        "model": tuple(learned),
        "segments": show_segments(facts.profiles, facts.customers, edition=edition),
        "risk": show_risk(facts.customers, model.risk if model else None, edition=edition),
    }
