"""One clock for all calls of a process.

Every 20 ms it lets each call do what is due: hand out audio, look at timers. One task serves all calls, so a hundred
calls cost a hundred function calls and no timers. It also knows how late the event loop runs.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog

from callagent.call.faults import fault
from callagent.clock import Clock

TICK_S: Final = 0.02
STALL_S: Final = 0.1
"""A tick that is later than this is heard by callers, so it is worth a line in the log."""

log = structlog.get_logger("callagent.heartbeat")


class Heartbeat:
    """Ticks every 20 ms on absolute deadlines; late ticks are not made up for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._beats: dict[int, Callable[[float], None]] = {}
        self._key = 0
        self._task: asyncio.Task[None] | None = None
        self.lag_s = 0.0
        """How late the last tick was."""
        self.lag_peak_s = 0.0
        """The latest tick since `take_lag_peak` was last called."""

    def start(self) -> None:
        """Begin; call from within the event loop."""
        self._task = asyncio.create_task(self._run(), name="heartbeat")

    async def stop(self) -> None:
        """End."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def join(self, beat: Callable[[float], None]) -> Callable[[], None]:
        """Have `beat(now_s)` called at every tick; returns what ends it."""
        self._key += 1
        key = self._key
        self._beats[key] = beat
        return lambda: self._beats.pop(key, None) and None

    def take_lag_peak(self) -> float:
        """The latest tick since the last time this was asked, in seconds."""
        peak, self.lag_peak_s = self.lag_peak_s, 0.0
        return peak

    async def _run(self) -> None:
        due_s = self._clock.now_s()
        while True:
            due_s += TICK_S
            await asyncio.sleep(max(0.0, due_s - self._clock.now_s()))
            now_s = self._clock.now_s()
            self.lag_s = max(0.0, now_s - due_s)
            self.lag_peak_s = max(self.lag_peak_s, self.lag_s)
            if self.lag_s > TICK_S:
                due_s = now_s
            if self.lag_s > STALL_S and self._beats:
                log.warning("event loop stalled", late_ms=round(self.lag_s * 1000), calls=len(self._beats))
            for beat in list(self._beats.values()):
                try:
                    beat(now_s)
                except Exception as error:  # noqa: BLE001  # one call's fault must not stop the clock of all the others
                    log.error("a call's beat failed", **fault(error))
