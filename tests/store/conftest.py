"""Every test of the store runs on SQLite, and on a PostgreSQL server of its own."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from message_contest.postgres import PostgresServer, postgres_programs, postgres_server
from querencia.messages.writers.llm.ports import Claim, Commission, Completion, Reservation, Settlement
from querencia.messages.writers.llm.reply import Reply
from querencia.messages.writers.llm.work import Usage, Work
from querencia.store.addresses import read_address
from querencia.store.ledger import SqlLedger, open_ledger

REPLY = Reply(subject="á", greeting="Hola {{name}}:", body=["b"], recommendations=["r"], call_to_action="c")
_names = itertools.count()


@dataclass(frozen=True)
class Store:
    """An empty store's address."""

    url: str
    folder: Path

    def open(self, *, patience: float = 20) -> SqlLedger:
        return open_ledger(self.url, folder=self.folder, patience=patience)

    def sql(self, statement: str) -> Any:
        """Do a statement behind the ledger's back; return its first figure, if it has any."""
        engine = create_engine(read_address(self.url, folder=self.folder))
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement))
                return result.scalar() if result.returns_rows else None
        finally:
            engine.dispose()

    def expire(self) -> None:
        """Let every lease be over."""
        self.sql("UPDATE works SET lease_until = 0 WHERE state = 'leased'")


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed: no initdb on PATH nor in /usr/lib/postgresql")
    with postgres_server(durable=False) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store("sqlite:///store.db", tmp_path)
    return Store(request.getfixturevalue("server").create(f"test{next(_names)}"), tmp_path)


@pytest.fixture
def ledger(store: Store) -> Iterator[SqlLedger]:
    """A ledger with the commission "c" of 1,000 nano-dollars."""
    with store.open() as opened:
        opened.open(Commission(id="c", project="p", budget=1_000))
        yield opened


def work(number: int, *, position: int | None = None) -> Work:
    return Work(
        key=hashlib.sha256(str(number).encode()).hexdigest(),
        mode="cell",
        language="es",
        facts=f'{{"número": {number}}}',
        model="m",
        prompt_version="p1",
        catalogue_version="c1",
        position=number if position is None else position,
    )


def works(count: int) -> list[Work]:
    return [work(number) for number in range(count)]


def claim(ledger: SqlLedger, limit: int = 1, *, commission: str = "c") -> list[Claim]:
    return ledger.claim(commission, worker="w", limit=limit, seconds=60)


def written(claim: Claim) -> Completion:
    return Completion(claim=claim, reply=REPLY)


def fell_back(claim: Claim, reason: str, *, final: bool) -> Completion:
    return Completion(claim=claim, reply=None, reason=reason, final=final)


def reserved(claim: Claim, cost: int) -> Reservation:
    return Reservation(claim=claim, cost=cost)


def settled(attempt: int | None, cost: int) -> Settlement:
    assert attempt is not None
    usage = Usage(input=7, cached=2, output=3)
    return Settlement(attempt=attempt, outcome="accepted", usage=usage, cost=cost, seconds=0.5)
