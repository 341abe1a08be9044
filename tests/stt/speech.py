"""Speech for the tests of this folder: a synthetic voice and, where it is installed, a recorded human one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import cache

import numpy as np
from support.human_voice import HUMAN

from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.resample import resample
from callagent.media.wav import read_wav
from callagent.tts.espeak_library import EspeakLibrary


def on_the_line(pcm: bytes) -> bytes:
    """As a call brings it: a breath before, the wait for the end of the turn after, faint noise, µ-law."""
    samples = np.concatenate((np.zeros(2400), np.frombuffer(pcm, "<i2"), np.zeros(4800)))
    noise = np.random.default_rng(1).normal(0, 16, len(samples))
    return ulaw_decode(ulaw_encode((samples + noise).clip(-32768, 32767).astype("<i2").tobytes()))


@cache
def _library() -> EspeakLibrary:
    return EspeakLibrary()


@cache
def spoken(text: str, voice: str = "gmw/en-US") -> bytes:
    """`text` in a synthetic voice, on the line."""
    library = _library()
    rendering = library.speak(text, voice, 165)
    loud = np.frombuffer(resample(rendering.pcm, library.rate), "<i2")
    return on_the_line((loud * 0.5).astype("<i2").tobytes())


def human_digits(digits: Sequence[int]) -> bytes:
    """Digits said one by one by a person, 120 ms apart, on the line."""
    return on_the_line(bytes(1920).join(_trimmed(read_wav(HUMAN / f"digits/{digit}.wav")) for digit in digits))


def human_prompt(name: str) -> bytes:
    """A recorded prompt, on the line."""
    return on_the_line(read_wav(HUMAN / f"{name}.wav"))


async def in_chunks(pcm: bytes, size: int = 320) -> AsyncIterator[bytes]:
    """Audio as a call feeds it."""
    for begin in range(0, len(pcm), size):
        yield pcm[begin : begin + size]
        await asyncio.sleep(0)


def _trimmed(pcm: bytes) -> bytes:
    samples = np.frombuffer(pcm, "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 300)
    return samples[max(0, int(loud[0]) - 400) : int(loud[-1]) + 400].tobytes()
