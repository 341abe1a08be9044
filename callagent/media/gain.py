"""How much louder a quiet caller has to be made for a recogniser.

The level is that of speech alone, so pauses and hiss never raise it. It is followed over seconds; whoever applies the
gain takes one value for a whole turn, so that nothing swells or sinks while somebody speaks.
"""

import math
from typing import Final

import numpy as np

from callagent.media.audio import CHUNK_SAMPLES
from callagent.media.level import FULL_SCALE

TARGET_DBFS: Final = -22.0
"""RMS level of speech to bring a quiet caller to: what recognisers hear most."""
NEAR_ENOUGH_DB: Final = 6.0
"""A caller no further below it is left as they are."""
MOST_DB: Final = 20.0
"""Whoever is softer than that is hidden in the line's noise, which would be made as much louder."""
FEWEST: Final = 4 * CHUNK_SAMPLES
"""Samples of speech that make a level, 80 ms: a start is never much softer than what follows."""
LASTING: Final = 100 * CHUNK_SAMPLES
"""Samples, 2 s, over which the level falls once so much was heard."""
RISING: Final = 10 * CHUNK_SAMPLES
"""Samples, 200 ms, over which it rises: whoever was taken for softer, by an echo say, must not be made too loud."""


class QuietCaller:
    """Follows how loud one caller speaks."""

    def __init__(self) -> None:
        self._power = 0.0
        self._heard = 0

    def add(self, pcm: bytes) -> None:
        """A stretch in which the caller speaks, some 20 ms."""
        speech = np.frombuffer(pcm, "<i2").astype(np.float32)
        if not len(speech):
            return
        self._heard = min(self._heard + len(speech), LASTING)
        power = float(speech @ speech) / len(speech)
        over = self._heard if power < self._power else min(self._heard, RISING)
        self._power += (power - self._power) * min(1.0, len(speech) / over)

    @property
    def speech_dbfs(self) -> float | None:
        """RMS level of the caller's speech; None before enough of it was heard, or when it is digital silence."""
        if self._heard < FEWEST or self._power <= 0:
            return None
        return 10 * math.log10(self._power / FULL_SCALE**2)

    @property
    def gain_db(self) -> float:
        """By how much to make them louder: 0 to `MOST_DB`, and 0 as long as it is not known."""
        level = self.speech_dbfs
        if level is None or level >= TARGET_DBFS - NEAR_ENOUGH_DB:
            return 0.0
        return min(MOST_DB, TARGET_DBFS - level)
