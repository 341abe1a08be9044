"""Adding a test to a file that staff keep: what stands in it stays as it is, comments and all."""

import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from textwrap import indent

from callagent.dialogue.flow import Flow
from callagent.errors import ContentError, RecordingError
from callagent.workshop.transcript_files import read_transcripts
from callagent.workshop.transcripts import Transcript
from callagent.workshop.writing import write_transcript

_COMMENTS = re.compile(r"^\s*#.*$", re.MULTILINE)
_FIRST = re.compile(r"^([ ]*)- ", re.MULTILINE)


def append_test(path: Path, transcript: Transcript, flow: Flow, others: Iterable[Path] = ()) -> bool:
    """Add a test at the end of a file, which is made where there is none; False when it is there, word for word.

    `others` are files whose tests must not have its name either. Raises RecordingError when another test is called so
    already, and when the file cannot be read or written, ContentError when it holds mistakes; it is unchanged then.
    """
    added = write_transcript(transcript)
    before = _text(path)
    here = [path] if _COMMENTS.sub("", before).strip() else []
    files = {one.resolve(): one for one in (*others, *here)}
    for known in read_transcripts([one for one in files.values() if one.is_file()], flow) if files else []:
        if known.name == transcript.name:
            if write_transcript(known) == added:
                return False
            raise RecordingError(
                f"{known.file}:{known.line}: there is a test '{known.name}' already. Give this one another --name."
            )
    count = len(read_transcripts(here, flow))
    _replace(path, _joined(before, added), flow, count + 1)
    return True


def _joined(before: str, added: str) -> str:
    first = _FIRST.search(before)
    added = indent(added, first[1]) if first else added
    text = before if before.endswith("\n") else before + "\n"
    text = text + "\n" + added if before else added
    return text if "\r\n" not in before else text.replace("\r\n", "\n").replace("\n", "\r\n")


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise RecordingError(f"{path}: is not UTF-8. Save it as UTF-8, or name another file with --out.") from None
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror}). Name another file with --out.") from None


def _replace(path: Path, text: str, flow: Flow, tests: int) -> None:
    """Put the text in the place of the file at once, when it reads as so many tests."""
    made: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
        made = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if len(_read(made, flow)) != tests:
            raise RecordingError(
                f"{path}: nothing can be added at its end, where its list is over already. Name another file with "
                "--out."
            )
        made.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        made.replace(target)
    except OSError as error:
        raise RecordingError(f"{path}: cannot be written ({error.strerror}). Name another file with --out.") from None
    finally:
        if made is not None:
            with suppress(OSError):
                made.unlink(missing_ok=True)


def _read(path: Path, flow: Flow) -> list[Transcript]:
    """The tests in a file; none where it cannot be read."""
    try:
        return read_transcripts([path], flow)
    except ContentError:
        return []
