"""Whether a process can serve one more call well, from how late its event loop has been. Time is an argument.

A single late tick says nothing: a call is turned away when the loop was late for some seconds on end, and the next one
is taken when it has been well in time for some more. Between the two nothing changes.
"""

from typing import Final

LATE_S: Final = 0.04
"""A loop that is later than this holds half of what the mouths are ahead of the carrier's playback."""
CLOSES_AFTER_S: Final = 3
OPENS_AFTER_S: Final = 5
SHARE: Final = 95
"""Per cent of a second's ticks that are in time, in a second that counts as such."""


class Admission:
    """One per process: told of every tick, asked at every call."""

    def __init__(self, late_s: float = LATE_S) -> None:
        """`late_s` is how late the loop may be; 0 for as late as it likes."""
        self.is_open = True
        """Whether another call can be served well."""
        self._late_s = late_s
        self._second = 0
        self._lags: list[float] = []
        self._late = 0
        """Seconds on end, up to now, in which the loop was late."""
        self._well = 0
        """Likewise, in which it was early enough by far."""

    def note(self, now_s: float, lag_s: float) -> None:
        """A tick at this monotonic time came so many seconds late."""
        if int(now_s) != self._second:
            if self._lags:
                # A loop that stood still had one tick in all that time.
                self._judge(self._lags, max(1, round(self._lags[0])))
            self._second = int(now_s)
            self._lags = []
        self._lags.append(lag_s)

    def forget(self) -> None:
        """What was late so far does not count: the process was still starting."""
        self.is_open = True
        self._lags = []
        self._late = self._well = 0

    def _judge(self, lags: list[float], seconds: int) -> None:
        if not self._late_s:
            return
        lag_s = sorted(lags)[(len(lags) * SHARE - 1) // 100]
        self._late = self._late + seconds if lag_s > self._late_s else 0
        self._well = self._well + 1 if lag_s <= self._late_s / 2 else 0
        if self._late >= CLOSES_AFTER_S:
            self.is_open = False
        elif self._well >= OPENS_AFTER_S:
            self.is_open = True
