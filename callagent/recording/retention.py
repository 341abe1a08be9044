"""Recordings whose time is over are let go: the sound, then the words, then the call, each after as many days as set.

The days count from the beginning of the call. With a call's summary goes its whole folder, whatever else is in it. A
call that is held, or goes on, is left alone. Run it as often as you like: it does only what is still to be done.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeAlias

import structlog

from callagent.errors import RecordingError
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.audit import audited, shorten
from callagent.recording.buckets import BEGUN as FETCHED
from callagent.recording.changes import (
    DYING,
    beginning,
    cannot,
    empty,
    erase,
    erase_folder,
    read_lines,
    replace,
    set_dying,
)
from callagent.recording.comments import has_comment, strip_comments
from callagent.recording.folder import EVENTS, NOTES, SOUND, SUMMARY, CallFolder, calls_in
from callagent.recording.folder_names import read_name
from callagent.recording.holds import why_held
from callagent.recording.ownership import owned
from callagent.recording.words import has_words, without_words

Kept: TypeAlias = Literal["audio", "transcript", "summary", "audit"]
MESSAGES: Final = "message*.wav"

log = structlog.get_logger("callagent.recording")


@dataclass(frozen=True, slots=True)
class Purged:
    """What was let go of a call, or would be."""

    call: str
    what: tuple[Kept, ...]


@dataclass(slots=True)
class Purge:
    """One run."""

    calls: list[Purged] = field(default_factory=list)
    spared: list[str] = field(default_factory=list)
    """Calls whose time is over and that are held, with why."""
    problems: list[str] = field(default_factory=list)
    audit_lines: int = 0


def purge(
    recordings: Path,
    days: Mapping[Kept, float],
    now: datetime,
    *,
    dry_run: bool = False,
    by: str = "",
    keys: KeyRing = PLAIN,
) -> Purge:
    """Let go of what is older than it may be; what is not in `days` is kept. Raises RecordingError.

    With `dry_run` nothing is changed. What cannot be deleted is told, and does not keep the rest from it.
    """
    done = Purge()
    try:
        if not dry_run:
            finish_deleting(recordings, by)
        for folder in calls_in(recordings) if {"audio", "transcript", "summary"} & days.keys() else ():
            try:
                _purge_one(folder, days, now, done, by, keys, dry_run=dry_run)
            except RecordingError as error:
                if folder.exists():  # else somebody deletes it just now
                    done.problems.append(str(error))
            except OSError as error:
                done.problems.append(str(cannot(folder, "deleted", error)))
    except OSError as error:
        raise cannot(recordings, "read", error) from None
    if "audit" in days and not dry_run:
        done.audit_lines = shorten(recordings, now - timedelta(days=days["audit"]), by)
    return done


def _purge_one(
    folder: Path, days: Mapping[Kept, float], now: datetime, done: Purge, by: str, keys: KeyRing, *, dry_run: bool
) -> None:
    if not (folder / SUMMARY).exists():
        return  # it goes on, or is still to be recovered
    began = _began(folder, keys)
    over: set[Kept] = {kept for kept, limit in days.items() if kept != "audit" and now - began >= timedelta(days=limit)}
    what = tuple(left(folder, over, keys))
    if not what:
        return
    with owned(folder) as free:
        if not free:
            return
        if reason := why_held(folder, keys):
            done.spared.append(reason)
            return
        if not dry_run:
            _let_go(folder, what, by, keys)
        done.calls.append(Purged(folder.name, what))


def _let_go(folder: Path, what: tuple[Kept, ...], by: str, keys: KeyRing) -> None:
    has_sound = not {"audio", "summary"}.isdisjoint(what)
    make_room = partial(silence, folder) if has_sound else lambda: None
    audited(folder.parent, "purged", folder.name, by, make_room, classes=list(what))
    if "summary" in what:
        erase_folder(set_dying(folder))
        return
    if "audio" in what:
        for path in _sounds(folder):
            erase(path)
    if "transcript" in what:
        _strip(folder, keys)


def silence(folder: Path) -> None:
    """Have a call's sound take no room any more; its files go later. Raises OSError."""
    for path in _sounds(folder):
        empty(path)


def left(folder: Path, over: Collection[Kept], keys: KeyRing) -> Iterator[Kept]:
    """What there is of that whose time is over. Raises RecordingError and OSError."""
    if "summary" in over:
        yield "summary"
        return
    if "audio" in over and _sounds(folder):
        yield "audio"
    if "transcript" in over and _has_words(folder, keys):
        yield "transcript"


def _sounds(folder: Path) -> list[Path]:
    return _files(folder, SOUND, MESSAGES)


def _beside_events(folder: Path) -> list[Path]:
    """What has a call's words besides its events."""
    return [path for path in _files(folder, EVENTS, NOTES) if path.name != EVENTS or path.parent != folder]


def _files(folder: Path, *names: str) -> list[Path]:
    """Files that are called so, with the halves of them that killed processes left; a dot is before some of those."""
    patterns = (pattern for name in names for pattern in (f"{name}*", f".{name}*", f"{FETCHED}*/{name}*"))
    return [path for pattern in patterns for path in folder.glob(pattern)]


def _has_words(folder: Path, keys: KeyRing) -> bool:
    if _beside_events(folder) or has_comment(folder, keys):
        return True
    path = folder / EVENTS
    if beginning(path, 1, keys) not in {b"", b"{"}:
        raise RecordingError(f"{path}: is no file of events, so its words cannot be taken out. Restore it from a copy.")
    return path.exists() and has_words(next(read_lines(path, keys), b""))


def _strip(folder: Path, keys: KeyRing) -> None:
    strip_comments(folder, keys)
    path = folder / EVENTS
    if path.exists() and has_words(next(read_lines(path, keys), b"")):
        replace(path, without_words(read_lines(path, keys)), keys, shred=True)
    for beside in _beside_events(folder):
        erase(beside)


def _began(folder: Path, keys: KeyRing) -> datetime:
    """When the call did, as its summary says; else as its folder does."""
    call = CallFolder(folder, keys) if (folder / EVENTS).exists() else None
    told = ((call.summary() if call else None) or {}).get("started", "")
    try:
        began = datetime.fromisoformat(str(told))
    except ValueError:
        named = read_name(folder.name)
        return named.began if named else datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return began if began.tzinfo else began.replace(tzinfo=UTC)


def finish_deleting(recordings: Path, by: str = "") -> int:
    """Delete what a process was killed in deleting; how many calls. Raises OSError and RecordingError."""
    finished = 0
    for folder in sorted(recordings.glob(f"{DYING}*")) if recordings.is_dir() else ():
        with owned(folder) as free:
            if free:
                name = folder.name.removeprefix(DYING)
                audited(recordings, "deletion finished", name, by, partial(silence, folder))
                erase_folder(folder)
                finished += 1
    return finished
