"""Where Alembic begins: it works in the transaction of the connection that it is handed."""

from __future__ import annotations

from alembic import context

from querencia.store.schema import VERSION_TABLE
from querencia.store.tables import Record

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Record.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds all steps, and ends them
)
context.run_migrations()
