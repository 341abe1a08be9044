"""How noisy a line is, and speech without that noise, for a recogniser's ears only.

The noise is measured where nobody speaks, as a spectrum. `Suppressor` is a Wiener filter: each frequency is passed as
far as it rises above the noise there, smoothed in time as Ephraim and Malah do, so that the rest does not tinkle. It
takes away what is steady (hiss, hum, a fan, an engine) and leaves what is not: it cannot tell other people's voices
from the caller's.
"""

import math
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from callagent.media.audio import BYTES_PER_SAMPLE, CHUNK_SAMPLES
from callagent.media.level import FULL_SCALE

NoiseMode = Literal["off", "auto", "on"]
"""Whether noise is taken out: never, when there is enough of it, or always."""

FRAME: Final = 256
"""Samples that are filtered at once; a sample waits for no more than these, 32 ms."""
HOP: Final = FRAME // 2
LASTING: Final = 50
"""Chunks, 1 s of quiet line, over which the noise is followed."""
FEWEST: Final = 10
"""Chunks that make a measurement."""
MEAN_OF_LOGS: Final = np.float32(np.euler_gamma)
"""By how much the mean logarithm of a noise's power is less than the logarithm of its mean."""
DEEPEST: Final = 10 ** (-24 / 20)
"""What is left of a frequency that holds nothing but noise."""
OVER: Final = 1.5
"""The noise is taken to be so much stronger than its mean: it is not always at its mean."""
SMOOTHING: Final = 0.97
NOISY_DBFS: Final = -50.0
"""From here on, 28 dB under ordinary speech, noise costs a recogniser words."""
QUIET_DBFS: Final = -55.0

Floats = npt.NDArray[np.float32]


class NoiseMeter:
    """Follows the noise of one line, in logarithms: a door that slams is no noisy line."""

    def __init__(self) -> None:
        self._chunks = 0
        self._spectrum: Floats = np.zeros(HOP + 1, np.float32)
        self._power = 0.0
        self._noisy = False

    def add(self, pcm: bytes) -> None:
        """A chunk in which nobody speaks; a shorter one is left out."""
        quiet = np.frombuffer(pcm, "<i2")[:CHUNK_SAMPLES].astype(np.float32)
        if len(quiet) < CHUNK_SAMPLES:
            return
        self._chunks = min(self._chunks + 1, LASTING)
        spectrum = np.fft.rfft(quiet * _SHORT, FRAME)
        # Nothing is softer than a rounded sample.
        self._spectrum += (np.log(spectrum.real**2 + spectrum.imag**2 + 1) - self._spectrum) / self._chunks
        self._power += (math.log(float(quiet @ quiet) / CHUNK_SAMPLES + 1 / 12) - self._power) / self._chunks

    @property
    def dbfs(self) -> float | None:
        """RMS level of the noise; None as long as too little was heard. Digital silence is at -101."""
        if self._chunks < FEWEST:
            return None
        return 10 * math.log10(math.exp(self._power) / FULL_SCALE**2)

    @property
    def spectrum(self) -> Floats | None:
        """Power by frequency, as a `Suppressor` takes it; None as long as too little was heard."""
        return np.exp(self._spectrum + MEAN_OF_LOGS) - 1 if self._chunks >= FEWEST else None

    def is_noisy(self) -> bool:
        """Whether there is so much noise that taking it out is worth it; holds until there is clearly less."""
        level = self.dbfs
        if level is not None:
            self._noisy = level >= (QUIET_DBFS if self._noisy else NOISY_DBFS)
        return self._noisy


class Suppressor:
    """Takes a noise out of one stretch of audio that comes in pieces of any length.

    All that `feed` and `flush` return together is as long as the input, to the sample.
    """

    def __init__(self, noise: Floats) -> None:
        self._noise = np.maximum(noise, 0) * np.float32(OVER) + np.float32(1.0)
        self._held: Floats = np.zeros(HOP, np.float32)
        self._overlap: Floats = np.zeros(HOP, np.float32)
        self._clean: Floats | None = None
        """Power of what passed, over the noise's, in the frame before."""
        self._owed = 0
        """Samples that came in and have not gone out yet."""

    def feed(self, pcm: bytes) -> bytes:
        """What can be told now; whole samples only."""
        self._owed += len(pcm) // BYTES_PER_SAMPLE
        self._held = np.concatenate((self._held, np.frombuffer(pcm, "<i2").astype(np.float32)))
        made = []
        while len(self._held) >= FRAME:
            before = self._clean is None
            filtered = self._filtered(self._held[:FRAME])
            self._held = self._held[HOP:]
            if not before:  # the first hop lies before the audio
                made.append(self._overlap + filtered[:HOP])
            self._overlap = filtered[HOP:]
        if not made:
            return b""
        passed = np.concatenate(made)
        self._owed -= len(passed)
        return bytes(np.rint(passed.clip(-FULL_SCALE, FULL_SCALE - 1)).astype("<i2").tobytes())

    def flush(self) -> bytes:
        """The rest, as the audio has ended; another stretch needs another suppressor."""
        owed = self._owed * BYTES_PER_SAMPLE
        return self.feed(bytes(2 * FRAME * BYTES_PER_SAMPLE))[:owed]

    def _filtered(self, frame: Floats) -> Floats:
        spectrum = np.fft.rfft(frame * _LONG)
        over = (spectrum.real**2 + spectrum.imag**2) / self._noise
        now = np.maximum(over - 1, 0)
        likely = now if self._clean is None else SMOOTHING * self._clean + (1 - SMOOTHING) * now
        passing = np.maximum(likely / (1 + likely), DEEPEST)
        self._clean = passing**2 * over
        filtered: Floats = (np.fft.irfft(spectrum * passing) * _LONG).astype(np.float32)
        return filtered


def _root_hann(length: int) -> Floats:
    """Two of these, one over the other and half a length on, add up to one when squared."""
    return np.sqrt(np.hanning(length + 1)[:-1]).astype(np.float32)


_LONG: Final = _root_hann(FRAME)
_SHORT: Final = _root_hann(CHUNK_SAMPLES) * np.float32(math.sqrt(FRAME / CHUNK_SAMPLES))
"""A chunk seen through it holds as much noise as a frame."""
