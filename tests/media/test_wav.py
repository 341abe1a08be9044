"""WAV files, honest and otherwise."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from callagent.errors import MediaError
from callagent.media.g711 import alaw_encode, ulaw_encode
from callagent.media.wav import parse_wav, read_wav, wav_bytes

TONE = np.rint(8000 * np.sin(2 * np.pi * 400 * np.arange(800) / 8000)).astype("<i2")
PCM = TONE.tobytes()


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A RIFF file of these chunks."""
    body = b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def fmt(tag: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, block: int | None = None) -> bytes:
    """A format chunk's content."""
    block = channels * bits // 8 if block is None else block
    return struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)


def wide(samples: "np.ndarray[tuple[int], np.dtype[np.int16]]", bits: int) -> bytes:
    """16-bit samples in another width."""
    if bits == 8:
        return (samples // 256 + 128).astype(np.uint8).tobytes()
    if bits == 24:
        return b"".join(struct.pack("<i", int(sample) << 8)[:3] for sample in samples)
    return (samples.astype(np.int64) << (bits - 16)).astype(f"<i{bits // 8}").tobytes()


@pytest.mark.parametrize(("bits", "error"), [(8, 256), (16, 0), (24, 0), (32, 0)])
def test_linear_pcm_of_every_width_is_read(bits: int, error: int) -> None:
    """8, 16, 24 and 32 bits give the same sound, as far as they hold it."""
    pcm = np.frombuffer(parse_wav(riff((b"fmt ", fmt(bits=bits)), (b"data", wide(TONE, bits)))), "<i2")

    assert np.abs(pcm.astype(int) - TONE).max() <= error


@pytest.mark.parametrize(("tag", "encode"), [(7, ulaw_encode), (6, alaw_encode)])
def test_telephone_codings_are_read(tag: int, encode: object) -> None:
    """µ-law and A-law, with the error they have."""
    assert callable(encode)
    pcm = np.frombuffer(parse_wav(riff((b"fmt ", fmt(tag, bits=8)), (b"data", encode(PCM)))), "<i2")

    assert np.abs(pcm.astype(int) - TONE).max() <= 256


@pytest.mark.parametrize("bits", [32, 64])
def test_floats_are_read(bits: int) -> None:
    """And what is no number in them becomes silence, what is too loud full scale."""
    floats = np.array([0.5, np.nan, np.inf, -7.0], f"<f{bits // 8}").tobytes()
    pcm = parse_wav(riff((b"fmt ", fmt(3, bits=bits)), (b"data", floats)))

    assert np.frombuffer(pcm, "<i2").tolist() == [16384, 0, 32767, -32767]


def test_channels_are_mixed() -> None:
    """Two channels become their mean."""
    stereo = np.column_stack((TONE, np.zeros_like(TONE))).tobytes()
    pcm = parse_wav(riff((b"fmt ", fmt(channels=2)), (b"data", stereo)))

    assert np.abs(np.frombuffer(pcm, "<i2").astype(int) - TONE / 2).max() <= 0.5


@pytest.mark.parametrize("rate", [11025, 16000, 22050, 44100, 48000])
def test_any_rate_becomes_8_khz(rate: int) -> None:
    """A second stays a second."""
    tone = np.rint(8000 * np.sin(2 * np.pi * 400 * np.arange(rate) / rate)).astype("<i2").tobytes()
    pcm = np.frombuffer(parse_wav(riff((b"fmt ", fmt(rate=rate)), (b"data", tone))), "<i2")

    assert abs(len(pcm) - 8000) <= 1
    assert pcm[200:-200].std() == pytest.approx(8000 / 2**0.5, rel=0.01)


def test_the_extensible_format_and_foreign_chunks_are_understood() -> None:
    """The real tag is in the subformat; what else is in the file is passed over, odd lengths included."""
    extensible = fmt(0xFFFE) + struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    data = riff((b"LIST", b"odd"), (b"fmt ", extensible), (b"fact", b"\0" * 4), (b"data", PCM), (b"id3 ", b"x"))

    assert parse_wav(data) == PCM


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """By us and by the standard library."""
    path = tmp_path / "hello.wav"
    path.write_bytes(wav_bytes(PCM))
    with wave.open(str(path)) as file:
        told = file.getparams()

    assert (told.nchannels, told.sampwidth, told.framerate, told.nframes) == (1, 2, 8000, 800)
    assert read_wav(path) == PCM


def test_two_channels_can_be_written() -> None:
    """Their samples alternate; half a pair is refused."""
    assert wav_bytes(PCM, channels=2)[44:] == PCM
    with pytest.raises(MediaError, match="whole samples of all channels"):
        wav_bytes(b"\0\0", channels=2)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"ID3\x04" + bytes(100), "is no WAV file"),
        (riff((b"fmt ", fmt()), (b"data", PCM))[:-1], "is truncated: 1600 bytes promised at 44, 1599 there"),
        (riff((b"fmt ", fmt()), (b"data", PCM))[:30], "is truncated"),
        (riff((b"fmt ", fmt())), "no 'data' chunk"),
        (riff(), "no 'fmt ' chunk"),
        (riff((b"data", PCM), (b"fmt ", fmt())), "sound before it says of which format"),
        (riff((b"fmt ", fmt()), (b"data", b"")), "without a single sample"),
        (riff((b"fmt ", fmt()), (b"data", b"\0")), "ends within a sample"),
        (riff((b"fmt ", fmt()[:10]), (b"data", PCM)), "its format takes 10 bytes"),
        (riff((b"fmt ", fmt(tag=0x55)), (b"data", PCM)), "format tag 85"),
        (riff((b"fmt ", fmt(bits=12)), (b"data", PCM)), "has 12 bits a sample"),
        (riff((b"fmt ", fmt(channels=0)), (b"data", PCM)), "claims 0 channels"),
        (riff((b"fmt ", fmt(channels=5000)), (b"data", PCM)), "claims 5000 channels"),
        (riff((b"fmt ", fmt(rate=1)), (b"data", PCM)), "claims a rate of 1 Hz"),
        (riff((b"fmt ", fmt(block=3)), (b"data", PCM)), "contradicts itself: blocks of 3 bytes, not 2"),
    ],
)
def test_a_file_that_lies_is_refused(data: bytes, problem: str) -> None:
    """The error names the place, the problem and how to make a good file."""
    with pytest.raises(MediaError, match=f"^prompts/hello.wav: .*{problem}.*sox in.wav"):
        parse_wav(data, "prompts/hello.wav")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """Its size is enough to know."""
    path = tmp_path / "long.wav"
    path.write_bytes(wav_bytes(PCM))

    with pytest.raises(MediaError, match=r"long\.wav: 1644 bytes of WAV are more than the 1000 allowed"):
        read_wav(path, largest=1000)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(MediaError, match=r"none\.wav: cannot be read \(No such file"):
        read_wav(tmp_path / "none.wav")
