"""Part of a number put right: "no, not 456, 457" changes these figures of it and leaves the others."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from callagent.dialogue.reading import read_digits

_FEWEST: Final = 2
"""Figures that are told alone; one could be any of the number's."""
_MOST: Final = 20
_TIMES: Final = frozenset({"double", "triple", "डबल", "ट्रिपल"})


def exchanged(words: Sequence[str], old: str, language: str) -> str | None:
    """The number with the figures that are taken back in the words in place of those told instead."""
    runs = list(_runs(words, language))
    halves = ((run[: len(run) // 2], run[len(run) // 2 :]) for run in runs if len(run) % 2 == 0)
    for one, other in (*pairwise(runs), *halves):
        if len(one) != len(other) or (one in old) == (other in old):
            continue
        wrong, right = (one, other) if one in old else (other, one)
        at = old.rfind(wrong)
        return old[:at] + right + old[at + len(right) :]
    return None


def likeliest(words: Sequence[str], old: str, language: str) -> str | None:
    """The number with figures that are told alone in the one place where they differ by a single one."""
    runs = list(_runs(words, language))
    if len(runs) != 1 or not _FEWEST <= len(runs[0]) < len(old) or runs[0] in old:
        return None
    [run] = runs
    places = [at for at in range(len(old) - len(run) + 1) if _differing(old[at : at + len(run)], run) == 1]
    return old[: places[0]] + run + old[places[0] + len(run) :] if len(places) == 1 else None


def _differing(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _runs(words: Sequence[str], language: str) -> Iterator[str]:
    """The figures that are said without another word between them."""
    run: list[str] = []
    for word in (*words, ""):
        if word and (word in _TIMES or read_digits([word], 1, _MOST, language)):
            run.append(word)
            continue
        if run and (digits := read_digits(run, 1, _MOST, language)):
            yield digits
        run = []
