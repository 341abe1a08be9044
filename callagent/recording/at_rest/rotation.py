"""Encrypting recordings that are there already: with a newer key, for the first time, or no longer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from callagent.alone import alone
from callagent.errors import RecordingError
from callagent.recording.at_rest.files import PLAIN, key_id, lock, open_existing, open_new
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import give, sync
from callagent.recording.folder import SUMMARY, files_of

BEGUN: Final = ".rotating"
"""Ending of what is not yet in its place; a killed process leaves one, and the next takes it away."""
AT_ONCE: Final = 1 << 20


@contextmanager
def waiting_files(folder: Path) -> Iterator[list[Path]]:
    """What waits in a folder to be sent or stored; meanwhile nobody sends or stores it.

    Raises RecordingError while somebody does, and OSError.
    """
    with alone(folder) as is_alone:
        if not is_alone:
            raise RecordingError(f"{folder}: somebody works on it. Try again later.")
        yield _cleared(folder) if folder.exists() else []


@contextmanager
def undisturbed(folder: Path) -> Iterator[list[Path]]:
    """The files of a call that is over; meanwhile nobody else works on them.

    Raises RecordingError when the call is not over, or somebody works on it, and OSError.
    """
    with alone(folder) as is_alone:
        if not is_alone or not (folder / SUMMARY).exists():
            raise RecordingError(f"{folder}: the call is not over, or somebody works on it. Try again later.")
        yield _cleared(folder)


def _cleared(folder: Path) -> list[Path]:
    """Its files, without what a killed process left."""
    for left in folder.glob(f".*{BEGUN}"):
        left.unlink()
    return files_of(folder)


def rotate_file(file: Path, keys: KeyRing, *, plain: bool = False) -> bool:
    """Write a file anew where that is needed, with the ring's first key or `plain`; whether it was needed.

    It is the old file or the new one at any moment. Raises OSError, KeyNeededError, TamperedError, and RecordingError
    while somebody writes to it.
    """
    if key_id(file) == ("" if plain else keys.first):
        return False
    with file.open("rb") as held:
        lock(held.fileno(), file)
        beside = file.with_name(f".{file.name}{BEGUN}")
        try:
            _copy(file, beside, keys, PLAIN if plain else keys)
            give(beside, file)
            lock(held.fileno(), file)  # what somebody has deleted or stored meanwhile does not come back
            beside.replace(file)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync(file.parent)
    return True


def _copy(file: Path, to: Path, keys: KeyRing, new_keys: KeyRing) -> None:
    with open_existing(file, keys) as content:
        copy = open_new(to, new_keys)
        try:
            while part := content.read(AT_ONCE):
                copy.append(part)
            if content.finished is not False:  # what was cut short by a kill stays known as such
                copy.close()
        finally:
            copy.abandon()
    sync(to)
