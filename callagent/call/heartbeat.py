"""One clock for all calls of a process.

Every 20 ms it lets each call do what is due: hand out audio, look at timers. One task serves all calls, so a hundred
calls cost a hundred function calls and no timers. It also knows how late the event loop runs.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol, TypeAlias

import structlog

from callagent.call.faults import fault
from callagent.clock import Clock

TICK_S: Final = 0.02
STALL_S: Final = 0.1
"""A tick that is later than this is heard by callers, so it is worth a line in the log."""
LAG_WINDOW_S: Final = 60
"""How long the latest tick is remembered: longer than monitors usually wait between two looks."""

Beat: TypeAlias = Callable[[float], None]
"""What is done at a tick, at the monotonic time that is given."""
OnFailure: TypeAlias = Callable[[Exception], None]

log = structlog.get_logger("callagent.heartbeat")


class Pulse(Protocol):
    """A heartbeat, seen by what beats along with it."""

    @property
    def lag_s(self) -> float:
        """How late the last tick was."""
        ...

    def join(self, beat: Beat, on_failure: OnFailure | None = None) -> Callable[[], None]:
        """Have `beat(now_s)` called at every tick; returns what ends it.

        A beat that raises is not called again; `on_failure` gets what it raised, once, and must not raise itself.
        """
        ...


class Heartbeat:
    """Ticks every 20 ms on absolute deadlines; late ticks are not made up for."""

    def __init__(self, clock: Clock, on_tick: Callable[[float, float], None] | None = None) -> None:
        """`on_tick` gets the time of each tick and how late it was; it must not raise."""
        self._clock = clock
        self._on_tick = on_tick
        self._beats: dict[int, tuple[Beat, OnFailure]] = {}
        self._key = 0
        self._task: asyncio.Task[None] | None = None
        self.lag_s = 0.0
        """How late the last tick was."""
        self._lag_peaks: deque[tuple[int, float]] = deque(maxlen=LAG_WINDOW_S)
        """For each second, by the clock, that had a tick: how late its latest tick was."""

    def start(self) -> None:
        """Begin; call from within the event loop."""
        self._task = asyncio.create_task(self.run(), name="heartbeat")

    async def stop(self) -> None:
        """End."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def join(self, beat: Beat, on_failure: OnFailure | None = None) -> Callable[[], None]:
        """As `Pulse.join`; without `on_failure` a failure is logged."""
        self._key += 1
        key = self._key
        self._beats[key] = beat, on_failure or _log_failure

        def leave() -> None:
            self._beats.pop(key, None)

        return leave

    def lag_peak_s(self) -> float:
        """How late the latest tick of the last `LAG_WINDOW_S` was, in seconds; asking changes nothing."""
        since = int(self._clock.now_s()) - LAG_WINDOW_S
        return max((peak for second, peak in self._lag_peaks if second > since), default=0.0)

    def forget_lag(self) -> None:
        """What was late so far does not count: the process was still starting."""
        self._lag_peaks.clear()

    def _note_lag(self, now_s: float) -> None:
        second = int(now_s)
        if self._lag_peaks and self._lag_peaks[-1][0] == second:
            self._lag_peaks[-1] = second, max(self._lag_peaks[-1][1], self.lag_s)
        else:
            self._lag_peaks.append((second, self.lag_s))

    async def run(self) -> None:
        """Tick for ever: for whoever keeps the task instead of `start` and `stop`."""
        due_s = self._clock.now_s()
        while True:
            due_s += TICK_S
            await asyncio.sleep(max(0.0, due_s - self._clock.now_s()))
            now_s = self._clock.now_s()
            self.lag_s = max(0.0, now_s - due_s)
            self._note_lag(now_s)
            if self._on_tick:
                self._on_tick(now_s, self.lag_s)
            if self.lag_s > TICK_S:
                due_s = now_s
            if self.lag_s > STALL_S and self._beats:
                log.warning("event loop stalled", late_ms=round(self.lag_s * 1000), calls=len(self._beats))
            for key, (beat, on_failure) in list(self._beats.items()):
                try:
                    beat(now_s)
                except Exception as error:  # noqa: BLE001  # one call's fault must not stop the clock of all the others
                    self._beats.pop(key, None)
                    on_failure(error)


def _log_failure(error: Exception) -> None:
    log.error("a beat failed", **fault(error))


class CallHeartbeat:
    """The heartbeat as one call has it: `on_failure` gets what a beat of that call raised."""

    def __init__(self, heartbeat: Pulse, on_failure: OnFailure) -> None:
        self._heartbeat = heartbeat
        self._on_failure = on_failure

    @property
    def lag_s(self) -> float:
        """How late the last tick was."""
        return self._heartbeat.lag_s

    def join(self, beat: Beat, on_failure: OnFailure | None = None) -> Callable[[], None]:
        """As `Pulse.join`."""
        return self._heartbeat.join(beat, on_failure or self._on_failure)
