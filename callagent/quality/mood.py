"""A caller's mood by the words alone: thanks and anger in English, Hindi and Hinglish.

Words know nothing of a tone of voice or of irony, and the lists are short: what they find is a hint for who listens.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

THANKS: Final = (
    "thanks",
    "thank you",
    "thankyou",
    "very helpful",
    "dhanyavaad",
    "dhanyavad",
    "dhanyawad",
    "shukriya",
    "bahut accha",
    "bahut badhiya",
    "धन्यवाद",
    "शुक्रिया",
    "थैंक यू",
    "थैंक्यू",
    "बहुत अच्छा",
    "बहुत बढ़िया",
)
ANGER: Final = (
    "useless",
    "ridiculous",
    "stupid",
    "idiot",
    "rubbish",
    "nonsense",
    "pathetic",
    "terrible",
    "worst",
    "angry",
    "fed up",
    "waste of time",
    "sick of",
    "are you deaf",
    "how many times",
    "shut up",
    "bakwas",
    "bakwaas",
    "bekar",
    "bekaar",
    "ghatiya",
    "bewakoof",
    "bevkoof",
    "pagal",
    "faltu",
    "kitni baar",
    "dimag kharab",
    "pareshan",
    "बकवास",
    "बेकार",
    "घटिया",
    "बेवकूफ",
    "पागल",
    "फालतू",
    "कितनी बार",
    "दिमाग खराब",
    "परेशान",
)
_NOT: Final = frozenset({"no", "not", "isn't", "nahi", "nahin", "नहीं", "नही", "nothing", "बिना"})
"""A word right before or after which tells of no such mood: "no thanks", "bekar nahi hai"."""
_TOKEN: Final = re.compile(r"⟦[^⟧]*⟧")
"""What stands where something private was taken out."""
_WORD: Final = re.compile(r"[\w\u0900-\u097f']+")


def _words(text: str) -> list[str]:
    return [word.replace("\u093c", "") for word in _WORD.findall(unicodedata.normalize("NFD", text.casefold()))]


_THANKS: Final = tuple(_words(phrase) for phrase in THANKS)
_ANGER: Final = tuple(_words(phrase) for phrase in ANGER)


def thanks_in(text: str) -> int:
    """How often a sentence thanks or praises."""
    return sum(1 for _ in _found(_words(_TOKEN.sub(" ", text)), _THANKS))


def anger_in(text: str) -> int:
    """How often a sentence scolds."""
    return sum(1 for _ in _found(_words(_TOKEN.sub(" ", text)), _ANGER))


def _found(words: list[str], phrases: tuple[list[str], ...]) -> Iterator[int]:
    for number in range(len(words)):
        for phrase in phrases:
            end = number + len(phrase)
            around = (*words[max(0, number - 1) : number], *words[end : end + 1])
            if words[number:end] == phrase and not _NOT.intersection(around):
                yield number
                break
