"""Search over names and questions: by the words they share, by how alike the words are, and by how alike the whole is.

::

    query ─► terms ─► known terms, or those that sound or look alike      (words.py, rapidfuzz)
                        └─► an inverted index weighs the documents        (BM25)
                              └─► the best few are compared as wholes     (rapidfuzz) ─► hits, 0 to 1

What means the same is known from tables of synonyms. A model that knows meanings can be put in front as `meanings`:
it gives further terms for a query.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from callagent.knowledge.words import MAX_CHARS, Words, all_terms, sound

MAX_TERMS = 24
"""Of a query; more is not looked at."""
CACHED = 2_048
_K1, _B = 0.9, 0.4
"""BM25's usual constants for short texts."""
_ALIKE = 82.0
"""Of 100: words less alike than this are different ones."""
_UNKNOWN = 0.5
"""What a word that no document has counts, of the rarest: names of makers, small talk."""
_MEANT = 0.8
"""How well a term that `meanings` gives is taken to fit."""
_COMPARED = 24
"""Documents that are compared as wholes."""

MoreTerms = Callable[[tuple[str, ...]], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that fits."""

    number: int
    """In the order in which the documents were given."""
    score: float
    """0 to 1; 1 is the very name."""
    held: float
    """0 to 1: how much of one of its texts the query holds."""


class Index:
    """Documents, each known by several texts; never changed, so results are kept."""

    def __init__(self, documents: Sequence[Iterable[str]], words: Words, meanings: MoreTerms | None = None) -> None:
        self._words = words
        self._meanings = meanings
        self._names = [_as_sets(all_terms(texts, words)) for texts in documents]
        self._sorted = [[" ".join(name) for name in names] for names in self._names]
        bags = [Counter(term for name in names for term in name) for names in self._names]
        holders: dict[str, list[int]] = defaultdict(list)
        for number, bag in enumerate(bags):
            for term in bag:
                holders[term].append(number)
        mean = sum(map(len, bags)) / max(1, len(bags))
        self._rarity = {term: self._rare(len(numbers)) for term, numbers in holders.items()}
        self._holders = {term: np.array(numbers, dtype=np.int32) for term, numbers in holders.items()}
        self._weights = {
            term: np.array([_weight(bags[number][term], len(bags[number]) / mean) for number in numbers], np.float32)
            for term, numbers in holders.items()
        }
        self._vocabulary = list(holders)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for term in self._vocabulary:
            self._by_sound[sound(term)].append(term)
        self._cached = lru_cache(maxsize=CACHED)(self._find)

    def _rare(self, holders: int) -> float:
        return math.log(1 + (len(self._names) - holders + 0.5) / (holders + 0.5))

    def find(self, text: str, limit: int) -> tuple[Hit, ...]:
        """The best documents for a text, best first."""
        return self._cached(text[:MAX_CHARS], limit)

    def _find(self, text: str, limit: int) -> tuple[Hit, ...]:
        terms = tuple(dict.fromkeys(self._words.terms(text)))[:MAX_TERMS]
        if not terms or not self._names:
            return ()
        known = {term: self._known(term) for term in terms}
        more = [term for term in self._meanings(terms) if term in self._holders] if self._meanings else []
        if more:  # they stand for what is not known
            known = {term: found for term, found in known.items() if found} | {term: [(term, _MEANT)] for term in more}
        covered, weight = self._weigh(known)
        meant = {one: alike for found in known.values() for one, alike in found}
        best = _highest(covered + 0.001 * weight, _COMPARED)
        query = " ".join(sorted(known))
        hits = [
            Hit(
                int(number),
                score=0.6 * float(covered[number]) + 0.4 * self._likeness(query, int(number)),
                held=self._held(meant, int(number)),
            )
            for number in best
            if covered[number] > 0
        ]
        hits.sort(key=lambda hit: (-hit.score, hit.number))
        return tuple(hits[:limit])

    def _weigh(
        self, terms: Mapping[str, Sequence[tuple[str, float]]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """For each document: which part of what the query tells it holds, and its BM25 score."""
        covered = np.zeros(len(self._names), np.float32)
        weight = np.zeros(len(self._names), np.float32)
        total = 0.0
        for known in terms.values():
            rarity = max((self._rarity[one] for one, _ in known), default=_UNKNOWN * self._rare(0))
            total += rarity
            best = np.zeros(len(self._names), np.float32)
            for one, alike in known:
                holders = self._holders[one]
                best[holders] = np.maximum(best[holders], np.float32(alike))
                weight[holders] += self._weights[one] * np.float32(alike * self._rarity[one])
            covered += best * np.float32(rarity)
        return covered / np.float32(total or 1), weight

    def _known(self, term: str) -> list[tuple[str, float]]:
        """The terms of the documents that may be meant, each with how alike it is, 0 to 1."""
        if term in self._holders:
            return [(term, 1.0)]
        if term[0].isdigit() or len(term) < 3:
            return []  # another number is another thing
        by_sound = self._by_sound.get(sound(term), [])
        if by_sound:
            return [(one, 0.95) for one in by_sound]
        close = process.extract(term, self._vocabulary, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=3)
        return [(one, score / 100 * 0.9) for one, score, _ in close]

    def _held(self, meant: Mapping[str, float], number: int) -> float:
        return max((self._held_of(meant, name) for name in self._names[number]), default=0.0)

    def _held_of(self, meant: Mapping[str, float], name: Sequence[str]) -> float:
        return sum(meant.get(term, 0) * self._rarity[term] for term in name) / sum(self._rarity[term] for term in name)

    def _likeness(self, query: str, number: int) -> float:
        return max((fuzz.ratio(query, name) for name in self._sorted[number]), default=0.0) / 100


def _as_sets(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Each name's distinct terms in order: "fan ceiling" and "ceiling fan" are the same."""
    return list(dict.fromkeys(tuple(sorted(set(name.split()))) for name in names))


def _weight(count: int, length: float) -> float:
    return count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length))


def _highest(scores: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    if len(scores) <= count:
        return np.argsort(-scores, kind="stable")
    best = np.argpartition(-scores, count)[:count]
    return best[np.argsort(-scores[best], kind="stable")]
