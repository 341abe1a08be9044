"""`callagent calls rotate`: recordings that are there already are encrypted with the first of the keys."""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from callagent.commands.calls.folders import recordings_of
from callagent.commands.console import console_for
from callagent.commands.exit_status import FAILED, OK
from callagent.errors import ConfigurationError, KeyNeededError, RecordingError
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.at_rest.rotation import rotate_file, undisturbed, waiting_files
from callagent.recording.folder import EVENTS, SUMMARY, calls_in
from callagent.recording.forgetting import WAITING

NO_KEYS: Final = (
    "CALLAGENT_RECORDING_KEYS is not set, so there is no key to encrypt with. Set it to k1:KEY, where `openssl rand "
    "-base64 32` makes a KEY."
)


@dataclass(slots=True)
class Done:
    """What was done, and what was not."""

    files: int = 0
    calls: int = 0
    in_use: int = 0
    waiting: int = 0
    """Files that wait to be sent or stored."""
    busy: list[Path] = field(default_factory=list)
    """Folders from which a server sends or stores just now."""
    keys_needed: Counter[str] = field(default_factory=Counter)
    """How many files need a key that is not there, by its id."""
    problems: list[str] = field(default_factory=list)


def run(options: argparse.Namespace) -> int:
    """With `options.plain` they are decrypted; 1 when some could not be. Raises ConfigurationError."""
    recordings = recordings_of(options)
    keys = recordings.keys
    if not keys and not options.plain:
        raise ConfigurationError(NO_KEYS)
    try:
        recordings.path.stat()  # one that is not there may be misspelt: that is told
        folders = list(calls_in(recordings.path, EVENTS, SUMMARY))
    except OSError as error:
        raise RecordingError(f"{recordings.path}: cannot be read ({error.strerror}).") from error
    console = console_for()
    done = _rotate(folders, keys, console, plain=options.plain)
    for place in WAITING:
        _rotate_waiting(recordings.path / place, keys, done, plain=options.plain)
    _show(console, done, len(folders), "" if options.plain else keys.first)
    return FAILED if done.problems or done.keys_needed else OK


def _rotate(folders: Sequence[Path], keys: KeyRing, console: Console, *, plain: bool) -> Done:
    done = Done()
    with _progress(console, len(folders)) as progress:
        task = progress.add_task("decrypting" if plain else "encrypting", total=len(folders))
        for folder in folders:
            written = 0
            try:
                with undisturbed(folder) as files:
                    written = _rotate_files(files, keys, done, plain=plain)
            except RecordingError:
                done.in_use += 1
            except OSError as error:
                done.problems.append(f"{folder}: {error.strerror}")
            done.files += written
            done.calls += written > 0
            progress.advance(task)
    return done


def _rotate_waiting(folder: Path, keys: KeyRing, done: Done, *, plain: bool) -> None:
    try:
        with waiting_files(folder) as files:
            done.waiting += _rotate_files(files, keys, done, plain=plain)
    except RecordingError:
        done.busy.append(folder)
    except OSError as error:
        done.problems.append(f"{folder}: {error.strerror}")


def _rotate_files(files: Sequence[Path], keys: KeyRing, done: Done, *, plain: bool) -> int:
    """How many were written anew."""
    written = 0
    for file in files:
        try:
            written += rotate_file(file, keys, plain=plain)
        except KeyNeededError as error:
            done.keys_needed[error.key_id] += 1
        except RecordingError as error:
            done.problems.append(str(error))
        except OSError as error:
            done.problems.append(f"{file}: {error.strerror}")
    return written


@contextmanager
def _progress(console: Console, folders: int) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("calls"))
    silent = not folders or not console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=silent) as progress:
        yield progress


def _of(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _show(console: Console, done: Done, folders: int, key: str) -> None:
    how = f"encrypted with the key '{key}'" if key else "plain"
    if done.files:
        console.print(f"Now {how}: {_of(done.files, 'file')} of {_of(done.calls, 'call')}, of {folders}.", markup=False)
    if done.waiting:
        console.print(f"Now {how}: {_of(done.waiting, 'file')} of what waits to be sent or stored.", markup=False)
    elif not done.files and not done.problems and not done.keys_needed:
        console.print(f"Nothing to do: {_of(folders - done.in_use, 'call')} {how} already.", markup=False)
    if done.in_use:
        console.print(f"Left alone: {_of(done.in_use, 'call')}, not over or just now worked on.", markup=False)
    for place in done.busy:
        console.print(f"Left alone: {place}, for a server sends or stores what waits there.", markup=False)
    for key_id, files in done.keys_needed.items():
        need = f"{_of(files, 'file')} need{'s' * (files == 1)} the key '{key_id}'"
        what = f"{need}, which is not in CALLAGENT_RECORDING_KEYS, or is another there. Add it."
        console.print(what, style="bold red", markup=False)
    for problem in done.problems:
        console.print(problem, style="bold red", markup=False)
