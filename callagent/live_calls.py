"""The calls of a server that go on: each a task of its own; counted, and ended together."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from callagent.call.faults import fault

T = TypeVar("T")

log = structlog.get_logger("callagent.app")


class LiveCalls:
    """One per server; its length is how many calls go on."""

    def __init__(self) -> None:
        self.total = 0
        """How many there were."""
        self.failed = 0
        """How many of them our own code broke in."""
        self.closed = False
        """Whether even a call that was promised an answer comes too late."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    async def have(self, call: Coroutine[Any, Any, T]) -> T | None:
        """Have a call until it is over; what came of it, None when it was not concluded.

        Cancelling this leaves it to end by itself, or by `end`.
        """
        task = asyncio.create_task(call, name="call")
        self._tasks.add(task)
        self.total += 1
        task.add_done_callback(self._over)
        await asyncio.wait({task})
        return None if task.cancelled() or task.exception() else task.result()

    def _over(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            log.error("a call was not concluded", **fault(error))

    def end(self) -> None:
        """Take no more, and have every one end now, without waiting; each still makes its summary."""
        self.closed = True
        for task in self._tasks:
            task.cancel()

    async def wait(self, within_s: float) -> int:
        """Wait until those that go on now are over; how many are not after so many seconds."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(set(self._tasks), timeout=within_s)
        return len(late)
