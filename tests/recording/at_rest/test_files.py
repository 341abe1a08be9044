"""Files of recordings, plain and encrypted through the same calls; encrypted ones tell when they were tampered with."""

import json
import os
import resource
import signal
import subprocess
import sys
import tracemalloc
import wave
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from callagent.errors import KeyNeededError, RecordingError, TamperedError
from callagent.media.wav import wav_bytes
from callagent.recording.at_rest.cipher import CHUNK, SLOTS_BEGIN, cipher_of
from callagent.recording.at_rest.files import (
    PLAIN,
    key_id,
    open_existing,
    open_for_change,
    open_new,
    read_whole,
    write_whole,
)
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.magic import MAGIC

KEYS = KeyRing({"k1": b"1" * 32})
BOTH = pytest.mark.parametrize("keys", [PLAIN, KEYS], ids=["plain", "encrypted"])
SLOT = CHUNK + 40


def written(path: Path, content: bytes, keys: KeyRing = KEYS) -> Path:
    """A closed file."""
    file = open_new(path, keys)
    file.append(content)
    file.close()
    return path


def random_bytes(size: int) -> bytes:
    """The same each time."""
    return np.random.default_rng(size).bytes(size)


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file may become longer meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@BOTH
def test_what_is_appended_is_read(keys: KeyRing, tmp_path: Path) -> None:
    """In pieces of any size; the file is its owner's only."""
    content = random_bytes(50_000)
    file = open_new(tmp_path / "file", keys)
    for begin in range(0, len(content), 777):
        file.append(content[begin : begin + 777])

        assert file.size == min(len(content), begin + 777)
    file.close()

    with open_existing(tmp_path / "file", KEYS) as read:
        assert (read.size, read.read()) == (len(content), content)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


@BOTH
def test_a_file_is_read_from_any_place(keys: KeyRing, tmp_path: Path) -> None:
    """As a file on disk is."""
    content = random_bytes(3 * CHUNK)
    with open_existing(written(tmp_path / "file", content, keys), KEYS) as read:
        places = (0, CHUNK - 1, CHUNK, 2 * CHUNK + 5, 3 * CHUNK - 2, 3 * CHUNK, 4 * CHUNK)

        assert [read.read_at(place, 100) for place in places] == [content[place : place + 100] for place in places]

        read.seek(-10, os.SEEK_END)
        read.seek(5, os.SEEK_CUR)

        assert read.read() == content[-5:]
        with pytest.raises(OSError, match=r"Invalid argument|no place before"):
            read.seek(-1)


@BOTH
def test_wave_and_lines_are_read_as_they_are(keys: KeyRing, tmp_path: Path) -> None:
    """By the readers of Python's library."""
    pcm = random_bytes(40_000)
    lines = [json.dumps({"number": number}) for number in range(2000)]
    written(tmp_path / "call.wav", wav_bytes(pcm, channels=2), keys)
    written(tmp_path / "events.jsonl", "\n".join(lines).encode(), keys)

    with open_existing(tmp_path / "call.wav", KEYS) as file, wave.open(file) as wav:
        assert wav.readframes(wav.getnframes()) == pcm
    with open_existing(tmp_path / "events.jsonl", KEYS) as file:
        assert [line.decode().rstrip("\n") for line in file] == lines


