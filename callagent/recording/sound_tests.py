"""A recorded call as a sound test: a copy of its folder that may lie among a shop's files.

It holds the events, which say what is expected, and of the sound the caller's side alone; where a private answer was
asked for, there is silence. `callagent replay FOLDER --level sound` plays it.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from callagent.errors import RecordingError
from callagent.events import CallStarted, Event
from callagent.evidence import DialogueAdvanced
from callagent.media.audio import BYTES_PER_SAMPLE, samples
from callagent.media.wav import wav_header
from callagent.recording.at_rest.files import read_whole
from callagent.recording.changes import cannot, erase_folder
from callagent.recording.events_file import EventLines, first_line
from callagent.recording.folder import EVENTS, SOUND, SUMMARY, CallFolder

CALLS: Final = "calls"
"""Where they are, beside the transcript tests of a shop."""
HIDDEN: Final = "⟦"
"""What a recording writes in place of something private begins with it."""

SOMEBODY: Final = b"+919800000098"
"""Stands for the number of a caller in a recording that does not hide it."""

Span = tuple[int, int]


def copy_for_test(folder: CallFolder, to: Path) -> None:
    """Copy a call to a folder that is not there yet.

    Raises RecordingError when it is there, when the call has no sound or holds private answers as they were said, and
    when it cannot be written; then nothing is left of it.
    """
    events = folder.events()
    if told := _told_private(events):
        raise RecordingError(
            f"{folder.path}: holds {told} as the caller gave it, and a test is read by many. Calls that are recorded "
            "now hide such answers: make the sound test of one of those."
        )
    if to.exists() or to.is_symlink():
        raise RecordingError(f"{to}: is there already. Delete it, or give this test another --name.")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".", dir=to.parent))
        try:
            _copy(folder, events, made)
            made.chmod(0o755)
            made.rename(to)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise RecordingError(f"{to}: cannot be written ({error.strerror}). Is there room on the disk?") from None


class SoundTests:
    """Those among the files of all shops, as `forgetting.Forgets`: they go with the calls that they were made of."""

    name = "sound tests"

    def __init__(self, flows: Path) -> None:
        self._flows = flows

    async def forget(self, caller_key: str) -> int:
        """Delete those of a caller's calls. Raises RecordingError."""
        return await asyncio.to_thread(self._delete, lambda started: started.caller_key == caller_key)

    async def delete(self, call: str) -> int:
        """Delete those of one call. Raises RecordingError."""
        return await asyncio.to_thread(self._delete, lambda started: f"-{started.call_id}-" in call)

    def _delete(self, is_meant: Callable[[CallStarted], bool]) -> int:
        deleted = 0
        for events in sorted(self._flows.glob(f"*/tests/{CALLS}/*/{EVENTS}")):
            try:
                started = CallFolder(events.parent).started()
                if started is not None and is_meant(started):
                    erase_folder(events.parent)
                    deleted += 1
            except OSError as error:
                raise cannot(events.parent, "deleted", error) from None
        return deleted


def _copy(folder: CallFolder, events: Iterable[Event], to: Path) -> None:
    lines = EventLines()
    number = _number(events)
    with (to / EVENTS).open("wb") as file:
        file.write(first_line())
        for event in events:
            line = lines.line(event)
            file.write(line.replace(number, SOMEBODY) if number else line)
    if (folder.path / SUMMARY).is_file():
        (to / SUMMARY).write_bytes(read_whole(folder.path / SUMMARY, folder.keys))
    private = tuple(_private_spans(events))
    with folder.sound() as sound, (to / SOUND).open("wb") as file:
        file.write(wav_header(sound.samples * 2 * BYTES_PER_SAMPLE, channels=2))
        at = 0
        for block in sound.blocks():
            block[:, 1] = 0
            for begins, ends in private:
                block[max(0, begins - at) : max(0, ends - at), 0] = 0
            file.write(block.tobytes())
            at += len(block)


def _private_spans(events: Iterable[Event]) -> Iterator[Span]:
    """All that the caller did between the decision before and the one about a private answer."""
    before_s = 0.0
    for event in events:
        if isinstance(event, DialogueAdvanced):
            if event.private and not event.plain:
                yield samples(before_s), samples(event.at_s)
            before_s = event.at_s


def _number(events: Iterable[Event]) -> bytes:
    """The caller's; empty where it is withheld or hidden."""
    began = next((event.given for event in events if isinstance(event, DialogueAdvanced)), {})
    number = str(began.get("caller", ""))
    return b"" if HIDDEN in number else number.encode()


def _told_private(events: Iterable[Event]) -> str:
    """What of a private answer stands in the events; empty for none."""
    for event in events:
        if isinstance(event, DialogueAdvanced) and event.private and not event.plain:
            given = str(event.given.get("text", "") or event.given.get("keys", ""))
            if given.strip() and HIDDEN not in given:
                return f"a private answer (turn {event.turn})"
    return ""
