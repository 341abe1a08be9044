"""Bringing texts of three languages to the same words, so that "16A", "sixteen amp" and "सोलह एम्पियर" meet.

What means what is data: numbers, units and colours in ``common_words.csv`` beside this file, a trade's own words in the
shop's ``synonyms.csv``.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from callagent.content.findings import Findings
from callagent.content.table import TableFile, read_table

NEEDED = ("word", "means")
MAX_CHARS = 400
"""More is not read: no name and no question is as long."""

_KEPT = 20_000

_AFTER_NUMBER: Mapping[str, str] = {"a": "amp", "w": "watt", "v": "volt", "m": "metre", "l": "liter"}
_JOINED = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_POINT_MARK = "\ue000"


class Words:
    """What words mean the same; a word that means nothing is passed over."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        self._meanings: dict[tuple[str, ...], tuple[str, ...]] = {
            tuple(split(word)): tuple(split(means)) for word, means in meanings.items()
        }
        self._by_sound = {
            sound(words[0]): means
            for words, means in reversed(self._meanings.items())
            if len(words) == 1 and _is_romanised(words[0])
        }
        self._longest = max(map(len, self._meanings), default=1)
        self._cached = lru_cache(maxsize=_KEPT)(self._terms)

    def terms(self, text: str) -> tuple[str, ...]:
        """The words of a text that tell something, in one form for all languages and spellings that are known."""
        return self._cached(text[:MAX_CHARS])

    def _terms(self, text: str) -> tuple[str, ...]:
        words = split(text)
        found: list[str] = []
        at = 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                means = self._meanings.get(tuple(words[at : at + length]))
                if means is not None:
                    found += means
                    at += length
                    break
            else:
                alike = self._by_sound.get(sound(words[at])) if _is_romanised(words[at]) else None
                found += (words[at],) if alike is None else alike
                at += 1
        return tuple(found) or tuple(words)

    def name(self, text: str) -> str:
        """The terms as one text."""
        return " ".join(self.terms(text))


def split(text: str) -> list[str]:
    """The words of a text: lower case, without punctuation and plural s; "16A" is "16 amp"."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in plain).casefold()
    plain = _JOINED.sub(" ", _POINT.sub(_POINT_MARK, plain).replace("'", "").replace("\u2019", ""))
    kept = "".join(char if char == _POINT_MARK or unicodedata.category(char)[0] in "LNM" else " " for char in plain)
    words = kept.replace(_POINT_MARK, ".").split()
    return [
        _AFTER_NUMBER.get(word, word) if at and words[at - 1][0].isdigit() else _singular(word)
        for at, word in enumerate(words)
    ]


def _is_romanised(word: str) -> bool:
    """Whether a word may be spelt in several ways: long enough, in Latin letters."""
    return len(word) > 3 and word.isascii() and word.isalpha()


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.isascii() or not word.endswith("s") or word.endswith("ss"):
        return word
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]


def sound(term: str) -> str:
    """A key that the romanised spellings of a word share: "bijlee" and "bijli", "vaayar" and "wayar"."""
    key = term
    for old, new in _SOUNDS:
        key = key.replace(old, new)
    return re.sub(r"(.)\1+", r"\1", key)


_SOUNDS = (
    *(("aa", "a"), ("ee", "i"), ("ii", "i"), ("oo", "u"), ("ou", "u"), ("ph", "f"), ("w", "v"), ("z", "j")),
    *(("th", "t"), ("dh", "d"), ("bh", "b"), ("kh", "k"), ("gh", "g"), ("chh", "c"), ("ch", "c"), ("sh", "s")),
    *(("ck", "k"), ("q", "k"), ("y", "i"), ("ai", "e"), ("au", "o")),
)


def read_words(table: TableFile | None) -> Words:
    """The words that every shop shares, and those of a shop's own table; what is wrong with it is kept in it."""
    own = {} if table is None or table.broken else _meanings(table)
    return Words({**_common(), **own})


def _meanings(table: TableFile) -> dict[str, str]:
    for row in table.rows:
        if not row.cells["word"]:
            table.add(row.line, "'word' is empty.", "Write what callers say, or take the line out.")
    table.unique("word")
    return {row.cells["word"]: row.cells["means"] for row in table.good_rows()}


@cache
def _common() -> Mapping[str, str]:
    path = Path(__file__).parent / "common_words.csv"
    table = read_table(path, NEEDED, Findings().of(path))
    return _meanings(table)


def all_terms(names: Iterable[str], words: Words) -> tuple[str, ...]:
    """The distinct texts that names come to."""
    return tuple(dict.fromkeys(words.name(name) for name in names if name))
