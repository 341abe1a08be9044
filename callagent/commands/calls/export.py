"""`callagent calls export`: calls to be taken along."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from callagent.commands.calls.folders import (
    accessed,
    as_dict,
    exists_already,
    folders_of,
    shop_now,
    whoever,
    write_file,
)
from callagent.commands.calls.play import wav_of
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import ConfigurationError, RecordingError, TamperedError
from callagent.quality.plain import plain
from callagent.quality.scorecard import cards, notes
from callagent.quality.spreadsheet import as_csv, call_row, turn_rows
from callagent.recording.aside import made_aside
from callagent.recording.at_rest.files import key_id, open_existing
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import EVENTS, CallFolder, files_of

AT_ONCE: Final = 1 << 20
FORMS: Final = "a folder, or a file that ends in .csv, .json or .wav"


def run(options: argparse.Namespace) -> int:
    """Write them, and say where; 1 when some of several could not be read."""
    out: Path = options.to
    form = out.suffix.lower()
    if form and form not in WRITERS:
        raise ConfigurationError(f"'{out.name}': can be {FORMS}.")
    if options.turns and form != ".csv":
        raise ConfigurationError(f"'{out.name}': --turns are rows of a spreadsheet: name a file that ends in .csv.")
    folders = folders_of(options, shop_now())
    if not folders:
        raise RecordingError("There are no such calls. `callagent calls list` shows which there are.")
    wanted = len(folders)
    if form:
        folders = list(_each(folders, _read))
        write_file(out, WRITERS[form](folders, options), force=options.force)
    else:
        folders = list(
            _each(folders, lambda folder: _copy(folder, out / folder.path.resolve().name, force=options.force))
        )
    for folder in folders:
        accessed(folder, "exported", whoever(options))
    print(f"{out}: {len(folders)} call{'' if len(folders) == 1 else 's'}")
    if any(key_id(folder.path / EVENTS) for folder in folders):
        print("What is there is not encrypted any more: keep it where only those can read it who may.")
    return OK if len(folders) == wanted else FAILED


def _each(folders: Sequence[CallFolder], do: Callable[[CallFolder], None]) -> Iterator[CallFolder]:
    """Those with which it could be done; of several, one that is broken keeps no other from it."""
    for folder in folders:
        try:
            do(folder)
        except RecordingError as error:
            if len(folders) == 1:
                raise
            print(plain(f"left out: {error}"), file=sys.stderr)
        else:
            yield folder


def _read(folder: CallFolder) -> None:
    """Raises RecordingError for one that cannot be."""
    folder.events()
    folder.summary()
    cards(folder.path, folder.keys)
    notes(folder.path, folder.keys)


def _csv(folders: Sequence[CallFolder], options: argparse.Namespace) -> Iterator[bytes]:
    if options.turns:
        yield as_csv(row for folder in folders for row in turn_rows(folder.name, folder.events()))
    else:
        yield as_csv(call_row(folder.name, folder.events()) for folder in folders)


def _json(folders: Sequence[CallFolder], _options: argparse.Namespace) -> Iterator[bytes]:
    """A list of calls, one after the other: all of them need not be in memory."""
    yield b"["
    for number, folder in enumerate(folders):
        call = as_dict(folder, folder.events(), with_events=True)
        text = json.dumps(call, indent=2, ensure_ascii=False)
        yield (",\n" if number else "\n").encode() + text.encode(errors="backslashreplace")
    yield b"\n]\n"


def _wav(folders: Sequence[CallFolder], _options: argparse.Namespace) -> Iterator[bytes]:
    if len(folders) != 1:
        raise ConfigurationError(
            f"A .wav holds one call, and {len(folders)} are named. Name a folder to take them all."
        )
    with folders[0].sound() as sound:
        yield from wav_of(sound, 0, (0, 1))


WRITERS: Final[Mapping[str, Callable[[Sequence[CallFolder], argparse.Namespace], Iterator[bytes]]]] = {
    ".csv": _csv,
    ".json": _json,
    ".wav": _wav,
}


def _copy(folder: CallFolder, out: Path, *, force: bool) -> None:
    """All files of a call, as plain ones; those of locks and half-written ones are left."""
    try:
        if out.exists() and out.samefile(folder.path):
            raise ConfigurationError(f"{out}: is the call itself. Name another folder.")
        if out.exists() and not force:
            raise exists_already(out)
        if out.exists():
            _copy_all(folder, out)
            return
        with made_aside(out) as made:
            made.mkdir(mode=0o700)
            _copy_all(folder, made)
    except OSError as error:
        raise RecordingError(f"{error.filename or out}: cannot be copied to {out} ({error.strerror}).") from None


def _copy_all(folder: CallFolder, out: Path) -> None:
    for path in files_of(folder.path):
        _copy_plain(path, folder.keys, out / path.name)


def _copy_plain(path: Path, keys: KeyRing, to: Path) -> None:
    with open_existing(path, keys) as content:
        descriptor = os.open(to, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(content, file, AT_ONCE)
        except TamperedError:
            to.unlink()
            raise
    shutil.copystat(path, to)
