"""Which works stand in which batch: kept with the money that it may cost, before anything is submitted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, insert, select, update

from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.ports import BatchCall, KeptBatch, Reservation
from querencia.store.clock import now
from querencia.store.money import reserve_calls
from querencia.store.queue import commission_number, standing, work_of
from querencia.store.tables import BatchCallRow, BatchRow, WorkRow

_course = TypeAdapter(Course)


def prepare_batch(
    connection: Connection, commission: str, calls: Sequence[tuple[Reservation, Course]]
) -> tuple[KeptBatch | None, list[int | None]]:
    """Reserve the money of calls, and keep those that budget and lease allow as one batch."""
    attempts = reserve_calls(connection, commission, [reservation for reservation, _ in calls])
    kept = tuple(
        BatchCall(work=reservation.claim.work, attempt=attempt, course=course)
        for (reservation, course), attempt in zip(calls, attempts, strict=True)
        if attempt is not None
    )
    if not kept:
        return None, attempts
    ids = standing(connection, [reservation.claim for reservation, _ in calls])
    id_of = {key: number for (key, _), number in ids.items()}
    asking = uuid.uuid4().hex
    row = insert(BatchRow).values(
        commission=commission_number(connection, commission), asking=asking, prepared_at=now()
    )
    batch = connection.execute(row.returning(BatchRow.number)).scalar_one()
    leave_batches(connection, [id_of[call.work.key] for call in kept])
    rows = [
        {
            "work": id_of[call.work.key],
            "batch": batch,
            "place": place,
            "attempt": call.attempt,
            "course": _course.dump_json(call.course).decode(),
        }
        for place, call in enumerate(kept)
    ]
    connection.execute(insert(BatchCallRow), rows)
    return KeptBatch(number=batch, id="", asking=asking, calls=kept), attempts


def name_batch(connection: Connection, batch: int, name: str) -> None:
    """Keep the server's id of a batch."""
    connection.execute(update(BatchRow).where(BatchRow.number == batch).values(name=name))


def leave_batches(connection: Connection, works: Sequence[int]) -> None:
    """Let works (by id) stand in no batch."""
    connection.execute(delete(BatchCallRow).where(BatchCallRow.work.in_(works)))


def forget_calls(connection: Connection, keys: Sequence[str]) -> None:
    """Let works (by key) stand in no batch."""
    ids = select(WorkRow.id).where(WorkRow.key.in_(keys)).order_by(WorkRow.id)
    leave_batches(connection, connection.execute(ids).scalars().all())


def find_calls(connection: Connection, keys: Sequence[str]) -> list[KeptBatch]:
    """Return the batches that works stand in, with the calls of these."""
    return _kept(connection.execute(_calls().where(WorkRow.key.in_(keys))))


def read_batch(connection: Connection, batch: int) -> KeptBatch | None:
    """Return a batch with all of its calls; None where it has none left."""
    return next(iter(_kept(connection.execute(_calls().where(BatchRow.number == batch)))), None)


def _calls() -> Any:
    columns = (BatchRow.number, BatchRow.name, BatchRow.asking, BatchCallRow.attempt, BatchCallRow.course)
    return (
        select(WorkRow, BatchCallRow.place.label("position"), *columns)
        .join(BatchCallRow, BatchCallRow.work == WorkRow.id)
        .join(BatchRow, BatchRow.number == BatchCallRow.batch)
        .order_by(BatchRow.number, BatchCallRow.place)
    )


def _kept(rows: Iterable[Any]) -> list[KeptBatch]:
    return [
        KeptBatch(number=number, id=name or "", asking=asking, calls=tuple(map(_call, its_rows)))
        for (number, name, asking), its_rows in groupby(rows, key=lambda row: (row.number, row.name, row.asking))
    ]


def _call(row: Any) -> BatchCall:
    return BatchCall(work=work_of(row), attempt=row.attempt, course=_course.validate_json(row.course))


def merge(parts: Iterable[KeptBatch]) -> list[KeptBatch]:
    """Return batches whose calls were read in several parts, each batch once."""
    whole: dict[int, KeptBatch] = {}
    for part in parts:
        calls = (*whole[part.number].calls, *part.calls) if part.number in whole else part.calls
        whole[part.number] = KeptBatch(number=part.number, id=part.id, asking=part.asking, calls=calls)
    return list(whole.values())
