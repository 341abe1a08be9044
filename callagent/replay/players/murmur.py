"""Something like a voice that says nothing: syllables of vowels that glide, as no sentence has them."""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from callagent.media.audio import SAMPLE_RATE

Floats = npt.NDArray[np.float64]

SYLLABLES: Final = 10
"""After which it begins again: two seconds and a half."""
VOWELS: Final = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
"""Formants in hertz, of a man's vowels (Peterson and Barney 1952)."""
LOUDNESS: Final = (1.0, 0.5, 0.25)
"""Of the formants,"""
WIDTHS: Final = (70, 100, 160)
"""and how wide they are, in hertz."""
LINE_HZ: Final = 3700
"""No telephone line carries more."""
PEAK: Final = 16_000


@cache
def murmur() -> npt.NDArray[np.int16]:
    """All of it, always the same; to be repeated for as long as it is wanted."""
    voice = np.concatenate([_syllable(number) for number in range(SYLLABLES)])
    return np.asarray(voice * (PEAK / np.abs(voice).max()), "<i2")


def _syllable(number: int) -> Floats:
    """One that differs from those beside it in length, pitch and vowels."""
    length = SAMPLE_RATE // 5 + number * 397 % 600
    through = np.arange(length) / length
    pitch_hz = (150 + number * 29 % 40) * (1 - through / 5)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE
    first, then = VOWELS[number * 2 % len(VOWELS)], VOWELS[(number * 3 + 1) % len(VOWELS)]
    glide = np.minimum(1, through * 2)
    formants = [before + (after - before) * glide for before, after in zip(first, then, strict=True)]
    voice = np.zeros(length)
    for harmonic in range(1, LINE_HZ // 100):
        heights = zip(formants, WIDTHS, LOUDNESS, strict=True)
        height = sum(loud / (1 + ((harmonic * pitch_hz - middle) / width) ** 2) for middle, width, loud in heights)
        voice += np.where(harmonic * pitch_hz < LINE_HZ, height, 0) * np.sin(harmonic * phase)
    swell = np.minimum(1, np.minimum(through / 0.15, (1 - through) / 0.25))
    said: Floats = voice / np.sqrt(np.mean(voice**2)) * np.maximum(0.02, swell)
    return said
