"""What calls may cost and did cost, in nano-dollars: reserved before a call, settled once after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from querencia.messages.writers.llm.ports import Commission, Reservation, Settlement, Tally
from querencia.store.clock import now
from querencia.store.queue import commission_number, leased_count, standing
from querencia.store.tables import AttemptRow, CommissionRow

LONGEST = 1_000  # signs of a reason or detail that are kept


def storable(words: str) -> str:
    """Return `words` cut to a sensible length, without what a database cannot hold (NUL, halves of a sign)."""
    return words[:LONGEST].replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def open_commission(connection: Connection, commission: Commission) -> None:
    """Begin or go on with a commission; project and budget become these."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    facts = {"project": commission.project, "budget": commission.budget}
    row = dialect.insert(CommissionRow).values(id=commission.id, opened_at=now(), **facts)
    connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=facts))


def reserve_calls(connection: Connection, commission: str, reservations: Sequence[Reservation]) -> list[int | None]:
    """Reserve the money of calls, one after the other as far as the budget reaches, where their leases stand."""
    works = standing(connection, [reservation.claim for reservation in reservations])
    number = commission_number(connection, commission)
    query = select(CommissionRow.budget, CommissionRow.spent, CommissionRow.reserved)
    query = query.where(CommissionRow.number == number).with_for_update(key_share=True)
    budget, spent, reserved = connection.execute(query).one()
    rows: list[dict[str, Any]] = []
    allowed: list[bool] = []
    for reservation in reservations:
        work = works.get((reservation.claim.work.key, reservation.claim.fence))
        fits = budget < 0 or spent + reserved + reservation.cost <= budget
        allowed.append(work is not None and fits)
        if allowed[-1]:
            reserved += reservation.cost
            fence = reservation.claim.fence
            rows.append({"commission": number, "work": work, "fence": fence, "reserved": reservation.cost})
    if not rows:
        return [None] * len(reservations)
    attempts = iter(_insert_attempts(connection, rows))
    sums = {"reserved": reserved, "calls": CommissionRow.calls + len(rows)}
    connection.execute(update(CommissionRow).where(CommissionRow.number == number).values(sums))
    return [next(attempts) if may else None for may in allowed]


def _insert_attempts(connection: Connection, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    moment = connection.execute(select(now())).scalar_one()
    statement = insert(AttemptRow).returning(AttemptRow.id, sort_by_parameter_order=True)
    return connection.execute(statement, [row | {"reserved_at": moment} for row in rows]).scalars().all()


def settle_calls(connection: Connection, settlements: Sequence[Settlement]) -> None:
    """Turn reserved money into spent money, for each call that was not settled before.

    A call that was given up as lost, and is heard of after all, is settled as any other.
    """
    if not settlements:
        return
    ended = {settlement.attempt: settlement for settlement in reversed(settlements)}
    query = select(AttemptRow.id, AttemptRow.commission, AttemptRow.reserved)
    query = query.where(AttemptRow.id.in_(ended), AttemptRow.settled_at.is_(None))
    rows = connection.execute(query.order_by(AttemptRow.id).with_for_update(key_share=True)).all()
    if not rows:
        return
    moment = connection.execute(select(now())).scalar_one()
    columns = ("outcome", "cost", "input_tokens", "cached_tokens", "output_tokens", "seconds", "detail")
    statement = update(AttemptRow.__table__).where(AttemptRow.id == bindparam("attempt"))  # type: ignore[arg-type]
    statement = statement.values({name: bindparam(f"its_{name}") for name in columns} | {"settled_at": moment})
    connection.execute(statement, [_ended(ended[row.id]) for row in rows])
    for number in sorted({row.commission for row in rows}):
        mine = [(row.reserved, ended[row.id]) for row in rows if row.commission == number]
        sums = {
            "reserved": CommissionRow.reserved - sum(reserved for reserved, _ in mine),
            "spent": CommissionRow.spent + sum(settlement.cost for _, settlement in mine),
            "input_tokens": CommissionRow.input_tokens + sum(settlement.usage.input for _, settlement in mine),
            "output_tokens": CommissionRow.output_tokens + sum(settlement.usage.output for _, settlement in mine),
        }
        connection.execute(update(CommissionRow).where(CommissionRow.number == number).values(sums))


def _ended(settlement: Settlement) -> dict[str, Any]:
    return {
        "attempt": settlement.attempt,
        "its_outcome": settlement.outcome,
        "its_cost": settlement.cost,
        "its_input_tokens": settlement.usage.input,
        "its_cached_tokens": settlement.usage.cached,
        "its_output_tokens": settlement.usage.output,
        "its_seconds": settlement.seconds,
        "its_detail": storable(settlement.detail),
    }


def take_stock(connection: Connection, commission: str) -> Tally:
    """Return where a commission stands, all of one moment."""
    number = commission_number(connection, commission)
    leased = leased_count(CommissionRow.number).correlate(CommissionRow).label("leased")
    row = connection.execute(select(CommissionRow.__table__, leased).where(CommissionRow.number == number)).one()
    return Tally(
        pending=row.works - row.written - row.fallback - row.leased,
        leased=row.leased,
        written=row.written,
        fallback=row.fallback,
        calls=row.calls,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        spent=row.spent,
        reserved=row.reserved,
    )
