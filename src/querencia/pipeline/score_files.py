"""The files of scores: customers, their reasons, segments, and what the model is worth."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from querencia.learn.customer_models import REASONS
from querencia.learn.problem import Scores
from querencia.pipeline.outputs import write_json, write_table
from querencia.pipeline.plan import Plan

MONEY, SHARE, POINTS = "decimal(18, 2)", "decimal(5, 4)", "decimal(5, 2)"
SCORES = ("customer_id", "engagement", "churn_probability", "cltv", "segment", "segment_name", "risk_group", "uplift")


def write_scores(plan: Plan, con: Any, scores: Scores) -> None:
    """Write customers.parquet, customers.csv, segments.csv, reasons.csv and model.json, from what was scored and
    offered.
    """
    people = con.read_parquet(plan.scored_file)
    write_table(_customers(plan, con, people, scores), plan.output / "customers.parquet")
    customers = con.read_parquet(plan.output / "customers.parquet")
    write_table(_in_decimals(customers), plan.output / "customers.csv")
    write_table(_in_decimals(ibis.memtable(_segment_rows(scores)).order_by("segment")), plan.output / "segments.csv")
    write_table(_reasons(people), plan.output / "reasons.csv")
    write_json(plan.output / "model.json", scores.model)


def _customers(plan: Plan, con: Any, people: Any, scores: Scores) -> Any:
    chosen = con.read_parquet(plan.offers_file)
    offers = chosen.group_by("customer_id").agg(recommendations=chosen.sku.group_concat("|", order_by=chosen["rank"]))
    ranked = people.select(
        *SCORES[:4],
        segment=people.segment.cast("int32"),
        segment_name="segment_name",
        risk_group=people.risk_group.cast("int32"),
        uplift="uplift",
        contact_rank=_contact_rank(people, scores),
    )
    joined = ranked.left_join(offers, "customer_id")
    return joined.select(
        *SCORES, recommendations=joined.recommendations.fill_null(""), contact_rank=joined.contact_rank
    ).order_by("customer_id")


def _contact_rank(people: Any, scores: Scores) -> Any:
    """Return whom the campaign reaches first: 1, 2, 3 … by uplift where that could be told, else by risk."""
    uplift = scores.model.uplift
    if scores.model.churn is None or (uplift is not None and uplift.ranking == "nobody"):
        return ibis.null("int64")
    if uplift is None or uplift.ranking == "risk":
        return ibis.row_number().over(order_by=[ibis.desc(people.churn_probability), people.customer_id]) + 1
    place = ibis.row_number().over(order_by=[ibis.desc(people.uplift), people.customer_id]) + 1
    return ibis.ifelse(people.uplift > 0, place, ibis.null("int64"))  # whom contact does not help is not contacted


def _reasons(people: Any) -> Any:
    columns = [name for rank in range(1, REASONS + 1) for name in (f"reason_{rank}", f"contribution_{rank}")]
    there = [name for name in columns if name in people.columns]
    return people.select("customer_id", *there).order_by("customer_id")


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
