"""A caller's words cut into what readers look at, and what a reader found.

Readers take a transcript, or a list of its words as any other part of the dialogue cut it; "16A", "2.5sqmm", "10:30",
"1,25,000" and "twenty-five" come apart here, and every piece remembers the word that it came from.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeAlias, TypeVar

Words: TypeAlias = str | Sequence[str]
"""A transcript, or its words."""

Found = TypeVar("Found")

MAX_WORDS = 200
"""More is not read: nobody says a value at such length."""
_MAX_LETTERS = 40
_MAX_DIGITS = 40
_MAX_WORD = 100

_FIGURE = re.compile(r"\d+(?:,\d+)*(?:\.\d+)?")
_DATE = re.compile(r"\d{1,4}([./-])\d{1,2}\1\d{1,4}(?!\d)")
_KEPT = frozenset("₹%+:/-")


@dataclass(frozen=True, slots=True)
class Reading(Generic[Found]):
    """A value that was said."""

    value: Found
    words: tuple[str, ...]
    """Those that say it, as they were given."""
    begin: int
    """Index of the first of them."""
    end: int
    """Index after the last."""
    ambiguous: bool = False
    """Whether the same words may mean another value too, so that it is better read back."""


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Found]):
    """A value among tokens."""

    value: Found
    begin: int
    end: int
    """Index of the token after it."""
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A run of letters, a figure, or a sign."""

    text: str
    """Lower case, one form for every way of encoding it, digits as 0-9."""
    word: int
    """Index of the word that it is part of."""


def western(text: str) -> str:
    """The text with the digits of every script as 0-9."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said, cut up."""

    words: tuple[str, ...]
    tokens: tuple[Token, ...]

    def text(self, at: int) -> str:
        """The token at an index; empty after the end and before the beginning."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def reading(self, value: Found, begin: int, end: int, *, ambiguous: bool = False) -> Reading[Found]:
        """`value` as said by the tokens from `begin` to before `end`."""
        first, last = self.tokens[begin].word, self.tokens[end - 1].word + 1
        return Reading(value, self.words[first:last], first, last, ambiguous)


def utterance(words: Words) -> Utterance:
    """Cut up what was said."""
    given = tuple(words.split() if isinstance(words, str) else words)[:MAX_WORDS]
    tokens = (Token(text, index) for index, word in enumerate(given) for text in _pieces(word))
    return Utterance(given, tuple(islice(tokens, 2 * MAX_WORDS)))


def _pieces(word: str) -> Iterator[str]:
    if word.isascii() and word.isalpha():  # as most are, and each is read many times in a turn
        yield word[:_MAX_LETTERS].lower()
        return
    text = western(unicodedata.normalize("NFKC", word[:_MAX_WORD])).casefold()
    text = re.sub(r"(?<=\w)['\u2019`](?=\w)", "", text)
    at = 0
    while at < len(text):
        match = _DATE.match(text, at) or _FIGURE.match(text, at)
        if match is not None:
            at = match.end()
            if len(match[0]) <= _MAX_DIGITS:
                yield match[0] if _DATE.fullmatch(match[0]) else match[0].replace(",", "")
            continue
        end = at
        while end < len(text) and _is_letter(text[end]):
            end += 1
        if end > at:
            yield text[at : min(end, at + _MAX_LETTERS)]
        elif text[at] in _KEPT and not (text[at] == "-" and text[at - 1 : at].isalpha()):
            yield text[at]
        at = max(end, at + 1)


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"  # marks carry the vowels of Hindi
