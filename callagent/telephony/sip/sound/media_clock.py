"""The beat of all calls' sound in a process: one timer, every 20 ms, on absolute deadlines."""

import asyncio
import time
from typing import Final, Protocol

import structlog

from callagent.media.audio import CHUNK_MS

log = structlog.get_logger("callagent.sip")

BEAT_S: Final = CHUNK_MS / 1000
MOST_BEHIND: Final = 50
"""Beats that are caught up with, a second; of more the oldest never happen."""


class Ticking(Protocol):
    """Something that wants to be called every 20 ms."""

    def tick(self, at_s: float, now_s: float) -> None:
        """Do what is due at `at_s`, this beat's own time.

        `now_s` is the time of the newest beat: later than `at_s` by a multiple of 20 ms when the loop was late and
        beats follow each other without a pause. Must be quick.
        """
        ...

    def failed(self) -> None:
        """A tick raised: there will be no more."""
        ...


class MediaClock:
    """Beats while anything is to be ticked, on the running loop; its times are the loop's."""

    def __init__(self) -> None:
        self.date_offset_s = 0.0
        """What to take off the machine's date, as seconds since 1970, to have the clock's time, as of the last beat."""
        self._lines: dict[Ticking, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0

    @property
    def lines(self) -> int:
        """How many are ticked."""
        return len(self._lines)

    def now_s(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()

    def add(self, line: Ticking) -> None:
        """Tick it from the next beat on."""
        self._lines[line] = None
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._due_s = loop.time() + BEAT_S
            self._timer = loop.call_at(self._due_s, self._beat, loop)

    def remove(self, line: Ticking) -> None:
        """Tick it no more, not even in a beat that is under way; harmless when it is not there."""
        self._lines.pop(line, None)
        if not self._lines and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        now_s = loop.time()
        behind = max(0, int((now_s - self._due_s) / BEAT_S))
        if behind > MOST_BEHIND:
            self._due_s += (behind - MOST_BEHIND) * BEAT_S
            behind = MOST_BEHIND
        first_s = self._due_s
        self._due_s = first_s + (behind + 1) * BEAT_S
        self._timer = loop.call_at(self._due_s, self._beat, loop)
        self.date_offset_s = time.time() - time.monotonic()
        self.beat(first_s, behind)

    def beat(self, first_s: float, behind: int = 0) -> None:
        """One beat, and as many more as the loop is behind; the timer does this."""
        newest_s = first_s + behind * BEAT_S
        for number in range(behind + 1):
            at_s = first_s + number * BEAT_S
            for line in tuple(self._lines):
                if line not in self._lines:
                    continue  # removed by one before it
                try:
                    line.tick(at_s, newest_s)
                except Exception as error:  # noqa: BLE001  # one call's fault must not silence the others
                    self._fail(line, error)

    def _fail(self, line: Ticking, error: Exception) -> None:
        self.remove(line)
        log.error("sound failed", error=type(error).__name__)
        try:
            line.failed()
        except Exception as again:  # noqa: BLE001  # as above
            log.error("sound failed", error=type(again).__name__, at="its end")
