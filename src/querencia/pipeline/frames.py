"""From what has been read to what is learned from: one frame to train on, one to score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from querencia.data.activity import activity_features, join_activity
from querencia.data.churners import require_churners
from querencia.data.features import engaged_features
from querencia.data.outcome import derive_outcome
from querencia.data.per_customer import read_per_customer, write_per_customer
from querencia.data.tables import CUSTOMER_ID, OUTCOME, REVENUE, TREATMENT, CustomerTable, EventLog
from querencia.errors import InputError
from querencia.language.notes import Note
from querencia.learn.problem import ScoringProblem
from querencia.learn.value.lifetime import ValueSource
from querencia.pipeline.engines import Engines
from querencia.pipeline.plan import Plan
from querencia.pipeline.results import Sources

DAYS_PER_MONTH = 365.25 / 12
OUTCOME_MONTHS = 2.0
MOST_MONEY = 1e12  # a revenue beyond it is a mistake of the source, and counts as missing


@dataclass(frozen=True, kw_only=True)
class Framed:
    """A problem to learn, the months over which its outcome was observed, and when its features were taken (UTC)."""

    problem: ScoringProblem
    outcome_months: float
    as_of: datetime | None
    notes: tuple[Note, ...]


def frame_problem(plan: Plan, engines: Engines, sources: Sources) -> Framed:
    """Return the frames of `sources`, one row per customer, and the outcome where there is one.

    The outcome is the table's column, else the behaviour of the `outcome_after_days` before the log's end, else none.
    """
    customers, log = sources.customers, sources.log if sources.joined else None
    if customers is not None and customers.outcome is not None:
        return _frame_table(plan, engines, customers, log, labelled=True)
    if log is not None and plan.outcome_after_days is not None:
        return _frame_behaviour(plan, engines, customers, log, days=plan.outcome_after_days)
    unlabelled = Note(code="no_outcome", level="warning")
    if customers is not None:
        return _frame_table(plan, engines, customers, log, labelled=False, notes=[unlabelled])
    assert log is not None  # a project without a table has a log, and its customers are the log's own
    return _frame_log(plan, engines, log, notes=[unlabelled])


def _frame_table(
    plan: Plan,
    engines: Engines,
    customers: CustomerTable,
    log: EventLog | None,
    *,
    labelled: bool,
    notes: list[Note] | None = None,
) -> Framed:
    notes, con = notes or [], engines.con
    table, as_of = customers.table(con), None
    if log is not None:
        as_of = _as_of(plan, log)
        _require_events_before(plan, log, as_of)
        if labelled and plan.customers is not None and plan.customers.as_of is None:
            notes.append(Note(code="all_events_used", level="warning"))
        table = join_activity(table, _activity(plan, engines, log, as_of=as_of))
    people = _people(con, table)
    scoring, activity = _features(people, customers)
    known = people[OUTCOME].notna() if labelled else pd.Series(data=False, index=people.index)
    if labelled and plan.customers is not None:
        where = f"[customers] outcome = {customers.outcome!r} of {str(plan.customers.path)!r}"
        require_churners(int(people[OUTCOME].sum()), int(known.sum()), where=where)
    monthly, source = _monthly_value(people, customers, log)
    problem = ScoringProblem(
        training=scoring[known] if labelled else None,
        outcome=people.loc[known, OUTCOME].astype("int64") if labelled else None,
        treatment=people.loc[known, TREATMENT] if labelled and customers.treatment else None,
        scoring=scoring,
        activity_columns=activity,
        monthly_value=monthly,
        value_source=source,
        protocol_note=f"outcome from column {customers.outcome!r}" if labelled else "",
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
    training, now = read_per_customer(con, behaviour.training), read_per_customer(con, behaviour.scoring)
    before, outcome = training.drop("outcome"), _pandas(con, training["customer", "outcome"])
    left = pd.Series(outcome["outcome"].to_numpy(), index=outcome["customer"].astype(str))
    if customers is None:
        people, earlier = _by_customer(con, now), _by_customer(con, before)
    else:
        table = customers.table(con)
        people = _people(con, join_activity(table, now))
        earlier = _people(con, join_activity(table, before))
    earlier = earlier[earlier.index.isin(left.index)]
    scoring, activity = _features(people, customers)
    past, _ = _features(earlier, customers)
    monthly, source = _monthly_value(people, customers, log)
    problem = ScoringProblem(
        training=past,
        outcome=left.loc[past.index].astype("int64"),
        treatment=earlier[TREATMENT] if customers is not None and customers.treatment else None,
        scoring=scoring,
        activity_columns=activity,
        monthly_value=monthly,
        value_source=source,
        protocol_note=(
            f"outcome from behaviour: no event in the {days} days after the cut-off {behaviour.cutoff:%Y-%m-%d}, "
            "features from events up to it"
        ),
    )
    months = plan.modelling.outcome_months or days / DAYS_PER_MONTH
    return Framed(problem=problem, outcome_months=months, as_of=behaviour.end, notes=tuple(notes))


def _frame_log(plan: Plan, engines: Engines, log: EventLog, *, notes: list[Note]) -> Framed:
    as_of = _as_of(plan, log)
    people = _by_customer(engines.con, _activity(plan, engines, log, as_of=as_of))
    scoring, activity = _features(people, None)
    monthly, source = _monthly_value(people, None, log)
    problem = ScoringProblem(
        training=None,
        outcome=None,
        treatment=None,
        scoring=scoring,
        activity_columns=activity,
        monthly_value=monthly,
        value_source=source,
        protocol_note="",
    )
    months = plan.modelling.outcome_months or OUTCOME_MONTHS
    return Framed(problem=problem, outcome_months=months, as_of=as_of, notes=tuple(notes))


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


def _pandas(con: Any, table: Any) -> pd.DataFrame:
    frame: pd.DataFrame = con.to_pyarrow(table).to_pandas()
    return frame


def _people(con: Any, table: Any) -> pd.DataFrame:
    return _pandas(con, table).set_index(CUSTOMER_ID)


def _require_events_before(plan: Plan, log: EventLog, as_of: datetime) -> None:
    if as_of < datetime.fromisoformat(log.start):
        given = plan.customers.as_of if plan.customers is not None else None
        raise InputError(
            f"[customers] as_of = {str(given)!r}: no event of the log stands before it; the log runs from "
            f"{log.start[:10]} to {log.end[:10]}. Expected a date within it: when the customer table was taken."
        )


def _by_customer(con: Any, activity: Any) -> pd.DataFrame:
    people = _pandas(con, activity)
    people.index = pd.Index(people.pop("customer").astype(str), name=CUSTOMER_ID)
    return people


def _features(people: pd.DataFrame, customers: CustomerTable | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the feature columns of `people` (floats and text), and which of them grow with engagement."""
    own = set(customers.columns) if customers is not None else set()
    activity = [column for column in people.columns if column not in own and not column.startswith("__")]
    numeric = [*(customers.numeric if customers is not None else ()), *activity]
    categorical = list(customers.categorical) if customers is not None else []
    features = people[[*numeric, *categorical]].copy()
    features[numeric] = features[numeric].astype("float64")
    return features, engaged_features(activity)


def _monthly_value(
    people: pd.DataFrame, customers: CustomerTable | None, log: EventLog | None
) -> tuple[pd.Series | None, ValueSource]:
    if customers is not None and customers.revenue is not None:
        revenue = people[REVENUE].astype("float64")
        return revenue.where(revenue.abs() < MOST_MONEY), "revenue"
    if log is not None and log.has_prices:
        column = "log_spend_per_month" if "log_spend_per_month" in people.columns else "spend_per_month"
        return people[column].astype("float64"), "prices"
    return None, "declared"
