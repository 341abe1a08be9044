"""What was said and what was heard, compared."""

import numpy as np
import numpy.typing as npt

from callagent.media.audio import SAMPLE_RATE

Floats = npt.NDArray[np.float64]
HEARD = 0.9
"""How alike what was heard is to what was said where a line does no harm but that of its coding.

A busy machine does more harm at times: what is to be heard whole is said more than once.
"""
PAUSE_S = 0.4
"""Seconds between the times."""
_PIECE = SAMPLE_RATE // 4
"""Samples that are compared at a time."""
_NEAR = SAMPLE_RATE // 5
"""Samples by which a piece may be off."""
_CLEAR = 200
"""Samples that are no louder are nothing that is heard."""


def likeness(heard: bytes, said: bytes) -> float:
    """How much of what was said is in what was heard, wherever that begins: 1.0 is every sample, 0.0 nothing.

    It is looked for in pieces, each near its place: a line may wait a little in the middle, and be late from then on.
    """
    part = _voiced(_samples(said))
    whole = np.pad(_samples(heard), (_NEAR, _NEAR + len(part)))
    at = int(np.argmax(_products(whole, part)[: len(whole) - len(part)]))
    scores, weights = [], []
    for begins in range(0, len(part), _PIECE):
        piece = part[begins : begins + _PIECE]
        place = max(0, at + begins - _NEAR)
        near = whole[place : place + len(piece) + 2 * _NEAR]
        energy = np.convolve(near**2, np.ones(len(piece)), "valid")
        loudness = np.sqrt(np.maximum(energy, 1.0)) * np.linalg.norm(piece)
        products = _products(near, piece)[: len(energy)]
        scores.append(float((products / np.maximum(loudness, 1.0)).max()))
        weights.append(float(np.linalg.norm(piece)))
    return float(np.average(scores, weights=weights))


def loud_s(heard: bytes) -> float:
    """Seconds, in pieces of 20 ms, in which there is anything to be heard."""
    samples = np.abs(_samples(heard))
    pieces = samples[: len(samples) // 160 * 160].reshape(-1, 160).max(axis=1)
    return float(np.count_nonzero(pieces > _CLEAR) * 160 / SAMPLE_RATE)


def _products(whole: Floats, part: Floats) -> Floats:
    """What `part` and each stretch of `whole` give, multiplied sample by sample; by where the stretch begins."""
    size = 1 << (len(whole) + len(part)).bit_length()
    return np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(part, size)), size)


def _samples(pcm: bytes) -> Floats:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float64)


def _voiced(samples: Floats) -> Floats:
    """Without the silence around it, which everything is alike in."""
    loud = np.flatnonzero(np.abs(samples) > _CLEAR)
    return samples[loud[0] : loud[-1] + 1]
