"""From what has been read to what is learned from: one table to train on, one to score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from querencia.data.activity import activity_features, join_activity
from querencia.data.churners import require_churners
from querencia.data.features import engaged_features
from querencia.data.outcome import derive_outcome
from querencia.data.per_customer import read_per_customer, write_per_customer
from querencia.data.tables import CUSTOMER_ID, OUTCOME, REVENUE, TREATMENT, CustomerTable, EventLog
from querencia.errors import InputError
from querencia.language.notes import Note
from querencia.learn.churn.rival import RecencyFrequencyValue
from querencia.learn.problem import ScoringProblem
from querencia.learn.saved.schema import FeatureSchema
from querencia.learn.value.lifetime import ValueSource
from querencia.pipeline.engines import Engines
from querencia.pipeline.feature_table import FeatureTable, store_features
from querencia.pipeline.plan import Plan
from querencia.pipeline.results import Sources

DAYS_PER_MONTH = 365.25 / 12
OUTCOME_MONTHS = 2.0
MOST_MONEY = 1e12  # a revenue beyond it is a mistake of the source, and counts as missing
MOST_TO_LEARN_FROM = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Framed:
    """A problem to learn, the months over which its outcome was observed, and when its features were taken (UTC)."""

    problem: ScoringProblem
    outcome_months: float
    as_of: datetime | None
    notes: tuple[Note, ...]


def frame_problem(plan: Plan, engines: Engines, sources: Sources, *, fitting: FeatureSchema | None = None) -> Framed:
    """Return the tables of `sources`, one row per customer, and the outcome where there is one.

    The outcome is the table's column, else the behaviour of the `outcome_after_days` before the log's end, else none.
    Customers `fitting` the features of a model that is there already are framed to be scored alone, with all its
    features that they have.
    """
    learn = fitting is None
    customers, log = sources.customers, sources.log if sources.joined else None
    labelled = learn and customers is not None and customers.outcome is not None
    if learn and not labelled and log is not None and plan.outcome_after_days is not None:
        return _frame_behaviour(plan, engines, customers, log, days=plan.outcome_after_days)
    notes = [] if labelled or not learn else [Note(code="no_outcome", level="warning")]
    if customers is not None:
        if fitting is not None:
            customers = _with_features(engines.con, customers, fitting)
        return _frame_table(plan, engines, customers, log, labelled=labelled, notes=notes)
    assert log is not None  # a project without a table has a log, and its customers are the log's own
    return _frame_log(plan, engines, log, notes=notes)


def _with_features(con: Any, customers: CustomerTable, schema: FeatureSchema) -> CustomerTable:
    """Return the table with its own features and, though constant or empty here, those of `schema` that it has."""
    wanted = set(schema.columns) & set(customers.columns)
    table = customers.table(con)
    numeric = tuple(
        name
        for name in customers.columns
        if name in customers.numeric or (name in wanted and table[name].type().is_numeric())
    )
    categorical = tuple(
        name for name in customers.columns if name in customers.categorical or (name in wanted and name not in numeric)
    )
    return replace(customers, numeric=numeric, categorical=categorical)


def _frame_table(
    plan: Plan, engines: Engines, customers: CustomerTable, log: EventLog | None, *, labelled: bool, notes: list[Note]
) -> Framed:
    con, as_of = engines.con, None
    table = customers.table(con)
    if log is not None:
        as_of = _as_of(plan, log)
        _require_events_before(plan, log, as_of)
        if labelled and plan.customers is not None and plan.customers.as_of is None:
            notes.append(Note(code="all_events_used", level="warning"))
        table = join_activity(table, _activity(plan, engines, log, as_of=as_of))
    features = _features(plan, con, table, customers, log, name="scoring")
    problem = ScoringProblem(
        scoring=features,
        activity_columns=engaged_features(features.activity),
        value_source=_value_source(customers, log),
        protocol_note=f"outcome from column {customers.outcome!r}" if labelled else "",
    )
    if labelled and plan.customers is not None:
        where = f"[customers] outcome = {customers.outcome!r} of {str(plan.customers.path)!r}"
        require_churners(*features.count_outcomes(), where=where)
        known = features.labelled(most=MOST_TO_LEARN_FROM)
        problem = replace(
            problem,
            training=known.features,
            outcome=known.outcome,
            treatment=known.treatment if customers.treatment else None,
        )
    months = plan.modelling.outcome_months or OUTCOME_MONTHS
    return Framed(problem=problem, outcome_months=months, as_of=as_of, notes=tuple(notes))


def _frame_behaviour(
    plan: Plan, engines: Engines, customers: CustomerTable | None, log: EventLog, *, days: int
) -> Framed:
    taken = None
    if plan.customers is not None and plan.customers.as_of is not None:
        taken = _as_of(plan, log)
        _require_events_before(plan, log, taken)
    behaviour = derive_outcome(
        engines.log_con, log, days=days, timezone=plan.timezone, into=plan.activity_folder, cutoff=taken
    )
    con = engines.con
    notes = list(behaviour.notes)
    if customers is not None and (taken is None or taken > behaviour.cutoff):
        # What the table holds may have been written after the cut-off: it must not foretell what came before.
        customers = replace(customers, numeric=(), categorical=())
        notes.append(Note(code="table_left_out", values={"cutoff": f"{behaviour.cutoff:%Y-%m-%d}"}, level="warning"))

    def features(name: str, snapshot: Any) -> FeatureTable:
        people = _join(con, customers, snapshot) if customers is not None else _of_log(snapshot)
        return _features(plan, con, people, customers, log, name=name)

    scoring = features("scoring", read_per_customer(con, behaviour.scoring))
    known = features("training", read_per_customer(con, behaviour.training)).labelled(most=MOST_TO_LEARN_FROM)
    problem = ScoringProblem(
        training=known.features,
        outcome=known.outcome,
        treatment=known.treatment if customers is not None and customers.treatment else None,
        scoring=scoring,
        activity_columns=engaged_features(scoring.activity),
        value_source=_value_source(customers, log),
        rival=_recency_frequency_value(scoring.activity),
        protocol_note=(
            f"outcome from behaviour: no event in the {days} days after the cut-off {behaviour.cutoff:%Y-%m-%d}, "
            "features from events up to it"
        ),
    )
    if behaviour.earlier is not None:
        before = features("earlier", read_per_customer(con, behaviour.earlier)).labelled(most=MOST_TO_LEARN_FROM)
        problem = replace(problem, earlier=before.features, earlier_outcome=before.outcome)
    months = plan.modelling.outcome_months or days / DAYS_PER_MONTH
    return Framed(problem=problem, outcome_months=months, as_of=behaviour.end, notes=tuple(notes))


def _frame_log(plan: Plan, engines: Engines, log: EventLog, *, notes: list[Note]) -> Framed:
    as_of = _as_of(plan, log)
    people = _of_log(_activity(plan, engines, log, as_of=as_of))
    features = _features(plan, engines.con, people, None, log, name="scoring")
    problem = ScoringProblem(
        scoring=features,
        activity_columns=engaged_features(features.activity),
        value_source=_value_source(None, log),
    )
    months = plan.modelling.outcome_months or OUTCOME_MONTHS
    return Framed(problem=problem, outcome_months=months, as_of=as_of, notes=tuple(notes))


def _join(con: Any, customers: CustomerTable, snapshot: Any) -> Any:
    """Return the customer table beside a snapshot of behaviour, and the snapshot's outcome where it has one: only the
    customers with an outcome then."""
    table = customers.table(con)
    if "outcome" not in snapshot.columns:
        return join_activity(table, snapshot)
    joined = join_activity(table, snapshot.drop("outcome"))
    known = snapshot.select(__known=snapshot.customer.cast("string"), __left=snapshot.outcome)
    joined = joined.inner_join(known, joined[CUSTOMER_ID] == known["__known"]).drop("__known")
    return joined.mutate(**{OUTCOME: joined["__left"]}).drop("__left").order_by(CUSTOMER_ID)


def _of_log(snapshot: Any) -> Any:
    """Return a snapshot of behaviour as a customer table, in the order of the ids as text."""
    columns = {CUSTOMER_ID: snapshot.customer.cast("string")}
    if "outcome" in snapshot.columns:
        columns[OUTCOME] = snapshot.outcome
    return (
        snapshot.mutate(**columns).drop("customer", *(["outcome"] if OUTCOME in columns else [])).order_by(CUSTOMER_ID)
    )


def _features(
    plan: Plan, con: Any, people: Any, customers: CustomerTable | None, log: EventLog | None, *, name: str
) -> FeatureTable:
    """Keep the features, outcome, treatment and monthly value of `people` as a file, ordered by customer id."""
    own = set(customers.columns) if customers is not None else set()
    activity = tuple(column for column in people.columns if column not in own and not column.startswith("__"))
    numeric = (*(customers.numeric if customers is not None else ()), *activity)
    categorical = customers.categorical if customers is not None else ()
    aside = {column: people[column] for column in (OUTCOME, TREATMENT) if column in people.columns}
    return store_features(
        con,
        people,
        plan.features_folder / f"{name}.parquet",
        numeric=numeric,
        categorical=categorical,
        activity=activity,
        monthly_value=_monthly_value(people, customers, log),
        aside=aside,
    )


def _monthly_value(people: Any, customers: CustomerTable | None, log: EventLog | None) -> Any:
    source = _value_source(customers, log)
    if source == "revenue":
        revenue = people[REVENUE]
        return ibis.ifelse(revenue.abs() < MOST_MONEY, revenue, ibis.null("float64"))
    if source == "prices":
        return people["log_spend_per_month" if "log_spend_per_month" in people.columns else "spend_per_month"]
    return None


def _value_source(customers: CustomerTable | None, log: EventLog | None) -> ValueSource:
    if customers is not None and customers.revenue is not None:
        return "revenue"
    return "prices" if log is not None and log.has_prices else "declared"


def _recency_frequency_value(activity: tuple[str, ...]) -> RecencyFrequencyValue:
    named = {column.removeprefix("log_"): column for column in activity}
    return RecencyFrequencyValue(
        recency=named["recency_days"], frequency=named["sessions_total"], value=named.get("spend_total")
    )


def _activity(plan: Plan, engines: Engines, log: EventLog, *, as_of: datetime) -> Any:
    def shape(events: Any) -> Any:
        return activity_features(
            events, as_of=as_of, types=log.types, has_prices=log.has_prices, timezone=plan.timezone
        )

    folder = plan.activity_folder / "scoring"
    write_per_customer(engines.log_con, log, shape, into=folder)
    return read_per_customer(engines.con, folder)


def _as_of(plan: Plan, log: EventLog) -> datetime:
    """Return when the features are taken, UTC without zone: the table's own date, else the last event."""
    given = plan.customers.as_of if plan.customers is not None else None
    if given is None:
        return datetime.fromisoformat(log.end)
    zoned = given if given.tzinfo else given.replace(tzinfo=ZoneInfo(plan.timezone))
    return zoned.astimezone(UTC).replace(tzinfo=None)


def _require_events_before(plan: Plan, log: EventLog, as_of: datetime) -> None:
    if as_of < datetime.fromisoformat(log.start):
        given = plan.customers.as_of if plan.customers is not None else None
        raise InputError(
            f"[customers] as_of = {str(given)!r}: no event of the log stands before it; the log runs from "
            f"{log.start[:10]} to {log.end[:10]}. Expected a date within it: when the customer table was taken."
        )
