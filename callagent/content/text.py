"""A text file as people save it."""

import os
import stat
import unicodedata
from pathlib import Path
from typing import Final

from callagent.content.findings import FileFindings

MAX_BYTES: Final = 256 * 1024
"""More than anybody writes by hand."""
_JOINERS: Final = "\u200c\u200d"
"""Invisible, but Indian scripts are written with them."""
_WITHOUT_WAITING: Final = getattr(os, "O_NONBLOCK", 0)


def read_text(path: Path, findings: FileFindings, max_bytes: int = MAX_BYTES) -> str | None:
    """The text of a file, without a byte order mark; None after adding a finding when there is none to be had."""
    try:
        # Nobody is waited for: a pipe that nothing is written to is no file.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | _WITHOUT_WAITING)) as file:
            about = os.fstat(file.fileno())
            regular = stat.S_ISREG(about.st_mode)
            data = file.read(max_bytes + 1) if regular else b""
    except OSError as error:
        findings.add(0, f"Cannot be read: {error.strerror or 'unknown reason'}.", "Is the file there, and readable?")
        return None
    if not regular:
        findings.add(0, "This is a device or a pipe.", "Put a file in its place.")
        return None
    if len(data) > max_bytes:
        size = max(about.st_size, len(data))  # a file of the system's own may say that it is empty
        findings.add(0, f"The file has {size // 1024} KB.", f"At most {max_bytes // 1024} KB are allowed.")
        return None
    try:
        return data.decode("utf-8-sig")  # spreadsheets put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(line, "A character here is not UTF-8.", "Save the file with the encoding UTF-8 ('CSV UTF-8').")
        return None


def is_invisible(char: str) -> bool:
    """Whether a character is a control character, or half of one, that no text needs; a new line is none."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") and char != "\n" and char not in _JOINERS
