"""How much nonsense a leg puts up with. Time is an argument."""

from collections import deque
from typing import Final

from callagent.telephony.leg import LegCounters

MOST: Final = 50
"""Malformed messages within `WINDOW_S` that end a call."""
WINDOW_S: Final = 10.0


class Nonsense:
    """Counts what could not be understood."""

    def __init__(self, counters: LegCounters) -> None:
        self._counters = counters
        self._at_s: deque[float] = deque(maxlen=MOST)

    def is_too_much(self, now_s: float) -> bool:
        """Count one more; whether that ends the call."""
        self._counters.malformed += 1
        self._at_s.append(now_s)
        return len(self._at_s) == MOST and now_s - self._at_s[0] < WINDOW_S
