"""Hinglish for a Hindi voice: Hindi words in Latin letters, respelled in their own script.

An engine reads Latin letters by the rules of English, so that "kya" comes out as "kyer". English words stay as they
are. A word of both languages ("do", "main", "to") is taken for Hindi, the language of the sentences, unless an English
word beside it says otherwise.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from callagent.content.hinglish_words import EITHER, HINDI, NUMBERS

_WORD: Final = re.compile(r"[A-Za-z]+")
_MARKS: Final = ".,;:!?()\"'-"
_ENDS: Final = (".", ",", ";", ":", "!", "?")

_ENGLISH: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "be",
        "can",
        "for",
        "from",
        "have",
        "how",
        "i",
        "if",
        "it",
        "my",
        "need",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "please",
        "tell",
        "that",
        "their",
        "then",
        "there",
        "they",
        "this",
        "want",
        "was",
        "we",
        "what",
        "when",
        "where",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
"""Beside one of these a word of both languages is English."""
_MAIN: Final = frozenset(
    [
        "bazaar",
        "bazar",
        "board",
        "branch",
        "cable",
        "door",
        "gate",
        "line",
        "market",
        "office",
        "power",
        "road",
        "street",
        "supply",
        "switch",
    ]
)
"""After the English "main"."""
_WITH: Final = frozenset(
    ["ke", "mere", "hamare", "tumhare", "tere", "apne", "aapke", "iske", "uske", "inke", "unke", "kiske"]
)
"""Before the Hindi "saath" that means "with"; without one of them it is sixty."""
_TOGETHER: Final = frozenset(("mein", "hi", "bhi", "saath"))
"""After it."""
_LIKE_FEW: Final = 6
"""Letters from which on a word that is spelled nearly like a Hindi one is no English word."""


def respelled(words: Sequence[str]) -> list[str]:
    """The words of a text, those in Devanagari that are Hindi in Latin letters; punctuation stays."""
    plain = ["", *(word.strip(_MARKS).lower() for word in words), ""]
    found = []
    for at, word in enumerate(words):
        before = "" if at and words[at - 1].endswith(_ENDS) else plain[at]
        after = "" if word.endswith(_ENDS) else plain[at + 2]
        found.append(_in_context(word, before, after))
    return found


def _in_context(word: str, before: str, after: str) -> str:
    bare = word.strip(_MARKS)
    parts = bare.split("-")
    if not all(_WORD.fullmatch(part) for part in parts):
        return word
    sides = [before, *(part.lower() for part in parts), after]
    spoken = [_hindi(sides[at + 1], sides[at], sides[at + 2]) or part for at, part in enumerate(parts)]
    return word if spoken == parts else word.replace(bare, "-".join(spoken))


def _hindi(word: str, before: str, after: str) -> str:
    """In Devanagari; empty for a word that is not Hindi where it stands."""
    if word == "saath":
        return "साथ" if before in _WITH or after in _TOGETHER else NUMBERS[60]
    if word in EITHER:
        return EITHER[word] if _is_hindi(word, before, after) else ""
    return HINDI.get(word) or (_FOLDED.get(_folded(word), "") if len(word) >= _LIKE_FEW else "")


def _is_hindi(word: str, before: str, after: str) -> bool:
    if before in _ENGLISH or after in _ENGLISH:
        return False
    match word:
        case "main":
            return after not in _MAIN
        case "hi":
            return before != ""
        case "the":
            return before in HINDI and (not after or after in HINDI)
        case "is" | "us" | "in":
            return after in HINDI or after in EITHER
        case _:
            return True


def _folded(word: str) -> str:
    """The same for the usual ways of spelling a Hindi word."""
    for written, instead in (("ee", "i"), ("oo", "u"), ("w", "v"), ("z", "j")):
        word = word.replace(written, instead)
    return "".join(letter for last, letter in pairwise(" " + word) if letter != last)


_FOLDED: Final[Mapping[str, str]] = {_folded(word): hindi for word, hindi in HINDI.items() if len(word) >= _LIKE_FEW}
