"""The files of a call while it goes on, encrypted or not."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from support.kept_calls import KEYS

from callagent.media.wav import HEADER, wav_header
from callagent.recording.at_rest.files import PLAIN, read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.call_files import HUSHED, CallFiles
from callagent.recording.events_file import first_line

PIECE = 320
"""Samples of both sides that come at once."""


def sound(value: int) -> bytes:
    """A piece of one value on both sides."""
    return np.full((PIECE, 2), value, "<i2").tobytes()


@pytest.fixture(params=[PLAIN, KEYS], ids=["plain", "sealed"])
def keys(request: pytest.FixtureRequest) -> KeyRing:
    """With and without."""
    ring: KeyRing = request.param
    return ring


def test_a_stretch_of_one_side_is_silenced_while_the_call_goes_on(tmp_path: Path, keys: KeyRing) -> None:
    """What was there is in the file no more; what is around, and the other side, stays, and recording goes on."""
    files = CallFiles(tmp_path / "call", keys)
    files.open(b"")
    for number in range(1, 101):
        files.sound(sound(number))
    files.silence(HUSHED.pack(0, 1000, 20_000))
    files.sound(sound(101))
    files.close(b"")
    content = read_whole(tmp_path / "call" / "call.wav", keys)
    rows = np.frombuffer(content[HEADER:], "<i2").reshape(-1, 2)
    expected = np.repeat(np.arange(1, 102), PIECE)

    assert content[:HEADER] == wav_header(101 * PIECE * 4, channels=2)
    assert np.array_equal(rows[:, 1], expected)
    expected[1000:20_000] = 0
    assert np.array_equal(rows[:, 0], expected)


def test_what_was_never_written_is_silent_already(tmp_path: Path, keys: KeyRing) -> None:
    """A recording without sound, or one that a full disk cut short."""
    files = CallFiles(tmp_path / "call", keys)
    files.open(b"")
    files.silence(HUSHED.pack(0, 0, 1000))
    files.sound(sound(7))
    files.silence(HUSHED.pack(1, 100, 9000))
    files.close(b"")
    rows = np.frombuffer(read_whole(tmp_path / "call" / "call.wav", keys)[HEADER:], "<i2").reshape(-1, 2)

    assert rows[:, 0].tolist() == [7] * PIECE
    assert rows[:, 1].tolist() == [7] * 100 + [0] * (PIECE - 100)


@pytest.mark.parametrize("writes", range(1, 6))
@pytest.mark.parametrize("again", [True, False], ids=["the same line", "the next line"])
def test_a_disk_that_is_full_in_the_middle_of_a_line_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: KeyRing, writes: int, *, again: bool
) -> None:
    """Whether the line is tried again or another comes after it: nothing is there twice, and nothing in half."""
    files = CallFiles(tmp_path / "call", keys)
    files.open(b"")
    long, short = b"a" * 9000 + b"\n", b"b\n"
    real, left = os.pwrite, writes

    def filling(descriptor: int, data: bytes, offset: int) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data[: 4096 + 200], offset)

    monkeypatch.setattr(os, "pwrite", filling)
    full = files.do(files.event, long, needed=True) is not None
    monkeypatch.undo()
    if full and again:
        files.event(long)
    files.event(short)
    files.close(b"")
    lines = read_whole(tmp_path / "call" / "events.jsonl", keys).splitlines(keepends=True)

    assert lines[0] == first_line()
    assert lines[-1] == short
    assert all(line == long for line in lines[1:-1])
    assert len(lines) == 3 or (full and not again and len(lines) == 2)
