"""The folder that a call leaves behind, as whoever shows, compares or replays it reads it.

Nothing in it is believed: it may have been cut off, copied by hand or made elsewhere.
"""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from stat import S_ISREG
from struct import unpack_from
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from callagent.errors import RecordingError
from callagent.events import CallEnded, CallStarted, Event
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.recording.at_rest.files import PLAIN, open_existing
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import PARTIAL
from callagent.recording.events_file import MOST_LINE, read_events, read_restored
from callagent.recording.folder_names import may_be_name, read_name

SOUND: Final = "call.wav"
EVENTS: Final = "events.jsonl"
SUMMARY: Final = "summary.json"
NOTES: Final = "notes.jsonl"
"""What people noted about the call, which may cite its words."""
CARD: Final = "scorecard.json"
"""How people marked the call, and what they commented."""
MOST_SUMMARY: Final = 5_000_000
"""Bytes of a summary that are read."""
IMPORTED: Final = "import"
"""The carrier of a call that another system had."""
BLOCK: Final = SAMPLE_RATE * 10
"""Samples of both sides that are in memory at a time."""

Stereo = npt.NDArray[np.int16]
"""Rows of two samples: the caller's and the agent's."""


class CallFolder:
    """One recorded call; its files may be encrypted or not."""

    def __init__(self, path: Path, keys: KeyRing = PLAIN) -> None:
        """Raises RecordingError when there is no such folder, or no call in it.

        Whatever reads in it raises KeyNeededError and TamperedError as well, which are RecordingErrors.
        """
        if not _is_folder(path):
            raise RecordingError(f"{path}: there is no such call. `callagent calls list` shows which there are.")
        if not _holds(path, EVENTS):
            raise RecordingError(f"{path}: holds no {EVENTS}, so it is not the folder of a call.")
        self.path = path
        self.keys = keys

    @property
    def name(self) -> str:
        """What the call is known by."""
        return self.path.name

    def events(self, only: Collection[str] | None = None) -> tuple[Event, ...]:
        """All that happened, in order; or only the events of these names, CallStarted among them.

        Raises RecordingError when that cannot be read, or does not begin a call.
        """
        return self.restored(only, None)[0]

    def restored(
        self, only: Collection[str] | None, restore: Callable[[str], str] | None
    ) -> tuple[tuple[Event, ...], tuple[Event, ...]]:
        """As `events`; and the same with what `restore` puts in the place of each token of redaction."""
        with self._opened(EVENTS) as file:
            events, restored = read_restored(_lines(file), f"{self.path / EVENTS}", only, restore)
        if not events or not isinstance(events[0], CallStarted):
            raise RecordingError(
                f"{self.path / EVENTS}: does not begin with the beginning of a call. Restore the file from a copy."
            )
        return events, restored

    def started(self) -> CallStarted | None:
        """How it began; None where nothing of that was written. Raises RecordingError when it cannot be read."""
        with self._opened(EVENTS) as file:
            first = next(read_events(islice(_lines(file), 2), f"{self.path / EVENTS}"), None)
        return first if isinstance(first, CallStarted) else None

    def began(self) -> datetime:
        """When the call began; without a zone it is taken for UTC. Raises RecordingError when that cannot be read."""
        started = self.started()
        if started is None:
            raise RecordingError(f"{self.path / EVENTS}: does not say when the call began. Restore it from a copy.")
        began = datetime.fromisoformat(started.started)
        return began if began.tzinfo else began.replace(tzinfo=UTC)

    def may_be_since(self, since: datetime) -> bool:
        """Whether the call did not begin before: by its name, which begins so, else by its events, if they tell."""
        if named := read_name(self.name):
            return named.began >= since.replace(microsecond=0)
        try:
            return self.began() >= since
        except RecordingError:
            return True

    def is_over(self, events: tuple[Event, ...]) -> bool:
        """Whether the call has come to its end, or goes on, or was broken off with its process."""
        return isinstance(events[-1], CallEnded)

    def summary(self) -> dict[str, Any] | None:
        """What `summary.json` holds; None where there is none. Raises RecordingError when it cannot be read."""
        path = self.path / SUMMARY
        if not path.is_file():
            return None
        with self._opened(SUMMARY) as file:
            text = file.read(MOST_SUMMARY + 1)
        try:
            summary = json.loads(text) if len(text) <= MOST_SUMMARY else None
        except (ValueError, RecursionError):
            summary = None
        if not isinstance(summary, dict):
            raise RecordingError(f"{path}: is no summary of a call. Delete it: it is made anew from the events.")
        return summary

    @property
    def has_sound(self) -> bool:
        """Whether the sound was kept."""
        return (self.path / SOUND).is_file()

    @contextmanager
    def sound(self) -> Iterator["RecordedSound"]:
        """The sound of both sides, as long as the context is. Raises RecordingError when there is none, or no WAV."""
        if not self.has_sound:
            raise RecordingError(
                f"{self.path}: holds no {SOUND}: the caller declined to be recorded, the recording of sound was off, "
                "or its time was over. Its words can be shown and replayed all the same."
            )
        with self._opened(SOUND) as file:
            yield RecordedSound(file, f"{self.path / SOUND}")

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        path = self.path / name
        try:
            with open_existing(path, self.keys) as file:
                yield file
        except OSError as error:
            raise RecordingError(
                f"{path}: cannot be read ({error.strerror or type(error).__name__}). Restore it from a copy, or run "
                "this as the user that the server runs as."
            ) from None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Of which none is longer than whoever reads it has to know that it is too long."""
    return iter(partial(file.readline, MOST_LINE + 1), b"")


@dataclass(frozen=True, slots=True)
class _Layout:
    begins: int
    """Byte of the file at which the sound begins."""
    samples: int
    promised: int


class RecordedSound:
    """Both sides of a call; read in pieces, so that two hours take no more memory than two minutes."""

    def __init__(self, file: BinaryIO, place: str) -> None:
        self._file = file
        self._place = place
        self._layout = _layout(file, place)

    @property
    def samples(self) -> int:
        """How many there are of each side, whatever the header promises."""
        return self._layout.samples

    @property
    def is_cut(self) -> bool:
        """Whether the header promises more than there is."""
        return self._layout.promised > self._layout.samples

    def read(self, begins: int, ends: int) -> Stereo:
        """Both sides from one sample up to another; silence where the recording has nothing."""
        taken = np.zeros((max(0, ends - begins), 2), "<i2")
        first, last = max(0, begins), min(ends, self.samples)
        if first < last:
            self._file.seek(self._layout.begins + first * 2 * BYTES_PER_SAMPLE)
            data = self._file.read((last - first) * 2 * BYTES_PER_SAMPLE)
            rows = np.frombuffer(data[: len(data) - len(data) % (2 * BYTES_PER_SAMPLE)], "<i2").reshape(-1, 2)
            taken[first - begins : first - begins + len(rows)] = rows
        return taken

    def blocks(self, samples: int = BLOCK) -> Iterator[Stereo]:
        """Everything, so many samples at a time."""
        for begins in range(0, self.samples, samples):
            yield self.read(begins, min(begins + samples, self.samples))


def _layout(file: BinaryIO, place: str) -> _Layout:
    """Where the sound is: 16-bit PCM at 8 kHz of two channels (RIFF, Microsoft 1991), or RecordingError."""
    length = file.seek(0, 2)
    file.seek(0)
    if file.read(12)[:4] != b"RIFF":
        raise RecordingError(f"{place}: is no WAV file. Restore it from a copy, or delete it: the words stay.")
    form: tuple[int, ...] = ()
    at = 12
    while at + 8 <= length:
        file.seek(at)
        name, size = unpack_from("<4sI", file.read(8))
        at += 8
        if name == b"fmt " and at + 16 <= length:
            form = unpack_from("<HHIIHH", file.read(16))
        if name == b"data":
            if form[:3] != (1, 2, SAMPLE_RATE) or form[5] != 8 * BYTES_PER_SAMPLE:
                raise RecordingError(
                    f"{place}: is not what callagent records (16-bit PCM, two channels, {SAMPLE_RATE} Hz). "
                    "`callagent calls import` makes a call of any other WAV."
                )
            block = 2 * BYTES_PER_SAMPLE
            return _Layout(at, min(size, length - at) // block, size // block)
        at += size + size % 2
    raise RecordingError(f"{place}: holds no sound. Restore it from a copy, or delete it: the words stay.")


@dataclass(frozen=True, slots=True)
class Recordings:
    """Where calls are kept, and what their files are encrypted with."""

    path: Path
    keys: KeyRing = PLAIN

    def find(self, name: str) -> CallFolder:
        """The call of a name, or of a part of one that only it has; or at a path.

        Raises RecordingError for none, for several, and for a name that leads elsewhere.
        """
        if name and _holds(Path(name), EVENTS):
            return CallFolder(Path(name).resolve(), self.keys)  # "." and links are not what a call is known by
        if not may_be_name(name):
            raise RecordingError(
                f"{name!r}: is neither the folder of a call nor the name of one. See `callagent calls list`."
            )
        if _is_folder(self.path / name):
            return CallFolder(self.path / name, self.keys)
        found = [folder for folder in self.all() if name in folder.name]
        if len(found) > 1:
            told = f"{len(found)} calls are called so, such as {found[0].name}. Write more of it."
            raise RecordingError(f"{name!r}: {told}")
        if not found:
            raise RecordingError(f"{name!r}: there is no such call in {self.path}. `callagent calls list` shows them.")
        return found[0]

    def all(self) -> Iterator[CallFolder]:
        """All calls, oldest first. Raises RecordingError when this user may not look there."""
        try:
            paths = list(calls_in(self.path, EVENTS))
        except OSError as error:
            raise _unreadable(self.path, error) from None
        return (CallFolder(path, self.keys) for path in paths)


def calls_in(recordings: Path, *parts: str) -> Iterator[Path]:
    """The folders of calls, oldest first: those that hold one of these files; without any, also what may become one.

    Also those that this user may not look into: whoever reads them is told of it. Raises OSError.
    """
    for path in sorted(recordings.iterdir()) if recordings.is_dir() else ():
        if not path.name.startswith(".") and (_holds(path, *parts) if parts else path.is_dir()):
            yield path


def _unreadable(folder: Path, error: OSError) -> RecordingError:
    return RecordingError(f"{folder}: cannot be read ({error.strerror}). Run this as the user that the server runs as.")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        raise _unreadable(path, error) from None


def files_of(folder: Path) -> list[Path]:
    """What a call has left; none of the notes that callagent makes for itself. Raises OSError."""
    return sorted(
        file
        for file in folder.iterdir()
        if S_ISREG(file.lstat().st_mode) and not file.name.startswith(".") and file.suffix != PARTIAL
    )


def _holds(folder: Path, *parts: str) -> bool:
    """Whether one of these files is there; also where this user may not look."""
    try:
        return any((folder / part).is_file() for part in parts)
    except PermissionError:
        return True
    except OSError:  # such as a name that no file can have
        return False
