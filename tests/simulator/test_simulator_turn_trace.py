"""The agent's audio found again sample by sample, and the sounds of a line."""

import numpy as np
import pytest

from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES, SAMPLE_RATE, SILENCE
from callagent.simulator.turns.sounds import BACKGROUNDS, NOISES, background_pcm, noise_pcm
from callagent.simulator.turns.trace import Sentence, Trace


def sentence(text: str, length: int, seed: int) -> Sentence:
    """Of a sound that is nowhere the same."""
    return Sentence(text, np.random.default_rng(seed).integers(-9000, 9000, length).astype("<i2").tobytes())


FIRST, SECOND = sentence("first", 1000, 1), sentence("second", 700, 2)


def heard(*parts: bytes) -> Trace:
    """A trace of a line on which these were played, each filled up to whole chunks."""
    trace = Trace([FIRST, SECOND])
    position = 0
    for part in parts:
        for at in range(0, len(part), CHUNK_BYTES):
            trace.hear(part[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0"), position)
            position += CHUNK_SAMPLES
    return trace


def found(trace: Trace) -> list[tuple[str, int, int, int]]:
    """Sentence, first and last sample, and where that was."""
    return [(one.sentence.text, one.begins, one.ends, one.at) for one in trace.stretches]


def test_whole_sentences() -> None:
    """One after the other, the last chunk of each filled up with silence."""
    trace = heard(SILENCE, FIRST.pcm, SECOND.pcm)

    assert found(trace) == [("first", 0, 1000, 160), ("second", 0, 700, 160 + 1120)]
    assert trace.audible[0].begins >= 160
    assert not trace.unknown


def test_sentences_that_begin_with_the_same_sound() -> None:
    """Which of them it is shows later; until then it may be any."""
    likes = [Sentence(f"like {number}", FIRST.pcm[: 160 * number * 2] + SECOND.pcm) for number in (1, 2)]
    trace = Trace([FIRST, SECOND, *likes])
    for at in range(0, len(FIRST.pcm), CHUNK_BYTES):
        trace.hear(FIRST.pcm[at : at + CHUNK_BYTES].ljust(CHUNK_BYTES, b"\0"), at // 2)

    assert found(trace) == [("first", 0, 1000, 0)]


def test_a_sentence_that_is_paused_and_goes_on_at_any_sample() -> None:
    """Both parts are found, and where they join."""
    trace = heard(FIRST.pcm[:640], SILENCE, SILENCE, FIRST.pcm[2 * 333 :])

    assert found(trace) == [("first", 0, 320, 0), ("first", 333, 1000, 640)]


def test_a_sentence_that_goes_on_out_of_silence() -> None:
    """The first samples of the rest are softened, and it is found where it begins all the same."""
    rest = np.frombuffer(FIRST.pcm[640:], "<i2").copy()
    rest[:64] = rest[:64] * np.linspace(0, 1, 64)
    trace = heard(FIRST.pcm[:640], SILENCE, rest.tobytes())

    assert found(trace) == [("first", 0, 320, 0), ("first", 320, 1000, 480)]
    assert not trace.unknown


def test_a_sentence_that_is_said_again() -> None:
    """From its beginning: that is another stretch, not the rest of the first."""
    assert [one[1] for one in found(heard(FIRST.pcm[:640], FIRST.pcm))] == [0, 0]


def test_what_is_in_no_sentence() -> None:
    """A fade is told apart by being like nothing that was synthesized."""
    faded = (np.frombuffer(FIRST.pcm[640:960], "<i2") * np.linspace(1, 0, 160)).astype("<i2").tobytes()
    trace = heard(FIRST.pcm[:640], faded)

    assert found(trace) == [("first", 0, 320, 0)]
    [unknown] = trace.unknown
    assert unknown.begins >= 320


@pytest.mark.parametrize("name", NOISES)
def test_noises_have_their_length_and_level(name: str) -> None:
    """The same every time, as loud as asked."""
    pcm = noise_pcm(name, 0.6, -26.0)
    audio = np.frombuffer(pcm, "<i2").astype(float)
    powers = (audio[: len(audio) // 160 * 160].reshape(-1, 160) ** 2).mean(axis=1)
    level = 10 * np.log10(powers[powers >= powers.max() / 1000].mean() / 32768**2)

    assert len(audio) == 0.6 * SAMPLE_RATE
    assert level == pytest.approx(-26.0, abs=1.0)
    assert pcm == noise_pcm(name, 0.6, -26.0)


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_backgrounds_are_as_loud_as_asked(name: str) -> None:
    """All the time."""
    audio = np.frombuffer(background_pcm(name, 3.0, -40.0), "<i2").astype(float)

    assert 10 * np.log10((audio**2).mean() / 32768**2) == pytest.approx(-40.0, abs=0.5)
