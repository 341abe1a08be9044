"""The call records' tables from version to version; run when the store is opened."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, column, inspect, select, table

from callagent.errors import StoreError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0002"
"""The last version. Known without Alembic, half a second of imports that mostly would find nothing to do."""
VERSION_TABLE: Final = "callagent_calls_version"
"""A shop's database may hold others' tables, and others' versions."""
LOCK: Final = 0x63616C6C
"""Whoever holds this in PostgreSQL makes the tables; others wait, and find them made."""
KEPT_APART: Final = frozenset({"call_words", "call_texts_words"})
"""What finds words: of one database's kind, so the tables in `tables` do not tell of it."""


def load() -> None:
    """Import what `migrate` needs where there is something to do: half a second, in whatever thread."""
    import alembic.command  # noqa: F401


def migrate(connection: Connection, revision: str = HEAD) -> None:
    """Bring the tables to a version, in the connection's transaction; several processes may at the same time.

    Raises StoreError for tables of a version that is not known here.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
    if version_of(connection) == revision:
        return
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(config(connection), revision)
    except CommandError:
        raise StoreError(
            "The tables of the store of calls are of a newer callagent. Run that one, or set CALLAGENT_CALLS_URL to "
            "another database."
        ) from None


def version_of(connection: Connection) -> str | None:
    """That the tables have; None where there are none."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.scalar(select(column("version_num")).select_from(table(VERSION_TABLE)))
    return version


def config(connection: Connection) -> "Config":
    """What Alembic's commands want to know."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def is_portable(_object: Any, name: str | None, *_: Any) -> bool:
    """Whether `tables` tells of it: for comparisons of what is there with what should be."""
    return not str(name).startswith(tuple(KEPT_APART)) and name != VERSION_TABLE
