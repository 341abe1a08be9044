"""The record of a call, made from its folder: what happened in it, how good it was, and what people wrote about it."""

import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from callagent import events as defined
from callagent.errors import RecordingError
from callagent.events import Event
from callagent.quality.scorecard import cards, notes
from callagent.quality.scores import score_of
from callagent.recording.at_rest.files import PLAIN, read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import EVENTS, SOUND, SUMMARY, CallFolder
from callagent.recording.holds import hold_of
from callagent.store.record import CallRecord, record_of

HAPPENED: Final = frozenset(
    name for name, kind in vars(defined).items() if isinstance(kind, type) and issubclass(kind, Event)
)
"""All events but the evidence, which is most of a recording."""


def record_in(path: Path, keys: KeyRing = PLAIN) -> CallRecord:
    """The record of the call in a folder. It blocks. Raises RecordingError, OSError or ValueError for a broken one."""
    if not (path / EVENTS).exists():
        told, has_sound = json.loads(read_whole(path / SUMMARY, keys)), (path / SOUND).exists()
        return replace(record_of(told, (), name=path.name, has_sound=has_sound), **written_about(path, keys))
    folder = CallFolder(path, keys)
    summary = folder.summary()
    if summary is None:
        raise ValueError(f"there is no {SUMMARY}")
    events = folder.events(HAPPENED)
    record = record_of(summary, events, name=path.name, has_sound=folder.has_sound)
    return replace(record, score=score_of(events).value, **written_about(path, keys))


def written_about(path: Path, keys: KeyRing = PLAIN) -> dict[str, Any]:
    """What people wrote about the call in a folder, as the fields of its record; what cannot be read is left out."""
    told: dict[str, Any] = {"held": hold_of(path, keys) is not None}
    with suppress(RecordingError):
        told["notes"] = "\n".join(note.text for note in notes(path, keys))
    with suppress(RecordingError):
        filled = cards(path, keys)
        told["scorecard"] = [asdict(card) for card in filled] or None
    return told
