"""WAV files of any length, a little at a time."""

import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from callagent.errors import MediaError
from callagent.media.g711 import alaw_encode, ulaw_encode
from callagent.media.wav import read_wav
from callagent.media.wav_stream import open_wav


def tone(seconds: float, rate: int, hertz: float = 400.0) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    """A sine at a quarter of full scale."""
    moments = np.arange(round(seconds * rate)) / rate
    return np.asarray(np.rint(8000 * np.sin(2 * np.pi * hertz * moments)), "<i2")


def write(path: Path, data: bytes, rate: int, channels: int = 1, tag: int = 1, bits: int = 16) -> Path:
    """A WAV file of these samples."""
    block = channels * bits // 8
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * block, block, bits)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def read(path: Path) -> "np.ndarray[tuple[int, int], np.dtype[np.int16]]":
    """All of it."""
    with open_wav(path) as sound:
        rows = np.concatenate(list(sound.blocks()))
        assert len(rows) == sound.samples
        return rows


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100, 48_000])
def test_every_rate_becomes_the_telephones(tmp_path: Path, rate: int) -> None:
    """As long as it was, to the sample, and the same sound as when it is read as a whole."""
    path = write(tmp_path / "a.wav", tone(2.5, rate).tobytes(), rate)

    rows = read(path)

    whole = np.frombuffer(read_wav(path), "<i2")
    assert len(rows) == 20_000
    assert np.abs(rows[:, 0].astype(int) - whole[: len(rows)]).max() <= 8


def test_channels_stay_apart(tmp_path: Path) -> None:
    """What is said on one is not heard on the other."""
    left, right = tone(1, 44_100), np.zeros(44_100, "<i2")
    path = write(tmp_path / "a.wav", np.stack([left, right], axis=1).tobytes(), 44_100, channels=2)

    rows = read(path)

    assert np.abs(rows[:, 0]).max() > 7000
    assert np.abs(rows[:, 1]).max() == 0


@pytest.mark.parametrize(
    ("tag", "bits", "coded"),
    [
        (7, 8, ulaw_encode(tone(1, 8000).tobytes())),
        (6, 8, alaw_encode(tone(1, 8000).tobytes())),
        (3, 32, (tone(1, 8000) / np.float32(32767)).astype("<f4").tobytes()),
    ],
)
def test_every_coding_is_read(tmp_path: Path, tag: int, bits: int, coded: bytes) -> None:
    """The telephone's two and floats, with the error that they have."""
    rows = read(write(tmp_path / "a.wav", coded, 8000, tag=tag, bits=bits))

    assert np.abs(rows[:, 0].astype(int) - tone(1, 8000)).max() <= 256


def test_two_hours_take_no_more_memory_than_a_minute(tmp_path: Path) -> None:
    """A file of 1.3 GB that is full of holes: what is read is let go."""
    path = write(tmp_path / "a.wav", b"", 44_100, channels=2)
    size = 2 * 60 * 60 * 44_100 * 4
    with path.open("r+b") as file:
        file.seek(40)
        file.write(struct.pack("<I", size))
        file.truncate(44 + size)
    tracemalloc.start()
    try:
        with open_wav(path) as sound:
            assert sound.samples == 2 * 60 * 60 * 8000
            blocks = sound.blocks()
            for _ in range(60):
                next(blocks)
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(120):
                next(blocks)
            _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak - before < 4_000_000


@pytest.mark.parametrize(
    "what", ["nothing", "text", "cut", "promises", "no samples", "half a sample", "folder", "pipe"]
)
def test_what_is_no_honest_file_is_refused(tmp_path: Path, what: str) -> None:
    """With its name and what is wrong; nothing waits for a pipe."""
    path = write(tmp_path / "a.wav", tone(1, 8000).tobytes(), 8000)
    data = path.read_bytes()
    if what in ("folder", "pipe"):
        path.unlink()
        path.mkdir() if what == "folder" else os.mkfifo(path)
    else:
        path.write_bytes(
            {
                "nothing": b"",
                "text": b"Dear caller, this is no sound at all.",
                "cut": data[:-100],
                "promises": data[:40] + struct.pack("<I", 0xFFFF_FF00) + data[44:],
                "no samples": data[:40] + bytes(4),
                "half a sample": data[:40] + struct.pack("<I", 15_999) + data[44:],
            }[what]
        )

    with pytest.raises(MediaError, match=r"a\.wav: "), open_wav(path):
        pass


def test_a_file_that_becomes_shorter_is_told(tmp_path: Path) -> None:
    """Somebody else writes to it."""
    path = write(tmp_path / "a.wav", tone(3, 8000).tobytes(), 8000)

    with open_wav(path) as sound:
        os.truncate(path, 20_000)
        with pytest.raises(MediaError, match="shorter"):
            list(sound.blocks())
