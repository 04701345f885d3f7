"""Last step: the report that a manager reads."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from querencia.explore.figures import ExploreFigures
from querencia.language.notes import Note
from querencia.pipeline.outputs import write_text
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress
from querencia.pipeline.results import Scored, Sources, Written
from querencia.report.facts import ReportFacts, SampleMessage
from querencia.report.page import render_drift, render_report

SHOWN = ["engagement", "churn_probability", "cltv", "segment", "segment_name", "risk_group"]


def report(
    plan: Plan,
    sources: Sources,
    figures: ExploreFigures,
    scored: Scored | None,
    written: Written | None,
    *,
    notes: tuple[Note, ...],
    progress: Progress,
) -> Path:
    """Write report.html from whatever has been done so far, and drift.html where a saved model scored; return the path
    of the first.
    """
    customers = None
    if scored is not None:
        customers = pd.read_parquet(plan.output / "customers.parquet", columns=SHOWN)
    facts = ReportFacts(
        project=plan.name,
        language=plan.language,
        locale=plan.locale,
        currency=plan.currency,
        timezone=plan.timezone,
        explore=figures,
        model=scored.model if scored else None,
        profiles=scored.profiles if scored else (),
        customers=customers,
        message_counts=dict(written.counts) if written else None,
        sample_messages=tuple(
            SampleMessage(sample.segment_name, sample.risk_group, sample.text) for sample in written.samples
        )
        if written
        else (),
        notes=notes,
        synthetic=plan.synthetic,
        sources=tuple(path.name for path in plan.sources),
        joined=sources.joined,
        customer_rows_read=sources.customers.rows_read if sources.customers else None,
        customer_rows_rejected=sources.customers.rejected if sources.customers else None,
    )
    with progress.task("Drawing the report"):
        path = plan.output / "report.html"
        write_text(path, render_report(facts))
        if facts.model is not None and facts.model.drift is not None:
            write_text(plan.output / "drift.html", render_drift(facts))
        else:
            (plan.output / "drift.html").unlink(missing_ok=True)
    return path
