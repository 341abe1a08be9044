"""The tone after which a caller speaks."""

from functools import cache
from typing import Final

import numpy as np

from callagent.media.audio import SAMPLE_RATE, samples

PITCH_HZ: Final = 1000
LENGTH_S: Final = 0.25
AMPLITUDE: Final = 8000
"""Of 32768: as loud as speech."""
EDGE_S: Final = 0.01
"""Fading in and out, so that it does not click."""


@cache
def beep() -> bytes:
    """A quarter of a second of 1000 Hz, as 8 kHz PCM."""
    time_s = np.arange(samples(LENGTH_S)) / SAMPLE_RATE
    edge = np.minimum(1.0, np.minimum(time_s, LENGTH_S - time_s) / EDGE_S)
    return bytes(np.rint(AMPLITUDE * edge * np.sin(2 * np.pi * PITCH_HZ * time_s)).astype("<i2").tobytes())
