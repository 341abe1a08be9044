"""Whether somebody is speaking, judged from the sound alone, as an ear would."""

from enum import StrEnum
from functools import lru_cache

import numpy as np

from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, SILENCE

LOUD = 184
"""RMS from which 20 ms are audible: 45 dB under full scale, well under speech and well over a quiet line."""


class Change(StrEnum):
    """What a chunk changed."""

    BEGAN = "began"
    ENDED = "ended"


class Voice:
    """Follows one side of a call, 20 ms at a time. Positions are samples since the call began.

    A stretch of speech ends when nothing was audible for `hangover_s`; its end is where the last sound was, not where
    that was noticed.
    """

    def __init__(self, hangover_s: float) -> None:
        self.audible = False
        """Whether it is speaking; a pause shorter than the hangover is part of speaking."""
        self.began = 0
        """Where the latest stretch began: its first audible sample."""
        self.last = 0
        """The position after the latest audible sample."""
        self.position = 0
        """The position after the latest chunk."""
        self._hangover = round(hangover_s * SAMPLE_RATE)

    @property
    def quiet_s(self) -> float:
        """Seconds since the last sound."""
        return (self.position - self.last) / SAMPLE_RATE

    def hear(self, pcm: bytes) -> Change | None:
        """Take the next chunk of PCM; tells when a stretch began or ended with it."""
        start = self.position
        self.position += len(pcm) // BYTES_PER_SAMPLE
        edges = None if pcm is SILENCE else _edges(pcm)
        if edges is not None:
            self.last = start + edges[1]
            if not self.audible:
                self.audible = True
                self.began = start + edges[0]
                return Change.BEGAN
        elif self.audible and self.position - self.last >= self._hangover:
            return self.end()
        return None

    def end(self) -> Change:
        """The stretch is over before the hangover says so: something else shows it."""
        self.audible = False
        return Change.ENDED


@lru_cache(maxsize=4096)
def _edges(pcm: bytes) -> tuple[int, int] | None:
    """The first loud sample and the one after the last; None when the chunk, which calls may share, is not audible."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    if not len(samples) or float(samples @ samples) < LOUD * LOUD * len(samples):
        return None
    loud = np.flatnonzero(np.abs(samples) >= LOUD)
    return int(loud[0]), int(loud[-1]) + 1


def loud_until(pcm: bytes) -> int:
    """The byte after the last audible sample of an utterance; 0 when there is none."""
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) >= LOUD)
    return (int(loud[-1]) + 1) * BYTES_PER_SAMPLE if len(loud) else 0
