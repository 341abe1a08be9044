"""Run by Alembic for each of its commands; the connection and its transaction are the store's."""

from alembic import context

from callagent.store.migrations import VERSION_TABLE, is_portable
from callagent.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    include_object=is_portable,
    transactional_ddl=True,  # SQLite's as well: the store begins its transactions itself
)
with context.begin_transaction():
    context.run_migrations()
