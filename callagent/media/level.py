"""How loud speech is: trimming the silence around it, bringing every voice to one level, and making it louder."""

import math
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE, samples

FULL_SCALE: Final = 32768.0
SILENT_DBFS: Final = -100.0
SPEECH_DBFS: Final = -20.0
"""RMS level of speech while it is spoken: loud on a telephone, with room for its peaks."""
KNEE: Final = 0.7
"""Part of full scale above which peaks are bent instead of cut."""
LOUDEST_GAIN: Final = 10.0
"""Silence with a little hiss in it must not be made into noise."""
_WINDOW: Final = SAMPLE_RATE // 50

Floats = npt.NDArray[np.float32]


def normalised(pcm: bytes, dbfs: float = SPEECH_DBFS) -> bytes:
    """The same speech at about `dbfs`, without clipping: peaks above the knee are bent towards full scale."""
    audio = np.frombuffer(pcm, "<i2").astype(np.float32)
    rms = _speech_rms(audio)
    if rms <= 0:
        return pcm
    gain = min(LOUDEST_GAIN, FULL_SCALE * 10 ** (dbfs / 20) / rms)
    return _limited(audio * (gain / FULL_SCALE))


def amplified(pcm: bytes, gain_db: float) -> bytes:
    """`pcm` louder by `gain_db`, or softer where that is below 0; without clipping, as `normalised`.

    Each sample by itself, so that a speech may be amplified piece by piece.
    """
    if not gain_db:
        return pcm
    gain = 10 ** (gain_db / 20) / FULL_SCALE
    return _limited(np.frombuffer(pcm, "<i2").astype(np.float32) * np.float32(gain))


def trimmed(pcm: bytes, margin_s: float = 0.02, threshold: int = 33) -> tuple[bytes, int]:
    """`pcm` without the silence at both ends but for `margin_s`; and the samples that were cut off at the beginning.

    Silence is what stays below `threshold`, by default 60 dB under full scale. All silence gives no audio.
    """
    audio = np.abs(np.frombuffer(pcm, "<i2").astype(np.int32))
    loud = np.flatnonzero(audio >= threshold)
    if not len(loud):
        return b"", 0
    margin = samples(margin_s)
    first = max(0, int(loud[0]) - margin)
    last = min(len(audio), int(loud[-1]) + 1 + margin)
    return pcm[first * BYTES_PER_SAMPLE : last * BYTES_PER_SAMPLE], first


def rms_dbfs(pcm: bytes) -> float:
    """RMS level of all of it, dB under full scale; -100 for digital silence."""
    audio = np.frombuffer(pcm, "<i2").astype(np.float32)
    power = float(audio @ audio) / max(1, len(audio))
    return 10 * math.log10(power / FULL_SCALE**2) if power > 0 else SILENT_DBFS


class Meter:
    """Whether speech that comes piece by piece can be listened to."""

    FAINT: Final = 330
    """40 dB under full scale: a peak below it is lost in the noise of a telephone line."""
    CUT: Final = 32_700
    MOST_CUT: Final = 0.01
    """Share of samples at full scale from which on speech crackles."""

    def __init__(self) -> None:
        self._peak = 0
        self._samples = 0
        self._cut = 0

    def add(self, pcm: bytes) -> None:
        """More of it; a rest of half a sample is left out."""
        audio = np.frombuffer(pcm, "<i2", len(pcm) // BYTES_PER_SAMPLE)
        if not len(audio):
            return
        low, high = int(audio.min()), int(audio.max())
        self._peak = max(self._peak, high, -low)
        self._samples += len(audio)
        if max(high, -low) >= self.CUT:
            self._cut += int(np.count_nonzero((audio >= self.CUT) | (audio <= -self.CUT)))

    @property
    def flaw(self) -> Literal["", "silent", "clipped"]:
        """What is wrong with it so far; empty for nothing."""
        if self._peak < self.FAINT:
            return "silent"
        return "clipped" if self._cut > self.MOST_CUT * self._samples else ""


def _limited(scaled: Floats) -> bytes:
    """PCM of samples that may lie beyond full scale, which is 1."""
    over = np.maximum(np.abs(scaled) - KNEE, 0)
    # Nears full scale and never reaches it, so that no peak gets a flat top.
    bent = KNEE + (1 - KNEE) * over / (over + 1 - KNEE)
    limited = np.where(over > 0, np.copysign(bent, scaled), scaled)
    return np.rint(limited * (FULL_SCALE - 1)).astype("<i2").tobytes()


def _speech_rms(audio: Floats) -> float:
    """RMS of the voiced parts: only 20 ms windows within 30 dB of the loudest count, so that pauses do not."""
    if not len(audio):
        return 0.0
    whole = len(audio) - len(audio) % _WINDOW
    powers = (audio[:whole].reshape(-1, _WINDOW) ** 2).mean(axis=1) if whole else np.array([(audio**2).mean()])
    speech = powers[powers >= powers.max() / 1000]
    return float(np.sqrt(speech.mean()))
