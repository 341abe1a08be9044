"""Whose a call's folder is just now: the recorder's while the call goes on, or of whoever mends or deletes it.

The lock is on the folder itself, so that files in it may be replaced, and ends with its process, however that ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callagent.errors import RecordingError

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def make_owned(folder: Path) -> int:
    """Make a folder that nobody ever sees without its owner; closing the descriptor gives it up. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    births = os.open(folder.parent, _FLAGS)
    try:
        _lock(births, fcntl.LOCK_SH)  # see `owned`
        folder.mkdir(mode=0o700)
        owner = os.open(folder, _FLAGS)
        _lock(owner, fcntl.LOCK_EX)
    finally:
        os.close(births)
    return owner


@contextmanager
def owned(folder: Path) -> Iterator[bool]:
    """Whether the folder is nobody else's; nobody can write a call into it meanwhile.

    False as well where it is gone. Raises RecordingError on a file system that cannot lock.
    """
    try:
        # Between being made and being locked, a folder looks as if its process had been killed.
        births = os.open(folder.parent, _FLAGS)
        try:
            fcntl.flock(births, fcntl.LOCK_EX)
            owner = os.open(folder, _FLAGS)
        finally:
            os.close(births)
    except (FileNotFoundError, NotADirectoryError):
        yield False
        return
    except OSError as error:
        raise _unlockable(folder, error) from None
    try:
        yield _is_mine(owner, folder)
    finally:
        os.close(owner)


def _is_mine(owner: int, folder: Path) -> bool:
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(owner), folder.stat())
    except (BlockingIOError, FileNotFoundError):
        return False
    except OSError as error:
        raise _unlockable(folder, error) from None


def _lock(descriptor: int, how: int) -> None:
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        # A file system without locks: the call is recorded, and `owned` refuses to judge whose it is.
        return


def _unlockable(folder: Path, error: OSError) -> RecordingError:
    return RecordingError(
        f"{folder}: cannot be locked ({error.strerror}), so nobody can tell whether the call goes on. Keep recordings "
        "on a file system with locks, such as a local disk, and give this user the right to read them."
    )
