"""The clock of a recorded call, with every stumble that it had, from its making on."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from callagent.call.heartbeat import TICK_S, Beat, OnFailure


class RecordedHeart:
    """A `Pulse` for one call; after the last recorded tick it goes on evenly."""

    def __init__(self, beats_s: Sequence[float], began_s: float) -> None:
        """Seconds since the call began, which was at `began_s` by the loop's time."""
        self._beats_s: Final = beats_s
        self._began_s = began_s
        self._joined: dict[int, tuple[Beat, OnFailure | None]] = {}
        self._key = 0
        self.lag_s = 0.0
        """How late the last tick was."""

    def join(self, beat: Beat, on_failure: OnFailure | None = None) -> Callable[[], None]:
        """As `Pulse.join`."""
        self._key += 1
        key = self._key
        self._joined[key] = beat, on_failure
        return lambda: self._joined.pop(key, None) and None

    async def run(self) -> None:
        """Tick for ever."""
        now = asyncio.get_running_loop().time
        before_s = at_s = self._began_s
        beats = iter(self._beats_s)
        while True:
            recorded_s = next(beats, None)
            at_s = at_s + TICK_S if recorded_s is None else self._began_s + recorded_s
            await asyncio.sleep(max(0.0, at_s - now()))
            self.lag_s, before_s = max(0.0, at_s - before_s - TICK_S), at_s
            for key, (beat, on_failure) in list(self._joined.items()):
                try:
                    beat(now())
                except Exception as error:  # as in a live call, where it does not stop the clock either
                    del self._joined[key]
                    if on_failure is None:
                        raise
                    on_failure(error)
