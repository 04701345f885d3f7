"""Many rows in one statement, in the words of each database: executing row by row would cost more than the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, TableValuedAlias, Text, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from querencia.messages.writers.llm.work import Work
from querencia.store.tables import WorkRow

_FACTS = ("key", "mode", "language", "facts", "model", "prompt_version", "catalogue_version")
_facts = attrgetter(*_FACTS)
# In SQLite's own words: a dictionary for each row would cost as much as the row.
_SQLITE_INSERT = (
    f"INSERT INTO works ({', '.join(_FACTS)}, state, fence) "  # noqa: S608 (names of columns, none from outside)
    f"VALUES ({', '.join('?' for _ in _FACTS)}, 'pending', 0) ON CONFLICT DO NOTHING"
)


def on_postgres(connection: Connection) -> bool:
    """Say whether the store is in PostgreSQL; else it is in SQLite."""
    return connection.dialect.name == "postgresql"


def new_rows(connection: Connection, table: type[Any]) -> Any:
    """Return an INSERT into `table` that passes over rows that are there."""
    dialect = postgresql if on_postgres(connection) else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def insert_works(connection: Connection, works: Sequence[Work]) -> int:
    """Insert the works whose key is not there, as pending; return how many that were."""
    if not on_postgres(connection):
        return int(connection.exec_driver_sql(_SQLITE_INSERT, [_facts(work) for work in works]).rowcount)
    arrays = [literal([getattr(work, name) for work in works], postgresql.ARRAY(Text)) for name in _FACTS]
    source = func.unnest(*arrays).table_valued(*_FACTS, name="source").render_derived()
    query = select(*(source.c[name] for name in _FACTS), literal("pending"), literal(0))
    insert = new_rows(connection, WorkRow).from_select([*_FACTS, "state", "fence"], query)
    return int(connection.execute(insert).rowcount)


def arrivals(connection: Connection, positions: Mapping[str, int]) -> TableValuedAlias:
    """Return keys and positions as something to select from, with the columns `key` and `value`."""
    document = literal(json.dumps(positions), Text)
    if on_postgres(connection):
        return func.json_each_text(document.cast(postgresql.JSON)).table_valued("key", "value", name="arrivals")
    return func.json_each(document).table_valued("key", "value", name="arrivals")
