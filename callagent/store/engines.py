"""What all stores share: an engine for a database's URL, SQLite tuned, the library's errors translated."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from callagent.errors import ConfigurationError, StoreError

BUSY_S: Final = 2.0
"""How long a write to SQLite waits for another process's."""
CONNECT_S: Final = 5.0
ANSWER_S: Final = 30.0
"""The longest that a statement may take on a server."""
DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg"}
"""By what people write before "://"."""


def make_engine(url: str | URL, setting: str, example: str) -> AsyncEngine:
    """An engine for a URL as SQLAlchemy has them; the driver may be left out.

    Raises ConfigurationError, which names the `setting` that it is from, and ends with the `example` of a right one.
    """
    try:
        parsed = make_url(url)
        parsed = parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))
        engine = create_async_engine(parsed, **_options(parsed))
    except (SQLAlchemyError, ImportError) as error:
        # Not the error's text: it holds the URL, and that may hold a password.
        missing = isinstance(error, ImportError) and error.name == "asyncpg"
        remedy = "install callagent[postgres]" if missing else f"write {example}"
        raise ConfigurationError(f"{setting} cannot be used ({type(error).__name__}); {remedy}.") from None
    if parsed.get_backend_name() == "sqlite":
        _tune_sqlite(engine.sync_engine)
    return engine


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Errors of the database as StoreError; `what` begins its text, such as "The store of callers"."""
    try:
        yield
    except Exception as error:
        # asyncpg's own come through where a connection is refused.
        if not isinstance(error, SQLAlchemyError | OSError) and not type(error).__module__.startswith("asyncpg"):
            raise
        # Not the error's text: it holds the statement with its values.
        raise StoreError(f"{what} failed: {type(error).__name__}.") from None


async def wipe_log(engine: AsyncEngine) -> None:
    """See that what was deleted does not stay in SQLite's log, which is there as long as anybody has the file open."""
    if engine.dialect.name == "sqlite":
        async with engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")


def _options(url: URL) -> dict[str, Any]:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return {"connect_args": {"timeout": BUSY_S}}
    if backend == "postgresql" and url.get_driver_name() == "asyncpg":
        # A server that was restarted is noticed before a statement goes to it.
        return {"connect_args": {"timeout": CONNECT_S, "command_timeout": ANSWER_S}, "pool_pre_ping": True}
    return {}


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
        cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is not left in the file
        cursor.close()
