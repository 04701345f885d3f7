"""Third step: score and segment every customer, and choose what to offer each."""

from __future__ import annotations

import shutil
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet

from querencia.data.activity import usage_facts
from querencia.data.per_customer import write_per_customer
from querencia.language.names import segment_names
from querencia.learn.problem import Scores, ScoringOptions
from querencia.learn.scoring import score_customers
from querencia.offers.ranking import Recommendations, recommend
from querencia.pipeline.engines import Engines
from querencia.pipeline.frames import Framed, frame_problem
from querencia.pipeline.outputs import replacing, write_json, write_table
from querencia.pipeline.plan import Plan
from querencia.pipeline.progress import Progress
from querencia.pipeline.results import Scored, Sources

STEPS = {
    "churn": "Learning churn",
    "quality": "Measuring the churn model",
    "engagement": "Scoring engagement",
    "segments": "Cutting segments",
}
MONEY, SHARE, POINTS = "decimal(18, 2)", "decimal(5, 4)", "decimal(5, 2)"


def score(plan: Plan, engines: Engines, sources: Sources, progress: Progress) -> Scored:
    """Score every customer, and write customers.parquet, customers.csv, segments.csv and model.json."""
    with progress.task("Preparing features"):
        framed = frame_problem(plan, engines, sources)
        _keep_usage(plan, engines, sources, framed)
    scores = _learn(plan, framed, progress)
    with progress.task("Choosing offers"):
        people = ibis.memtable(_customer_rows(scores))
        offers = recommend(
            engines.con,
            people,
            sources.products,
            log=sources.log,
            joined=sources.joined,
            count=plan.writing.recommendations,
        )
    with progress.task("Writing scores"):
        _write(plan, engines.con, scores, offers)
    return Scored(
        customers=len(scores.customers),
        scored=scores.model.churn is not None,
        model=scores.model,
        profiles=scores.profiles,
        as_of=framed.as_of,
        notes=(*framed.notes, *scores.notes, *offers.notes),
    )


def _learn(plan: Plan, framed: Framed, progress: Progress) -> Scores:
    modelling = plan.modelling
    options = ScoringOptions(
        components=modelling.components,
        clusters=modelling.clusters,
        axes=modelling.axes,
        weights=modelling.weights,
        scale=modelling.scale,
        thresholds=modelling.thresholds,
        monthly=modelling.monthly,
        annual_discount=modelling.annual_discount,
        outcome_months=framed.outcome_months,
        seed=plan.seed,
        segment_names=lambda segment, number: segment_names(number, plan.language)[segment],
    )
    with progress.task("Learning and scoring") as task:
        return score_customers(
            framed.problem,
            options=options,
            on_progress=lambda step, done, total: task.update(done, total, STEPS.get(step, step)),
        )


def _keep_usage(plan: Plan, engines: Engines, sources: Sources, framed: Framed) -> None:
    """Write down what each customer may be told of their activity, for messages to be written from."""
    shutil.rmtree(plan.usage_folder, ignore_errors=True)
    log, as_of = sources.log if sources.joined else None, framed.as_of
    if log is None or as_of is None:
        return

    def shape(events: Any) -> Any:
        return usage_facts(events, as_of=as_of, types=log.types, timezone=plan.timezone)

    write_per_customer(engines.log_con, log, shape, into=plan.usage_folder)


def _write(plan: Plan, con: Any, scores: Scores, offers: Recommendations) -> None:
    with replacing(plan.offers_file) as temporary:
        pyarrow.parquet.write_table(offers.rows, temporary)
    chosen = ibis.memtable(offers.rows)
    joined = chosen.group_by("customer_id").agg(recommendations=chosen.sku.group_concat("|", order_by=chosen["rank"]))
    people = ibis.memtable(_customer_rows(scores))
    table = people.left_join(joined, "customer_id").select(
        *people.columns, recommendations=joined.recommendations.fill_null("")
    )
    customers = ibis.memtable(con.to_pyarrow(table.order_by("customer_id"))).order_by("customer_id")
    write_table(customers, plan.output / "customers.parquet")
    write_table(_in_decimals(customers), plan.output / "customers.csv")
    write_table(_in_decimals(ibis.memtable(_segment_rows(scores)).order_by("segment")), plan.output / "segments.csv")
    write_json(plan.output / "model.json", scores.model)


def _customer_rows(scores: Scores) -> pa.Table:
    rows = pa.Table.from_pandas(scores.customers, preserve_index=False)
    schema = pa.schema(
        {
            "customer_id": pa.string(),
            "engagement": pa.float64(),
            "churn_probability": pa.float64(),
            "cltv": pa.float64(),
            "segment": pa.int32(),
            "segment_name": pa.string(),
            "risk_group": pa.int32(),
        }
    )
    rows = rows.select(schema.names).cast(schema)
    return rows.append_column("uplift", pa.nulls(len(rows), pa.float64()))


def _segment_rows(scores: Scores) -> pa.Table:
    columns = ("segment", "segment_name", "customers", "share", "engagement", "churn_probability", "cltv")
    floats = dict.fromkeys(("share", "engagement", "churn_probability", "cltv"), pa.float64())
    return pa.table(
        {name: pa.array([getattr(row, name) for row in scores.profiles], floats.get(name)) for name in columns}
    )


def _in_decimals(table: Any) -> Any:
    """Return `table` as CSV shows it: engagement with 2 decimals, probabilities and shares with 4, money with 2."""
    kinds = {"engagement": POINTS, "churn_probability": SHARE, "share": SHARE, "uplift": SHARE, "cltv": MONEY}
    return table.mutate(**{name: table[name].cast(kind) for name, kind in kinds.items() if name in table.columns})
