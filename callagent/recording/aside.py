"""Making the folder of a call where nobody takes it for one, until all of it is there."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callagent.errors import RecordingError


@contextmanager
def made_aside(place: Path) -> Iterator[Path]:
    """A hidden folder that is still to be made, and is at its `place` at once when the context ends well.

    Else nothing is left of it. Raises RecordingError when something is there already, or the disk does not take it.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        hidden = Path(tempfile.mkdtemp(prefix=".making-", dir=place.parent))
    except OSError as error:
        raise RecordingError(
            f"{place.parent}: calls cannot be kept there ({error.strerror}). Name another folder."
        ) from None
    try:
        yield hidden / place.name
        _placed(hidden / place.name, place)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _placed(folder: Path, place: Path) -> None:
    try:
        folder.rename(place)
    except OSError as error:
        raise RecordingError(
            f"{place}: cannot be written ({error.strerror}). Delete what is there, or make room."
        ) from None
