"""Whose turn it is: works are added to a commission, leased to workers in their order, kept or given back.

Every transaction locks in one order, so that none waits in a circle: works (by key or id), attempts, commissions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    TableValuedAlias,
    cast,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    update,
)

from querencia.errors import StoreError
from querencia.messages.writers.llm.ports import Claim
from querencia.messages.writers.llm.work import Mode, Work
from querencia.store.bulk import arrivals, insert_works, new_rows, on_postgres
from querencia.store.clock import now
from querencia.store.tables import AttemptRow, CommissionRow, CommissionWork, TextRow, WorkRow

# Written out, not as a parameter: a partial index serves only a condition that is known when the query is planned.
IS_OPEN = CommissionWork.open == literal_column("1")
IS_LEASED = WorkRow.state == literal_column("'leased'")
MANY = 10_000  # keys or numbers in one statement


def commission_number(connection: Connection, commission: str) -> int:
    """Return the number of the commission's row. Raises StoreError where it was never opened."""
    number = connection.execute(select(CommissionRow.number).where(CommissionRow.id == commission)).scalar()
    if number is None:
        raise StoreError(f"No commission {commission!r} in the store: it is opened before anything is asked of it.")
    return number


def add_works(connection: Connection, commission: str, works: Iterable[Work]) -> int:
    """Add a few thousand works to a commission, and return how many of them it did not have.

    Works that fell back for a passing reason are pending again, for all their commissions.
    """
    number = commission_number(connection, commission)
    by_key = {work.key: work for work in works}
    # By key: two processes that add the same works in another order would wait for each other.
    known = len(by_key) - insert_works(connection, [by_key[key] for key in sorted(by_key)])
    incoming = arrivals(connection, {key: work.position for key, work in by_key.items()})
    states = _finished(connection, incoming) if known else {}
    return _link(connection, number, incoming, states)


def _finished(connection: Connection, incoming: TableValuedAlias) -> dict[int, str]:
    """Lock the works that come in, and return id and state of those that are finished and not reopened."""
    query = select(WorkRow.id, WorkRow.state).where(WorkRow.key == incoming.c.key).order_by(WorkRow.id)
    rows = connection.execute(query.with_for_update(of=WorkRow, key_share=True)).all()
    states = {row.id: row.state for row in rows if row.state in {"written", "fallback"}}
    for work in _reopen(connection, [work for work, state in states.items() if state == "fallback"]):
        del states[work]
    return states


def _reopen(connection: Connection, works: Sequence[int]) -> Sequence[int]:
    """Make those of the works pending that fell back for a passing reason, and return them."""
    if not works:
        return []
    passing = delete(TextRow).where(TextRow.work.in_(works), TextRow.final.is_(False)).returning(TextRow.work)
    reopened = connection.execute(passing).scalars().all()
    if reopened:
        connection.execute(update(WorkRow).where(WorkRow.id.in_(reopened)).values(state="pending"))
        links = update(CommissionWork).where(CommissionWork.work.in_(reopened)).values(open=1)
        count_works(connection, connection.execute(links.returning(CommissionWork.commission)).scalars(), fallback=-1)
    return reopened


def count_works(connection: Connection, commissions: Iterable[int], **change: int) -> None:
    """Change a sum (`written`, `fallback`) of each commission, once for each time that it is named."""
    times: dict[int, int] = {}
    for number in commissions:
        times[number] = times.get(number, 0) + 1
    for number in sorted(times):
        values = {name: getattr(CommissionRow, name) + by * times[number] for name, by in change.items()}
        connection.execute(update(CommissionRow).where(CommissionRow.number == number).values(values))


def _link(connection: Connection, number: int, incoming: TableValuedAlias, states: Mapping[int, str]) -> int:
    """Make works part of a commission, and count those that were not. The caller holds the works locked."""
    mine = select(CommissionRow.number).where(CommissionRow.number == number)
    connection.execute(mine.with_for_update(key_share=True))
    is_open = WorkRow.state.in_(("pending", "leased"))
    rows = select(WorkRow.id, literal(number), cast(incoming.c.value, BigInteger), cast(is_open, Integer))
    columns = ["work", "commission", "position", "open"]
    link = new_rows(connection, CommissionWork).from_select(columns, rows.where(WorkRow.key == incoming.c.key))
    linked = connection.execute(link.returning(CommissionWork.work)).scalars().all()
    finished = [states[work] for work in linked if work in states]
    sums = {"works": len(linked), "written": finished.count("written"), "fallback": finished.count("fallback")}
    values = {name: getattr(CommissionRow, name) + by for name, by in sums.items()}
    connection.execute(update(CommissionRow).where(CommissionRow.number == number).values(values))
    return len(linked)


