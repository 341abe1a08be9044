"""A provider's outputs, read at arm's length: however it hangs, whoever reads it does not."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
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
        self._queue: asyncio.Queue[T | _End] = asyncio.Queue(WAITING)
        self._end: _End | None = None
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
        if self._end is None:
            try:
                if self._queue.empty():  # a timer costs more than all the rest
                    async with asyncio.timeout(within_s):
                        item = await self._queue.get()
                else:
                    item = self._queue.get_nowait()
            except TimeoutError:
                return _NOTHING
            if not isinstance(item, _End):
                return item
            self._end = item
        if self._end.error is not None:
            raise self._end.error
        return None

    def close(self) -> None:
        """Have the provider stop; it is not waited for."""
        if not self._task.done():
            _left_behind.add(self._task)
            self._task.add_done_callback(_left_behind.discard)
            self._task.cancel()

    async def _run(self) -> None:
        error: ProviderError | None = None
        try:
            async with aclosing(self._source) as source:
                async for item in source:
                    await self._queue.put(item)
        except ProviderError as failed:
            error = failed
        except Exception as broken:  # noqa: BLE001  # an adapter's own mistake must not cost the caller the turn
            log.error("a provider broke", provider=self._provider, error=type(broken).__name__)
            error = ProviderUnavailableError(self._provider, f"broke ({type(broken).__name__})")
        await self._queue.put(_End(error))


@dataclass(frozen=True, slots=True)
class _End:
    error: ProviderError | None


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
