"""Filling in for lost audio, in the manner of ITU-T G.711 Appendix I: the last pitch periods again, fading.

A loss is filled with the last period of the voice, after 10 ms with the last two and after 20 ms with the last three,
so that it does not buzz; from 10 ms on it fades, and after 60 ms it is silent. The real audio that follows is blended
in. Other than in the appendix nothing is held back for this: instead of blending the end of what was heard, which
takes 3.75 ms of delay, the step at the beginning is faded out.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from callagent.media.audio import BYTES_PER_SAMPLE, samples

SHORTEST_PERIOD: Final = samples(0.005)
LONGEST_PERIOD: Final = samples(0.015)
"""Samples of a pitch period: voices of 66 to 200 Hz, and octaves of higher ones."""
COMPARED: Final = samples(0.02)
"""Samples over which periods are compared."""
STEP: Final = samples(0.01)
"""Samples, 10 ms: the loss is dealt with in such stretches."""
FADED: Final = 6 * STEP
"""Samples after which a loss is silent."""
LONGEST_BLEND: Final = STEP
"""Samples over which at most the voice that is back is blended in."""
_HISTORY: Final = 3 * LONGEST_PERIOD + LONGEST_PERIOD // 4
_HISTORY_BYTES: Final = _HISTORY * BYTES_PER_SAMPLE
_QUIET: Final = 64.0
"""RMS in 16-bit steps, -54 dBFS, under which nothing is worth repeating."""

Floats = npt.NDArray[np.float32]

_RAMPS: Final[tuple[Floats, ...]] = tuple(np.linspace(0, 1, n, dtype=np.float32) for n in range(LONGEST_BLEND + 1))
_ZERO: Final[Floats] = np.zeros(1, np.float32)
_ALL: Final = np.arange(FADED + LONGEST_BLEND)
_FADE: Final[Floats] = np.interp(np.arange(FADED + LONGEST_BLEND), [0, STEP, FADED], [1, 1, 0]).astype(np.float32)


class Concealer:
    """Hears one stream in order, and fills its gaps."""

    def __init__(self) -> None:
        self._history = bytes(_HISTORY_BYTES)
        self._wave: Floats | None = None
        """What stands for the audio since it broke off; None while nothing is missing."""
        self._period = SHORTEST_PERIOD
        self._missing = 0
        """Samples filled in since then."""

    def heard(self, pcm: bytes) -> bytes:
        """The next real audio; comes back as it is, or blended in after a gap."""
        if self._wave is not None:
            pcm = self._blend(pcm, self._wave)
            self._wave = None
        self._history = (self._history + pcm)[-_HISTORY_BYTES:]
        return pcm

    def conceal(self, count: int) -> bytes:
        """`count` samples in place of audio that did not come."""
        wave = self._break_off()
        begin = self._missing
        self._missing += count
        if begin >= FADED:
            filled = bytes(count * BYTES_PER_SAMPLE)
        else:
            filled = _pcm(wave[begin : min(FADED, self._missing)]).ljust(count * BYTES_PER_SAMPLE, b"\0")
        self._history = (self._history + filled)[-_HISTORY_BYTES:]
        return filled

    def skipped(self) -> None:
        """What is heard next does not follow what was heard last: blend it in."""
        self._break_off()

    def _break_off(self) -> Floats:
        if self._wave is None:
            self._missing = 0
            self._wave = self._continuation()
        return self._wave

    def _continuation(self) -> Floats:
        """How the voice would go on, fading."""
        history = np.frombuffer(self._history, "<i2").astype(np.float32)
        tail = history[-COMPARED:]
        power = float(tail @ tail)
        if power < COMPARED * _QUIET**2:
            return np.zeros(FADED + LONGEST_BLEND, np.float32)
        earlier = history[-COMPARED - LONGEST_PERIOD : -SHORTEST_PERIOD]
        energy = np.concatenate((_ZERO, np.cumsum(earlier * earlier)))
        powers = np.maximum(energy[COMPARED:] - energy[:-COMPARED], power / 100)
        likeness = np.correlate(earlier, tail) / np.sqrt(powers)
        self._period = period = LONGEST_PERIOD - int(np.argmax(likeness))
        blend = period // 4
        up = _RAMPS[blend]
        wave = _repeated(history, period, 1, up)
        for periods, begin in ((2, STEP), (3, 2 * STEP)):
            longer = _repeated(history, period, periods, up)
            wave[begin : begin + blend] += (longer[begin : begin + blend] - wave[begin : begin + blend]) * up
            wave[begin + blend :] = longer[begin + blend :]
        wave[:blend] += (history[-1] - history[-1 - period]) * up[::-1]
        wave *= _FADE
        return wave

    def _blend(self, pcm: bytes, wave: Floats) -> bytes:
        """A quarter of a period, and 4 ms more for every 10 ms that were missing."""
        wanted = self._period // 4 + self._missing // STEP * samples(0.004)
        count = min(wanted, LONGEST_BLEND, len(pcm) // BYTES_PER_SAMPLE)
        begin = min(self._missing, FADED)
        voice = np.frombuffer(pcm, "<i2", count).astype(np.float32)
        old = wave[begin : begin + count]
        return _pcm(old + (voice - old) * _RAMPS[count]) + pcm[count * BYTES_PER_SAMPLE :]


def _repeated(history: Floats, period: int, periods: int, up: Floats) -> Floats:
    """The last periods over and over, each end blended into what came before their beginning."""
    length = period * periods
    cycle = history[-length:].copy()
    blend = len(up)
    cycle[-blend:] += (history[-length - blend : -length] - cycle[-blend:]) * up
    return cycle.take(_ALL, mode="wrap")


def _pcm(wave: Floats) -> bytes:
    return bytes(np.rint(wave.clip(-32768, 32767)).astype("<i2").tobytes())
