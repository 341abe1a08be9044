"""Audio to frames."""

import numpy as np

from callagent.media.audio import silence
from callagent.stt.front_end import FILTERS, FrontEnd, mean_spectrum


def tone(hertz: float) -> bytes:
    """Half a second of a tone."""
    time = np.arange(4000) / 8000
    return (8000 * np.sin(2 * np.pi * hertz * time)).astype("<i2").tobytes()


def test_a_hundred_frames_a_second() -> None:
    """A second of audio gives 98 whole windows, 10 ms apart."""
    assert FrontEnd().feed(silence(1.0)).shape == (98, FILTERS)


def test_any_cut_gives_the_same_frames() -> None:
    """Chunks of any size, even odd numbers of bytes, make no difference."""
    pcm = tone(700)
    whole = FrontEnd().feed(pcm)

    front_end = FrontEnd()
    pieces = [front_end.feed(pcm[begin : begin + 333]) for begin in range(0, len(pcm), 333)]

    assert np.allclose(whole, np.concatenate(pieces), atol=1e-4)


def test_a_tone_lands_in_its_filter() -> None:
    """A higher tone is loudest in a higher filter."""
    low, high = (int(FrontEnd().feed(tone(hertz)).mean(axis=0).argmax()) for hertz in (400, 2500))

    assert low < high


def test_loudness_leaves_no_trace() -> None:
    """A louder line shifts the mean spectrum as much as the frames, so that the difference stays."""
    usual = np.full(FILTERS, 11.0, np.float32)
    frames = FrontEnd().feed(tone(700))

    quiet, loud = (shifted - mean_spectrum(shifted, usual, 15.0) for shifted in (frames, frames + np.float32(3)))

    assert np.allclose(quiet, loud, atol=1e-4)
