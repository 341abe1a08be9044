"""How far the carrier has got with the audio it was sent, told from the clock and corrected by its marks.

A carrier plays what it has at the speed of time, so what it has played follows from when it was sent what: it starts
when audio reaches an empty buffer, runs on without a break while there is more, and waits when it runs dry. The line
adds a delay that this cannot know; each mark that comes back tells it, and *heard* is *played* as long ago as that
delay. Only *played* paces the sending: a long line must not slow it down.

Time is counted in whole samples, so that nothing is lost to rounding.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from callagent.media.audio import SAMPLE_RATE

LARGEST_GAIN: Final = SAMPLE_RATE // 25
"""Samples, 40 ms, that marks may hurry one run."""
LONGEST_DELAY: Final = 2 * SAMPLE_RATE
"""Samples; a mark that is later than this was held up, and says nothing about the audio."""


@dataclass(slots=True)
class _Run:
    """Audio that is played without a break."""

    began: int
    """Time, in samples."""
    position: int
    """First sample of the run among all that was sent."""
    gained: int = 0
    """Samples by which marks have moved its beginning."""


@dataclass(frozen=True, slots=True)
class _Mark:
    position: int
    """Samples that have been played when it comes back."""
    expected: int
    """Time, in samples, when that should be."""


class LineClock:
    """One direction of one line. Positions count samples sent since the start or the last `reset`."""

    def __init__(self) -> None:
        self.sent = 0
        """Samples given to the carrier."""
        self._runs: list[_Run] = []
        self._marks: OrderedDict[str, _Mark] = OrderedDict()
        self._confirmed = 0
        self._delay = 0
        """Samples between a sound's being played by the clock and the carrier's word that it was."""

    @property
    def awaits_marks(self) -> bool:
        """Whether a mark is still out."""
        return bool(self._marks)

    def dry(self, now: int) -> bool:
        """Whether the carrier has nothing left to play."""
        return self.played(now) >= self.sent

    def played(self, now: int) -> int:
        """Samples that left the carrier's buffer by `now` if it plays in time: never more than were sent."""
        # Nearly always the last run is under way, and this is asked several times every 20 ms.
        if self._runs and (last := self._runs[-1]).began <= now:
            return min(self.sent, last.position + now - last.began)
        for number in range(len(self._runs) - 1, -1, -1):
            run = self._runs[number]
            if run.began <= now or number == 0:
                ends = self._runs[number + 1].position if number + 1 < len(self._runs) else self.sent
                return min(ends, run.position + max(0, now - run.began))
        return 0

    def heard(self, now: int) -> int:
        """Samples that the other side has heard by `now`: at least what marks confirm."""
        return max(self._confirmed, self.played(now - self._delay))

    def send(self, count: int, now: int) -> int:
        """Account for `count` samples given to the carrier; the time at which the first of them is played."""
        if self.dry(now):
            if self.heard(now) >= self.sent:
                self._runs.clear()
            self._runs.append(_Run(began=now, position=self.sent))
        last = self._runs[-1]
        at = last.began + self.sent - last.position
        self.sent += count
        return at

    def mark(self, name: str, now: int) -> None:
        """Account for a mark given to the carrier after all that was sent so far."""
        self._marks[name] = _Mark(self.sent, now + self.sent - self.played(now))

    def mark_played(self, name: str, now: int) -> bool:
        """A mark came back; False when it is none of ours, or was forgotten by `reset`."""
        mark = self._marks.pop(name, None)
        if mark is None:
            return False
        # Marks come back in order: one that was overtaken is lost.
        while self._marks and next(iter(self._marks.values())).position <= mark.position:
            self._marks.popitem(last=False)
        self._confirmed = max(self._confirmed, mark.position)
        ahead = mark.position - self.played(now)
        if ahead > 0:
            # The carrier is further than the clock says: by its own clock's drift, not by much. One that returns marks
            # before their time must not make the sending run away.
            run = self._runs[-1]
            gain = min(ahead, LARGEST_GAIN - run.gained)
            run.began -= gain
            run.gained += gain
        delay = max(0, now - mark.expected)
        if delay <= LONGEST_DELAY:
            self._delay = delay
        return True

    def reset(self) -> None:
        """The carrier was told to throw everything away; only the line's delay is worth keeping."""
        self.sent = 0
        self._runs.clear()
        self._marks.clear()
        self._confirmed = 0
