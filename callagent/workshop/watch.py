"""Noticing that staff have changed a shop's files while calls go on.

`Watch.look` is called again and again, from a thread that may wait for a disk. Files that have been others for as long
as `SETTLE_S` are read: people save one file after the other, and a version control writes many. What comes of it is a
value made of the new files, or the reasons why there is none; the one who watches keeps the old value then.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from callagent.errors import CallagentError, ContentError
from callagent.workshop.shops import Folders

SETTLE_S: Final = 1.0
MOST_REASONS: Final = 20
"""Told of a change that is refused; who has more mistakes will ask `flows check`."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """The files are others now, and they are right."""

    value: T


@dataclass(frozen=True, slots=True)
class Refused:
    """The files are others now, and they cannot be used."""

    reasons: tuple[str, ...]
    """One for each mistake, with its file and line."""


def content_hash(folders: Folders) -> str:
    """Hash of the names and contents of all files that a call may depend on."""
    digest = hashlib.sha256()
    try:
        for path in folders.files():
            content = path.read_bytes()
            digest.update(f"{path} {len(content)}\n".encode() + content)
    except OSError as error:  # gone again, or not to be read: that is a state of the files too
        digest.update(type(error).__name__.encode())
    return digest.hexdigest()


class Watch(Generic[T]):
    """Watches one shop; what it was made with counts as known."""

    def __init__(self, folders: Folders, read: Callable[[], T]) -> None:
        """`read` makes the value of the files as they are, and raises CallagentError for mistakes in them."""
        self._folders = folders
        self._read = read
        self._known = self._seen = content_hash(folders)
        self._since_s = 0.0

    def look(self, now_s: float) -> Changed[T] | Refused | None:
        """Each change once, when it has settled; None while there is nothing new. Never raises for what it reads."""
        found = content_hash(self._folders)
        if found != self._seen:
            self._seen, self._since_s = found, now_s
        if found == self._known or now_s - self._since_s < SETTLE_S:
            return None
        change = self._change()
        if content_hash(self._folders) != found:
            return None  # somebody was writing meanwhile: what was read may be half of this and half of that
        self._known = found
        return change

    def _change(self) -> Changed[T] | Refused:
        try:
            return Changed(self._read())
        except ContentError as error:
            return Refused(tuple(str(problem) for problem in error.problems[:MOST_REASONS]))
        except CallagentError as error:
            return Refused((str(error),))
        except Exception as error:  # noqa: BLE001  # no file may stop the server from answering with the old ones
            return Refused((f"The files cannot be read: {type(error).__name__}.",))
