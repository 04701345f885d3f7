"""How works ended: each text is stored once, and read by its key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from querencia.messages.writers.llm.ports import Completion
from querencia.messages.writers.llm.reply import Reply
from querencia.store.batches import leave_batches
from querencia.store.clock import now
from querencia.store.money import settle_calls, storable
from querencia.store.queue import commission_number, count_works, standing
from querencia.store.tables import CommissionWork, TextRow, WorkRow


def store_texts(connection: Connection, completions: Sequence[Completion]) -> list[bool]:
    """Store how works ended and close them in all their commissions; False for those whose lease has passed on.

    Their last calls are settled in the same transaction, whoever holds the work by now.
    """
    settle_calls(connection, [one.settlement for one in completions if one.settlement is not None])
    works = standing(connection, [completion.claim for completion in completions])
    moment = connection.execute(select(now())).scalar_one()
    rows: list[dict[str, Any]] = []
    stored: list[bool] = []
    for completion in completions:
        claim = completion.claim
        work = works.pop((claim.work.key, claim.fence), None)  # popped: one call may name a work twice
        stored.append(work is not None)
        if work is not None:
            rows.append(_row(work, completion) | {"finished_at": moment})
    if rows:
        connection.execute(insert(TextRow), rows)
        leave_batches(connection, [row["work"] for row in rows])
        _close(connection, "written", [row["work"] for row in rows if row["reply"] is not None])
        _close(connection, "fallback", [row["work"] for row in rows if row["reply"] is None])
    return stored


def _row(work: int, completion: Completion) -> dict[str, Any]:
    reply = completion.reply
    return {
        "work": work,
        "reply": None if reply is None else reply.model_dump_json(),
        "reason": storable(completion.reason),
        "final": completion.final,
    }


def _close(connection: Connection, state: str, works: Sequence[int]) -> None:
    if not works:
        return
    over = {"state": state, "lease_until": None, "worker": None}
    connection.execute(update(WorkRow).where(WorkRow.id.in_(works)).values(over))
    links = update(CommissionWork).where(CommissionWork.work.in_(works)).values(open=0)
    count_works(connection, connection.execute(links.returning(CommissionWork.commission)).scalars(), **{state: 1})


def read_texts(connection: Connection, keys: Sequence[str]) -> dict[str, Reply | str]:
    """Return reply or reason of the finished works among `keys`."""
    query = select(WorkRow.key, TextRow.reply, TextRow.reason).join(TextRow, TextRow.work == WorkRow.id)
    rows = connection.execute(query.where(WorkRow.key.in_(keys)))
    return {key: reason if reply is None else Reply.model_validate_json(reply) for key, reply, reason in rows}


def count_reasons(connection: Connection, commission: str) -> dict[str, int]:
    """Return how many works of a commission fell back for each reason, commonest first."""
    number = commission_number(connection, commission)
    times = func.count().label("times")
    query = (
        select(TextRow.reason, times)
        .join(CommissionWork, CommissionWork.work == TextRow.work)
        .where(CommissionWork.commission == number, TextRow.reply.is_(None))
        .group_by(TextRow.reason)
        .order_by(times.desc(), TextRow.reason)
    )
    return {row.reason: row.times for row in connection.execute(query)}
