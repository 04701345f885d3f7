"""The database behind the store: SQLite or PostgreSQL, and transactions whose failures are StoreErrors."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from querencia.errors import StoreError
from querencia.store.addresses import read_address
from querencia.store.faults import is_deadlock, translate

Result = TypeVar("Result")
PATIENCE = 60.0  # seconds that one transaction waits for another
_ROUNDS = 5  # of a transaction that the database undid to end a deadlock
_NET = {  # libpq: a server that went silent is given up, not waited for
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms
}


class Database:
    """One database, and how to read and write it. Used by one thread at a time; each process opens its own."""

    def __init__(self, url: str, *, folder: Path, patience: float = PATIENCE) -> None:
        address = read_address(url, folder=folder)
        self.name = address.render_as_string(hide_password=True)
        self.patience = patience
        make = _sqlite if address.get_backend_name() == "sqlite" else _postgres
        self.engine = make(address, patience)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one transaction that writes, again where the database undid it to end a deadlock."""
        for _ in range(_ROUNDS):
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except SQLAlchemyError as error:
                if not is_deadlock(error):
                    raise translate(error, store=self.name) from error
                deadlock = error
        raise translate(deadlock, store=self.name) from deadlock

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that reads one state of the database, and keeps nobody from writing."""
        try:
            with self.engine.connect().execution_options(reads_only=True) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise translate(error, store=self.name) from error

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _sqlite(address: URL, patience: float) -> Engine:
    path = Path(address.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder of the store {str(path)!r} cannot be made: {error.strerror or error}. "
            "Name a file that may be written in [store] url."
        ) from error
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": patience, "isolation_level": None})
    event.listen(engine, "connect", lambda connection, _record: _prepare_sqlite(connection, patience))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:  # readers and a writer side by side; kept by the file. SQLite does not wait for a lock here by itself
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the lock at once: one that reads first may find it taken, and must give up.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _postgres(address: URL, patience: float) -> Engine:
    net = {name: value for name, value in _NET.items() if name not in address.query}
    engine = create_engine(address, hide_parameters=True, pool_pre_ping=True, connect_args=net)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = {int(patience * 1000)}")
        connection.execute("SET timezone = 'UTC'")
        connection.commit()

    return engine
