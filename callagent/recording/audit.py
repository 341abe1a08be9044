"""Who played, showed, exported, held or deleted which call, and when: `audit.jsonl` in the folder of the recordings.

Each line is a JSON object that holds the SHA-256 of the line before it, so that a line that was changed, taken out of
the middle, put in or moved is found. What this cannot tell by itself is that lines were cut off at the end, or that
somebody wrote the whole file anew: note the hash of the last line elsewhere now and then (`callagent calls audit`
prints it), and whoever has it can. Lines whose time is over are taken off the front, and a line says so.

Nothing in it is of a caller's: calls go by their names.
"""

import errno
import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from callagent.errors import RecordingError
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.changes import cannot, replace

AUDIT: Final = "audit.jsonl"
NOTHING: Final = "0" * 64
"""What the first line has for the hash of the one before."""
SHORTENED: Final = "shortened"
"""What a line is about that says which lines were taken off the front."""
TAIL: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that somebody did."""

    at: str
    """ISO 8601, UTC."""
    by: str
    what: str
    """ "played", "shown", "exported", "deleted", "forgot", "held", "released", "purged", "recovered", ..."""
    call: str
    """Its name; empty where it was not about one."""
    more: dict[str, Any]
    """Whatever else belongs to it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds."""

    lines: int
    last: str
    """Hash of the last line."""
    broken_at: int = 0
    """The first line, counted from 1, at which it does not; 0 for none."""
    why: str = ""


def audited(
    recordings: Path, what: str, call: str, by: str = "", make_room: Callable[[], None] = lambda: None, **more: Any
) -> str:
    """Write down that something was done; the hash of the line. Safe with several processes.

    `by` is who did it; empty for the user whose process this is. On a full disk it is tried once more after
    `make_room`: else nothing could be deleted there, for that is written down first. Raises RecordingError.
    """
    path = recordings / AUDIT
    try:
        recordings.mkdir(parents=True, exist_ok=True)
        with _locked(path) as file:
            entry = {"at": _now(), "by": by or user(), "what": what, "call": call, **more}
            try:
                return _append(file, entry)
            except OSError as error:
                if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                    raise
            make_room()
            return _append(file, entry)
    except OSError as error:
        raise cannot(path, "written to", error) from None


def entries(recordings: Path) -> Iterator[Entry]:
    """All that is written down, oldest first; lines that are none are left out. Raises RecordingError."""
    for line in _lines(recordings / AUDIT):
        try:
            told = json.loads(line)
            at, by, what, call = (str(told.pop(name)) for name in ("at", "by", "what", "call"))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            continue
        told.pop("before", None)
        yield Entry(at, by, what, call, told)


def verify(recordings: Path) -> Verdict:
    """Follow the chain from its first line to its last. Raises RecordingError when it cannot be read."""
    before, number = "", 0
    begins, shortened = NOTHING, set()
    for number, line in enumerate(_lines(recordings / AUDIT), 1):
        try:
            told = json.loads(line)
            said = str(told["before"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return Verdict(number, before, number, "is no entry")
        if not line.endswith(b"\n"):
            return Verdict(number, before, number, "is cut off")
        if number == 1:
            begins = said
        elif said != before:
            return Verdict(number, before, number, "does not follow the line before it: one of the two was changed")
        if told.get("what") == SHORTENED:
            shortened.add(str(told.get("up_to")))
        before = _hash(line)
    if begins != NOTHING and begins not in shortened:
        return Verdict(number, before, 1, "follows a line that is not there, and no line says that its time was over")
    return Verdict(number, before)


def shorten(recordings: Path, before: datetime, by: str = "") -> int:
    """Take off the front what is older; how many lines. Raises RecordingError."""
    path = recordings / AUDIT
    if not path.is_file():
        return 0
    try:
        with _locked(path) as file:
            file.seek(0)
            lines = [line for line in file.readlines() if line.endswith(b"\n")]
            old = next((number for number, line in enumerate(lines) if _at(line) >= before), len(lines))
            if not old:
                return 0
            up_to = _hash(lines[old - 1])
            entry = {"at": _now(), "by": by or user(), "what": SHORTENED, "call": "", "lines": old, "up_to": up_to}
            kept = lines[old:]
            kept.append(_line({**entry, "before": _hash(lines[-1])}))
            replace(path, kept, PLAIN)  # nothing of a caller's is in it
            return old
    except OSError as error:
        raise cannot(path, "shortened", error) from None


def user() -> str:
    """Whose process this is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _at(line: bytes) -> datetime:
    try:
        at = datetime.fromisoformat(json.loads(line)["at"])
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError, RecursionError):
        return datetime.max.replace(tzinfo=UTC)  # what cannot be read is not thrown away


def _hash(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace") + b"\n"


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """The file, for one process at a time. Raises OSError."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                current = os.path.samestat(os.fstat(descriptor), path.stat())
            except FileNotFoundError:
                current = False
            if current:  # else it was shortened while this waited
                yield file
                return


def _append(file: BinaryIO, entry: dict[str, Any]) -> str:
    end = file.seek(0, 2)
    last = _last_line(file, end)
    if last and not last.endswith(b"\n"):
        end -= len(last)  # of a process that was killed while it wrote
        file.truncate(end)
        last = _last_line(file, end)
    line = _line({**entry, "before": _hash(last) if last else NOTHING})
    left = line
    try:
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise
    return _hash(line)


def _last_line(file: BinaryIO, end: int) -> bytes:
    """With its end, as far as it has one; empty for none."""
    tail = b""
    begin = end
    while begin and b"\n" not in tail[:-1]:
        begin = max(0, begin - TAIL)
        file.seek(begin)
        tail = file.read(end - begin)
    return tail[tail.rfind(b"\n", 0, len(tail) - 1) + 1 :]


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except FileNotFoundError:
        return
    except OSError as error:
        raise RecordingError(
            f"{path}: cannot be read ({error.strerror}). Run this as the user that the server runs as."
        ) from None
