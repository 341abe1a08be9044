"""An event loop whose time jumps to the next timer when there is nothing to do.

A whole phone call then takes as long as its work takes. What is due at the same moment is done in the order in which it
was asked for, so that the same call comes out the same again. Work in threads and process pools takes no time on this
clock: while a `run_in_executor` or `to_thread` is under way the loop really waits for it and its clock stands still,
so a call comes out the same on a slow machine and a fast one. Sockets are polled but never waited for, so this is for
calls inside one process (the loopback leg), not for a server.
"""

import asyncio
import math
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, TypeVarTuple, Unpack
from weakref import WeakSet

from callagent.clock import ManualClock

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

PATIENCE_S = 60.0
"""Real seconds to wait for a thread, or for anything at all, before saying that the call hangs."""
MOMENT_DIGITS: Final = 7
"""Digits of seconds by which two timers are told apart: what is nearer is due at the same moment."""
_MOMENTS_KEPT: Final = 1000


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that never waits for a timer; `time()` starts at 0 and counts virtual seconds.

    Raises RuntimeError when nothing more can happen, or a thread does not come back, for `patience_s` real seconds.
    """

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._virtual_s = 0.0
        self._at_work = 0
        self._patience_s = patience_s
        self._moments: dict[float, float] = {}
        """For moments to come: when the last timer that was set for them goes off, a hair after the others."""
        self._timers: WeakSet[asyncio.TimerHandle] = WeakSet()
        super().__init__(_JumpingSelector(self._wait))

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual_s

    def rewind(self) -> None:
        """Begin at 0 again, unless somebody waits for a moment to come.

        What is had one after the other on a loop is then had in the same way, even where a sum's last digit decides.
        """
        if not any(one.when() > self._virtual_s and not one.cancelled() for one in self._timers):
            self._virtual_s = 0.0
            self._moments.clear()
            self._timers.clear()

    def spend(self, seconds: float) -> None:
        """Let time go by in the middle of what is being done, as it does for work that keeps the loop busy."""
        self._virtual_s += seconds

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As asyncio does; of the timers for one moment the one that was set first goes off first."""
        moment = round(when, MOMENT_DIGITS)
        if moment <= self._virtual_s < when:
            moment = when  # whoever looks whether it is time must not look for ever
        if len(self._moments) > _MOMENTS_KEPT:
            self._moments = {due_s: last_s for due_s, last_s in self._moments.items() if due_s >= self._virtual_s}
        last_s = self._moments.get(moment)
        self._moments[moment] = moment if last_s is None else math.nextafter(last_s, math.inf)
        timer = super().call_at(self._moments[moment], callback, *args, context=context)
        self._timers.add(timer)
        return timer

    def run_in_executor(
        self,
        executor: Executor | None,
        func: Callable[[Unpack[Arguments]], Result],
        *args: *Arguments,
    ) -> asyncio.Future[Result]:
        """Run `func` in a thread or another process; virtual time stands still until it is done."""
        future = super().run_in_executor(executor, func, *args)
        self._at_work += 1
        future.add_done_callback(self._came_back)
        return future

    async def shutdown_default_executor(self, *limits: float | None) -> None:
        """Wait for the threads to end, as asyncio does (from 3.12 with a limit); they count as being at work."""
        self._at_work += 1
        await super().shutdown_default_executor(*limits)
        self._at_work -= 1

    def _came_back(self, _: asyncio.Future[Any]) -> None:
        self._at_work -= 1

    def _wait(self, timeout_s: float | None, poll: Callable[[float], list[Any]]) -> list[Any]:
        """What the loop's selector does instead of sleeping for `timeout_s`."""
        ready = poll(0)
        if ready or timeout_s == 0:
            return ready
        if timeout_s is not None and not self._at_work:
            self._virtual_s += timeout_s
            return ready
        ready = poll(self._patience_s)
        if not ready:
            what = "work in a thread has not come back" if self._at_work else "nothing is left that could happen"
            raise RuntimeError(
                f"the call hangs: {what} for {self._patience_s:g} s; look for a wait without a time limit."
            )
        return ready


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, wait: Callable[[float | None, Callable[[float], list[Any]]], list[Any]]) -> None:
        super().__init__()
        self._wait = wait

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As a selector does, but time goes by only virtually."""
        return self._wait(timeout, super().select)


class VirtualClock:
    """A `Clock` that reads a loop's time, from a fixed date on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, began: datetime | None = None) -> None:
        self._loop = loop
        self._began = began or ManualClock().wall()

    def now_s(self) -> float:
        """Seconds on the loop's clock."""
        return self._loop.time()

    def wall(self) -> datetime:
        """The starting date moved on by the loop's time."""
        return self._began + timedelta(seconds=self._loop.time())


def run(coroutine: Coroutine[Any, Any, Result], patience_s: float = PATIENCE_S) -> Result:
    """Run `coroutine` to its end in virtual time, on a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(patience_s)) as runner:
        return runner.run(coroutine)
