"""Tasks that must not die unnoticed: each is told and begun anew, as often as a budget allows.

A fault that comes back at once is not mended by another start, so the budget is small: what dies again and again is
given up, and whoever keeps it decides what then.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from callagent.clock import Clock

ENDED: Final = "Ended"
"""What is told of a task that returned, though it should go on."""

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


class RestartBudget:
    """So many restarts within so many seconds. Time is an argument."""

    def __init__(self, most: int = 3, within_s: float = 60.0) -> None:
        self._most = most
        self._within_s = within_s
        self._restarts: deque[float] = deque()

    def spend(self, now_s: float) -> bool:
        """Take one; False when there is none left."""
        while self._restarts and now_s - self._restarts[0] >= self._within_s:
            self._restarts.popleft()
        if len(self._restarts) >= self._most:
            return False
        self._restarts.append(now_s)
        return True


def how_it_died(task: "asyncio.Task[None]") -> str:
    """The class of the error, never its words; for a task that is done."""
    if task.cancelled():
        return asyncio.CancelledError.__name__
    error = task.exception()
    return ENDED if error is None else type(error).__name__


@dataclass(slots=True)
class _Kept:
    work: Work
    budget: RestartBudget
    task: "asyncio.Task[None]"


class Supervisor:
    """Keeps tasks going until `stop`. `on_death` hears of each death: name, error class, whether it was restarted."""

    def __init__(self, clock: Clock, on_death: Callable[[str, str, bool], None]) -> None:
        self._clock = clock
        self._on_death = on_death
        self._kept: dict[str, _Kept] = {}

    def keep(self, name: str, work: Work, budget: RestartBudget | None = None) -> None:
        """Begin it; call from within the event loop."""
        self._kept[name] = _Kept(work, budget or RestartBudget(), self._begin(name, work))

    async def stop(self) -> None:
        """End all of them."""
        kept, self._kept = self._kept, {}
        for one in kept.values():
            one.task.cancel()
        await asyncio.gather(*(one.task for one in kept.values()), return_exceptions=True)

    def _begin(self, name: str, work: Work) -> "asyncio.Task[None]":
        task = asyncio.create_task(work(), name=name)
        task.add_done_callback(self._died)
        return task

    def _died(self, task: "asyncio.Task[None]") -> None:
        name, error = task.get_name(), how_it_died(task)
        kept = self._kept.get(name)
        if kept is None or kept.task is not task:
            return
        restarts = kept.budget.spend(self._clock.now_s())
        if restarts:
            kept.task = self._begin(name, kept.work)
        else:
            del self._kept[name]
        self._on_death(name, error, restarts)
