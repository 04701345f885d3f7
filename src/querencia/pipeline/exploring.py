"""Second step: what both sources look like."""

from __future__ import annotations

from querencia.explore.customers import describe_customers
from querencia.explore.events import describe_events
from querencia.explore.figures import ExploreFigures
from querencia.pipeline.engines import Engines
from querencia.pipeline.outputs import write_json
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress, watching
from querencia.pipeline.results import Sources


def explore(plan: Plan, engines: Engines, sources: Sources, progress: Progress) -> ExploreFigures:
    """Describe the customer table and the event log, and write explore.json."""
    customers = events = None
    if sources.customers is not None:
        with progress.task("Exploring customers") as task, watching(engines.con, task):
            customers = describe_customers(engines.con, sources.customers)
    if sources.log is not None:
        with progress.task("Exploring events") as task, watching(engines.log_con, task):
            events = describe_events(engines.log_con, sources.log, timezone=plan.timezone)
    figures = ExploreFigures(customers=customers, events=events)
    write_json(plan.output / "explore.json", figures)
    return figures
