"""A call's folder and the bucket: there, back, and away from here once it is there. All of this blocks."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from callagent.alone import alone
from callagent.errors import BucketError, RecordingError
from callagent.recording.at_rest.files import is_written
from callagent.recording.buckets import Bucket
from callagent.recording.folder import SUMMARY, files_of
from callagent.recording.uploaded import Uploaded, forget_note, read_note, write_note

DAY_S: Final = 86_400.0


def upload(bucket: Bucket, folder: Path, now: datetime, go_on: Callable[[], bool] = lambda: True) -> bool:
    """Have a call in the bucket as it is here; False when it is not over, somebody works on it, or `go_on` says no.

    What is confirmed is noted file by file, so that it is gone on with whatever happens. Raises BucketError, OSError.
    """
    with alone(folder) as is_alone:
        if not is_alone or not (folder / SUMMARY).exists() or any(map(is_written, files := files_of(folder))):
            return False
        note = read_note(folder, bucket.url)
        todo = [file for file in files if not note.has(file)]
        if todo:
            bucket.abandon_unfinished(folder.name)
        for file in todo:
            if not go_on():
                return False
            before = file.stat()
            stored = bucket.put(file, folder.name)
            if file.name in note.files:
                bucket.delete_older(folder.name, file.name)  # it was changed so that what it held is nowhere
            note.files[file.name] = Uploaded(before.st_size, before.st_mtime_ns, stored.etag)
            note.confirmed_s = None
            write_note(folder, note)
        if note.confirmed_s is None:
            note.confirmed_s = now.timestamp()
            write_note(folder, note)
        return True


def is_uploaded(folder: Path, url: str) -> bool:
    """Whether nothing of a folder is still to be uploaded. Raises OSError."""
    note = read_note(folder, url)
    return note.confirmed_s is not None and all(note.has(file) for file in files_of(folder))


def is_due(folder: Path, url: str, now: datetime, days: float) -> bool:
    """Whether the bucket confirmed a folder so many days ago. Raises OSError."""
    note = read_note(folder, url)
    return note.confirmed_s is not None and now.timestamp() - note.confirmed_s >= days * DAY_S


def let_go(bucket: Bucket, folder: Path) -> bool:
    """Delete a folder here if the bucket, asked once more, holds all of it as it is here; whether it does.

    Raises BucketError and OSError.
    """
    with alone(folder) as is_alone:
        if not is_alone:
            return False
        note, files = read_note(folder, bucket.url), files_of(folder)
        if not all(note.has(file) for file in files):
            return False
        there = bucket.stored(folder.name)
        if any(there.get(name) != stored for name, stored in note.stored().items()):
            forget_note(folder)
            raise BucketError(f"{bucket.url}: {folder.name} is not there any more as it was. It is uploaded anew.")
        # The summary goes last: without it this would look like a call that is not over.
        for file in sorted(files, key=lambda file: file.name == SUMMARY):
            file.unlink()
        forget_note(folder)
        with suppress(OSError):  # somebody else keeps a note there
            folder.rmdir()
        return True


def fetch(bucket: Bucket, name: str, recordings: Path, now: datetime) -> Path:
    """Have a call here that is in the bucket; its folder. What is here already stays as it is.

    It is let go again as any other, counted from now. Raises BucketError, RecordingError while somebody works on it,
    and OSError.
    """
    there = bucket.stored(name)
    if not there:
        raise BucketError(f"{bucket.url}: there is no call {name}.")
    folder = recordings / name
    folder.mkdir(mode=0o700, exist_ok=True)  # so that it can be held
    with alone(folder) as is_alone:
        if not is_alone:
            raise RecordingError(f"{folder}: somebody works on it. Try again later.")
        fetched = bucket.fetch(name, folder)
        note = read_note(folder, bucket.url)
        for file in fetched:
            status = (folder / file).stat()
            note.files[file] = Uploaded(status.st_size, status.st_mtime_ns, there[file].etag)
        if fetched:
            note.confirmed_s = now.timestamp()
            write_note(folder, note)
    return folder
