"""The ledger in SQLite or PostgreSQL: works, leases, attempts, texts and money, for workers that may be killed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from querencia.messages.writers.llm.course import Course
from querencia.messages.writers.llm.ports import (
    Claim,
    Commission,
    Completion,
    KeptBatch,
    Reservation,
    Settlement,
    Tally,
)
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Work
from querencia.store.batches import find_calls, forget_calls, merge, name_batch, prepare_batch, read_batch
from querencia.store.database import PATIENCE, Database
from querencia.store.money import open_commission, reserve_calls, settle_calls, take_stock
from querencia.store.queue import (
    MANY,
    add_works,
    lease_holders,
    lease_works,
    release_leases,
    release_workers,
    renew_leases,
)
from querencia.store.schema import upgrade
from querencia.store.texts import count_reasons, read_texts, store_texts


def open_ledger(url: str, *, folder: Path, patience: float = PATIENCE) -> SqlLedger:
    """Open the store at `url`, made or brought up to date where needed; a SQLite file counts from `folder`.

    `patience` is how long (seconds) one transaction waits for another. Raises SettingsError where `url` is wrong, and
    StoreError where the database cannot be used.
    """
    database = Database(url, folder=folder, patience=patience)
    try:
        upgrade(database)
    except BaseException:
        database.close()
        raise
    return SqlLedger(database)


class SqlLedger:
    """A Ledger in a database; each method is one transaction (`enqueue`: one for every few thousand works).

    A lease stands as long as nobody else has leased the work since, also when its time is over. Used by one thread at a
    time; every process opens its own. Methods raise StoreError where the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._database.close()

    def open(self, commission: Commission) -> None:
        """Begin or go on with a commission; its budget becomes this one."""
        self._database.write(lambda connection: open_commission(connection, commission))

    def enqueue(self, commission: str, works: Iterable[Work]) -> int:
        """Add works, chunk by chunk as they come; return how many of the commission are unfinished."""
        rest = iter(works)
        while chunk := list(islice(rest, MANY)):
            self._database.write(partial(add_works, commission=commission, works=chunk))
        tally = self.tally(commission)
        return tally.pending + tally.leased

    def claim(self, commission: str, *, worker: str, limit: int, seconds: float) -> list[Claim]:
        """Lease up to `limit` works for `seconds`, first in order first.

        None may come where others are just taking the last ones: `tally` says whether any is left.
        """
        return self._database.write(
            lambda connection: lease_works(connection, commission, worker=worker, limit=limit, seconds=seconds)
        )

    def renew(self, claims: Sequence[Claim], *, seconds: float) -> list[Claim]:
        """Let the leases that stand last `seconds` from now, and return them."""
        return self._database.write(lambda connection: renew_leases(connection, claims, seconds=seconds))

    def reserve(self, commission: str, reservations: Sequence[Reservation]) -> list[int | None]:
        """Return an attempt's number for each call that the budget and the lease allow, None where not."""
        return self._database.write(lambda connection: reserve_calls(connection, commission, reservations))

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Turn reserved money into spent money, once for each attempt."""
        self._database.write(lambda connection: settle_calls(connection, settlements))

    def complete(self, completions: Sequence[Completion]) -> list[bool]:
        """Store each text once; False where the lease had passed to another, and nothing was stored."""
        return self._database.write(lambda connection: store_texts(connection, completions))

    def release(self, claims: Sequence[Claim]) -> None:
        """Give works back unfinished, for others to claim at once."""
        self._database.write(lambda connection: release_leases(connection, claims))

    def holders(self, commission: str) -> list[str]:
        """Return the names of the workers that hold works of a commission, alive or not."""
        with self._database.read() as connection:
            return lease_holders(connection, commission)

    def release_workers(self, commission: str, workers: Sequence[str]) -> int:
        """Give back, for others to claim at once, what workers hold that are known to be dead; return how many works.

        Where one lives all the same, what it does is not stored: another has the work by then.
        """
        return self._database.write(lambda connection: release_workers(connection, commission, workers))

    def tally(self, commission: str) -> Tally:
        """Return where the commission stands; `calls` are all that were reserved, also those under way or lost."""
        with self._database.read() as connection:
            return take_stock(connection, commission)

    def texts(self, keys: Sequence[str]) -> Mapping[str, Reply | str]:
        """Return what each finished key has: its reply, or why there is none. Unfinished keys are left out."""
        found: dict[str, Reply | str] = {}
        with self._database.read() as connection:
            for start in range(0, len(keys), MANY):
                found |= read_texts(connection, keys[start : start + MANY])
        return found

    def reasons(self, commission: str) -> Mapping[str, int]:
        """Return how many works of a commission fell back for each reason, commonest first."""
        with self._database.read() as connection:
            return count_reasons(connection, commission)

    def prepare_batch(
        self, commission: str, calls: Sequence[tuple[Reservation, Course]]
    ) -> tuple[KeptBatch | None, list[int | None]]:
        """Reserve as `reserve` does, and keep the calls that were allowed as a batch; None where none was."""
        return self._database.write(lambda connection: prepare_batch(connection, commission, calls))

    def name_batch(self, batch: int, name: str) -> None:
        """Keep the id that the server gave to a batch."""
        self._database.write(lambda connection: name_batch(connection, batch, name))

    def batches(self, works: Sequence[Work]) -> list[KeptBatch]:
        """Return the batches that some of `works` stand in, each with the calls of these alone."""
        parts: list[KeptBatch] = []
        with self._database.read() as connection:
            for start in range(0, len(works), MANY):
                parts += find_calls(connection, [work.key for work in works[start : start + MANY]])
        return merge(parts)

    def whole_batch(self, batch: int) -> KeptBatch | None:
        """Return a batch with all of its calls; None where it has none left."""
        with self._database.read() as connection:
            return read_batch(connection, batch)

    def forget_calls(self, works: Sequence[Work]) -> None:
        """Let works stand in no batch: they are asked for anew."""
        for start in range(0, len(works), MANY):
            keys = [work.key for work in works[start : start + MANY]]
            self._database.write(partial(forget_calls, keys=keys))
