"""The schema of the store: brought up to date at every opening, by one process at a time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select, text

from querencia.errors import StoreError
from querencia.store.database import Database

VERSION_TABLE = "querencia_schema"
_LOCK = 7_163_874_922_310  # PostgreSQL's advisory locks are numbers: any that nobody else in the database uses
_MIGRATIONS = Path(__file__).with_name("migrations")
_VERSIONS = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))


def migrations(connection: Connection) -> Config:
    """Return Alembic's configuration for the store that `connection` is to."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> None:
    """Bring the schema up to date, in one transaction; others who open the store at the same time wait.

    Raises StoreError where the schema is of a newer version of querencia.
    """
    with database.read() as connection:
        config = migrations(connection)
        script = ScriptDirectory.from_config(config)
        if _version(connection) == script.get_current_head():
            return
    database.write(lambda connection: _upgrade(connection, script, store=database.name))


def _upgrade(connection: Connection, script: ScriptDirectory, *, store: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    found = _version(connection)
    known = {revision.revision for revision in script.walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"The store {store!r} was written by a newer version of querencia (schema {found!r}, "
            f"this one knows {script.get_current_head()!r}). Update querencia, or name another store in [store] url."
        )
    command.upgrade(migrations(connection), "head")


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(select(_VERSIONS.c.version_num)).scalar()
