"""Every exhibit that the facts allow, by the section of the report it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
ROOMS = ("drift", "customers", "events", "segments", "risk", "uplift", "model", "components")


def hang_exhibits(facts: ReportFacts, *, edition: Edition, rooms: Sequence[str] = ROOMS) -> Gallery:
    """Return the exhibits of each of `rooms`: sections, and "components" of the model card; in reading order."""
    return {room: _SHOWS[room](facts, edition) for room in rooms}


def _show_customers(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    customers = facts.explore.customers if facts.explore else None
    return show_customers(customers, edition=edition) if customers else ()


def _show_events(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    events = facts.explore.events if facts.explore else None
    return show_events(events, edition=edition) if events else ()


def _show_segments(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    return show_segments(facts.profiles, facts.customers, edition=edition)


def _show_risk(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    return show_risk(facts.customers, facts.model.risk if facts.model else None, edition=edition)


def _show_uplift(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    uplift = facts.model.uplift if facts.model else None
    return show_uplift(uplift, edition=edition) if uplift else ()


def _show_drift(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    drift = facts.model.drift if facts.model else None
    return (draw_drift(drift.features, edition=edition),) if drift and drift.features else ()


def _show_components(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    pca = facts.model.pca if facts.model else None
    return (draw_explained_variance(pca, edition=edition),) if pca and pca.explained_variance else ()


def _show_churn(facts: ReportFacts, edition: Edition) -> tuple[Exhibit, ...]:
    churn = facts.model.churn if facts.model else None
    if churn is None:
        return ()
    made: list[Exhibit] = []
    if churn.gains:
        made.append(draw_gains(churn.gains, edition=edition))
    if churn.calibration:
        made.append(draw_calibration(churn.calibration, edition=edition))
    if churn.importance:
        made.append(draw_importance(churn.importance, edition=edition))
    return tuple(made)


_SHOWS: dict[str, Callable[[ReportFacts, Edition], tuple[Exhibit, ...]]] = {
    "drift": _show_drift,
    "customers": _show_customers,
    "events": _show_events,
    "segments": _show_segments,
    "risk": _show_risk,
    "uplift": _show_uplift,
    "model": _show_churn,
    "components": _show_components,
}
