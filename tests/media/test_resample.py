"""Sample rates: whole sentences, and streams that hold next to nothing back."""

import numpy as np
import pytest

from callagent.errors import MediaError
from callagent.media.resample import LOOKAHEAD_MS, StreamResampler, resample, resample_floats

RATES = [(22050, 8000), (24000, 8000), (16000, 8000), (44100, 8000), (48000, 8000), (11025, 8000), (8000, 16000)]


def tone(hertz: float, rate: int, count: int) -> bytes:
    """A sine at a quarter of full scale."""
    wave = 8000 * np.sin(2 * np.pi * hertz * np.arange(count) / rate)
    return bytes(np.rint(wave).astype("<i2").tobytes())


def streamed(pcm: bytes, rate: int, to_rate: int, piece: int) -> list[bytes]:
    """What comes out for each piece, and at the end."""
    resampler = StreamResampler(rate, to_rate)
    pieces = [resampler.feed(pcm[at : at + piece]) for at in range(0, len(pcm), piece)]
    return [*pieces, resampler.flush()]


def level(pcm: bytes) -> float:
    """RMS of the middle, without what begins and ends."""
    return float(np.frombuffer(pcm, "<i2").astype(float)[200:-200].std())


@pytest.mark.parametrize(("rate", "to_rate"), RATES)
def test_a_stream_loses_no_sample(rate: int, to_rate: int) -> None:
    """The output is as long as the input, to the sample, whatever the pieces are."""
    count = rate + 7
    out = b"".join(streamed(tone(1000, rate, count), rate, to_rate, piece=rate // 50 * 2 + 1))

    assert abs(len(out) / 2 - count * to_rate / rate) < 1


@pytest.mark.parametrize(("rate", "to_rate"), RATES)
def test_a_stream_answers_the_first_20_ms(rate: int, to_rate: int) -> None:
    """Output begins with the first 20 ms of input and is never more than the lookahead behind."""
    piece = rate // 50 * 2
    pieces = streamed(tone(1000, rate, rate), rate, to_rate, piece)
    made_ms = np.cumsum([len(each) / 2 / to_rate * 1000 for each in pieces[:-1]])
    fed_ms = np.minimum(np.arange(1, len(pieces)) * piece / 2 / rate, 1.0) * 1000

    assert made_ms[0] >= 15.9
    assert (fed_ms - made_ms).max() <= LOOKAHEAD_MS + 0.01


@pytest.mark.parametrize(("rate", "to_rate"), RATES)
def test_a_stream_keeps_the_sound_where_it_was(rate: int, to_rate: int) -> None:
    """A tone comes out at the same level and at the same time, with 60 dB between it and any error."""
    out = np.frombuffer(b"".join(streamed(tone(1000, rate, rate), rate, to_rate, 640)), "<i2").astype(float)
    ideal = 8000 * np.sin(2 * np.pi * 1000 * np.arange(len(out)) / to_rate)
    error = (out - ideal)[200:-200]

    assert error.std() < ideal.std() / 1000


@pytest.mark.parametrize(("rate", "to_rate"), [pair for pair in RATES if pair[0] > pair[1]])
def test_a_stream_keeps_out_what_a_telephone_cannot_carry(rate: int, to_rate: int) -> None:
    """3.4 kHz passes whole; 4.7 kHz would come back as 3.3 kHz and is held 60 dB down."""
    passes = b"".join(streamed(tone(3400, rate, rate), rate, to_rate, 640))
    stopped = b"".join(streamed(tone(4700, rate, rate), rate, to_rate, 640))

    assert level(passes) == pytest.approx(8000 / 2**0.5, rel=0.01)
    assert level(stopped) < level(passes) / 1000


def test_the_pieces_make_no_difference() -> None:
    """Cut at any byte, the output is the same."""
    pcm = tone(700, 24000, 5000)

    assert b"".join(streamed(pcm, 24000, 8000, 333)) == b"".join(streamed(pcm, 24000, 8000, 100_000))


def test_a_flushed_resampler_is_like_new() -> None:
    """After `flush` the next stream comes out as the first did."""
    resampler = StreamResampler(22050)
    pcm = tone(700, 22050, 5000)
    first = resampler.feed(pcm) + resampler.flush()

    assert first == resampler.feed(pcm) + resampler.flush()


def test_the_same_rate_changes_nothing() -> None:
    """8 kHz to 8 kHz is the identity, streamed or not."""
    pcm = tone(700, 8000, 500)

    assert pcm == b"".join(streamed(pcm, 8000, 8000, 320)) == resample(pcm, 8000)


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 24000, 44100, 44101, 48000])
def test_a_whole_sentence_keeps_its_length_and_level(rate: int) -> None:
    """A second stays a second, as loud as it was."""
    out = resample(tone(1000, rate, rate), rate)

    assert abs(len(out) / 2 - 8000) <= 1
    assert level(out) == pytest.approx(8000 / 2**0.5, rel=0.01)


def test_floats_are_resampled_as_they_are() -> None:
    """Any range will do, and equal rates do nothing."""
    audio = np.full(2400, 20_000, np.float32)

    assert audio is resample_floats(audio, 8000)
    assert len(resample_floats(audio, 24000)) == 800


@pytest.mark.parametrize("rate", [0, -8000, 3999, 10**9])
def test_a_rate_that_no_audio_has_is_refused(rate: int) -> None:
    """The error tells the rates that make sense."""
    with pytest.raises(MediaError, match=f"^{rate} Hz is no sample rate; give one from 4000"):
        StreamResampler(rate)


def test_rates_in_no_simple_ratio_cannot_be_streamed() -> None:
    """The error says what to do instead."""
    with pytest.raises(MediaError, match="44101 Hz cannot become 8000 Hz; use `resample`"):
        StreamResampler(44101)


def test_half_a_sample_cannot_be_resampled() -> None:
    """An odd number of bytes is an error."""
    with pytest.raises(MediaError, match="half a sample"):
        resample(b"\0", 16000)
