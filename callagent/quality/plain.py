"""Callers' words, made harmless for a terminal, a picture or a page.

A transcript is untrusted input: an escape sequence in it could write over other lines or set a terminal's title, and
signs that turn the direction of writing could make a sentence look like another one.
"""

import re
import unicodedata
from html import escape
from typing import Final

_SEQUENCES: Final = re.compile(
    # What begins a string up to what ends it (OSC, DCS, SOS, PM, APC); CSI; and any other escape sequence (ECMA-48).
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_JOINERS: Final = "\u200c\u200d"
"""Format characters that Hindi is written with."""
MOST: Final = 20_000
"""Characters of one text that are shown."""


def plain(text: object) -> str:
    """A text on one line, without control characters, escape sequences and changes of direction.

    Letters, marks and joiners of every script stay as they are; white space of any kind becomes one space.
    """
    cut = _SEQUENCES.sub("", str(text)[:MOST])
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in cut
        if letter.isspace() or letter in _JOINERS or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    return re.sub(" +", " ", kept).strip()


def escaped(text: object) -> str:
    """As `plain`, to stand in a page or a picture."""
    return escape(plain(text))
