"""What the turn model looks at: the log-mel spectrogram of eight seconds, as Whisper's front end makes it.

The numbers are those of transformers' WhisperFeatureExtractor with chunk_length=8 and do_normalize=True, within 1e-3.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

RATE: Final = 16_000
"""Hertz."""
SECONDS: Final = 8
SAMPLES: Final = RATE * SECONDS
FILTERS: Final = 80
FRAMES: Final = 100 * SECONDS
_WINDOW: Final = 400
_STEP: Final = RATE // 100
_FLOOR: Final = 1e-10
_RANGE: Final = 8.0
"""Decades under the loudest; what is softer is as good as silent."""
_STILL: Final = 1e-7
"""Added to the variance, so that digital silence can be divided by it."""

Floats = npt.NDArray[np.float32]


def log_mel(audio: Floats) -> Floats:
    """`FILTERS` rows of `FRAMES` numbers, about -1 to 1, for the last `SAMPLES` of `audio`, at any level.

    Shorter audio is taken to have followed on silence.
    """
    whole = np.zeros(SAMPLES, np.float32)
    audio = audio[-SAMPLES:]
    whole[SAMPLES - len(audio) :] = audio
    level = (whole - whole.mean()) / np.sqrt(whole.var() + np.float32(_STILL))
    framed = np.lib.stride_tricks.sliding_window_view(np.pad(level, _WINDOW // 2, mode="reflect"), _WINDOW)
    # The frame centred on the very end is one too many.
    spectrum = np.fft.rfft(framed[::_STEP][:FRAMES] * _HANN)
    power = spectrum.real**2 + spectrum.imag**2
    decades = np.log10(np.maximum(_MEL @ power.T, np.float32(_FLOOR)))
    scaled: Floats = (np.maximum(decades, decades.max() - np.float32(_RANGE)) + 4) / 4
    return scaled


def _filters() -> Floats:
    """Slaney's: triangles evenly spaced in mel from 0 Hz to half the rate, each of the same area."""
    # Mel are linear up to 1 kHz, 15 mel, and logarithmic above.
    highest = 15 + 27 * np.log(RATE / 2 / 1000) / np.log(6.4)
    mel = np.linspace(0, highest, FILTERS + 2)
    edges = np.where(mel < 15, 200 * mel / 3, 1000 * 6.4 ** ((mel - 15) / 27))
    hertz = np.linspace(0, RATE / 2, _WINDOW // 2 + 1)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (hertz - left) / (centre - left), (right - hertz) / (right - centre)
    triangles = np.clip(np.minimum(rising, falling), 0, None) * 2 / (right - left)
    even: Floats = triangles.astype(np.float32)
    return even


_MEL: Final = _filters()
_HANN: Final = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
