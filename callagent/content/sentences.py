"""A text cut where a voice may pause for good: another voice, or another writer, can go on from there."""

import re
from typing import Final

_END: Final = re.compile(r"[.!?।॥…]")
_EDGE: Final = re.compile(r"(?<=[.!?।॥…])[\"')\]”’]*\s+")
"""After a full stop, question or exclamation mark, or danda, and what closes the sentence; a space must follow."""
_NO_EDGE: Final = re.compile(r"(?:^|\s)(?:mr|mrs|ms|dr|st|no|rs|sr|jr|smt|shri|vs|approx|\w)\.$", re.IGNORECASE)
"""What ends in a full stop and is no end: titles, initials."""


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text; joined by spaces they are the text again, but for its own white space."""
    found: list[str] = []
    rest = ""
    for part in _EDGE.split(text.strip()):
        rest = f"{rest} {part}".strip()
        if rest and not _NO_EDGE.search(rest):
            found.append(rest)
            rest = ""
    return tuple([*found, rest] if rest else found)


def may_end(text: str) -> bool:
    """Whether there is a sign in it that sentences end with: without one, nothing of it is whole."""
    return _END.search(text) is not None


def ends_whole(text: str) -> bool:
    """Whether a text does not break off within a sentence."""
    return whole(f"{text} ")[1] == ""


def whole(text: str) -> tuple[str, str]:
    """A text that is still being written, as its whole sentences with the space behind them, and the unfinished one."""
    end = 0
    for edge in _EDGE.finditer(text):
        if not _NO_EDGE.search(text[end : edge.start()]):
            end = edge.end()
    return text[:end], text[end:]
