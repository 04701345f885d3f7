"""The schema that migrations make is the one that the code expects, and several processes may open a store at once."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from querencia.store.database import Database
from querencia.store.schema import VERSION_TABLE, migrations
from querencia.store.tables import Record

from .conftest import Store

pytestmark = pytest.mark.xdist_group("store")


def test_migrations_make_what_the_models_say_and_can_be_undone(store: Store) -> None:
    store.open().close()
    database = Database(store.url, folder=store.folder)
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, Record.metadata) == []
        command.downgrade(migrations(connection), "base")
        assert set(inspect(connection).get_table_names()) <= {VERSION_TABLE}
        command.upgrade(migrations(connection), "head")
        assert compare_metadata(context, Record.metadata) == []
    database.close()


def test_several_open_a_new_store_at_once(store: Store) -> None:
    with ThreadPoolExecutor(6) as pool:
        for ledger in pool.map(lambda _: store.open(), range(6)):
            ledger.close()
    assert store.sql(f"SELECT count(*) FROM {VERSION_TABLE}") == 1


def test_importing_querencia_loads_no_database_library() -> None:
    code = (
        "import sys, querencia; print([name for name in ('sqlalchemy', 'alembic', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
