"""Callers across calls, in a database that SQLAlchemy reaches; SQLite unless told otherwise."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Float, String, delete
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from callagent.call.callers import Acquaintance, UnfinishedCall
from callagent.store.engines import make_engine, translated, wipe_log

STORE: Final = "The store of callers"


class _Base(DeclarativeBase):
    """The tables of this file."""


class _Caller(_Base):
    """A caller who agreed to be known."""

    __tablename__ = "callers"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    open_orders: Mapped[list[str]] = mapped_column(JSON)
    last_topic: Mapped[str] = mapped_column(String(200))
    disposition: Mapped[str] = mapped_column(String(200))
    step: Mapped[str] = mapped_column(String(200))
    expires: Mapped[float] = mapped_column(Float, index=True)
    """Seconds since 1970, in UTC."""


class _Unfinished(_Base):
    """A call that was cut off."""

    __tablename__ = "held_calls"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    flow: Mapped[str] = mapped_column(String(200))
    flow_version: Mapped[str] = mapped_column(String(64))
    state: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires: Mapped[float] = mapped_column(Float, index=True)


class SqlCallerMemory:
    """A `call.callers.CallerMemory` over a database; `open` it before use."""

    def __init__(self, url: str) -> None:
        """`url` as SQLAlchemy wants it: "sqlite+aiosqlite:///callers.db". Raises ConfigurationError."""
        self._engine = make_engine(url, "CALLAGENT_DATABASE_URL", "sqlite+aiosqlite:///callers.db")
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    async def open(self, now: datetime) -> None:
        """Make the tables that are missing, and delete what has expired. Raises StoreError."""
        with translated(STORE):
            async with self._engine.begin() as connection:
                await connection.run_sync(_Base.metadata.create_all)
        await self.purge(now)

    async def recall(self, key: str, now: datetime) -> Acquaintance | None:
        """What is known of a caller; None for one who is not known, or no longer."""
        async with self._session() as session:
            row = await session.get(_Caller, key)
            if row is None or row.expires <= now.timestamp():
                return None
            return Acquaintance(
                language=row.language,
                name=row.name,
                open_orders=tuple(row.open_orders),
                last_topic=row.last_topic,
                disposition=row.disposition,
                step=row.step,
            )

    async def remember(
        self, key: str, values: Acquaintance, *, consent: bool, expires: datetime, now: datetime
    ) -> bool:
        """Keep it in place of what was known; without consent nothing is kept, and what was is deleted."""
        async with self._session() as session:
            await _delete_expired(session, now)
            if not consent or expires <= now:
                await session.execute(delete(_Caller).where(_Caller.key == key))
                return False
            await session.merge(
                _Caller(
                    key=key,
                    language=values.language[:16],
                    name=values.name[:200],
                    open_orders=[order[:50] for order in values.open_orders[:20]],
                    last_topic=values.last_topic[:200],
                    disposition=values.disposition[:200],
                    step=values.step[:200],
                    expires=expires.timestamp(),
                )
            )
            return True

    async def forget(self, key: str) -> None:
        """Delete all that there is of a caller."""
        async with self._session() as session:
            await session.execute(delete(_Caller).where(_Caller.key == key))
            await session.execute(delete(_Unfinished).where(_Unfinished.key == key))
        with translated(STORE):
            await wipe_log(self._engine)

    async def keep(self, key: str, unfinished: UnfinishedCall, *, expires: datetime, now: datetime) -> None:
        """Keep a call that was cut off, in place of an earlier one."""
        async with self._session() as session:
            await _delete_expired(session, now)
            row = _Unfinished(
                key=key,
                flow=unfinished.flow,
                flow_version=unfinished.flow_version,
                state=dict(unfinished.state),
                expires=expires.timestamp(),
            )
            await session.merge(row)

    async def take(self, key: str, now: datetime) -> UnfinishedCall | None:
        """The call that was cut off, once: it is deleted. None when there is none, or it came too late."""
        async with self._session() as session:
            await _delete_expired(session, now)  # else what nobody came back for stays until another call is cut off
            row = await session.get(_Unfinished, key)
            if row is None:
                return None
            await session.delete(row)
            return UnfinishedCall(row.flow, row.flow_version, row.state)

    async def purge(self, now: datetime) -> None:
        """Delete what has expired."""
        async with self._session() as session:
            await _delete_expired(session, now)

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        """A transaction; the library's errors become StoreError."""
        with translated(STORE):
            async with self._sessions.begin() as session:
                yield session


async def _delete_expired(session: AsyncSession, now: datetime) -> None:
    for table in (_Caller, _Unfinished):
        await session.execute(delete(table).where(table.expires <= now.timestamp()))
