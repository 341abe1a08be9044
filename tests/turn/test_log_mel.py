"""The turn model's front end: the numbers of the one it was trained with."""

import numpy as np
import pytest
from pipecat.audio.turn.smart_turn._whisper_features import compute_whisper_log_mel_features

from callagent.turn.log_mel import FILTERS, FRAMES, RATE, SAMPLES, Floats, log_mel


def chirps(seconds: float, amplitude: float = 0.3) -> Floats:
    """A sound with something at every pitch of a telephone, and a little noise."""
    time_s = np.arange(round(RATE * seconds)) / RATE
    sweep = np.sin(2 * np.pi * (200 + 1500 * (time_s % 1.0)) * (time_s % 1.0))
    noise = np.random.default_rng(5).standard_normal(len(time_s)) * 0.01
    return (amplitude * (sweep + noise)).astype(np.float32)


def silence_before(audio: Floats) -> Floats:
    """As pipecat prepares what is shorter than eight seconds."""
    return np.pad(audio, (SAMPLES - len(audio), 0))


@pytest.mark.parametrize("seconds", [0.3, 2.5, 8.0])
def test_the_numbers_are_those_of_the_model_s_own_front_end(seconds: float) -> None:
    """Whatever is said, and however long, they agree to a thousandth with what pipecat computes."""
    audio = chirps(seconds)
    ours = log_mel(audio)

    assert ours.shape == (FILTERS, FRAMES)
    assert ours.dtype == np.float32
    assert ours == pytest.approx(compute_whisper_log_mel_features(silence_before(audio)), abs=1e-3)


def test_only_the_last_eight_seconds_count() -> None:
    """What was said before makes no difference."""
    audio = chirps(9.0)

    assert np.array_equal(log_mel(audio), log_mel(audio[-SAMPLES:]))


def test_loudness_makes_no_difference() -> None:
    """A caller far from the microphone looks like one who is near."""
    audio = chirps(1.0)

    assert log_mel(audio * np.float32(0.1)) == pytest.approx(log_mel(audio), abs=0.01)


def test_nothing_at_all_has_numbers() -> None:
    """Digital silence is all one level, and not a number that is none."""
    nothing = log_mel(np.zeros(0, np.float32))

    assert np.isfinite(nothing).all()
    assert np.ptp(nothing) == 0
