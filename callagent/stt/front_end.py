"""From telephone audio to the acoustic model's features.

The model that ships with pocketsphinx was trained on 16 kHz speech. A telephone carries the band up to 3.5 kHz, so 18
mel filters over that band are measured, 100 times a second, and made into 13 cepstra. These are not the cepstra that
the model knows: `telephone_model` moves the model to where they are.

A line's colour and a voice's loudness are taken out by subtracting a mean spectrum, half of it the one of the telephone
(raised or lowered to this voice's level), half of it measured in this utterance.
"""

import numpy as np
import numpy.typing as npt

from callagent.media.audio import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

FRAMES_PER_S = 100
FILTERS = 18
BAND_HZ = (200.0, 3500.0)
"""The telephone's, less its edges."""
DITHER = 24.0
"""Standard deviation in steps of 16 bits: µ-law turns a quiet room into exact zeros, which no microphone ever heard."""
_STEP = SAMPLE_RATE // FRAMES_PER_S
_WINDOW = round(0.025625 * SAMPLE_RATE)
"""As long as the windows that the model was trained with."""
_FFT = 256
_PRE_EMPHASIS = 0.97
_LOUD_PERCENTILE = 97.0


class FrontEnd:
    """Cuts one utterance into frames: log energies of the mel filters."""

    def __init__(self) -> None:
        # Every utterance gets the same noise, so that one recording is always recognized in the same way.
        self._noise = np.random.default_rng(0)
        self._odd = b""
        self._rest = np.zeros(0, np.float32)
        self._last = np.float32(0.0)

    def feed(self, pcm: bytes) -> Floats:
        """Frames that `pcm`, of any length, completes: one row of FILTERS for each 10 ms."""
        pcm = self._odd + pcm
        whole = len(pcm) & ~1
        self._odd = pcm[whole:]
        sound = np.frombuffer(pcm[:whole], "<i2").astype(np.float32)
        if sound.size:
            sound += self._noise.normal(0.0, DITHER, sound.size).astype(np.float32)
            emphasized = sound - np.float32(_PRE_EMPHASIS) * np.concatenate(([self._last], sound[:-1]))
            self._last = sound[-1]
            self._rest = np.concatenate((self._rest, emphasized.astype(np.float32)))
        count = max(0, (self._rest.size - _WINDOW) // _STEP + 1)
        if not count:
            return np.zeros((0, FILTERS), np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._rest, _WINDOW)[::_STEP][:count]
        power = np.abs(np.fft.rfft(windows * _HAMMING, _FFT)) ** 2
        self._rest = self._rest[count * _STEP :].copy()
        energies: Floats = np.log(power @ _MEL.T + 1.0).astype(np.float32)
        return energies


def mean_spectrum(frames: Floats, usual: Floats, usual_peak: float) -> Floats:
    """What to subtract from the frames of an utterance: see the top of this file.

    `usual` is the mean spectrum of telephone speech, `usual_peak` the level of its loud frames.
    """
    loudest = float(np.percentile(frames.mean(axis=1), _LOUD_PERCENTILE))
    mean: Floats = ((usual + (loudest - usual_peak) + frames.mean(axis=0)) / 2).astype(np.float32)
    return mean


def _mel_filters() -> Floats:
    """Triangles evenly spaced in mel, each of area one."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in BAND_HZ)
    edges = 700 * (10 ** (np.linspace(low, high, FILTERS + 2) / 2595) - 1)
    hertz = np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (hertz - left) / (centre - left), (right - hertz) / (right - centre)
    triangles = np.clip(np.minimum(rising, falling), 0, None) * 2 / (right - left)
    return triangles.astype(np.float32)


_MEL = _mel_filters()
_HAMMING = np.hamming(_WINDOW).astype(np.float32)
