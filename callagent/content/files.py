"""The files of a shop's folder that a call may depend on."""

from collections.abc import Iterator
from pathlib import Path

TESTS_FOLDER = "tests"
"""Below a shop's folder: transcript tests, which no call depends on."""


def files_below(folder: Path) -> Iterator[Path]:
    """Every file of a folder and the folders in it, sorted: no hidden ones, no backups, no transcript tests."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith((".", "~")) for part in parts)
        if not hidden and parts[0] != TESTS_FOLDER and path.is_file():
            yield path
