"""Files of recordings: made, read and changed, whether they are encrypted or not.

What is known of an encrypted file, when it is read:

- Each part of it is what was written there, by somebody who had the key, or TamperedError names the part. Chunks cannot
  be moved within the file, nor between files.
- A file that was closed is all there: nothing can have been cut off its end. A file whose writer was killed lacks at
  most what was being appended at that moment; `Readable.finished` is False then. The same is true of one that is being
  written just now.
- A file that was not closed may also have been cut off at its end by somebody: a killed writer leaves no trace of where
  it was. Whoever can write to the disk can also put an older copy of the file, or of a chunk, in place of the newer,
  or make a file that was closed look as if it had not been. Only what is kept elsewhere can tell of that, such as the
  sizes in the bucket.
- That holds for killed processes. When a machine loses power, the kernel may have written some of the newest chunks and
  not others, as with any file that is not synchronized.
"""

import fcntl
import io
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from callagent.errors import RecordingError
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.magic import MAGIC
from callagent.recording.at_rest.plain import PlainWriter

BEGINNING: Final = 512
"""Bytes that tell whether a file is encrypted, and with what."""
AHEAD: Final = 1 << 16
"""Bytes that are read at a time."""
PLAIN: Final = KeyRing()


class Writable(Protocol):
    """A file that grows. For one thread; nobody else can open it for writing meanwhile."""

    @property
    def size(self) -> int:
        """Bytes of content."""
        ...

    def append(self, data: bytes) -> None:
        """Add to the end. Raises OSError, on a full disk for one; `size` tells then how much was added.

        The file is as good as before, and may be gone on with.
        """
        ...

    def write_at(self, offset: int, data: bytes) -> None:
        """Overwrite what is there, so that nothing of it is left in the file. Raises OSError, and ValueError beyond.

        After an OSError the file may have had to be closed, as after `abandon`; it can be opened anew.
        """
        ...

    def close(self) -> None:
        """Finish the file and close it. Raises OSError; it is closed, but not finished, then."""
        ...

    def abandon(self) -> None:
        """Close it without finishing it; never raises."""
        ...


class Readable(io.BufferedReader):
    """The content of a file, for whatever reads binary files; takes the same memory however long it is.

    Reading raises OSError, and TamperedError where an encrypted file is not what was written.
    """

    def __init__(self, raw: io.RawIOBase, size: int, *, finished: bool | None, key_id: str) -> None:
        super().__init__(raw, AHEAD)
        self.size = size
        """Bytes of content, when it was opened."""
        self.finished = finished
        """Whether it was closed by who wrote it; None where that cannot be known, as it is not encrypted."""
        self.key_id = key_id
        """Of the key that it is encrypted with; empty when it is not."""

    def read_at(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes from there."""
        self.seek(offset)
        return self.read(size)


def prepare(keys: KeyRing) -> None:
    """Load what encrypting takes, so that the first call has not to wait for it."""
    if keys:
        from callagent.recording.at_rest import sealed_reader, sealed_writer  # noqa: F401


def open_new(path: Path, keys: KeyRing) -> Writable:
    """A file that is not there yet, for its owner only. Raises OSError."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not keys:
            return PlainWriter(descriptor)
        from callagent.recording.at_rest.cipher import new_cipher  # most servers encrypt nothing
        from callagent.recording.at_rest.sealed_writer import SealedWriter

        return SealedWriter(descriptor, new_cipher(keys), str(path), new=True)
    except BaseException:
        path.unlink()
        os.close(descriptor)
        raise


def open_existing(path: Path, keys: KeyRing) -> Readable:
    """A file to be read. Raises OSError, KeyNeededError and TamperedError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        beginning = os.pread(descriptor, BEGINNING, 0)
        if not beginning.startswith(MAGIC):
            return Readable(io.FileIO(descriptor), os.fstat(descriptor).st_size, finished=None, key_id="")
        from callagent.recording.at_rest.cipher import cipher_of, key_id_of
        from callagent.recording.at_rest.sealed_reader import SealedReader

        raw = SealedReader(descriptor, cipher_of(beginning, keys, str(path)), str(path))
        return Readable(raw, raw.size, finished=raw.finished, key_id=key_id_of(beginning, str(path)))
    except BaseException:
        os.close(descriptor)
        raise


def open_for_change(path: Path, keys: KeyRing) -> Writable:
    """A file that is there, to be overwritten in or appended to; it stays encrypted with the key that it is.

    Raises OSError, KeyNeededError, TamperedError, and RecordingError while somebody else writes to it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        lock(descriptor, path)
        beginning = os.pread(descriptor, BEGINNING, 0)
        if not beginning.startswith(MAGIC):
            return PlainWriter(descriptor)
        from callagent.recording.at_rest.cipher import cipher_of
        from callagent.recording.at_rest.sealed_writer import SealedWriter

        return SealedWriter(descriptor, cipher_of(beginning, keys, str(path)), str(path))
    except BaseException:
        os.close(descriptor)
        raise


def lock(descriptor: int, path: Path) -> None:
    """Have nobody else write to an open file. Raises RecordingError when somebody does, or has replaced it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RecordingError(f"{path}: another process writes to it. Try again when the call is over.") from None
    with suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return
    raise RecordingError(f"{path}: it was replaced meanwhile. Try again.")


def is_written(path: Path) -> bool:
    """Whether somebody has a file open for writing. Raises OSError."""
    with path.open("rb") as file:
        try:
            lock(file.fileno(), path)
        except RecordingError:
            return True
    return False


def key_id(path: Path) -> str:
    """Of the key that a file is encrypted with; empty when it is not. Raises OSError and TamperedError."""
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
    if not beginning.startswith(MAGIC):
        return ""
    from callagent.recording.at_rest.cipher import key_id_of

    return key_id_of(beginning, str(path))


def write_whole(path: Path, data: bytes, keys: KeyRing) -> None:
    """Put a small file there at once, such as a summary, in place of what is there. Raises OSError."""
    beside = path.with_name(f"{path.name}.part")
    beside.unlink(missing_ok=True)
    file = open_new(beside, keys)
    try:
        file.append(data)
        file.close()
        beside.replace(path)
    except BaseException:
        file.abandon()
        beside.unlink(missing_ok=True)
        raise


def read_whole(path: Path, keys: KeyRing) -> bytes:
    """All of a small file. Raises OSError, KeyNeededError and TamperedError."""
    with open_existing(path, keys) as file:
        return file.read()
