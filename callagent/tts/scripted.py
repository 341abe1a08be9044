"""A synthesizer whose voice is a tone, at the pace of a real one: for tests, demos and the bench.

The sound is as long as the text would take to say, is never silent, and is the same for the same text.
"""

from asyncio import sleep
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

import numpy as np

from callagent.errors import ConfigurationError, ProviderRejectedError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples
from callagent.tts.synthesizer import Speech, SpeechChunk, SpokenWord, SynthesizerInfo

CHARACTERS_PER_S: Final = 15
PIECE: Final = samples(0.1)
"""Samples that are handed over at a time."""
PITCH_HZ: Final = 180.0
SYLLABLES_HZ: Final = 4.0
AMPLITUDE: Final = 5060.0
"""Of the tone before it is modulated: 20 dB under full scale (RMS) after."""


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """How fast audio comes."""

    first_audio_ms: float = 100.0
    speed: float = 10.0
    """Times real time, after the first audio."""

    def __post_init__(self) -> None:
        if self.speed <= 0 or self.first_audio_ms < 0:
            raise ConfigurationError("The scripted voice needs speed above 0 and first_audio_ms of at least 0.")


class ScriptedSynthesizer:
    """Hums the text."""

    Options = ScriptedOptions

    def __init__(self, options: ScriptedOptions) -> None:
        self._options = options

    @property
    def info(self) -> SynthesizerInfo:
        """What it can do."""
        return SynthesizerInfo("scripted", "1", languages=(), word_times=True, needs_network=False, splices=True)

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """The tone in pieces of 100 ms, with the words that begin in each; nothing for a text without words."""
        if speech.rate <= 0:
            raise ProviderRejectedError("scripted", f"a rate of {speech.rate} cannot be spoken; 1.0 is normal")
        words = _words(speech)
        pcm = _tone(len(" ".join(speech.text.split())) / (CHARACTERS_PER_S * speech.rate))
        wait_s = self._options.first_audio_ms / 1000
        for start in range(0, len(pcm) // BYTES_PER_SAMPLE, PIECE):
            await sleep(wait_s)
            begun = tuple(word for word in words if start <= samples(word.at_s) < start + PIECE)
            yield SpeechChunk(pcm[start * BYTES_PER_SAMPLE : (start + PIECE) * BYTES_PER_SAMPLE], begun)
            wait_s = PIECE / SAMPLE_RATE / self._options.speed

    async def aclose(self) -> None:
        """There is nothing to let go of."""


def _words(speech: Speech) -> list[SpokenWord]:
    words = []
    place = 0
    for word in speech.text.split():
        words.append(SpokenWord(word, place / (CHARACTERS_PER_S * speech.rate)))
        place += len(word) + 1
    return words


def _tone(seconds: float) -> bytes:
    time_s = np.arange(samples(seconds)) / SAMPLE_RATE
    loudness = 0.8 + 0.2 * np.sin(2 * np.pi * SYLLABLES_HZ * time_s)
    wave = np.sin(2 * np.pi * PITCH_HZ * time_s) + 0.5 * np.sin(2 * np.pi * 3 * PITCH_HZ * time_s)
    return bytes(np.rint(AMPLITUDE * loudness * wave).astype("<i2").tobytes())
