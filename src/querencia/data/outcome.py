"""The outcome from behaviour: who fell silent, learned without looking ahead.

::

    first event ─────────── cut-off ──────── H days ──────── last event
      features of training ───┘└── any event here? no: left ──┘└─ features of scoring, as of the last event

The model learns from the features at the cut-off whether a customer had no event in the H days after it, and scores the
same features as of the last event. A customer first seen after the cut-off is scored, not trained on.

A customer long silent before the cut-off is a row all the same, and mostly one that left: their recency says so, and
dropping them would teach the model a world without lost customers. What happened before the log began is unknown to
both snapshots alike; the scoring snapshot merely sees H days more of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import ibis

from querencia.data.activity import activity_features
from querencia.data.churners import FEWEST_CHURNERS
from querencia.data.per_customer import write_per_customer
from querencia.data.tables import EventLog
from querencia.errors import OutcomeError
from querencia.language.notes import Note


@dataclass(frozen=True, kw_only=True)
class BehaviourOutcome:
    """Snapshots of the same features, as folders for `read_per_customer`.

    `training` holds the customers seen by `cutoff` with `outcome` (1: no event in the `days` after it, else 0),
    `scoring` every customer as of `end`, the last event. `customers` and `churners` count the rows of `training` and
    those with outcome 1, `newcomers` the customers of `scoring` that are not in `training`. `earlier` is a snapshot
    like `training`, `days` before `cutoff`, for a model to be tried on what came later; None where the log does not
    reach back so far.
    """

    training: Path
    scoring: Path
    cutoff: datetime
    end: datetime
    days: int
    customers: int
    churners: int
    newcomers: int
    notes: tuple[Note, ...]
    earlier: Path | None = None


def derive_outcome(
    con: Any, log: EventLog, *, days: int, timezone: str, into: Path, cutoff: datetime | None = None
) -> BehaviourOutcome:
    """Write training and scoring snapshots of an event log whose outcome is silence for `days` after a cut-off.

    They become folders in the folder `into`. `cutoff` (UTC, without zone) is the last event minus `days` unless an
    earlier moment is given.

    OutcomeError where no event stands before the cut-off, where nobody or everybody fell silent, or where fewer than
    50 did: it gives the figures and the way out.
    """
    events = log.table(con)
    start, end = _span(con, events)
    _require_days(days, start=start, end=end)
    latest = end - timedelta(days=days)
    cutoff = latest if cutoff is None else min(cutoff, latest)
    customers, churners, newcomers = _count_customers(con, events, cutoff=cutoff, days=days)
    _require_outcome(customers, churners, days=days, cutoff=cutoff)

    def snapshot(events: Any, as_of: datetime) -> Any:
        return activity_features(events, as_of=as_of, types=log.types, has_prices=log.has_prices, timezone=timezone)

    def labelled(events: Any, cutoff: datetime) -> Any:
        after = (events.time > ibis.literal(cutoff)) & (events.time <= ibis.literal(cutoff + timedelta(days=days)))
        stayed = events.filter(after).select(stayed="customer").distinct()
        features = snapshot(events, cutoff)
        training = features.left_join(stayed, features.customer == stayed.stayed)
        outcome = training.stayed.isnull().cast("int64")
        return training.mutate(outcome=outcome).drop("stayed").order_by("customer")

    training, scoring, earlier = into / "training", into / "scoring", into / "earlier"
    write_per_customer(con, log, lambda events: labelled(events, cutoff), into=training)
    write_per_customer(con, log, lambda events: snapshot(events, end), into=scoring)
    before = cutoff - timedelta(days=days)
    has_earlier = before > start and _enough(*_count_customers(con, events, cutoff=before, days=days)[:2])
    if has_earlier:
        write_per_customer(con, log, lambda events: labelled(events, before), into=earlier)
    return BehaviourOutcome(
        training=training,
        scoring=scoring,
        cutoff=cutoff,
        end=end,
        days=days,
        customers=customers,
        churners=churners,
        newcomers=newcomers,
        earlier=earlier if has_earlier else None,
        notes=_tell(customers, churners, newcomers, days=days, cutoff=cutoff, history=(cutoff - start).days),
    )


def _span(con: Any, events: Any) -> tuple[datetime, datetime]:
    span = con.to_pyarrow(events.aggregate(start=events.time.min(), end=events.time.max())).to_pylist()[0]
    if span["end"] is None:
        raise OutcomeError("the event log holds no event: nothing to derive an outcome from")
    return span["start"], span["end"]


def _require_days(days: int, *, start: datetime, end: datetime) -> None:
    span = (end - start).days
    if 1 <= days <= span:
        return
    raise OutcomeError(
        f"[events] outcome_after_days = {days!r} leaves no event before the cut-off: the log spans {span} days, from "
        f"{start:%Y-%m-%d} to {end:%Y-%m-%d}. Expected 1 to {span}: the days of silence after which a customer counts "
        f"as lost, and best under a third of the log ({span // 3}), so that enough history stands before them."
    )


def _count_customers(con: Any, events: Any, *, cutoff: datetime, days: int) -> tuple[int, int, int]:
    moment, until = ibis.literal(cutoff), ibis.literal(cutoff + timedelta(days=days))
    seen = events.group_by("customer").agg(
        first=events.time.min(), back=events.count(where=(events.time > moment) & (events.time <= until))
    )
    counts = seen.aggregate(
        customers=seen.count(where=seen["first"] <= moment),
        churners=seen.count(where=(seen["first"] <= moment) & (seen.back == 0)),
        newcomers=seen.count(where=seen["first"] > moment),
    )
    row = con.to_pyarrow(counts).to_pylist()[0]
    return row["customers"], row["churners"], row["newcomers"]


def _require_outcome(customers: int, churners: int, *, days: int, cutoff: datetime) -> None:
    found = (
        f"[events] outcome_after_days = {days!r}: of {customers} customers with events up to the cut-off "
        f"{cutoff:%Y-%m-%d}, {churners} had none in the {days} days after it"
    )
    if churners == customers:
        raise OutcomeError(f"{found}, which is all of them. Expected some to come back: give more days.")
    if churners < FEWEST_CHURNERS:
        raise OutcomeError(
            f"{found}. Expected at least {FEWEST_CHURNERS} to learn from: give fewer days, so that more customers "
            f"count as lost, or a longer log."
        )


def _enough(customers: int, churners: int) -> bool:
    return min(churners, customers - churners) >= FEWEST_CHURNERS


def _tell(
    customers: int, churners: int, newcomers: int, *, days: int, cutoff: datetime, history: int
) -> tuple[Note, ...]:
    day = f"{cutoff:%Y-%m-%d}"
    counts: dict[str, str | int | float] = {"days": days, "cutoff": day, "customers": customers}
    notes = [Note(code="outcome_from_behaviour", values={**counts, "churners": churners})]
    if newcomers:
        notes.append(Note(code="outcome_newcomers", values={"cutoff": day, "newcomers": newcomers}))
    if history < days:
        values: dict[str, str | int | float] = {"days": days, "history": history}
        notes.append(Note(code="outcome_short_history", values=values, level="warning"))
    return tuple(notes)
