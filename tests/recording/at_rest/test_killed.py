"""A file whose writer is killed: at every write, after any number of its bytes, of every kind of work."""

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from callagent.recording.at_rest import disk
from callagent.recording.at_rest.cipher import SLOTS_BEGIN, new_cipher
from callagent.recording.at_rest.files import open_existing, open_for_change
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.sealed_writer import SealedWriter

KEYS = KeyRing({"k1": b"1" * 32})
CHUNK = 64
TORN = (0, 1, 13, 40, 70, 1000)
"""How many bytes of the last write come to the disk; as far as it has so many."""


class Killed(BaseException):
    """By somebody, in the middle of a write."""


@contextmanager
def killed_at(write: int, torn: int) -> Iterator[None]:
    """Of the writes and cuts that come, that one is begun only."""
    left = write

    def pwrite(descriptor: int, data: memoryview, place: int) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            # What lies in one page is there or not.
            os.pwrite(descriptor, data[: torn if place >= SLOTS_BEGIN else 0], place)
            raise Killed
        return os.pwrite(descriptor, data, place)

    def ftruncate(descriptor: int, length: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        os.ftruncate(descriptor, length)

    with pytest.MonkeyPatch.context() as patch:
        fake = type("os", (), {"pwrite": pwrite, "ftruncate": ftruncate, "close": os.close, "strerror": os.strerror})
        patch.setattr(disk, "os", fake)
        patch.setattr("callagent.recording.at_rest.sealed_writer.os", fake)
        yield


class Work:
    """A writer at work, and what must be in its file: before the step that it is at, and after it."""

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
        self.path = path
        self.writer = SealedWriter(descriptor, new_cipher(KEYS, CHUNK), str(path), new=True)
        self.before = self.after = b""
        self.appending = False

    def append(self, data: bytes) -> None:
        """As the writer."""
        self.before, self.after, self.appending = self.after, self.after + data, True
        self.writer.append(data)

    def write_at(self, offset: int, data: bytes) -> None:
        """As the writer."""
        changed = self.after[:offset] + data + self.after[offset + len(data) :]
        self.before, self.after, self.appending = self.after, changed, False
        self.writer.write_at(offset, data)

    def close(self) -> None:
        """As the writer."""
        self.before = self.after
        self.writer.close()

    def reopen(self) -> None:
        """Go on with what is there."""
        self.before = self.after
        self.writer.abandon()
        self.writer = open_for_change(self.path, KEYS)  # type: ignore[assignment]

    def may_be(self, content: bytes) -> bool:
        """Whether nothing is missing but of the step."""
        if self.appending:
            return self.after.startswith(content) and len(content) >= len(self.before)
        spans = range(0, max(len(self.after), 1), CHUNK)
        if len(content) != len(self.after):
            return False
        # What goes over several chunks is written one after the other.
        return all(
            content[at : at + CHUNK] in (self.before[at : at + CHUNK], self.after[at : at + CHUNK]) for at in spans
        )


def sound(work: Work) -> None:
    """As a recorder: a header, and again with each append."""
    work.append(b"H" * 44)
    for number in range(12):
        work.append(bytes([number]) * 23)
        work.write_at(0, bytes([64 + number]) * 44)
    work.close()


def events(work: Work) -> None:
    """Lines, short ones and some longer than chunks; one fits exactly."""
    for number, length in enumerate((10, 54, 64, 5, 200, 128, 1, 63, 64, 1)):
        work.append(bytes([number]) * length)
    work.close()


def silencing(work: Work) -> None:
    """Over several chunks, in what grows and in what is closed, and appending anew."""
    work.append(bytes(range(200)))
    work.write_at(30, b"\0" * 100)
    work.write_at(150, b"\0" * 50)
    work.append(b"x" * 10)
    work.close()
    work.reopen()
    work.write_at(5, b"\1" * 190)
    work.close()
    work.reopen()
    work.append(b"y" * 100)
    work.reopen()
    work.write_at(100, b"\2" * 30)
    work.append(b"z" * 18)
    work.write_at(256, b"\3" * 72)
    work.close()


def anything(seed: int) -> Callable[[Work], None]:
    """Made up."""

    def work_on(work: Work) -> None:
        dice = random.Random(seed)  # noqa: S311  # nothing secret
        for _ in range(25):
            kind, size = dice.choice("aaaawwwro"), work.writer.size
            if kind == "a":
                work.append(dice.randbytes(dice.choice((1, 7, 30, 63, 64, 65, 150))))
            elif kind == "w" and size:
                offset = dice.randrange(size)
                work.write_at(offset, dice.randbytes(dice.randint(1, min(150, size - offset))))
            elif kind == "r":
                work.reopen()
            elif kind == "o":
                work.close()
                work.reopen()
        work.close()

    return work_on


@pytest.mark.unmeasured
@pytest.mark.parametrize("torn", TORN)
@pytest.mark.parametrize(
    "work_on", [sound, events, silencing, *map(anything, range(6))], ids=lambda one: getattr(one, "__qualname__", "")
)
def test_only_the_last_step_is_missing(work_on: Callable[[Work], None], torn: int, tmp_path: Path) -> None:
    """Whenever the writer is killed; what is left can be finished, and is the same then."""
    killed = True
    for write in range(1000):
        path = tmp_path / "file"
        work = Work(path)
        try:
            with killed_at(write, torn):
                work_on(work)
            killed = False
        except Killed:
            work.writer.abandon()
        with open_existing(path, KEYS) as left:
            content = left.read()

        assert work.may_be(content), f"killed at write {write}"

        finishing = open_for_change(path, KEYS)
        finishing.append(b"end")
        finishing.close()
        with open_existing(path, KEYS) as finished:
            assert (finished.finished, finished.read()) == (True, content + b"end")
        if not killed:
            break
    assert not killed


@contextmanager
def failing_at(write: int, torn: int) -> Iterator[list[bool]]:
    """That one of the writes fails, after some bytes; the others do not. Whether it did is in the list then."""
    left, failed = write, []

    def pwrite(descriptor: int, data: memoryview, place: int) -> int:
        nonlocal left
        left -= 1
        if left == -1:
            failed.append(True)
            written = min(torn, len(data) - 1) if place >= SLOTS_BEGIN else 0
            there = os.pread(descriptor, len(data), place)
            while there[written:] == data[written:]:
                written -= 1  # what is missing was there by chance, and nothing would have failed
            os.pwrite(descriptor, data[:written], place)
            raise OSError(errno.ENOSPC, "No space left on device")
        return os.pwrite(descriptor, data, place)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "os", type("os", (), {"pwrite": pwrite, "strerror": os.strerror}))
        yield failed


