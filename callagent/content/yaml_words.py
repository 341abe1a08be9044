"""What a YAML parser complains of, in words for people who do not know YAML."""

import re
from typing import Final

from yaml import MarkedYAMLError

GENERAL: Final = "Look at indentation, colons, brackets and quotes, here and in the line above."
_WORDS: Final = (
    (r"quoted scalar", "A quote is opened and never closed", "Close it, or take it out."),
    (
        r"flow (sequence|mapping)",
        "A bracket is never closed, or a comma is missing",
        "Close it, and put commas between values.",
    ),
    (r"'\\t'", "A tab stands where only spaces may", "Replace it by spaces."),
    (
        r"mapping values are not allowed",
        "A colon stands where none belongs",
        "Quote a text with a colon; start a line where its neighbours do.",
    ),
    (r"cannot start any token", "A value begins with a sign that needs quotes", 'Write it as "...".'),
    (r"could not find expected ':'", "A colon is missing", "Write 'word: value'."),
    (r"found '(<scalar>|\\]|\\})'", "Something stands after a closing quote or bracket", "Quote the whole value."),
    (r"block end", "This line does not fit to those above it", "Start it with as many spaces as its neighbours have."),
)
"""Found in what the parser says, what that means to the writer, and what to do."""


def in_plain_words(error: Exception, text: str) -> tuple[int, str, str]:
    """Line (0 for the whole file), what is wrong and what to look at, for a mistake in `text`."""
    if not isinstance(error, MarkedYAMLError):
        return 0, "A character in this file cannot be shown, so it cannot be meant.", "Take it out, or type it anew."
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 0
    said = f"{error.context or ''} {error.problem or ''}"
    what, remedy = next(
        ((what, remedy) for sign, what, remedy in _WORDS if re.search(sign, said)),
        ("This line cannot be understood", GENERAL),
    )
    lines = text.splitlines()
    # An unclosed quote or bracket, or a word without its colon, is noticed only further down.
    opened = error.context_mark if what.endswith(("never closed", "missing")) else None
    if opened is not None:
        line = opened.line + 1
    shown = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return line, f"{what}: '{shown}'." if shown else f"{what}.", remedy