@BOTH
def test_a_span_is_overwritten_in_a_closed_file(keys: KeyRing, tmp_path: Path) -> None:
    """And the rest stays; what is not there cannot be overwritten."""
    content = random_bytes(5 * CHUNK // 2)
    file = open_for_change(written(tmp_path / "file", content, keys), KEYS)
    file.write_at(CHUNK - 100, bytes(CHUNK + 200))
    for offset in (-1, len(content) - 5):
        with pytest.raises(ValueError, match="not all among"):
            file.write_at(offset, bytes(10))
    file.close()

    silenced = content[: CHUNK - 100] + bytes(CHUNK + 200) + content[2 * CHUNK + 100 :]
    assert read_whole(tmp_path / "file", KEYS) == silenced
    assert (tmp_path / "file").stat().st_size < len(content) + 300


@pytest.mark.parametrize("closed", [True, False])
def test_what_was_overwritten_is_nowhere_in_the_file(closed: bool, tmp_path: Path) -> None:
    """Not in the copies that a kill would have needed either."""
    path = tmp_path / "file"
    file = open_new(path, KEYS)
    for _ in range(200):
        file.append(b"secret.." * 10)
    if closed:
        file.close()
        file = open_for_change(path, KEYS)
    file.write_at(0, b"silence." * 2000)
    file.abandon()

    cipher = cipher_of(path.read_bytes(), KEYS, "")
    on_disk = path.read_bytes()[SLOTS_BEGIN:]
    chunks = [cipher.open(on_disk[begin : begin + SLOT]) for begin in range(0, len(on_disk), SLOT)]
    assert sum(chunk is not None for chunk in chunks) >= 4
    assert not any(chunk and b"secret" in chunk.content for chunk in chunks)


def test_nothing_of_the_content_is_on_the_disk(tmp_path: Path) -> None:
    """And two files of the same content have nothing in common but the name of their key."""
    content = b"nine eight seven six " * 1000
    one, other = (written(tmp_path / name, content).read_bytes() for name in ("one", "other"))

    assert b"nine" not in one
    assert one[SLOTS_BEGIN + 12 :: SLOT][:3] != other[SLOTS_BEGIN + 12 :: SLOT][:3]
    assert (key_id(tmp_path / "one"), key_id(written(tmp_path / "plain", content, PLAIN))) == ("k1", "")


@pytest.mark.parametrize("size", [10, CHUNK, 2 * CHUNK + 100])
def test_a_flipped_bit_is_told(size: int, tmp_path: Path) -> None:
    """Wherever in the file it is: the file and the chunk are named, or the key, if it may be another one's."""
    path = written(tmp_path / "file", random_bytes(size))
    whole = path.read_bytes()
    for place in (*range(len(MAGIC), SLOTS_BEGIN), *range(SLOTS_BEGIN, len(whole), 97), len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises((TamperedError, KeyNeededError), match=f"{path}.*(chunk|header|is encrypted with)") as told:
            read_whole(path, KEYS)
        if place >= SLOTS_BEGIN:
            assert f"chunk {(place - SLOTS_BEGIN) // SLOT}" in str(told.value)


def test_a_closed_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    """Wherever it is cut: at a chunk's border, within one, or all but the header."""
    path = written(tmp_path / "file", random_bytes(3 * CHUNK + 10))
    whole = path.read_bytes()
    for length in (len(whole) - 1, *(SLOTS_BEGIN + chunk * SLOT + more for chunk in range(4) for more in (0, 9)), 100):
        path.write_bytes(whole[:length])
        with pytest.raises(TamperedError, match=r"is cut off|header"):
            read_whole(path, KEYS)


def test_a_file_that_was_not_closed_is_known(tmp_path: Path) -> None:
    """Whatever its length; a plain one does not tell."""
    for size in (0, 10, CHUNK, CHUNK + 10):
        path = tmp_path / f"{size}"
        file = open_new(path, KEYS)
        file.append(bytes(size))
        file.abandon()

        with open_existing(path, KEYS) as left:
            assert (left.finished, left.size) == (False, size)
        open_for_change(path, KEYS).close()
        with open_existing(path, KEYS) as closed:
            assert (closed.finished, closed.size) == (True, size)
    with open_existing(written(tmp_path / "plain", b"", PLAIN), PLAIN) as plain:
        assert plain.finished is None


def test_chunks_cannot_be_moved(tmp_path: Path) -> None:
    """Neither within the file, nor from another one of the same key, nor from the same one as it was before."""
    path = written(tmp_path / "file", bytes(4 * CHUNK))
    other = written(tmp_path / "other", bytes(4 * CHUNK)).read_bytes()
    whole = path.read_bytes()

    def with_slot_1(slot: bytes) -> None:
        path.write_bytes(whole[: SLOTS_BEGIN + SLOT] + slot + whole[SLOTS_BEGIN + 2 * SLOT :])

    with_slot_1(whole[SLOTS_BEGIN + 2 * SLOT :][:SLOT])
    with pytest.raises(TamperedError, match="chunk 1: chunk 2 is in its place"):
        read_whole(path, KEYS)
    with_slot_1(other[SLOTS_BEGIN + SLOT :][:SLOT])
    with pytest.raises(TamperedError, match="chunk 1: is not what was written, or is of another file"):
        read_whole(path, KEYS)
    path.write_bytes(whole + whole[-2 * SLOT :])
    with pytest.raises(TamperedError, match="added"):
        read_whole(path, KEYS)


def test_a_key_that_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    """By its id; no key is shown."""
    path = written(tmp_path / "file", b"words")
    with pytest.raises(KeyNeededError, match="'k1'; put that into CALLAGENT_RECORDING_KEYS") as none:
        read_whole(path, PLAIN)
    with pytest.raises(KeyNeededError, match=r"'k1'.*It has k3, k2") as others:
        read_whole(path, KeyRing({"k3": b"3" * 32, "k2": b"2" * 32}))
    with pytest.raises(KeyNeededError, match="another key of the id 'k1'") as wrong:
        read_whole(path, KeyRing({"k1": b"2" * 32}))

    assert {told.value.key_id for told in (none, others, wrong)} == {"k1"}
    assert repr(KEYS) == "KeyRing(k1)"


def test_older_keys_still_read(tmp_path: Path) -> None:
    """The first encrypts, all decrypt."""
    path = written(tmp_path / "file", b"words")
    ring = KeyRing({"k2": b"2" * 32, "k1": b"1" * 32})
    newer = written(tmp_path / "newer", b"more words", ring)

    assert (read_whole(path, ring), key_id(path)) == (b"words", "k1")
    assert (read_whole(newer, ring), key_id(newer)) == (b"more words", "k2")


@BOTH
def test_a_full_disk_is_told_and_leaves_what_was_there(keys: KeyRing, tmp_path: Path) -> None:
    """Through the system's own error; once there is room, the file goes on."""
    content = random_bytes(30_000)
    file = open_new(tmp_path / "file", keys)
    kept = 0
    with disk_of(20_000), pytest.raises(OSError, match="File too large"):  # noqa: PT012  # one of them fails
        for begin in range(0, len(content), 3200):
            kept = begin
            file.append(content[begin : begin + 3200])

    assert kept > 12_000
    assert file.size == kept or (keys and kept <= file.size < kept + 3200)
    kept = file.size
    with open_existing(tmp_path / "file", KEYS) as meanwhile:
        assert meanwhile.read(kept) == content[:kept]
    file.append(content[kept:])
    file.close()
    assert read_whole(tmp_path / "file", KEYS) == content


@BOTH
def test_one_writer_at_a_time(keys: KeyRing, tmp_path: Path) -> None:
    """A second one is refused, as is making a file that is there."""
    path = tmp_path / "file"
    file = open_new(path, keys)
    with pytest.raises(RecordingError, match="another process writes to it"):
        open_for_change(path, keys)
    with pytest.raises(FileExistsError):
        open_new(path, keys)
    file.close()

    open_for_change(path, keys).close()


def test_a_file_that_grows_is_read_meanwhile(tmp_path: Path) -> None:
    """As it was at the opening, although chunks are moved since."""
    file = open_new(tmp_path / "file", KEYS)
    content = random_bytes(20_000)
    for end in range(0, 19_000, 500):
        file.append(content[end : end + 500])
        with open_existing(tmp_path / "file", KEYS) as read:
            file.append(b"")
            file.write_at(0, content[:10])
            size = read.size

            assert read.read() == content[:size]
    with open_existing(tmp_path / "file", KEYS) as read:
        file.append(content[read.size :])
        file.append(bytes(20_000))

        assert read.read() == content[: read.size]
    file.close()


def test_memory_is_flat(tmp_path: Path) -> None:
    """While 32 MB are written and read."""
    tracemalloc.start()
    file = open_new(tmp_path / "file", KEYS)
    for _ in range(320):
        file.append(bytes(100_000))
    file.close()
    with open_existing(tmp_path / "file", KEYS) as read:
        while read.read(1 << 16):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 1_000_000


@BOTH
def test_a_small_file_is_there_at_once_or_not_at_all(keys: KeyRing, tmp_path: Path) -> None:
    """What was there before stays until then, and what a killed process left is in nobody's way."""
    path = tmp_path / "summary.json"
    write_whole(path, b"one", keys)
    (tmp_path / "summary.json.part").write_bytes(b"left")
    write_whole(path, b"two", keys)
    with disk_of(100), suppress(OSError):
        write_whole(path, bytes(1000), keys)

    assert read_whole(path, KEYS) == b"two"
    assert [file.name for file in tmp_path.iterdir()] == ["summary.json"]


CHILD = """
import sys
from itertools import count
from pathlib import Path

from callagent.recording.at_rest.files import open_new
from callagent.recording.at_rest.keys import KeyRing

file = open_new(Path(sys.argv[1]), KeyRing({"k1": b"1" * 32}))
file.append(bytes(44))
for number in count():
    file.append(number.to_bytes(4, "big") * 800)
    file.write_at(0, number.to_bytes(4, "big") * 11)
    print(number, flush=True)
"""
"""Appends without end, overwrites a header each time, and tells how often it did."""


def test_a_killed_process_lacks_at_most_its_last_append(tmp_path: Path) -> None:
    """By SIGKILL; what it told to be written is there, right to the last byte."""
    path = tmp_path / "call.wav"
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE) as child:  # noqa: S603
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(200)][-1]
        child.send_signal(signal.SIGKILL)
        rest, _ = child.communicate()
    told = max([told, *(int(line) for line in rest.split(b"\n")[:-1])])
    with open_existing(path, KEYS) as file:
        header, content = file.read(44), file.read()

    assert len(content) >= (told + 1) * 3200
    assert int.from_bytes(header[:4], "big") >= told
    assert content == b"".join(number.to_bytes(4, "big") * 800 for number in range(len(content) // 4))[: len(content)]
