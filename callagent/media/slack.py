"""The slowest and fastest packets of late, for a jitter buffer: windowed extremes at no cost per packet."""

from collections import deque
from typing import Final

SPAN_S: Final = 0.5
SPANS: Final = 8
"""Only the lowest and highest of each half second are remembered, for four seconds."""
REMEMBERED_S: Final = SPAN_S * SPANS


class Slack:
    """Notes for each packet its position on the sender's clock less ours, in samples: more is earlier."""

    def __init__(self) -> None:
        self._spans: deque[tuple[int, int]] = deque(maxlen=SPANS)
        self._ends_s = 0.0
        self._low = self._high = 0
        self.known = False
        """Whether there was any packet."""
        self.lowest = self.highest = 0
        """Of the spans that are over and the current one."""

    def forget(self) -> None:
        """The line has changed."""
        self._spans.clear()
        self.known = False

    def note(self, early: int, arrival_s: float) -> None:
        """One packet."""
        if arrival_s >= self._ends_s or not self.known:
            if self.known:
                self._spans.append((self._low, self._high))
            self.known = True
            self._ends_s = arrival_s + SPAN_S
            self._low = self._high = early
            self.lowest = min([early, *(low for low, _ in self._spans)])
            self.highest = max([early, *(high for _, high in self._spans)])
        elif early < self._low:
            self._low = early
            self.lowest = min(self.lowest, early)
        elif early > self._high:
            self._high = early
            self.highest = max(self.highest, early)
