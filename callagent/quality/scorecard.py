"""What people at QA write about a call, in its folder: `scorecard.json` and `notes.jsonl`.

Every card that was filled in stays in the file; of each person the last one counts. Who writes holds a lock on the
folder and replaces the file at once: two people at the same moment lose nothing of one another's.
"""

import json
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from callagent.alone import is_locked
from callagent.errors import RecordingError
from callagent.recording.at_rest.files import PLAIN, read_whole
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.changes import replace as put
from callagent.recording.folder import CARD, NOTES

VERSION: Final = 1
MARKS: Final = {
    "greeting": "Greeted well, and said who answers?",
    "understood": "Understood what the caller wanted?",
    "correct": "Said what is right?",
    "polite": "Was polite and patient?",
    "solved": "Is the caller's matter settled?",
}
"""By field of the card: what it asks; each is answered from 1 (no) to 5 (yes)."""
LOWEST, HIGHEST = 1, 5
MOST_TEXT: Final = 5_000
"""Characters of a comment or a note."""
PATIENCE_S: Final = 5.0
"""For who writes at the same moment; a call that goes on may do so for hours."""
LOOK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Card:
    """What one person thinks of a call; None is not answered."""

    by: str
    at: str
    """Wall time, ISO 8601 with zone."""
    greeting: int | None = None
    understood: int | None = None
    correct: int | None = None
    polite: int | None = None
    solved: int | None = None
    flags: tuple[str, ...] = ()
    """Short words to find calls by, such as "training"."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about a call, or about a place in it."""

    text: str
    by: str
    at: str
    at_s: float | None = None
    """Seconds since the call began; None for the whole call."""


def cards(folder: Path, keys: KeyRing = PLAIN) -> tuple[Card, ...]:
    """The last card of each person, oldest first. Raises RecordingError for a file that is none."""
    latest: dict[str, Card] = {}
    for card in _read(folder / CARD, keys):
        latest.pop(card.by, None)
        latest[card.by] = card
    return tuple(latest.values())


def fill_in(folder: Path, by: str, at: str, answers: Mapping[str, Any], keys: KeyRing = PLAIN) -> Card:
    """Add a card, and give it back; what `answers` leaves open stays as this person had it.

    Raises RecordingError for answers that the card has no place for, and when the file cannot be read or written.
    """
    _check(answers)
    with _alone(folder):
        before = _read(folder / CARD, keys)
        own = next((card for card in reversed(before) if card.by == by), Card(by, at))
        card = replace(own, at=at, **answers)
        _write(folder / CARD, [*before, card], keys)
    return card


def notes(folder: Path, keys: KeyRing = PLAIN) -> tuple[Note, ...]:
    """All remarks, as they were made; a line that is none is left out."""
    try:
        lines = read_whole(folder / NOTES, keys).splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RecordingError(f"{folder / NOTES}: cannot be read ({error.strerror}).") from None
    return tuple(_notes(lines))


def add_note(folder: Path, note: Note, keys: KeyRing = PLAIN) -> None:
    """Append a remark. Raises RecordingError when it is empty, too long, or cannot be written."""
    if not note.text.strip() or len(note.text) > MOST_TEXT:
        raise RecordingError(f"A note has 1 to {MOST_TEXT} characters, and this one has {len(note.text.strip())}.")
    with _alone(folder):
        path = folder / NOTES
        try:
            # A write that was cut off before has no end of line: it must not swallow this one.
            before = read_whole(path, keys) if path.exists() else b""
            line = json.dumps(asdict(note), ensure_ascii=False).encode(errors="backslashreplace") + b"\n"
            put(path, [before, b"" if not before or before.endswith(b"\n") else b"\n", line], keys)
        except OSError as error:
            raise RecordingError(f"{path}: cannot be written ({error.strerror}).") from None


def _check(answers: Mapping[str, Any]) -> None:
    for name, value in answers.items():
        if name in MARKS and not _is_mark(value):
            raise RecordingError(f"{name}: is a number from {LOWEST} (no) to {HIGHEST} (yes), not {value!r}.")
        if name == "comment" and len(value) > MOST_TEXT:
            raise RecordingError(f"comment: has {len(value)} characters, and {MOST_TEXT} are kept. Make it shorter.")
        if name not in MARKS and name not in ("comment", "flags"):
            raise RecordingError(
                f"{name}: the card has no such field. It has {', '.join((*MARKS, 'flags', 'comment'))}."
            )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else writes cards or notes of this call meanwhile, in whichever process. Raises RecordingError."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be opened ({error.strerror}).") from None
    try:
        until_s = time.monotonic() + PATIENCE_S
        while not is_locked(descriptor):
            if time.monotonic() >= until_s:
                raise RecordingError(f"{folder.name}: goes on, or somebody works on it. Try again when that is over.")
            time.sleep(LOOK_S)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path, keys: KeyRing) -> list[Card]:
    try:
        data = json.loads(read_whole(path, keys))
        if data["version"] > VERSION:
            raise RecordingError(
                f"{path}: is of format {data['version']}, and this callagent reads 1 to {VERSION}. "
                "Use the callagent that wrote it, or a later one."
            )
        return [_card(one) for one in data["cards"]]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror}).") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise RecordingError(f"{path}: is no scorecard. Restore it from a copy, or move it away.") from None


def _card(given: Mapping[str, Any]) -> Card:
    marks = {name: given[name] for name in MARKS if given.get(name) is not None}
    if not all(map(_is_mark, marks.values())):
        raise ValueError("no mark")
    flags, comment = tuple(map(str, given.get("flags", ()))), str(given.get("comment", ""))
    return Card(str(given["by"]), str(given["at"]), **marks, flags=flags, comment=comment)


def _is_mark(value: object) -> bool:
    return isinstance(value, int) and LOWEST <= value <= HIGHEST


def _write(path: Path, filled: Sequence[Card], keys: KeyRing) -> None:
    text = json.dumps({"version": VERSION, "cards": [asdict(card) for card in filled]}, indent=2, ensure_ascii=False)
    try:
        put(path, [text.encode(errors="backslashreplace") + b"\n"], keys)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written ({error.strerror}).") from None


def _notes(lines: Sequence[bytes]) -> Iterator[Note]:
    for line in lines:
        try:
            given = json.loads(line)
            at_s = given["at_s"]
            at_s = None if at_s is None or not math.isfinite(at_s) else float(at_s)
            yield Note(str(given["text"]), str(given["by"]), str(given["at"]), at_s)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            continue
