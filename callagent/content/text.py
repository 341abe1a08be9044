"""A text file as people save it."""

from pathlib import Path
from typing import Final

from callagent.content.findings import FileFindings

MAX_BYTES: Final = 256 * 1024
"""More than anybody writes by hand."""


def read_text(path: Path, findings: FileFindings, max_bytes: int = MAX_BYTES) -> str | None:
    """The text of a file, without a byte order mark; None after adding a finding when there is none to be had."""
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= max_bytes else b""
    except OSError as error:
        findings.add(0, f"Cannot be read: {error.strerror or 'unknown reason'}.", "Is the file there, and readable?")
        return None
    if size > max_bytes:
        findings.add(0, f"The file has {size // 1024} KB.", f"At most {max_bytes // 1024} KB are allowed.")
        return None
    try:
        return data.decode("utf-8-sig")  # spreadsheets put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(line, "A character here is not UTF-8.", "Save the file with the encoding UTF-8 ('CSV UTF-8').")
        return None
