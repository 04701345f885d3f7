"""The store's address, read from `[store] url`: SQLite's file counts from the project's folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from querencia.errors import SettingsError

_EXPECTED = "expected sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"
_POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def read_address(url: str, *, folder: Path) -> URL:
    """Return the address in `url`, with SQLite's file made absolute from `folder`.

    Raises SettingsError, which never quotes the url as it stands: it may hold a password.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        # Not chained: what the parser says of a port may be the end of a password that holds a colon.
        raise SettingsError(
            f"[store] url cannot be read: {_EXPECTED}. Signs such as @ : / in a password are written %40 %3A %2F."
        ) from None
    if address.drivername in {"sqlite", "sqlite+pysqlite"}:
        return _file_address(address, folder=folder)
    if address.drivername not in _POSTGRES:
        raise SettingsError(f"[store] url: {address.drivername!r} is not known, {_EXPECTED}.")
    if find_spec("psycopg") is None:
        raise SettingsError(
            "[store] url names PostgreSQL, and its driver is not installed. Run: pip install 'querencia[postgres]'"
        )
    return address.set(drivername="postgresql+psycopg")


def _file_address(address: URL, *, folder: Path) -> URL:
    if address.host or not address.database or address.database == ":memory:" or address.query:
        raise SettingsError("[store] url: SQLite needs a file, expected sqlite:///FILE (three slashes).")
    return address.set(drivername="sqlite+pysqlite", database=str(folder.absolute() / address.database))
