"""What can go wrong with a database is said in plain words, without its password."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest

from message_contest.postgres import PostgresServer, postgres_programs, postgres_server
from querencia.errors import SettingsError, StoreError
from querencia.messages.writers.llm.ports import Commission
from querencia.store.ledger import open_ledger

from .conftest import Store, works

pytestmark = pytest.mark.xdist_group("store")
SECRET = "hunter2"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "store.db",
        "sqlite://",
        "sqlite:///:memory:",
        f"mysql://u:{SECRET}@h/d",
        f"postgresql://u:p@{SECRET}:{SECRET}@h:x/d",
        f"postgresql://u:p@h:{SECRET}/d",
    ],
)
def test_a_wrong_url_is_a_settings_error_that_does_not_quote_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\[store\] url") as caught:
        open_ledger(url, folder=tmp_path)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_text("customer_id,name\n" * 1_000)
    with pytest.raises(StoreError, match="not a SQLite database"):
        open_ledger("sqlite:///store.db", folder=tmp_path)
    assert file.read_text() == "customer_id,name\n" * 1_000


def test_a_folder_for_the_store_is_made_and_one_that_cannot_be_is_said(tmp_path: Path) -> None:
    open_ledger("sqlite:///a/b/store.db", folder=tmp_path).close()
    assert (tmp_path / "a/b/store.db").is_file()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        open_ledger("sqlite:///file/store.db", folder=tmp_path)


def test_a_file_locked_too_long_is_said(tmp_path: Path) -> None:
    store = Store("sqlite:///store.db", tmp_path)
    with store.open(patience=0.1) as ledger:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked too long"):
            ledger.open(Commission(id="c", project="p", budget=0))
        other.close()
        ledger.open(Commission(id="c", project="p", budget=0))


def test_a_full_disk_is_said_and_leaves_the_store_whole(tmp_path: Path) -> None:
    with Store("sqlite:///store.db", tmp_path).open() as ledger:
        ledger.open(Commission(id="c", project="p", budget=0))
        ledger.enqueue("c", works(10))
        with ledger._database.engine.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")  # as SQLite says when the disk is full
        with pytest.raises(StoreError, match="disk is full"):
            ledger.enqueue("c", works(5_000))
        assert ledger.tally("c").pending == 10


def test_a_table_that_has_vanished_is_a_store_error(store: Store) -> None:
    with store.open() as ledger:
        ledger.open(Commission(id="c", project="p", budget=0))
        store.sql("DROP TABLE batch_calls")
        store.sql("DROP TABLE attempts")
        store.sql("DROP TABLE texts")
        with pytest.raises(StoreError) as caught:
            ledger.texts([work.key for work in works(1)])
    assert caught.value.__cause__ is not None


def test_a_store_of_a_newer_version_is_not_touched(store: Store) -> None:
    store.open().close()
    store.sql("UPDATE querencia_schema SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"newer version of querencia \(schema '9999'"):
        store.open()
    assert store.sql("SELECT version_num FROM querencia_schema") == "9999"


def test_a_wrong_password_is_said_and_not_quoted(server: PostgresServer, tmp_path: Path) -> None:
    url = server.url("postgres").replace(server.password, SECRET)
    with pytest.raises(StoreError, match="does not accept this user or password") as caught:
        open_ledger(url, folder=tmp_path)
    assert SECRET not in str(caught.value)
    assert SECRET not in str(caught.value.__cause__)


def test_a_database_that_is_not_there_is_said(server: PostgresServer, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such database"):
        open_ledger(server.url("nowhere"), folder=tmp_path)


def test_a_connection_lost_between_transactions_is_made_anew(server: PostgresServer, tmp_path: Path) -> None:
    with open_ledger(server.create("cut"), folder=tmp_path) as ledger:
        ledger.open(Commission(id="c", project="p", budget=0))
        with server.connect("postgres") as other:
            cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'cut'"
            assert other.execute(cut).fetchone() == (1,)
        assert ledger.tally("c").spent == 0


@pytest.mark.slow
def test_a_server_that_is_gone_is_said(tmp_path: Path) -> None:
    if postgres_programs() is None:
        pytest.skip("PostgreSQL is not installed: no initdb on PATH nor in /usr/lib/postgresql")
    with postgres_server(durable=False) as server, open_ledger(server.create("gone"), folder=tmp_path) as ledger:
        server.process.send_signal(signal.SIGQUIT)  # no farewell to anybody
        server.process.wait(timeout=30)
        with pytest.raises(StoreError, match=r"the server is (gone|shutting down)") as caught:
            ledger.open(Commission(id="c", project="p", budget=0))
        assert server.password not in str(caught.value)
