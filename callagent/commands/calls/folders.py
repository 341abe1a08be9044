"""What the commands over recorded calls share: where calls are, which are meant, and that looking is written down."""

import argparse
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console

from callagent.commands.calls.list import read_moment
from callagent.commands.console import console_for
from callagent.errors import ConfigurationError, RecordingError
from callagent.events import Event, as_record
from callagent.quality.plain import plain
from callagent.quality.scorecard import cards, notes
from callagent.quality.scores import score_of
from callagent.quality.turns import turns_of
from callagent.recording.audit import audited, user
from callagent.recording.folder import CallFolder, Recordings
from callagent.recordings import open_recordings
from callagent.settings.loading import load_settings

WIDTH_PIPED: Final = 120
"""Columns when nobody looks at a terminal."""


def make_console() -> Console:
    """Where what there is of a call is shown."""
    return console_for(piped=WIDTH_PIPED)


def recordings_of(options: argparse.Namespace) -> Recordings:
    """Where the calls are that a command is about."""
    return open_recordings(load_settings(), options.recordings)


def folder_of(options: argparse.Namespace) -> CallFolder:
    """The one call that a command is about."""
    return recordings_of(options).find(options.call)


def folders_of(options: argparse.Namespace, now: datetime) -> list[CallFolder]:
    """The calls that are named, or those since a time. Raises ConfigurationError where neither is told."""
    recordings = recordings_of(options)
    if options.call:
        return [recordings.find(name) for name in options.call]
    if not options.since:
        raise ConfigurationError("Which calls? Name them, or say since when: --since 7d.")
    since = moment(options.since, now)
    return [folder for folder in recordings.all() if folder.may_be_since(since)]


def shop_now() -> datetime:
    """Now, in the shop's time zone: days and hours are told, and meant, as people there do."""
    return datetime.now(ZoneInfo(load_settings().timezone))


def moment(text: str, now: datetime) -> datetime:
    """What "7d", "24h", "2w" or a date like 2026-11-20 means, where `now` is. Raises ConfigurationError for others."""
    try:
        return read_moment(text, now, now.tzinfo or UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"'{text}' is no time: say 24h, 7d, 2w, or a date such as 2026-11-20.") from None


def whoever(options: argparse.Namespace) -> str:
    """Who runs the command, as they say or as the system knows them."""
    return getattr(options, "by", "") or user()


def accessed(folder: CallFolder, what: str, by: str = "") -> None:
    """Have it written to the audit log that somebody saw, heard or took along a call."""
    audited(folder.path.parent, what, folder.name, by)


def as_dict(folder: CallFolder, events: Sequence[Event], *, with_events: bool) -> dict[str, Any]:
    """All that there is of a call, ready for JSON. Raises RecordingError."""
    call = {
        "call": folder.name,
        "summary": folder.summary(),
        "score": score_of(events).as_dict(),
        "turns": [turn.as_dict() for turn in turns_of(events)],
        "scorecards": [asdict(card) for card in cards(folder.path, folder.keys)],
        "notes": [asdict(note) for note in notes(folder.path, folder.keys)],
    }
    return call | ({"events": [as_record(event) for event in events]} if with_events else {})


def write_file(out: Path, pieces: Iterable[bytes], *, force: bool) -> None:
    """Write what may hold words of calls, for its owner only; under its name is nothing until all of it is.

    Raises RecordingError when it cannot be written, or is there already and not to be written over.
    """
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        if out.exists() and not force:
            raise exists_already(out)
        out.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
            if force:
                part.replace(out)
            else:
                os.link(part, out)  # fails where somebody else has made it meanwhile
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError:
        raise exists_already(out) from None
    except OSError as error:
        raise RecordingError(f"{out}: cannot be written ({error.strerror}).") from None


def exists_already(out: Path) -> RecordingError:
    """What is told where something would be written over."""
    return RecordingError(f"{out}: is there already. Name another, or write over it with --force.")


def clock_text(seconds: float) -> str:
    """Such as 1:05, or 1:02:05."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def lines_of(values: Sequence[str]) -> Iterator[str]:
    """Texts that are shown, made harmless; empty ones are left out."""
    return (shown for value in values if (shown := plain(value)))
