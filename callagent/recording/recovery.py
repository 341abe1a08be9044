"""Calls whose process died in them: their recordings are finished, and none goes missing.

Finishing one may be broken off as well, at any moment, and is done again then from where it was.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from callagent.call.summary import CRASHED, summarize
from callagent.errors import RecordingError
from callagent.events import CallEnded, CallStarted, ConsentGiven, Event, RecordingCut
from callagent.evidence import Evidence
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.media.wav import HEADER, wav_header
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.call_files import INCOMPLETE, summary_text
from callagent.recording.changes import (
    PARTIAL,
    append,
    beginning,
    cannot,
    cut_half_line,
    erase,
    read_lines,
    replace,
    set_beginning,
    size_of,
)
from callagent.recording.events_file import EventLines, first_line, read_events
from callagent.recording.folder import EVENTS, SOUND, SUMMARY, calls_in
from callagent.recording.folder_names import read_name
from callagent.recording.ownership import owned

DAMAGED: Final = f"{EVENTS}.damaged"
"""Where the events are kept as they were found, when some of their lines could not be read."""

log = structlog.get_logger("callagent.recording")


@dataclass(frozen=True, slots=True)
class Recovered:
    """A call that was finished."""

    folder: Path
    summary: dict[str, Any]
    """As in `summary.json`."""


@dataclass(slots=True)
class Recovery:
    """What was found."""

    calls: list[Recovered] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Folders that could not be finished, with what helps."""


def recover(recordings: Path, keys: KeyRing = PLAIN) -> Recovery:
    """Finish all recordings whose process is gone; those of live calls are left alone. Raises RecordingError.

    What cannot be finished is told in `problems`, and does not keep the others from it.
    """
    found = Recovery()
    try:
        for folder in calls_in(recordings):
            try:
                call = None if (folder / SUMMARY).exists() or not _is_call(folder) else _recover_one(folder, keys)
            except RecordingError as error:
                found.problems.append(str(error))
                continue
            except OSError as error:  # such as the folder of another user
                found.problems.append(str(cannot(folder, "read", error)))
                continue
            if call is not None:
                found.calls.append(call)
                log.warning("call recovered", folder=folder.name, disposition=call.summary["disposition"])
    except OSError as error:
        raise cannot(recordings, "read", error) from None
    return found


def _is_call(folder: Path) -> bool:
    return read_name(folder.name) is not None or ((folder / EVENTS).exists() and (folder / EVENTS).stat().st_size > 0)


def _recover_one(folder: Path, keys: KeyRing) -> Recovered | None:
    with owned(folder) as free:
        if not free or (folder / SUMMARY).exists():
            return None
        try:
            return _finish(folder, keys)
        except OSError as error:
            raise cannot(folder, "finished after its process died", error) from None


def _finish(folder: Path, keys: KeyRing) -> Recovered:
    path = folder / EVENTS
    if beginning(path, 1, keys) not in {b"", b"{"}:
        raise RecordingError(f"{path}: is no file of events. Restore it from a copy; it was left as it is.")
    for half in folder.glob(f"*{PARTIAL}"):
        erase(half)
    if size_of(path, keys):
        cut_half_line(path, keys)
    events = _read(folder, keys)
    if _declined(events):
        erase(folder / SOUND)
    heard_s = _mend_sound(folder / SOUND, keys)
    added = list(_missing(folder, events, heard_s))
    if added:
        lines = EventLines(datetime.fromisoformat(_start(events).started)) if events else EventLines()
        written = b"".join(lines.line(event) for event in added)
        append(path, written if size_of(path, keys) else first_line() + written, keys)
    summary = summarize([*events, *added]).as_dict()
    summary["recording_incomplete"] |= (folder / INCOMPLETE).exists()
    text = summary_text(summary)
    replace(folder / SUMMARY, [text], keys)
    (folder / INCOMPLETE).unlink(missing_ok=True)
    return Recovered(folder, json.loads(text))


def _read(folder: Path, keys: KeyRing) -> list[Event]:
    """What happened, without the evidence; nothing where nothing was written. Unreadable lines are put aside."""
    path = folder / EVENTS
    if not size_of(path, keys):
        return []
    try:
        events = _without_evidence(path, keys)
    except RecordingError:
        _salvage(path, keys)
        events = _without_evidence(path, keys)
    if events and not isinstance(events[0], CallStarted):
        if read_name(folder.name) is None:
            raise RecordingError(f"{path}: does not begin with the beginning of a call. Restore the file from a copy.")
        _put_aside(path, [first_line()], keys)
        return []
    return events


def _without_evidence(path: Path, keys: KeyRing) -> list[Event]:
    return [event for event in read_events(read_lines(path, keys), str(path)) if not isinstance(event, Evidence)]


def _salvage(path: Path, keys: KeyRing) -> None:
    """Keep the lines that can be read; what cannot be decrypted is left as it is."""
    lines = list(read_lines(path, keys))
    head = lines[:1] if lines and lines[0].startswith(b'{"recording"') else []
    list(read_events(head, str(path)))  # a later callagent's file is not ours to touch
    good = [line for line in lines[len(head) :] if line.endswith(b"\n") and _reads([*head, line])]
    _put_aside(path, [*head, *good], keys)


def _put_aside(path: Path, instead: list[bytes], keys: KeyRing) -> None:
    """Keep the file as it was beside the one that takes its place."""
    (path.parent / INCOMPLETE).touch(0o600)
    if not path.with_name(DAMAGED).exists():
        replace(path.with_name(DAMAGED), read_lines(path, keys), keys)
    replace(path, instead, keys)


def _reads(lines: list[bytes]) -> bool:
    try:
        list(read_events(lines, ""))
    except RecordingError:
        return False
    return True


def _missing(folder: Path, events: list[Event], heard_s: float) -> Iterator[Event]:
    """The events that the call should have ended with."""
    if events and isinstance(events[-1], CallEnded):
        return
    if not events:
        started = _made_up(folder)
        events = [started]
        yield started
    at_s = round(max(events[-1].at_s, heard_s), 4)
    if (folder / INCOMPLETE).exists() and not any(isinstance(event, RecordingCut) for event in events):
        yield RecordingCut(at_s=at_s)
    yield CallEnded(at_s=at_s, disposition=CRASHED, ended_by="server")


def _start(events: list[Event]) -> CallStarted:
    first = events[0]
    assert isinstance(first, CallStarted)  # noqa: S101  # see `_read`
    return first


def _made_up(folder: Path) -> CallStarted:
    """The beginning of a call of which nothing is known but that it was: its process died at once."""
    named = read_name(folder.name)
    moment = named.began if named else datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return CallStarted(
        at_s=0.0,
        call_id=named.call_id if named else folder.name,
        carrier="",
        caller="",
        called="",
        flow="",
        flow_version="",
        language="",
        started=moment.isoformat(timespec="milliseconds"),
    )


def _declined(events: list[Event]) -> bool:
    said = [event.allowed for event in events if isinstance(event, ConsentGiven) and event.to == "recording"]
    return bool(said) and not said[-1]


def _mend_sound(path: Path, keys: KeyRing) -> float:
    """Have the header tell what is there; its seconds. What is no WAV is left as it is."""
    if not path.exists() or (size_of(path, keys) >= HEADER and beginning(path, 4, keys) != b"RIFF"):
        return 0.0
    block = 2 * BYTES_PER_SAMPLE
    size = max(0, size_of(path, keys) - HEADER) // block * block
    set_beginning(path, wav_header(size, channels=2), keys)
    return size / block / SAMPLE_RATE
