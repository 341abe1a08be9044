"""From a caller's words to what they mean here: the longest known phrase, and nothing cleverer.

Both sides are brought to one form first: lower case, no punctuation, figures for number words, no plural s. So
"What's the PRICE of ceiling fans?" holds "ceiling fan", and "16 amp socket" is "sixteen amp socket". Only whole words
count. The longest phrase wins; of two equally long ones the first said.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from callagent.dialogue.numerals import figures
from callagent.dialogue.spoken import western

MAX_CHARS = 2_000
MAX_WORDS = 200
"""More is not read: nobody answers a question at such length."""
_KEPT = 16_384
"""Texts whose words are kept at hand: the same names stand at every question, and a turn is held against many."""

_APOSTROPHE = re.compile("(?<=\\w)['\u2019`](?=\\w)")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")
_JOINED = re.compile(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)")

Sort: TypeAlias = Literal["answer", "command", "flow"]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase stands for."""

    sort: Sort
    """An answer to the question, a command that works everywhere, or the flow that it opens."""
    name: str
    """The choice, item, "yes" or "no"; the command; the flow."""


@dataclass(frozen=True, slots=True)
class Clash:
    """One phrase with two meanings."""

    phrase: str
    first: Meaning
    second: Meaning


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; "16A" is two words, "what's" is one."""
    return list(_words_of(text[:MAX_CHARS]))


@lru_cache(maxsize=_KEPT)
def _words_of(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", western(text)).casefold()
    plain = _JOINED.sub(" ", _POINT.sub(" point ", _APOSTROPHE.sub("", plain)))
    kept = "".join(char if _is_wordy(char) else " " for char in plain)
    return tuple(kept.split()[:MAX_WORDS])


def _is_wordy(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"  # marks carry the vowels of Hindi


def spoken_form(phrase: str) -> str:
    """A phrase as a recogniser wants it: lower case words."""
    return " ".join(_words_of(phrase[:MAX_CHARS]))


@lru_cache(maxsize=_KEPT)
def _matched_form(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_singular(word) for word in figures(words))


@lru_cache(maxsize=_KEPT)
def _spoken_and_matched(phrase: str) -> tuple[str, tuple[str, ...]]:
    """A phrase's spoken form, and its words as they are compared."""
    spoken = spoken_form(phrase)
    return spoken, _matched_form(tuple(spoken.split()))


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.isascii() or not word.endswith("s") or word.endswith("ss"):
        return word
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]


@dataclass(slots=True)
class Vocabulary:
    """The phrases that mean something at one place of the conversation."""

    clashes: list[Clash] = field(default_factory=list)
    """Phrases that were given a second meaning; they keep the first."""
    _phrases: dict[str, None] = field(default_factory=dict)
    _meanings: dict[tuple[str, ...], Meaning] = field(default_factory=dict)
    _longest: int = 0

    def learn(self, meaning: Meaning, phrases: Iterable[str]) -> None:
        """Add the ways to say something."""
        for phrase in phrases:
            spoken, form = _spoken_and_matched(phrase)
            if not form:
                continue
            known = self._meanings.setdefault(form, meaning)
            if known != meaning:
                self.clashes.append(Clash(phrase, known, meaning))
                continue
            self._phrases[spoken] = None
            self._longest = max(self._longest, len(form))

    def copy(self) -> "Vocabulary":
        """Another one that knows the same, and may learn more."""
        return Vocabulary(list(self.clashes), dict(self._phrases), dict(self._meanings), self._longest)

    @property
    def phrases(self) -> tuple[str, ...]:
        """All that may be said, as a recogniser wants it, in the order it was learnt."""
        return tuple(self._phrases)

    def is_spoken(self, phrase: str) -> bool:
        """Whether a phrase is one of `phrases`, word for word."""
        return phrase in self._phrases

    def __contains__(self, words: Iterable[str]) -> bool:
        """Whether the words are one known phrase, and nothing else."""
        return _matched_form(tuple(words)) in self._meanings

    def find(self, text: str) -> Meaning | None:
        """What the text means; None when it holds no known phrase."""
        words = _matched_form(_words_of(text[:MAX_CHARS]))
        for length in range(min(self._longest, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                meaning = self._meanings.get(words[start : start + length])
                if meaning is not None:
                    return meaning
        return None

    def contradicts(self, text: str, one: Meaning, other: Meaning) -> bool:
        """Whether both are said and nothing longer decides: "yes no"."""
        words = _matched_form(_words_of(text[:MAX_CHARS]))
        said = {
            self._meanings.get(words[start : start + length]): length
            for length in range(1, self._longest + 1)
            for start in range(len(words) - length + 1)
        }
        return one in said and said[one] == said.get(other)


def without(text: str, phrases: Mapping[str, None] | Iterable[str]) -> list[str]:
    """The words of a text that belong to none of the phrases, such as polite fillers."""
    words = words_of(text)
    known, longest = _forms(tuple(phrases))
    left: list[str] = []
    start = 0
    while start < len(words):
        length = next((n for n in range(longest, 0, -1) if tuple(words[start : start + n]) in known), 0)
        if not length:
            left.append(words[start])
        start += length or 1
    return left


@lru_cache(maxsize=256)
def _forms(phrases: tuple[str, ...]) -> tuple[frozenset[tuple[str, ...]], int]:
    """The phrases as words, and the number of words of the longest."""
    known = frozenset(tuple(words_of(phrase)) for phrase in phrases)
    return known, max(map(len, known), default=0)
