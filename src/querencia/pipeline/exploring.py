"""Second step: what both sources look like."""

from __future__ import annotations

from typing import Any

from querencia.explore.customers import describe_customers
from querencia.explore.events import describe_events
from querencia.explore.figures import ExploreFigures
from querencia.pipeline.outputs import write_json
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress, watching
from querencia.pipeline.results import Sources


def explore(plan: Plan, con: Any, sources: Sources, progress: Progress, *, log_con: Any = None) -> ExploreFigures:
    """Describe the customer table and the event log, and write explore.json.

    `log_con` is the event log's engine, where it is not `con`.
    """
    log_con = con if log_con is None else log_con
    customers = events = None
    if sources.customers is not None:
        with progress.task("Exploring customers") as task, watching(con, task):
            customers = describe_customers(con, sources.customers)
    if sources.log is not None:
        with progress.task("Exploring events") as task, watching(log_con, task):
            events = describe_events(log_con, sources.log, timezone=plan.timezone)
    figures = ExploreFigures(customers=customers, events=events)
    write_json(plan.output / "explore.json", figures)
    return figures