def lease_works(connection: Connection, commission: str, *, worker: str, limit: int, seconds: float) -> list[Claim]:
    """Lease up to `limit` free works of a commission, first in order first; what others hold is passed over."""
    number = commission_number(connection, commission)
    free = or_(WorkRow.state == literal_column("'pending'"), IS_LEASED & (WorkRow.lease_until < now()))
    query = (
        select(WorkRow, CommissionWork.position)
        .join(CommissionWork, CommissionWork.work == WorkRow.id)
        .where(CommissionWork.commission == number, IS_OPEN, free)
        .order_by(CommissionWork.position, CommissionWork.work)
        .limit(limit)
        .with_for_update(of=WorkRow, key_share=True, skip_locked=True)
    )
    if on_postgres(connection):
        # Right after a great many works came in, the planner takes them for few, and would sort all to give a hundred.
        connection.execute(text("SET LOCAL enable_sort = off"))
    rows = connection.execute(query).all()
    if not rows:
        return []
    lease = {"state": "leased", "fence": WorkRow.fence + 1, "lease_until": _end(seconds), "worker": worker}
    connection.execute(update(WorkRow).where(WorkRow.id.in_([row.id for row in rows])).values(lease))
    _lose_attempts(connection, [row.id for row in rows if row.fence > 0])
    return [Claim(work=work_of(row), fence=row.fence + 1) for row in rows]


def _end(seconds: float) -> Any:
    return now() + int(seconds * 1000)


def work_of(row: Any) -> Work:
    """Return the work in a row of `works`, with its `position`."""
    mode: Mode = row.mode
    return Work(
        key=row.key,
        mode=mode,
        language=row.language,
        facts=row.facts,
        model=row.model,
        prompt_version=row.prompt_version,
        catalogue_version=row.catalogue_version,
        position=row.position,
    )


def _lose_attempts(connection: Connection, works: Sequence[int]) -> None:
    """Mark calls of earlier leases, which nobody ended, as lost. Their reserved money stays counted."""
    if works:
        lost = (AttemptRow.work.in_(works), AttemptRow.outcome.is_(None))
        connection.execute(update(AttemptRow).where(*lost).values(outcome="lost"))


def standing(connection: Connection, claims: Iterable[Claim]) -> dict[tuple[str, int], int]:
    """Lock the works of `claims`; return (key, fence) and id of those whose lease stands: nobody has leased them since.

    By fence too: a worker that was slow may hold two claims of one work, and only the later one stands.
    """
    asked = {(claim.work.key, claim.fence) for claim in claims}
    query = select(WorkRow.id, WorkRow.key, WorkRow.fence).where(WorkRow.key.in_({key for key, _ in asked}), IS_LEASED)
    rows = connection.execute(query.order_by(WorkRow.id).with_for_update(key_share=True))
    return {(row.key, row.fence): row.id for row in rows if (row.key, row.fence) in asked}


def renew_leases(connection: Connection, claims: Sequence[Claim], *, seconds: float) -> list[Claim]:
    """Let the leases that stand last `seconds` from now, and return them."""
    ids = standing(connection, claims)
    connection.execute(update(WorkRow).where(WorkRow.id.in_(ids.values())).values(lease_until=_end(seconds)))
    return [claim for claim in claims if (claim.work.key, claim.fence) in ids]


def release_leases(connection: Connection, claims: Sequence[Claim]) -> None:
    """Give the works back whose leases stand."""
    ids = list(standing(connection, claims).values())
    free = {"state": "pending", "lease_until": None, "worker": None}
    connection.execute(update(WorkRow).where(WorkRow.id.in_(ids)).values(free))


def lease_holders(connection: Connection, commission: str) -> list[str]:
    """Return the names of the workers that hold works of a commission."""
    query = select(WorkRow.worker).join(CommissionWork, CommissionWork.work == WorkRow.id)
    mine = CommissionWork.commission == commission_number(connection, commission)
    return [name for name in connection.execute(query.where(IS_LEASED, mine).distinct()).scalars() if name]


def release_workers(connection: Connection, commission: str, workers: Sequence[str]) -> int:
    """Give back the works of a commission that these workers hold, and return how many."""
    mine = CommissionWork.commission == commission_number(connection, commission)
    query = select(WorkRow.id).join(CommissionWork, CommissionWork.work == WorkRow.id)
    query = query.where(IS_LEASED, mine, WorkRow.worker.in_(workers)).order_by(WorkRow.id)
    ids = connection.execute(query.with_for_update(of=WorkRow, key_share=True)).scalars().all()
    free = {"state": "pending", "lease_until": None, "worker": None}
    for start in range(0, len(ids), MANY):
        connection.execute(update(WorkRow).where(WorkRow.id.in_(ids[start : start + MANY])).values(free))
    return len(ids)


def leased_count(number: Any) -> Any:
    """Return the number of works of a commission that are leased, as an expression."""
    return (
        select(func.count())
        .select_from(WorkRow)
        .join(CommissionWork, CommissionWork.work == WorkRow.id)
        .where(IS_LEASED, CommissionWork.commission == number)
        .scalar_subquery()
    )
