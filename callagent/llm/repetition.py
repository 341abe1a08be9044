"""What a model says over again when it takes up another's answer, and how it is cut."""

import re
from collections.abc import Sequence
from typing import Final

from callagent.content.sentences import sentences

_WORD: Final = re.compile(r"[\w\u0900-\u0963\u0966-\u097f]+")
"""Devanagari's vowel signs are no word characters to `re`, and belong to words."""
LONG: Final = 8
"""Letters of a sentence that is known again inside another; a shorter one, such as "Yes.", only by itself."""
BETWEEN: Final = " \t\n,.;:!?।॥…–-"
"""What stands between a sentence that is cut and the rest."""


def without_repetition(text: str, before: Sequence[str]) -> str:
    """Text, as whole sentences, without those that were said before it; letters count, signs and capitals do not."""
    said = {_letters(sentence) for one in before for sentence in sentences(one)} - {""}
    if not said:
        return text
    kept = [rest for sentence in sentences(text) if (rest := _rest(sentence, said))]
    return " ".join(kept) + " " if kept else ""


def _rest(sentence: str, said: set[str]) -> str:
    """What of a sentence is new."""
    if _letters(sentence) in said:
        return ""
    letters = ""
    for word in _WORD.finditer(sentence):
        letters += word[0].casefold()
        if len(letters) >= LONG and letters in said:
            return _rest(sentence[word.end() :].lstrip(BETWEEN), said)
    return sentence


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
