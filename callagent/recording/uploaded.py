"""What of a call's folder the bucket has, as noted in the folder itself: what is to be done is known from the disk."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from callagent.recording.buckets import Stored

NOTE: Final = ".uploaded"
PART: Final = f"{NOTE}.part"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file that the bucket has confirmed."""

    size: int
    """Bytes."""
    mtime_ns: int
    """When it was last written here: a file that was silenced or encrypted anew since is uploaded anew."""
    etag: str


@dataclass(slots=True)
class Note:
    """Of one folder."""

    bucket: str
    """Which one; of another one, everything is still to be uploaded."""
    files: dict[str, Uploaded] = field(default_factory=dict)
    confirmed_s: float | None = None
    """When the bucket had confirmed all of the folder, in seconds since 1970."""

    def has(self, file: Path) -> bool:
        """Whether the bucket has a file as it is here. Raises OSError."""
        known, now = self.files.get(file.name), file.stat()
        return known is not None and (known.size, known.mtime_ns) == (now.st_size, now.st_mtime_ns)

    def stored(self) -> dict[str, Stored]:
        """What the bucket should hold."""
        return {name: Stored(one.size, one.etag) for name, one in self.files.items()}


def read_note(folder: Path, bucket: str) -> Note:
    """The note in a folder; an empty one where there is none, or none that is of use. Raises OSError."""
    try:
        found: dict[str, Any] = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        files = {name: Uploaded(**one) for name, one in found["files"].items()}
        confirmed = found["confirmed_s"]
    except (FileNotFoundError, ValueError, TypeError, LookupError, AttributeError):
        return Note(bucket)
    return Note(bucket, files, confirmed) if found.get("bucket") == bucket else Note(bucket)


def write_note(folder: Path, note: Note) -> None:
    """Put it in place of the one before. Raises OSError."""
    files = {name: {"size": one.size, "mtime_ns": one.mtime_ns, "etag": one.etag} for name, one in note.files.items()}
    beside = folder / PART
    text = json.dumps({"bucket": note.bucket, "confirmed_s": note.confirmed_s, "files": files}, indent=1)
    beside.write_text(text, encoding="utf-8")
    beside.chmod(0o600)
    beside.replace(folder / NOTE)


def forget_note(folder: Path) -> None:
    """The folder is to be uploaded anew, or is to go. Raises OSError."""
    for name in (PART, NOTE):
        (folder / name).unlink(missing_ok=True)
