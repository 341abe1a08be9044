"""Whether speech can be listened to."""

import numpy as np

from callagent.media.level import Meter


def flaw(peak: float, *, share: float = 1.0, pieces: int = 1) -> str:
    """Of a second of a tone, as loud as this (full scale is 1), of which so much is there."""
    tone = np.sin(np.arange(8000) * 0.5) * 32767 * peak
    pcm = np.clip(tone, -32768, 32767).astype("<i2").tobytes()[: round(16000 * share)]
    meter = Meter()
    for begin in range(0, len(pcm), max(1, len(pcm) // pieces)):
        meter.add(pcm[begin : begin + len(pcm) // pieces])
    return meter.flaw


def test_speech_as_it_should_be() -> None:
    """From soft to as loud as fits, in however many pieces it comes."""
    assert {flaw(0.05), flaw(0.5), flaw(0.98), flaw(0.5, pieces=50)} == {""}


def test_hardly_audible() -> None:
    """More than forty decibels under full scale."""
    assert flaw(0.005) == "silent"
    assert Meter().flaw == "silent"


def test_cut_off_at_its_peaks() -> None:
    """Twice as loud as fits crackles; half a sample at the end of a piece harms nothing."""
    assert flaw(2.0) == "clipped"
    assert flaw(2.0, pieces=49) == "clipped"


def test_half_a_sample() -> None:
    """A piece may end anywhere."""
    meter = Meter()
    meter.add(b"\xff")
    meter.add(b"\x00\x40\x00")

    assert meter.flaw == ""
