"""The level of speech and the silence around it."""

import numpy as np
import pytest
from support.loudness import speech_level

from callagent.media.audio import silence
from callagent.media.level import amplified, normalised, trimmed


def hum(amplitude: float, seconds: float = 1.0) -> bytes:
    """A sine of 200 Hz."""
    time_s = np.arange(round(8000 * seconds)) / 8000
    return np.rint(amplitude * np.sin(2 * np.pi * 200 * time_s)).astype("<i2").tobytes()


@pytest.mark.parametrize("amplitude", [700, 3000, 20000])
def test_every_voice_comes_out_equally_loud(amplitude: float) -> None:
    """Soft or loud, speech is brought to 20 dB under full scale."""
    assert speech_level(normalised(hum(amplitude))) == pytest.approx(-20, abs=0.2)


def test_pauses_do_not_count() -> None:
    """The level is that of the voiced parts."""
    paused = normalised(hum(3000) + silence(3.0) + hum(3000))

    assert paused[:16000] == normalised(hum(3000))


def test_peaks_are_bent_and_not_clipped() -> None:
    """What would be over full scale stays under it, and no two heights become the same flat top."""
    spiky = np.frombuffer(hum(600), "<i2").copy()
    spiky[1000:1005] = [20000, 22000, 24000, 22000, 20000]
    loud = np.frombuffer(normalised(spiky.tobytes(), dbfs=-14), "<i2")

    assert loud.max() < 32767
    assert loud[1000] < loud[1001] < loud[1002]


def test_silence_stays_silence() -> None:
    """Nothing, and next to nothing, are not made into noise."""
    hiss = hum(1)

    assert silence(0.1) == normalised(silence(0.1))
    assert normalised(b"") == b""
    assert np.abs(np.frombuffer(normalised(hiss), "<i2")).max() <= 10


def test_a_blip_shorter_than_a_window_has_a_level() -> None:
    """Under 20 ms of audio is measured as it is."""
    blip = np.frombuffer(normalised(np.full(10, 1000, "<i2").tobytes()), "<i2")

    assert blip == pytest.approx(3277, abs=2)


def test_louder_is_louder_by_as_much() -> None:
    """And nothing is done where nothing is asked for."""
    assert speech_level(amplified(hum(2000), 6.0)) - speech_level(hum(2000)) == pytest.approx(6.0, abs=0.1)
    assert amplified(hum(2000), 0.0) == hum(2000)


def test_louder_does_not_clip() -> None:
    """Peaks are bent, not cut; piece by piece it comes out as it does whole."""
    loud = hum(20000)
    peak = np.abs(np.frombuffer(amplified(loud, 6.0), "<i2").astype(int)).max()

    assert 20000 < peak < 32767
    assert amplified(loud[:1000], 6.0) + amplified(loud[1000:], 6.0) == amplified(loud, 6.0)


def test_silence_is_trimmed_to_a_margin() -> None:
    """Both ends keep the margin, and what went at the beginning is told."""
    sound = np.full(800, 4000, "<i2").tobytes()
    pcm, skipped = trimmed(silence(0.5) + sound + silence(0.5), margin_s=0.01)

    assert silence(0.01) + sound + silence(0.01) == pcm
    assert skipped == 3920


def test_only_silence_leaves_nothing() -> None:
    """Hiss under the threshold is silence."""
    assert trimmed(hum(20)) == (b"", 0)
