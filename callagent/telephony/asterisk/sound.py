"""A line's sound from and to our 8 kHz PCM: µ-law, A-law, and PCM of any rate. Pure.

`Inward` brings a caller's bytes into chunks of exactly 20 ms; `Outward` turns our 20 ms into exactly 20 ms of the
line's. A change of rate costs the few milliseconds that the filter looks ahead, and no more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callagent.media.audio import BYTES_PER_SAMPLE, CHUNK_BYTES, SAMPLE_RATE, silence
from callagent.media.g711 import alaw_decode, alaw_encode, ulaw_decode, ulaw_encode
from callagent.media.resample import LOOKAHEAD_MS, StreamResampler


def _as_it_is(pcm: bytes) -> bytes:
    return pcm


@dataclass(frozen=True, slots=True)
class Coding:
    """How sound is written on a line."""

    rate: int
    """Hertz."""
    sample_bytes: int = BYTES_PER_SAMPLE
    decode: Callable[[bytes], bytes] = _as_it_is
    encode: Callable[[bytes], bytes] = _as_it_is


CODINGS: Final = {
    "ulaw": Coding(8000, 1, ulaw_decode, ulaw_encode),
    "alaw": Coding(8000, 1, alaw_decode, alaw_encode),
    "slin": Coding(8000),
    "slin12": Coding(12_000),
    "slin16": Coding(16_000),
    "slin24": Coding(24_000),
    "slin32": Coding(32_000),
    "slin44": Coding(44_100),
    "slin48": Coding(48_000),
    "slin96": Coding(96_000),
    "slin192": Coding(192_000),
}
"""By Asterisk's names."""


class Inward:
    """One caller's sound as it comes in, in pieces of any length."""

    def __init__(self, coding: Coding) -> None:
        self._coding = coding
        self._resampler = _resampler(coding.rate, SAMPLE_RATE)
        self._odd = b""
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The chunks of 20 ms at 8 kHz that are complete now."""
        data = self._odd + data
        whole = len(data) - len(data) % self._coding.sample_bytes
        self._odd = data[whole:]
        pcm = self._coding.decode(data[:whole])
        if self._resampler is not None:
            pcm = self._resampler.feed(pcm)
        if not self._rest and len(pcm) == CHUNK_BYTES:
            return [pcm]
        self._rest += pcm
        chunks = []
        while len(self._rest) >= CHUNK_BYTES:
            chunks.append(bytes(self._rest[:CHUNK_BYTES]))
            del self._rest[:CHUNK_BYTES]
        return chunks


class Outward:
    """The agent's sound on its way out."""

    def __init__(self, coding: Coding) -> None:
        self._coding = coding
        self.restart()

    def restart(self) -> None:
        """What was given so far is not to be heard any more, not even the end of it that the filter holds."""
        self._resampler = _resampler(SAMPLE_RATE, self._coding.rate)
        if self._resampler is not None:
            # Else the first piece would come out shorter than it went in.
            self._resampler.feed(silence(LOOKAHEAD_MS / 1000))

    def coded(self, pcm: bytes) -> bytes:
        """Just as much sound, as it is written on the line."""
        return self._coding.encode(pcm if self._resampler is None else self._resampler.feed(pcm))


def _resampler(rate: int, to_rate: int) -> StreamResampler | None:
    return None if rate == to_rate else StreamResampler(rate, to_rate)
