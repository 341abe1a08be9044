"""Changes of a call's files after the call, each such that a process killed in it leaves the old or the new.

Whatever mends, strips or deletes recordings reads and writes them through here. Files are read whether they are
encrypted or not; with keys, new ones are. Where files are read, KeyNeededError and TamperedError may be raised as well.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from callagent.errors import RecordingError
from callagent.recording.at_rest.files import PLAIN, open_existing, open_for_change, open_new, read_whole
from callagent.recording.at_rest.keys import KeyRing

BLOCK: Final = 1 << 20
PARTIAL: Final = ".part"
"""Ending of what is being written to be put in place of a file."""
DYING: Final = ".deleting-"
"""How the folder of a call is called while it is being deleted."""


def read_lines(path: Path, keys: KeyRing) -> Iterator[bytes]:
    """The lines of a file, with their ends. Raises OSError."""
    with open_existing(path, keys) as file:
        yield from file


def beginning(path: Path, size: int, keys: KeyRing) -> bytes:
    """The first bytes of a file, none where there is none. Raises OSError."""
    try:
        with open_existing(path, keys) as file:
            return file.read(size)
    except FileNotFoundError:
        return b""


def size_of(path: Path, keys: KeyRing) -> int:
    """Bytes of a file's content, 0 where there is none. Raises OSError."""
    try:
        with open_existing(path, keys) as file:
            return file.size
    except FileNotFoundError:
        return 0


def set_beginning(path: Path, data: bytes, keys: KeyRing) -> None:
    """Have a file begin so, and be as long as that at least; what is behind stays. Raises OSError."""
    if _is_empty(path):
        replace(path, [data], keys)
        return
    file = open_for_change(path, keys)
    try:
        there = min(file.size, len(data))
        file.write_at(0, data[:there])
        file.append(data[there:])
        file.close()
    finally:
        file.abandon()
    sync(path)


def cut_half_line(path: Path, keys: KeyRing) -> None:
    """End a file with the end of its last whole line. Raises OSError."""
    with open_existing(path, keys) as file:
        whole = not file.size or file.read_at(file.size - 1, 1) == b"\n"
    if not whole:
        replace(path, (line for line in read_lines(path, keys) if line.endswith(b"\n")), keys)


def append(path: Path, data: bytes, keys: KeyRing) -> None:
    """Add to the end of a file, or make it. Raises OSError."""
    if not path.exists() or _is_empty(path):
        replace(path, [data], keys)
        return
    file = open_for_change(path, keys)
    try:
        file.append(data)
        file.close()
    finally:
        file.abandon()
    sync(path)


def replace(path: Path, pieces: Iterable[bytes], keys: KeyRing, *, shred: bool = False) -> None:
    """Put a file there at once; with `shred`, what was there is overwritten then. Raises OSError."""
    beside = path.with_name(path.name + PARTIAL)
    beside.unlink(missing_ok=True)
    file = open_new(beside, keys)
    try:
        for block in _gathered(pieces):
            file.append(block)
        file.close()
    finally:
        file.abandon()
    give(beside, path if path.exists() else path.parent)
    sync(beside)
    if shred and path.exists():
        old = path.with_name(path.name + ".old" + PARTIAL)
        old.unlink(missing_ok=True)
        os.link(path, old)
        beside.replace(path)
        erase(old)
    else:
        beside.replace(path)
    sync(path.parent)


def give(path: Path, like: Path) -> None:
    """Have a file be whose another is, if this user may do that: what root writes must not lock out the server."""
    with suppress(OSError):
        owner = like.stat()
        os.chown(path, owner.st_uid, owner.st_gid)


@dataclass(frozen=True, slots=True)
class WholeFiles:
    """Small files that are written and read as a whole; with keys, new ones are encrypted."""

    keys: KeyRing = PLAIN

    def write(self, path: Path, data: bytes) -> None:
        """Put a file there at once, in place of what is there. Raises OSError."""
        replace(path, [data], self.keys)

    def read(self, path: Path) -> bytes:
        """All of a file. Raises OSError."""
        return read_whole(path, self.keys)


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same in larger pieces: each append to an encrypted file encrypts a page."""
    block = bytearray()
    for piece in pieces:
        block += piece
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    yield bytes(block)


def _is_empty(path: Path) -> bool:
    """Whether there is nothing in it, not even what an encrypted file begins with."""
    return path.stat().st_size == 0


def erase(path: Path) -> bool:
    """Delete a file, its content first; whether there was one. Raises OSError.

    The content is overwritten where it lies, and that has reached the disk before the name goes. A file system that
    keeps versions or a disk that moves its blocks may have older copies all the same.
    """
    there = path.exists() or path.is_symlink()
    with suppress(OSError):  # a link, nothing that may be written, or a disk that has no room for a copy: it goes
        empty(path)
    path.unlink(missing_ok=True)
    return there


def empty(path: Path) -> None:
    """Overwrite and drop the content of a file; its name stays. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        _blank(descriptor)
    finally:
        os.close(descriptor)


def _blank(descriptor: int) -> None:
    if os.fstat(descriptor).st_nlink > 1:
        return  # somebody keeps it under another name
    left = os.fstat(descriptor).st_size
    nothing = bytes(min(BLOCK, left))
    while left > 0:
        left -= os.write(descriptor, nothing[:left])
    os.fdatasync(descriptor)
    os.ftruncate(descriptor, 0)


def set_dying(folder: Path) -> Path:
    """Take a call's folder out of all lists, at once; where it is until `erase_folder`. Raises OSError."""
    dying = folder.with_name(DYING + folder.name)
    folder.rename(dying)
    sync(folder.parent)
    return dying


def erase_folder(folder: Path) -> None:
    """Delete a folder with all that is in it. Raises OSError."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            erase(path)
    folder.rmdir()
    sync(folder.parent)


def sync(path: Path) -> None:
    """Have what is in a file, or the names in a folder, reach the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot(path: Path, what: str, error: OSError) -> RecordingError:
    """What a person is told of the disk's no."""
    return RecordingError(
        f"{path}: cannot be {what} ({error.strerror or type(error).__name__}). See that the disk works and has room, "
        "and that this user may write there; then run it again: what is done is not done twice."
    )
