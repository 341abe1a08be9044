"""A server's database of calls: loaded when it is first used, and never left in the middle of something."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from callagent.recordings import make_call_store
from callagent.settings.settings import Settings
from callagent.store.record import CallRecord, Overdue

if TYPE_CHECKING:
    from callagent.store.calls import CallStore

T = TypeVar("T")
GOODBYE_S: Final = 5.0
"""For what is being done when the server ends."""


class LateStore:
    """As `store.calls.CallStore`, opened by whoever uses it first; everything may raise StoreError.

    Whoever waits for it may be cancelled: what was begun is done all the same, for the driver leaves a connection and
    its thread behind that is broken off.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises ConfigurationError."""
        self._settings = settings
        # A database that somebody has named is looked at before anything is started.
        self._made = make_call_store(settings) if settings.calls_url else None
        self._is_open = False
        self._opening = asyncio.Lock()
        self._doing: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Make the tables."""
        await self._do(_nothing)

    async def put(self, calls: Iterable[CallRecord]) -> None:
        """Store all of them or none."""
        await self._do(lambda store: store.put(calls))

    async def missing(self, names: Collection[str]) -> list[str]:
        """Those of which there is no record, in order."""
        return await self._do(lambda store: store.missing(names))

    async def overdue(self, kept: Overdue, before: datetime, after: str = "") -> list[str]:
        """Some names of calls that are older than they may be."""
        return await self._do(lambda store: store.overdue(kept, before, after))

    async def strip(self, names: Collection[str], kept: Literal["audio", "transcript"]) -> None:
        """Take the words out, or note that the sound is gone."""
        await self._do(lambda store: store.strip(names, kept))

    async def delete(self, names: Collection[str]) -> int:
        """Delete records."""
        return await self._do(lambda store: store.delete(names))

    async def aclose(self) -> None:
        """Let go of connections, once what was begun is done."""
        if self._doing:
            await asyncio.wait(self._doing, timeout=GOODBYE_S)
        if self._made is not None:
            await self._made.aclose()

    async def _do(self, work: "Callable[[CallStore], Awaitable[T]]") -> T:
        doing = asyncio.create_task(self._opened(work), name="database of calls")
        self._doing.add(doing)
        doing.add_done_callback(self._doing.discard)
        return await asyncio.shield(doing)

    async def _opened(self, work: "Callable[[CallStore], Awaitable[T]]") -> T:
        async with self._opening:
            if self._made is None:
                self._made = await asyncio.to_thread(_load, self._settings)
            if not self._is_open:
                await self._made.open()
                self._is_open = True
        return await work(self._made)


async def _nothing(_store: "CallStore") -> None:
    """It is open by then."""


def _load(settings: Settings) -> "CallStore":
    """A second's work, that listening need not wait for."""
    from callagent.store.calls import FILE
    from callagent.store.migrations import load

    if not (settings.recordings / FILE).exists():
        load()
    return make_call_store(settings)
