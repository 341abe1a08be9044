"""A provider's outputs, read at arm's length: however it hangs, whoever reads it does not."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import Enum, auto
from typing import Any, Final, Generic, TypeVar

import structlog

from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError

T = TypeVar("T")

WAITING: Final = 256
"""Outputs that wait for their reader; a provider that is further ahead waits itself."""

log = structlog.get_logger("callagent.resilience")

_left_behind: set[asyncio.Task[None]] = set()
"""Providers that were told to stop and have not yet: kept, because the event loop does not."""


class Outputs(Generic[T]):
    """Runs a provider's generator in a task of its own. Close it when done; that never waits for the provider."""

    def __init__(self, provider: str, source: AsyncGenerator[T, None]) -> None:
        self._provider = provider
        self._source = source
        # Not a queue and a timeout of asyncio's: on every piece of every stage they cost more than all the rest here.
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0
        """The loop's time until which the reader waits."""
        self._waiting: deque[T] = deque()
        self._ended = False
        self._error: ProviderError | None = None
        self._reader: asyncio.Future[None] | None = None
        """Waits for something to be there; there is but one."""
        self._room: asyncio.Future[None] | None = None
        """Waits for something to be taken."""
        self._task = asyncio.create_task(self._run(), name=f"provider {provider}")

    async def next(self, within_s: float) -> T | None:
        """The next output; None after the last.

        Raises ProviderTimeoutError when there is none within so many seconds, and what the provider raised; anything
        it should not have raised becomes a ProviderUnavailableError.
        """
        output = await self._next(within_s)
        if output is _NOTHING:
            raise ProviderTimeoutError(self._provider, f"nothing useful within {within_s:.1f} s")
        return output

    async def next_before(self, due: Callable[[], float], look_s: float) -> T | None:
        """As `next`, with a deadline that may move: the event loop's time, asked anew every `look_s` seconds."""
        now = asyncio.get_running_loop().time
        asked_s = now()
        while (output := await self._next(min(look_s, max(0.0, due() - now())))) is _NOTHING:
            if now() >= due():
                raise ProviderTimeoutError(self._provider, f"nothing useful within {now() - asked_s:.1f} s")
        return output

    async def _next(self, within_s: float) -> "T | _Nothing | None":
        if not self._waiting and not self._ended:
            self._reader = self._loop.create_future()
            self._be_late_at(self._loop.time() + within_s)
            try:
                await self._reader
            finally:
                self._reader = None
        if self._waiting:
            output = self._waiting.popleft()
            _wake(self._room)
            return output
        if not self._ended:
            return _NOTHING
        if self._error is not None:
            raise self._error
        return None

    def _be_late_at(self, due_s: float) -> None:
        """Have the reader woken then. A timer that goes off before is set again only then: mostly none has to be."""
        self._due_s = due_s
        if self._timer is None or self._timer.when() > due_s:
            self._stop_timer()
            self._timer = self._loop.call_at(due_s, self._late)

    def _late(self) -> None:
        self._timer = None
        if self._reader is not None:
            if self._loop.time() >= self._due_s:
                _wake(self._reader)
            else:
                self._be_late_at(self._due_s)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def close(self) -> None:
        """Have the provider stop; it is not waited for."""
        self._stop_timer()
        if not self._task.done():
            _left_behind.add(self._task)
            self._task.add_done_callback(_left_behind.discard)
            self._task.cancel()

    async def _run(self) -> None:
        try:
            async with aclosing(self._source) as source:
                async for item in source:
                    while len(self._waiting) >= WAITING:
                        self._room = self._loop.create_future()
                        await self._room
                    self._waiting.append(item)
                    _wake(self._reader)
        except ProviderError as failed:
            self._error = failed
        except Exception as broken:  # noqa: BLE001  # an adapter's own mistake must not cost the caller the turn
            log.error("a provider broke", provider=self._provider, error=type(broken).__name__)
            self._error = ProviderUnavailableError(self._provider, f"broke ({type(broken).__name__})")
        self._ended = True
        _wake(self._reader)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


class _Nothing(Enum):
    NOTHING = auto()


_NOTHING: Final = _Nothing.NOTHING


def left_behind() -> int:
    """How many providers have been told to stop and have not."""
    return len(_left_behind)


async def settled(outputs: "Outputs[Any]", within_s: float) -> bool:
    """Wait until a closed provider has stopped; whether it has. For tests and for the end of the process."""
    done, _ = await asyncio.wait({outputs._task}, timeout=within_s)  # noqa: SLF001
    return bool(done)