@pytest.mark.unmeasured
@pytest.mark.parametrize("torn", TORN)
@pytest.mark.parametrize("seed", range(6))
def test_what_fails_once_costs_no_more_than_the_step(seed: int, torn: int, tmp_path: Path) -> None:
    """Whichever write it is, as on a full disk; the writer goes on, or the file is opened anew."""
    for write in range(1000):
        dice = random.Random(seed)  # noqa: S311  # nothing secret
        work = Work(tmp_path / "file")
        with failing_at(write, torn) as failed:
            for _ in range(25):
                size = work.writer.size
                try:
                    if size and dice.random() < 0.4:
                        offset = dice.randrange(size)
                        work.write_at(offset, dice.randbytes(min(dice.randint(1, 150), size - offset)))
                    else:
                        work.append(dice.randbytes(dice.choice((1, 7, 30, 63, 64, 65, 150))))
                except OSError:
                    with open_existing(work.path, KEYS) as left:
                        content = left.read()

                    assert work.may_be(content), f"failed at write {write}"

                    if work.writer._descriptor < 0:
                        work.writer = open_for_change(work.path, KEYS)  # type: ignore[assignment]
                    work.after = content[: work.writer.size]

                    assert work.may_be(work.after)
            with suppress(OSError):
                work.writer.close()
        with open_existing(work.path, KEYS) as closed:
            assert closed.read() == work.after
        if not failed:
            return
    pytest.fail("there was no end of it")
