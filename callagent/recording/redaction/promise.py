"""Whether a text is worth a second look: nearly all are not, and that is to cost next to nothing."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from callagent.recording.redaction.address_words import MAIL
from callagent.recording.redaction.pieces import CLOSE, OPEN, WORD
from callagent.recording.redaction.words import MOST_COUNTED, meaning

_WORDS: Final = re.compile(rf"{OPEN}|{CLOSE}|\d+|{WORD}")
_FEWEST_DIGITS: Final = 8
_FEWEST_OF_PAN: Final = 4
_GOES_ON: Final = frozenset({"filler", "pause", "and", "sign", "plus", "again", "sorry", "no"})


@dataclass(frozen=True, slots=True)
class _Weight:
    """What a word or a figure may add."""

    digits: int = 0
    goes_on: bool = False
    """Whether a number may go on after it."""
    letters: int = 0
    at: bool = False
    multiplies: bool = False
    """Whether it makes more digits of those beside it: "thousand", "times"."""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """What may be in a text; never less than what is."""

    numbers: bool
    pans: bool
    addresses: bool

    def __bool__(self) -> bool:
        return self.numbers or self.pans or self.addresses


@lru_cache(maxsize=8192)
def _weight(word: str) -> _Weight:
    if word.isdecimal():
        return _Weight(digits=len(word), goes_on=True)
    means = meaning(word)
    counted = MOST_COUNTED - 1 if means.many or means.role == "again" else max(0, means.times - 1)
    digits = len(means.digits or means.sound) + len(means.zeros) + counted
    goes_on = bool(digits) or means.role in _GOES_ON
    return _Weight(
        digits,
        goes_on,
        letters=len(means.letters or means.radio) or len(word) <= 1,
        at=means.role == "at" or word.lower() in MAIL,
        multiplies=means.scales or means.role == "again",
        plain=means.plain,
    )


def promise(text: str) -> Promise:
    """Looks once at every word."""
    most = so_far = 0
    pans, addresses = False, "@" in text
    for word in _WORDS.findall(text):
        weight = _weight(word)
        if weight.letters and so_far >= _FEWEST_OF_PAN:
            pans = True  # its last letter
        if weight.digits:
            so_far += weight.digits
            most = max(most, so_far)
        elif not weight.goes_on:
            so_far = 0
        if weight.at:
            addresses = True
    return Promise(most >= _FEWEST_DIGITS, pans, addresses)


@dataclass(frozen=True, slots=True)
class Glance:
    """What a text has of what private values are made of; never less than there is."""

    digits: int
    multiplied: bool
    """Whether words may say more digits than were counted."""
    letters: int
    words: frozenset[str]


def glance(text: str) -> Glance:
    """Looks once at every word."""
    weights = [_weight(word) for word in _WORDS.findall(text)]
    return Glance(
        digits=sum(weight.digits for weight in weights),
        multiplied=any(weight.multiplies for weight in weights),
        letters=sum(weight.letters for weight in weights),
        words=frozenset(weight.plain for weight in weights),
    )
