"""The files of a shop's folder that a call may depend on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROGRAM: Final = Path(__file__).parent.parent
TESTS_FOLDER = "tests"
"""Below a shop's folder: transcript tests, which no call depends on."""


def leads_out(path: Path) -> bool:
    """Whether a path is a link to something outside the folder that it stands in.

    A link to a neighbour is none: that is how some systems bring a new version of all files at once. Nor is any of the
    program's own files: some installers make links of them all.
    """
    if path.is_relative_to(_PROGRAM):
        return False
    try:
        return path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve())
    except (OSError, RuntimeError):  # links that lead in a circle: they cannot be read at all
        return False


def files_below(folder: Path) -> Iterator[Path]:
    """Every file of a folder and the folders in it, sorted.

    No hidden ones, no backups, no transcript tests, no links out of their folder.
    """
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "~")) for part in parts)
        if not hidden and parts[0] != TESTS_FOLDER and path.is_file() and not leads_out(path):
            yield path
