"""Telling the log of what strangers could repeat at will, now and then. Time is the clock's."""

from typing import Final

import structlog

from callagent.clock import Clock

TELL_EVERY_S: Final = 10.0
"""How often the log tells of each thing; what came between is counted."""

log = structlog.get_logger("callagent.sip")


class Seldom:
    """Says each thing at most once in `TELL_EVERY_S`: never what a stranger wrote, nor where it came from."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[str, tuple[int, float]] = {}

    def tell(self, what: str, **about: str) -> None:
        """Log a warning; `what` is one of our own few texts."""
        times, told_s = self._since.get(what, (0, float("-inf")))
        now_s = self._clock.now_s()
        if now_s - told_s < TELL_EVERY_S:
            self._since[what] = (times + 1, told_s)
            return
        log.warning(what, times=times + 1, **about)
        self._since[what] = (0, now_s)
