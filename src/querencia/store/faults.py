"""What a database's exceptions mean: a StoreError that says what to do next and holds no secret."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from querencia.errors import StoreError

_AGAIN = "Run it again: it goes on where it stopped."
_SQLITE = {
    "SQLITE_FULL": f"the disk is full. Free some space. {_AGAIN}",
    "SQLITE_BUSY": f"another process kept it locked too long. End that process, or let it finish. {_AGAIN}",
    "SQLITE_NOTADB": "the file is not a SQLite database. Name another file in [store] url.",
    "SQLITE_CORRUPT": "the file is damaged. Restore it from a copy, or name another file in [store] url.",
    "SQLITE_CANTOPEN": "the file cannot be opened. Check that its folder is there and may be written to.",
    "SQLITE_READONLY": "the file may not be written to. Give the right to write, or name another file in [store] url.",
    "SQLITE_IOERR": f"the disk does not read or write. Check the disk. {_AGAIN}",
}
_POSTGRES = {
    "53100": f"the server's disk is full. Free some space there. {_AGAIN}",
    "53300": f"the server has no connection left. Use fewer workers, or allow more connections. {_AGAIN}",
    "55P03": f"another process kept it locked too long. End that process, or let it finish. {_AGAIN}",
    "28": "the server does not accept this user or password. Check [store] url.",
    "3D000": "the server has no such database. Create it, or name another in [store] url.",
    "42501": "the user may not do this there. Grant the right to create and use tables, or name another user.",
    "25006": "the server takes no writing (a standby?). Name the primary in [store] url.",
    "57P": f"the server is shutting down or starting. Wait until it is up. {_AGAIN}",
    "08": f"the server is gone. Start it, and check host and port in [store] url. {_AGAIN}",
}
_DEADLOCKS = frozenset({"40001", "40P01"})


def is_deadlock(error: SQLAlchemyError) -> bool:
    """Say whether the database undid the transaction to let another through, so that it can be done again at once."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _DEADLOCKS


def translate(error: SQLAlchemyError, *, store: str) -> StoreError:
    """Return what `error` means. `store` is the database's address without its password.

    What the database itself said is given where it is known to hold no row: an error of integrity quotes values.
    """
    return StoreError(f"The store {store!r} failed: {_meaning(error)}")


def _meaning(error: SQLAlchemyError) -> str:
    if isinstance(error, PoolTimeoutError):
        return f"all its connections are in use. {_AGAIN}"
    if not isinstance(error, DBAPIError):
        return f"{type(error).__name__}. This is a defect of querencia: please report it."
    if isinstance(error.orig, sqlite3.Error):  # named such as SQLITE_IOERR_WRITE
        return _known(_SQLITE, str(getattr(error.orig, "sqlite_errorname", type(error.orig).__name__)))
    state = getattr(error.orig, "sqlstate", None)
    if state:
        return _known(_POSTGRES, f"{state}")
    # The server was never reached, or went away: PostgreSQL names no state then.
    return _refusal(str(error.orig)) or _POSTGRES["08"]


def _known(meanings: dict[str, str], name: str) -> str:
    found = (meaning for prefix, meaning in meanings.items() if name.startswith(prefix))
    return next(found, f"{name}. {_AGAIN}")


def _refusal(said: str) -> str | None:
    """Return what the server's refusal at connecting means: psycopg gives its words, and no state."""
    if "password" in said or "no pg_hba.conf entry" in said or ("role " in said and "does not exist" in said):
        return _POSTGRES["28"]
    if "database " in said and "does not exist" in said:
        return _POSTGRES["3D000"]
    if "too many clients" in said or "connection slots" in said:
        return _POSTGRES["53300"]
    return _POSTGRES["57P"] if "is starting up" in said or "is shutting down" in said else None
