"""Every exhibit that the facts allow, by the section of the report it belongs to."""

from __future__ import annotations

from querencia.learn.figures.churn import ChurnFigures
from querencia.report.charts.calibration import draw_calibration
from querencia.report.charts.components import draw_explained_variance
from querencia.report.charts.customers import show_customers
from querencia.report.charts.drift import draw_drift
from querencia.report.charts.events import show_events
from querencia.report.charts.exhibit import Exhibit
from querencia.report.charts.gains import draw_gains
from querencia.report.charts.importance import draw_importance
from querencia.report.charts.risk import show_risk
from querencia.report.charts.segments import show_segments
from querencia.report.charts.uplift import show_uplift
from querencia.report.edition import Edition
from querencia.report.facts import ReportFacts

Gallery = dict[str, tuple[Exhibit, ...]]


def hang_exhibits(facts: ReportFacts, *, edition: Edition) -> Gallery:
    """Return the exhibits of each section and of the model card's parts, in reading order."""
    explore, model = facts.explore, facts.model
    customers = explore.customers if explore else None
    events = explore.events if explore else None
    pca = model.pca if model else None
    return {
        "drift": hang_drift(facts, edition=edition),
        "customers": show_customers(customers, edition=edition) if customers else (),
        "events": show_events(events, edition=edition) if events else (),
        "segments": show_segments(facts.profiles, facts.customers, edition=edition),
        "risk": show_risk(facts.customers, model.risk if model else None, edition=edition),
        "uplift": show_uplift(model.uplift, edition=edition) if model and model.uplift else (),
        "model": _show_churn(model.churn, edition=edition) if model and model.churn else (),
        "components": (draw_explained_variance(pca, edition=edition),) if pca and pca.explained_variance else (),
    }


def hang_drift(facts: ReportFacts, *, edition: Edition) -> tuple[Exhibit, ...]:
    """Return the exhibit of drift, if a table was scored with a saved model."""
    drift = facts.model.drift if facts.model else None
    return (draw_drift(drift.features, edition=edition),) if drift and drift.features else ()


def _show_churn(churn: ChurnFigures, *, edition: Edition) -> tuple[Exhibit, ...]:
    made: list[Exhibit] = []
    if churn.gains:
        made.append(draw_gains(churn.gains, edition=edition))
    if churn.calibration:
        made.append(draw_calibration(churn.calibration, edition=edition))
    if churn.importance:
        made.append(draw_importance(churn.importance, edition=edition))
    return tuple(made)
