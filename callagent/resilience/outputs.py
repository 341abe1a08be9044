"""A provider's outputs, read at arm's length: however it hangs, whoever reads it does not."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
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
        self._reader: asyncio.Future[bool] | None = None
        """Waits for something to be there; there is but one."""
        self._is_enough: Callable[[T], bool] = _anything
        """Which outputs the reader is woken for."""
        self._each_s = 0.0
        """Where not 0, the reader waits so long again after each output."""
        self._room: asyncio.Future[bool] | None = None
        """Waits for something to be taken."""
        self._task = asyncio.create_task(self._run(), name=f"provider {provider}")

    async def next(self, within_s: float) -> T | None:
        """The next output; None after the last.

        Raises ProviderTimeoutError when there is none within so many seconds, and what the provider raised; anything
        it should not have raised becomes a ProviderUnavailableError.
        """
        if not await self._come(within_s):
            raise self._nothing(within_s)
        return self._taken()

    async def next_before(self, due: Callable[[], float], look_s: float) -> T | None:
        """As `next`, with a deadline that may move: the event loop's time, asked anew every `look_s` seconds."""
        now = self._loop.time
        asked_s = now()
        while not await self._come(min(look_s, max(0.0, due() - now()))):
            if now() >= due():
                raise self._nothing(now() - asked_s)
        return self._taken()

    async def stretch(self, is_enough: Callable[[T], bool], within_s: float, *, each: bool = False) -> list[T]:
        """The next outputs, as many as have come when one `is_enough` or is the last; none after it.

        `within_s` is for all of them, with `each` for each. Raises as `next`. Whoever has no use for outputs but with
        those that follow is not woken for each of them.
        """
        self._is_enough, self._each_s = is_enough, within_s if each else 0.0
        try:
            if not await self._come(within_s):
                raise self._nothing(within_s)
        finally:
            self._is_enough, self._each_s = _anything, 0.0
        taken: list[T] = []
        while (output := self._taken() if self._waiting or not taken else None) is not None:
            taken.append(output)
            if is_enough(output):
                break
        return taken

    async def _come(self, within_s: float) -> bool:
        """Wait until there is enough to be taken, or no more will be; whether that was in time."""
        if self._waiting or self._ended:
            return True
        self._reader = self._loop.create_future()
        self._be_late_at(self._loop.time() + within_s)
        try:
            in_time = await self._reader
        finally:
            self._reader = None
        return in_time or any(map(self._is_enough, self._waiting))

    def _taken(self) -> T | None:
        if self._waiting:
            output = self._waiting.popleft()
            if self._room is not None:
                _wake(self._room)
            return output
        if self._error is not None:
            raise self._error
        return None

    def _nothing(self, within_s: float) -> ProviderTimeoutError:
        return ProviderTimeoutError(self._provider, f"nothing useful within {within_s:.1f} s")

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
                _wake(self._reader, in_time=False)
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
                    if self._each_s:
                        self._due_s = self._loop.time() + self._each_s
                    if self._is_enough(item) or len(self._waiting) >= WAITING:
                        _wake(self._reader)
        except ProviderError as failed:
            self._error = failed
        except Exception as broken:  # noqa: BLE001  # an adapter's own mistake must not cost the caller the turn
            log.error("a provider broke", provider=self._provider, error=type(broken).__name__)
            self._error = ProviderUnavailableError(self._provider, f"broke ({type(broken).__name__})")
        self._ended = True
        _wake(self._reader)


def _wake(waiter: asyncio.Future[bool] | None, *, in_time: bool = True) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(in_time)


def _anything(_: object) -> bool:
    return True


def left_behind() -> int:
    """How many providers have been told to stop and have not."""
    return len(_left_behind)


async def settled(outputs: "Outputs[Any]", within_s: float) -> bool:
    """Wait until a closed provider has stopped; whether it has. For tests and for the end of the process."""
    done, _ = await asyncio.wait({outputs._task}, timeout=within_s)  # noqa: SLF001
    return bool(done)
