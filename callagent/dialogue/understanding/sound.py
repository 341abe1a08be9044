"""Words by their sound: one key for the many spellings of a word, and the known word nearest to a strange one.

"keemat", "kimat" and "qeemat" have one key, and so have "ceiling" and "selling". The key is ours; comparing keys that
differ is left to rapidfuzz.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

_CACHED = 4_096
_FUZZY_FROM = 4
"""Shorter keys are only ever equal, never near."""
_NEAR = 80.0
"""Least likeness of two keys, out of 100."""

_SHORTEST_STEM = 2
_PLURALS = {"iyon": ("i", "ee"), "iyan": ("i", "ee"), "on": ("a", "", "e", "u"), "ein": ("",), "en": ("",)}

_STEPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"tch|chh|ch", "C"),
        (r"^kn", "n"),
        (r"^wr", "r"),
        (r"tion|sion", "San"),
        (r"sch", "sk"),
        (r"igh", "i"),
        (r"ph", "f"),
        (r"sh", "s"),
        (r"ck|cq", "k"),
        (r"c(?=[eiy])", "s"),
        (r"g(?=e$)|dge", "j"),
        (r"x", "ks"),
        (r"[cq]", "k"),
        (r"w", "v"),
        (r"z", "j"),
        (r"(?<=[kgcCjtdpb])h", ""),
        (r"(?<=[a-zC])h", ""),
        (r"(?<=[bcdfgjklmnprstvC])e$", ""),
        (r"ee|ea|ie|ei|ey|ay|ai|iy|ii|y|e", "i"),
        (r"oo|ou|oa|au|ow|uu|o", "u"),
        (r"m(?=[pb])", "n"),
        (r"[^a-zCS0-9]", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=16_384)
def sound_of(word: str) -> str:
    """The key of a word in Latin letters; figures stay as they are."""
    if word[:1].isdigit():
        return word
    key = word
    for pattern, replacement in _STEPS:
        key = pattern.sub(replacement, key)
    if len(key) > 3 and key[-1] in "aiu":
        key = key[:-1]
    return key or word


@lru_cache(maxsize=16_384)
def bones_of(word: str) -> str:
    """The key without its vowels, but for a first one: what is left of an English word written in Devanagari."""
    key = sound_of(word)
    return key[:1] + re.sub("[aiu]", "", key[1:])


@dataclass(frozen=True, slots=True)
class Guess:
    """A known word that may have been meant."""

    word: str
    likeness: float
    """From 0 to 1; 1 is the word itself."""


class Speller:
    """Finds known words behind strange spellings."""

    def __init__(self, words: Iterable[str]) -> None:
        self.known = frozenset(words)
        self._by_sound: dict[str, list[str]] = {}
        self._by_bones: dict[str, list[str]] = {}
        for word in sorted(self.known):
            if not word[:1].isdigit():
                for sound in dict.fromkeys((sound_of(word), sound_of(word.replace("z", "s")))):
                    self._by_sound.setdefault(sound, []).append(word)
                self._by_bones.setdefault(bones_of(word), []).append(word)
        self._keys = [key for key in self._by_sound if len(key) >= _FUZZY_FROM]
        self._cache: OrderedDict[tuple[str, bool], tuple[Guess, ...]] = OrderedDict()

    def guesses(self, word: str, *, native: bool = False) -> tuple[Guess, ...]:
        """The known words that `word` may be, the likeliest first; `native` when it was written in Devanagari."""
        cached = self._cache.get((word, native))
        if cached is None:
            cached = self._cache[word, native] = self._guesses(word, native=native)
            if len(self._cache) > _CACHED:
                self._cache.popitem(last=False)
        return cached

    def mates(self, word: str) -> tuple[str, ...]:
        """The known words that sound like `word`; only for words long enough to be told by that."""
        key = sound_of(word)
        return tuple(self._by_sound.get(key, ())) if len(word) > 3 and len(key) > 2 else ()

    def of_frame(self, word: str) -> tuple[Guess, ...]:
        """Known words with the consonants of `word`, as Devanagari writes English; itself left out."""
        return tuple(guess for guess in self._of_one_frame(word) if guess.word != word)

    def _guesses(self, word: str, *, native: bool) -> tuple[Guess, ...]:
        if word in self.known:
            return (Guess(word, 1.0),)
        if word[:1].isdigit() or len(word) < 2:
            return ()
        if (single := singular(word)) in self.known:
            return (Guess(single, 0.99),)
        if many := tuple(Guess(one, 0.97) for one in singulars_in_hindi(word) if one in self.known):
            return many
        return self._of_one_sound(word) or (self._of_one_frame(word) if native else ()) or self._near(word)

    def _of_one_sound(self, word: str) -> tuple[Guess, ...]:
        """Words that sound the same; of short ones also those that differ in the vowel."""
        key = sound_of(word)
        same = self._by_sound.get(key) or self._by_sound.get(sound_of(singular(word))) or []
        if len(key) < 2 or not (same or "z" in word):
            return ()
        alike = self._by_bones.get(bones_of(word), []) if len(key) == 3 else []
        buzzing = self._by_sound.get(sound_of(word.replace("z", "s")), []) if "z" in word and not same else []
        return (
            *(Guess(other, 0.95) for other in same[:3]),
            *(Guess(other, 0.93) for other in buzzing[:3]),
            *(Guess(other, 0.85) for other in alike[:3] if other not in same),
        )

    def _of_one_frame(self, word: str) -> tuple[Guess, ...]:
        """Words with the same consonants: how Devanagari writes English."""
        bones = bones_of(word)
        same = self._by_bones.get(bones, []) if len(bones) > 1 else []
        likeness = {other: fuzz.ratio(sound_of(word), sound_of(other)) for other in same}
        ranked = sorted(same, key=lambda other: -likeness[other])
        believed = ranked and (len(bones) > 2 or likeness[ranked[0]] >= _NEAR)
        return tuple(Guess(other, 0.9) for other in ranked[:3]) if believed else ()

    def _near(self, word: str) -> tuple[Guess, ...]:
        """Words that sound nearly the same."""
        key = sound_of(word)
        if len(key) < _FUZZY_FROM:
            same = self._by_bones.get(bones_of(word), []) if len(key) == 3 else []
            return tuple(Guess(other, 0.85) for other in same[:3])
        near = process.extract(key, self._keys, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=3)
        return tuple(
            Guess(other, likeness / 100 * 0.95)
            for near_key, likeness, _ in near
            for other in self._by_sound[near_key][:2]
        )


@lru_cache(maxsize=16_384)
def singular(word: str) -> str:
    """An English word without its plural ending."""
    if len(word) <= 3 or not word.isascii() or not word.endswith("s") or word.endswith("ss"):
        return word
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]


def singulars_in_hindi(word: str) -> tuple[str, ...]:
    """What a word in Hindi's plural may be the plural of: "pankhon" of "pankha", "bulbon" of "bulb"."""
    found = (
        word[: -len(ending)] + single
        for ending, singles in _PLURALS.items()
        if word.endswith(ending) and len(word) - len(ending) > _SHORTEST_STEM
        for single in singles
    )
    return tuple(found)
