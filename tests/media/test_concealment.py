"""Filling in for lost audio."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from callagent.media.audio import CHUNK_BYTES, CHUNK_SAMPLES, SILENCE
from callagent.media.concealment import FADED, Concealer


def voiced(seconds: float, hertz: float = 125.0) -> bytes:
    """A steady vowel: harmonics that fall off."""
    time_s = np.arange(round(8000 * seconds)) / 8000
    wave = np.sum([np.sin(2 * np.pi * hertz * k * time_s + k) / k for k in range(1, 12)], axis=0)
    return bytes(np.rint(wave * 4000).astype("<i2").tobytes())


def chunks(pcm: bytes) -> list[bytes]:
    """20 ms each."""
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm), CHUNK_BYTES)]


def wave(pcm: bytes) -> npt.NDArray[np.float64]:
    """As numbers."""
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def through(pcm: bytes, lost: set[int]) -> bytes:
    """What is heard of it when some chunks are lost."""
    concealer = Concealer()
    return b"".join(
        concealer.conceal(CHUNK_SAMPLES) if number in lost else concealer.heard(chunk)
        for number, chunk in enumerate(chunks(pcm))
    )


def test_nothing_is_changed_where_nothing_is_lost() -> None:
    """To the bit."""
    assert through(voiced(0.5), set()) == voiced(0.5)


@pytest.mark.parametrize("hertz", [70.0, 90.0, 125.0, 160.0, 199.0, 240.0])
def test_a_lost_chunk_of_a_voice_is_hardly_missed(hertz: float) -> None:
    """The filling is 6 dB and more nearer to what was lost than silence is, at every pitch."""
    said = voiced(0.6, hertz)
    at = 15 * CHUNK_SAMPLES
    lost = wave(said)[at : at + CHUNK_SAMPLES]

    filled = wave(through(said, {15}))[at : at + CHUNK_SAMPLES]

    assert np.sum((filled - lost) ** 2) < np.sum(lost**2) / 4


def test_there_is_no_click_at_either_end() -> None:
    """No step is larger than those of the voice itself."""
    said = voiced(0.6)
    heard = through(said, {15, 16})

    assert np.abs(np.diff(wave(heard))).max() <= 1.2 * np.abs(np.diff(wave(said))).max()


def test_there_is_no_click_where_the_voice_rides_on_a_hum() -> None:
    """A period ago the line was at another level: the step to it is faded out."""
    said = wave(voiced(0.6)) / 4 + 12_000 * np.sin(np.arange(4800) * 2 * np.pi * 25 / 8000)
    heard = wave(through(np.rint(said).astype("<i2").tobytes(), {15}))
    at = 15 * CHUNK_SAMPLES

    assert abs(heard[at] - heard[at - 1]) <= 1.2 * np.abs(np.diff(said)).max()


def test_a_loss_does_not_buzz() -> None:
    """After 20 ms it is three periods that repeat, so that in a hiss none sounds like the one before."""
    hiss = np.random.default_rng(1).integers(-9000, 9000, 800).astype("<i2").tobytes()
    concealer = Concealer()
    concealer.heard(hiss)
    filled = wave(concealer.conceal(480))
    now = filled[280:400]
    likeness = [np.corrcoef(now, filled[280 - lag : 400 - lag])[0, 1] for lag in range(40, 80)]

    assert max(likeness) < 0.8


def test_a_long_loss_fades_to_silence_within_60_ms() -> None:
    """Louder to softer every 10 ms, then nothing."""
    heard = wave(through(voiced(0.6), set(range(15, 25))))[15 * CHUNK_SAMPLES : 25 * CHUNK_SAMPLES]
    level = [np.abs(heard[at : at + 80]).max() for at in range(0, len(heard), 80)]

    assert level[0] > 5000
    assert all(later < earlier * 0.97 for earlier, later in pairwise(level[1:6]))
    assert not heard[FADED:].any()


def test_after_a_burst_the_voice_comes_back_within_10_ms() -> None:
    """Blended in, then to the bit."""
    said = voiced(0.8)
    heard = through(said, {15, 16, 17, 18, 19})

    assert heard[20 * CHUNK_BYTES + 160 :] == said[20 * CHUNK_BYTES + 160 :]


def test_silence_is_concealed_by_silence() -> None:
    """And noise too soft to hear as well."""
    concealer = Concealer()
    concealer.heard(SILENCE)

    assert concealer.conceal(CHUNK_SAMPLES) == SILENCE


def test_what_is_left_out_leaves_no_click() -> None:
    """A jump in the middle of a voice is blended."""
    said = voiced(0.6)
    concealer = Concealer()
    before = concealer.heard(said[:4000])
    concealer.skipped()
    heard = wave(before + concealer.heard(said[4060:8060]))

    assert np.abs(np.diff(heard)).max() <= 1.2 * np.abs(np.diff(wave(said))).max()


def test_any_number_of_samples_may_be_missing() -> None:
    """One by one the filling is the same as in one go."""
    one, other = Concealer(), Concealer()
    one.heard(voiced(0.1))
    other.heard(voiced(0.1))

    assert b"".join(one.conceal(1) for _ in range(500)) == other.conceal(500)


def test_the_loudest_voice_does_not_wrap() -> None:
    """Blending stays within 16 bits."""
    concealer = Concealer()
    square = np.where(np.arange(800) // 40 % 2, 32767, -32768).astype("<i2").tobytes()
    concealer.heard(square)
    filled = wave(concealer.conceal(80))

    assert np.abs(filled).max() > 30000
    assert np.sum(np.abs(np.diff(filled)) > 40000) <= 3
