"""The noise of a line: measured, and taken out."""

import numpy as np
import pytest

from callagent.media.audio import CHUNK_BYTES, SILENCE
from callagent.media.noise import FEWEST, FRAME, NoiseMeter, Suppressor


def hiss(dbfs: float, seconds: float = 2.0, seed: int = 4) -> bytes:
    """White noise."""
    noise = np.random.default_rng(seed).standard_normal(round(8000 * seconds)) * 32768 * 10 ** (dbfs / 20)
    return bytes(np.rint(noise.clip(-32768, 32767)).astype("<i2").tobytes())


def voice(dbfs: float, seconds: float = 2.0) -> bytes:
    """Something with the harmonics of a voice, in syllables."""
    time_s = np.arange(round(8000 * seconds)) / 8000
    buzz = np.sum([np.sin(2 * np.pi * 140 * k * time_s) / k for k in range(1, 20)], axis=0)
    syllables = buzz * (np.sin(2 * np.pi * 2 * time_s) > 0)
    return bytes(np.rint(syllables / syllables.std() * 32768 * 10 ** (dbfs / 20)).astype("<i2").tobytes())


def mixed(one: bytes, other: bytes) -> bytes:
    """Both at the same time."""
    return bytes((np.frombuffer(one, "<i2") + np.frombuffer(other, "<i2")).astype("<i2").tobytes())


def chunks(pcm: bytes) -> list[bytes]:
    """As a call brings it."""
    return [pcm[at : at + CHUNK_BYTES] for at in range(0, len(pcm), CHUNK_BYTES)]


def measured(*stretches: bytes) -> NoiseMeter:
    """A meter that heard these while nobody spoke."""
    meter = NoiseMeter()
    for pcm in stretches:
        for chunk in chunks(pcm):
            meter.add(chunk)
    return meter


def suppressed(pcm: bytes, noise: bytes, size: int = CHUNK_BYTES) -> bytes:
    """`pcm` without the noise, passed through in pieces."""
    spectrum = measured(noise).spectrum
    assert spectrum is not None
    suppressor = Suppressor(spectrum)
    parts = [suppressor.feed(pcm[at : at + size]) for at in range(0, len(pcm), size)]
    return b"".join([*parts, suppressor.flush()])


def level(pcm: bytes) -> float:
    """RMS, dB under full scale."""
    return float(20 * np.log10(np.sqrt((np.frombuffer(pcm, "<i2").astype(float) ** 2).mean()) / 32768))


def error(pcm: bytes, wanted: bytes) -> float:
    """Level of what is wrong with `pcm`, dB under what is wanted."""
    difference = np.frombuffer(pcm, "<i2").astype(float) - np.frombuffer(wanted, "<i2")
    return float(20 * np.log10(difference.std() / np.frombuffer(wanted, "<i2").astype(float).std()))


@pytest.mark.parametrize("dbfs", [-30.0, -50.0, -66.0])
def test_the_level_is_that_of_the_noise(dbfs: float) -> None:
    """In dB under full scale, followed over some seconds."""
    assert measured(hiss(dbfs)).dbfs == pytest.approx(dbfs, abs=0.5)
    assert measured(hiss(-20.0), hiss(dbfs, seconds=6.0)).dbfs == pytest.approx(dbfs, abs=0.8)


def test_nothing_is_told_too_early() -> None:
    """A fifth of a second of quiet line is needed, in whole chunks."""
    early = measured(hiss(-30.0, seconds=0.02 * (FEWEST - 1)), b"\0\0")

    assert early.dbfs is None
    assert early.spectrum is None
    assert not early.is_noisy()


def test_digital_silence_has_a_level_too() -> None:
    """Far under any noise."""
    assert measured(SILENCE * 20).dbfs == pytest.approx(-101, abs=0.2)


def test_a_door_that_slams_is_no_noisy_line() -> None:
    """Two tenths of a second of din change the measure little."""
    slammed = measured(hiss(-60.0), hiss(-10.0, seconds=0.2))

    assert not slammed.is_noisy()


def test_a_line_between_noisy_and_quiet_stays_what_it_was() -> None:
    """So that nothing goes on and off by turns."""
    meter = measured(hiss(-52.0))
    before = meter.is_noisy()
    for chunk in chunks(hiss(-48.0)):
        meter.add(chunk)
    noisy = meter.is_noisy()
    for chunk in chunks(hiss(-52.0, seconds=6.0)):
        meter.add(chunk)
    still = meter.is_noisy()
    for chunk in chunks(hiss(-60.0, seconds=6.0)):
        meter.add(chunk)

    assert (before, noisy, still, meter.is_noisy()) == (False, True, True, False)


@pytest.mark.parametrize("size", [CHUNK_BYTES, 2, 1000, 100_000])
@pytest.mark.parametrize("length", [0, 1, 160, FRAME, 5001])
def test_what_goes_in_comes_out_to_the_sample(size: int, length: int) -> None:
    """Whatever the pieces, the whole is as long and the same."""
    pcm = hiss(-30.0)[: 2 * length]

    assert len(suppressed(pcm, hiss(-40.0), size)) == len(pcm)
    assert suppressed(pcm, hiss(-40.0), size) == suppressed(pcm, hiss(-40.0), max(2, len(pcm)))


def test_noise_alone_is_nearly_gone() -> None:
    """Other noise than was measured, of the same kind, is 15 dB softer."""
    assert level(suppressed(hiss(-40.0, seed=8), hiss(-40.0))) < -55


def test_speech_comes_through() -> None:
    """In noise 10 dB softer it is nearer to the clean voice than before; on a quiet line it is as it was."""
    clean = voice(-22.0)
    noisy = mixed(clean, hiss(-32.0, seed=8))

    assert error(suppressed(noisy, hiss(-32.0)), clean) < error(noisy, clean) - 3
    assert error(suppressed(clean, hiss(-80.0)), clean) < -25


def test_a_line_without_noise_passes_as_it_is() -> None:
    """Digital silence was measured: nothing is taken out."""
    assert suppressed(voice(-22.0), SILENCE * 20) == voice(-22.0)
