"""From one sample rate to another.

`resample` converts a whole sentence at once with soxr. `StreamResampler` converts audio while it arrives: soxr's
streams of any quality that filters at all hold back 40 to 170 ms and then release it in bursts, which a caller hears
as delay, so this one is a plain polyphase filter (a windowed sinc) that looks `LOOKAHEAD_MS` ahead and no further.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from callagent.errors import MediaError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE

LOOKAHEAD_MS: Final = 4
"""Milliseconds of input that a sample of output waits for."""
LOWEST_RATE: Final = 4000
HIGHEST_RATE: Final = 384_000
PASSBAND: Final = 0.925
"""Middle of the filter's slope, as a part of the lower rate's Nyquist frequency: 3.7 kHz at 8 kHz."""
KAISER_BETA: Final = 8.0
"""Some 80 dB between what passes and what does not."""
MOST_PHASES: Final = 1000
"""Rows of filter; only rates that no device uses, such as 44101 Hz, need more to become 8 kHz."""

Floats = npt.NDArray[np.float32]


def resample(pcm: bytes, rate: int, to_rate: int = SAMPLE_RATE) -> bytes:
    """The whole of a sentence, 16-bit mono PCM at `rate` Hz, at `to_rate` Hz.

    Raises MediaError for half a sample or a rate that no audio has.
    """
    _check(pcm, rate, to_rate)
    if rate == to_rate:
        return pcm
    return _whole(np.frombuffer(pcm, "<i2"), rate, to_rate).astype("<i2").tobytes()


def resample_floats(audio: Floats, rate: int, to_rate: int = SAMPLE_RATE) -> Floats:
    """As `resample`, for float samples of any range."""
    _check(b"", rate, to_rate)
    return audio if rate == to_rate else _whole(audio, rate, to_rate).astype(np.float32)


def resample_blocks(blocks: Iterable[Floats], channels: int, rate: int, to_rate: int = SAMPLE_RATE) -> Iterator[Floats]:
    """As `resample_floats`, of audio that comes in blocks: a row for each moment, a column for each channel.

    What comes out, in blocks of other lengths, is as long as what goes in, to the sample.
    """
    _check(b"", rate, to_rate)
    if rate == to_rate:
        yield from blocks
        return
    stream = soxr.ResampleStream(rate, to_rate, channels, dtype="float32", quality="HQ")
    taken = made = 0
    for block in blocks:
        taken += len(block)
        out: Floats = stream.resample_chunk(np.ascontiguousarray(block, np.float32))
        made += len(out)
        yield out
    rest: Floats = stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)
    wanted = round(taken * to_rate / rate) - made
    yield np.concatenate((rest, np.zeros((max(0, wanted - len(rest)), channels), np.float32)))[: max(0, wanted)]


class StreamResampler:
    """Converts one stream of 16-bit mono PCM as it comes in, in pieces of any length.

    All that `feed` and `flush` return together is as long as the input, to the sample. Raises MediaError for a pair of
    rates in no simple ratio.
    """

    def __init__(self, rate: int, to_rate: int = SAMPLE_RATE) -> None:
        _check(b"", rate, to_rate)
        shared = gcd(rate, to_rate)
        self._up, self._down = to_rate // shared, rate // shared
        if self._up > MOST_PHASES:
            raise MediaError(f"A stream of {rate} Hz cannot become {to_rate} Hz; use `resample` on the whole audio.")
        self._taps = _taps(rate, to_rate)
        self._half = self._taps.shape[1] // 2
        self._fed = 0
        """Samples of input so far."""
        self._made = 0
        """Samples of output so far."""
        self._held: Floats = np.zeros(self._half, np.float32)
        self._held_from = -self._half
        """Position in the input of the first sample held."""
        self._odd = b""

    def feed(self, pcm: bytes) -> bytes:
        """What can be told of the output now."""
        pcm = self._odd + pcm
        whole = len(pcm) - len(pcm) % BYTES_PER_SAMPLE
        self._odd = pcm[whole:]
        new = np.frombuffer(pcm[:whole], "<i2")
        self._fed += len(new)
        self._held = np.concatenate((self._held, new.astype(np.float32)))
        # Output sample k lies at k * down / up of the input and needs `half` samples after that.
        return self._make(((self._fed - self._half) * self._up - 1) // self._down + 1)

    def flush(self) -> bytes:
        """The rest, as the stream has ended; the resampler may then be used for another."""
        self._held = np.concatenate((self._held, np.zeros(self._half + 1, np.float32)))
        rest = self._make(-(-self._fed * self._up // self._down))
        self._fed = self._made = 0
        self._held, self._held_from = np.zeros(self._half, np.float32), -self._half
        self._odd = b""
        return rest

    def _make(self, until: int) -> bytes:
        if until <= self._made:
            return b""
        places = np.arange(self._made, until) * self._down
        first = places // self._up - self._half + 1 - self._held_from
        windows = np.lib.stride_tricks.sliding_window_view(self._held, self._taps.shape[1])[first]
        made = np.einsum("ij,ij->i", windows, self._taps[places % self._up])
        self._made = until
        needed = until * self._down // self._up - self._half + 1 - self._held_from
        if needed > 0:
            self._held = self._held[needed:]
            self._held_from += needed
        return bytes(np.rint(np.clip(made, -32768, 32767)).astype("<i2").tobytes())


@lru_cache(maxsize=16)
def _taps(rate: int, to_rate: int) -> Floats:
    """One row of filter for each phase that an output sample can have between two input samples."""
    half = max(1, rate * LOOKAHEAD_MS // 1000)
    phases = to_rate // gcd(rate, to_rate)
    if rate == to_rate:
        straight = np.zeros((1, 2 * half), np.float32)
        straight[0, half - 1] = 1
        return straight
    cutoff = PASSBAND * min(rate, to_rate) / rate
    offset = np.arange(-half + 1, half + 1)[None, :] - (np.arange(phases) / phases)[:, None]
    window = np.i0(KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (offset / half) ** 2))) / np.i0(KAISER_BETA)
    taps = cutoff * np.sinc(cutoff * offset) * window
    # Each phase passes a steady level unchanged, or it would be heard as a tone.
    even: Floats = (taps / taps.sum(axis=1, keepdims=True)).astype(np.float32)
    return even


def _whole(audio: npt.NDArray[np.generic], rate: int, to_rate: int) -> npt.NDArray[np.generic]:
    converted: npt.NDArray[np.generic] = soxr.resample(audio, rate, to_rate, quality="HQ")
    return converted


def _check(pcm: bytes, *rates: int) -> None:
    if len(pcm) % BYTES_PER_SAMPLE:
        raise MediaError(f"PCM of {len(pcm)} bytes ends in half a sample; pass on whole samples only.")
    for rate in rates:
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise MediaError(f"{rate} Hz is no sample rate; give one from {LOWEST_RATE} to {HIGHEST_RATE} Hz.")
