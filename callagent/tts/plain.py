"""Text made safe to be spoken: words only, nothing that an engine could take for a command.

A text may hold what a model wrote or a caller said. Control characters (espeak's embedded commands begin with one),
phoneme brackets and markup are taken out here, once, before any engine sees them.
"""

import re
import unicodedata
from typing import Final

JOINERS: Final = "\u200c\u200d"
"""Invisible, but part of how Indic scripts are written."""
_TAG: Final = re.compile(r"</?[A-Za-z!?][^<>]{0,200}>")
_BRACKETS: Final = re.compile(r"\[\[|\]\]")
_LETTER_OR_DIGIT: Final = re.compile(r"\w")


def plain_words(text: str) -> list[str]:
    """The words of `text` as they are to be spoken, with their punctuation; empty when there is nothing to say."""
    text = _BRACKETS.sub(" ", _TAG.sub(" ", unicodedata.normalize("NFC", text)))
    words = "".join(_harmless(character) for character in text).split()
    return words if any(_LETTER_OR_DIGIT.search(word) for word in words) else []


def _harmless(character: str) -> str:
    if character.isspace():
        return " "
    if character in JOINERS or unicodedata.category(character)[0] != "C":
        return character
    return ""
