"""A caller's sentence as words in Latin letters, each with its place in the text.

Whatever comes is brought to one form: compatibility characters and the digits of every script made plain, Devanagari
written in Latin letters, figures split from letters ("16A"). Control characters, emoji and the like are no words.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from callagent.dialogue.spoken import western
from callagent.dialogue.understanding.devanagari import in_latin, is_devanagari

MAX_CHARS = 2_000
MAX_WORDS = 120
MAX_WORD_CHARS = 40
"""More is not read: nobody answers a question at such length."""

_WORD = re.compile(
    r"(?:[^\W_]|[\u0900-\u0963\u0970-\u097f\u200c\u200d]|(?<=\d)[.,:/-](?=\d)|(?<=\w)['\u2019`](?=\w))+|[₹$%&]"
)
_PARTS = re.compile(r"\d+(?:[.:/-]\d+)*|[^\W\d]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d)")
_DROPPED = re.compile("['\u2019`\u200c\u200d]")
_BREAK = re.compile(r"[.,;:!?।\n]")
_SIGNS = {"₹": "rupees", "$": "dollars", "%": "percent", "&": "and"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word."""

    text: str
    """In lower case and Latin letters."""
    begin: int
    end: int
    """Where it stands in the caller's text, in characters."""
    native: bool = False
    """Whether it was written in Devanagari."""
    written: str = ""
    """In lower case, in its own letters."""
    after_break: bool = False
    """Whether a comma or the end of a sentence comes before it."""


def tokens_of(text: str) -> list[Token]:
    """The words of a text, at most MAX_WORDS."""
    tokens: list[Token] = []
    last = 0
    text = text[:MAX_CHARS]
    for found in _WORD.finditer(text):
        broken = bool(_BREAK.search(text, last, found.start()))
        last = found.end()
        for token in _split(found.group(), found.start(), found.end(), broken=broken):
            tokens.append(token)
            broken = False
        if len(tokens) >= MAX_WORDS:
            break
    return tokens[:MAX_WORDS]


def words_in(phrase: str) -> list[str]:
    """The words of a phrase as the tokens of a text have them."""
    return [token.text for token in tokens_of(phrase)]


def _split(raw: str, begin: int, end: int, *, broken: bool) -> Iterator[Token]:
    if raw in _SIGNS:
        yield Token(_SIGNS[raw], begin, end, written=raw, after_break=broken)
        return
    if raw.isascii() and raw.isalpha():
        word = raw.lower()[:MAX_WORD_CHARS]
        yield Token(word, begin, end, written=word, after_break=broken)
        return
    plain = unicodedata.normalize("NFKC", western(_DROPPED.sub("", raw))).casefold()
    plain = _THOUSANDS.sub("", plain)
    native = any(map(is_devanagari, plain))
    parts = re.findall(r"\d+(?:[.:/-]\d+)*|[^\d]+", plain) if native else _PARTS.findall(plain)
    exact = len(plain) == len(raw)
    place = 0
    for part in parts:
        place = plain.find(part, place)
        start, stop = (begin + place, begin + place + len(part)) if exact else (begin, end)
        place += len(part)
        word = _latin(part[:MAX_WORD_CHARS]) if native else part[:MAX_WORD_CHARS]
        if word:
            yield Token(word, start, stop, native and not part[0].isdigit(), part, broken)
            broken = False


@lru_cache(maxsize=8_192)
def _latin(word: str) -> str:
    return "".join(char for char in in_latin(word) if char.isalnum() or char in ".:/-")
