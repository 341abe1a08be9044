"""A text file as people save it."""

import codecs
import os
import stat
import unicodedata
from pathlib import Path
from typing import Final

from callagent.content.files import leads_out
from callagent.content.findings import FileFindings

MAX_BYTES: Final = 256 * 1024
"""More than anybody writes by hand."""
_JOINERS: Final = "\u200c\u200d"
"""Invisible, but Indian scripts are written with them."""
_SAVE: Final = "Save it with the encoding UTF-8: in a spreadsheet, 'Save as', 'CSV UTF-8'."
_PACKED: Final = b"PK\x03\x04"
"""How an Excel or LibreOffice file begins."""
_WITHOUT_WAITING: Final = getattr(os, "O_NONBLOCK", 0)


def read_text(path: Path, findings: FileFindings, max_bytes: int = MAX_BYTES) -> str | None:
    """The text of a file, without a byte order mark; None after adding a finding when there is none to be had."""
    data = _read_bytes(path, findings, max_bytes)
    if data is None:
        return None
    if data.startswith(_PACKED):
        findings.add(0, "This is a spreadsheet's own file under another name, no text.", _SAVE)
        return None
    if _has_wide_letters(data):
        findings.add(1, "This file is not UTF-8: it looks like UTF-16 ('Unicode text').", _SAVE)
        return None
    try:
        return data.decode("utf-8-sig")  # spreadsheets put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        findings.add(line, f"A character here is not UTF-8: the file looks like {_likely_encoding(data)}.", _SAVE)
        return None


def _read_bytes(path: Path, findings: FileFindings, max_bytes: int) -> bytes | None:
    if leads_out(path):
        findings.add(0, "This is a link that leads out of its folder.", "Put the file itself here.")
        return None
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
    return data


def _has_wide_letters(data: bytes) -> bool:
    """Whether every second byte is mostly 0, as English has it in UTF-16: such bytes may be UTF-8 as well."""
    zeros = sorted((data[::2].count(0), data[1::2].count(0)))
    return zeros[1] * 4 > len(data) and zeros[0] * 50 <= len(data)


def _likely_encoding(data: bytes) -> str:
    """What programs in offices save in where it is not UTF-8: a guess, for the eyes of who saved it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16 ('Unicode text')"
    return "binary data, no text" if 0 in data else "Windows-1252 (plain 'CSV' or 'ANSI')"


def first_invisible(text: str) -> str | None:
    """The first control character of a text, or half of one, that no text needs; a new line is none."""
    if text.isprintable():  # as nearly all are: a table's thousands of cells are not gone through letter by letter
        return None
    return next((char for char in text if _is_invisible(char)), None)


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") and char != "\n" and char not in _JOINERS
