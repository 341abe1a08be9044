"""How many words of an utterance were heard when it was cut.

A word counts as heard when at least half of it was. With word times from the synthesizer that is exact; without, the
words are laid over the voiced part of the audio, each as long as its characters.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import numpy as np

from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

CHARACTERS_PER_S: Final = 15
"""How fast people and synthesizers speak, for audio of which not all is there yet."""
AUDIBLE: Final = 330
"""Smallest sample that is speech and no mere hiss: -40 dB of full scale."""
WINDOW: Final = SAMPLE_RATE // 100
"""Samples in the 10 ms windows that are told apart as voiced or not."""


class TimedWord(Protocol):
    """A word and when it begins, as a synthesizer tells it."""

    @property
    def text(self) -> str:
        """The word as it stands in the text."""
        ...

    @property
    def at_s(self) -> float:
        """Seconds from the first sample of the utterance."""
        ...


def voiced_part(pcm: bytes | bytearray) -> tuple[int, int]:
    """First sample that is loud enough to be speech and the one after the last, to 10 ms; (0, 0) for silence."""
    level = np.abs(np.frombuffer(pcm, "<i2").astype(np.int32))
    loud = np.flatnonzero(level >= AUDIBLE)
    if not len(loud):
        return 0, 0
    return int(loud[0]) // WINDOW * WINDOW, min(len(level), (int(loud[-1]) // WINDOW + 1) * WINDOW)


def words_heard(
    text: str, pcm: bytes | bytearray, heard: int, words: Sequence[TimedWord] = (), *, whole: bool = True
) -> str:
    """The part of `text` that was heard in the first `heard` samples of `pcm`, in whole words.

    `words` are the synthesizer's word times, if it gives any. `whole` says that no more audio is to come.
    """
    if heard <= 0:
        return ""
    begins, ends = voiced_part(pcm)
    if words:
        return _by_times(words, heard, ends if whole else len(pcm) // BYTES_PER_SAMPLE)
    if not whole:
        ends = max(ends, begins + len(text) * SAMPLE_RATE // CHARACTERS_PER_S)
    return _by_characters(text, heard - begins, ends - begins)


def _by_times(words: Sequence[TimedWord], heard: int, ends: int) -> str:
    starts = [word.at_s * SAMPLE_RATE for word in words]
    stops = [*starts[1:], max(float(ends), starts[-1])]
    middles = [(start + stop) / 2 for start, stop in zip(starts, stops, strict=True)]
    return " ".join(word.text for word, middle in zip(words, middles, strict=True) if heard >= middle)


def _by_characters(text: str, heard: int, voiced: int) -> str:
    if voiced <= 0:
        return ""
    text = " ".join(text.split())
    said = heard / voiced * len(text)
    count = 0
    place = 0
    words = text.split()
    for word in words:
        if said < place + len(word) / 2:
            break
        count += 1
        place += len(word) + 1
    return " ".join(words[:count])
