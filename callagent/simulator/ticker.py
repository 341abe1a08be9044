"""The beat of the simulated network: 20 ms for every call, on absolute deadlines, from one task.

Real callers are not in step, so calls are spread over four phases, 5 ms apart; otherwise a server would get everybody's
audio in the same millisecond and look slower than it is. The ticker measures its own lateness, so that a measurement
can tell a slow server from a slow client.
"""

import asyncio
import contextlib
from typing import Protocol

from callagent.media.audio import CHUNK_MS

PHASES = 4
PHASE_S = CHUNK_MS / 1000 / PHASES


class Ticked(Protocol):
    """Something that wants to be called every 20 ms."""

    async def tick(self, at_s: float) -> None:
        """Do what is due at `at_s`, the deadline on the event loop's clock; must be quick and must not raise."""
        ...


class Ticker:
    """Calls everything that joined, every 20 ms, until closed. When late it catches up tick by tick."""

    def __init__(self) -> None:
        self._phases: tuple[list[Ticked], ...] = tuple([] for _ in range(PHASES))
        self._task: asyncio.Task[None] | None = None
        self._late_ms: list[float] = []

    @property
    def late_ms(self) -> tuple[float, ...]:
        """Milliseconds after its deadline that each tick which had work began."""
        return tuple(self._late_ms)

    def join(self, ticked: Ticked) -> None:
        """Tick `ticked` from now on, in the phase with the fewest."""
        min(self._phases, key=len).append(ticked)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="ticker")

    def leave(self, ticked: Ticked) -> None:
        """Tick it no more; harmless when it is not there."""
        for phase in self._phases:
            if ticked in phase:
                phase.remove(ticked)

    async def aclose(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        beat = 0
        while True:
            deadline_s = began_s + beat * PHASE_S
            # A sleep of 0 when late lets callers hear one tick before the next one comes.
            await asyncio.sleep(max(0.0, deadline_s - loop.time()))
            phase = self._phases[beat % PHASES]
            if phase:
                self._late_ms.append(max(0.0, (loop.time() - deadline_s) * 1000))
            for ticked in tuple(phase):
                await ticked.tick(deadline_s)
            beat += 1
