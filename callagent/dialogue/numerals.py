"""Numbers as callers say them: "four five double one", "oh seven", "forty five twelve", "45-12"."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

FIGURES: Mapping[str, str] = {
    **{word: str(value) for value, word in enumerate(_UNITS)},
    **{word: str(value) for value, word in enumerate(_TEENS, 10)},
    **{word: str(value * 10) for value, word in enumerate(_TENS, 2)},
}
"""Number words that one figure can be written for."""

_DIGITS = {**FIGURES, "oh": "0", "o": "0", "nought": "0"}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_JOINING = {"and", "then", "dash", "hyphen", "um", "uh", "er", "hmm"}
_AMOUNT = {"hundred", "thousand", "lakh", "crore", "million"}


def figures(words: Sequence[str]) -> list[str]:
    """The words with numbers as figures, so that "thirty two amp" and "32 amp" are the same."""
    result: list[str] = []
    tens = False
    for word in words:
        figure = FIGURES.get(word, word)
        if tens and word in _UNITS[1:]:
            result[-1] = result[-1][:-1] + figure
        else:
            result.append(figure)
        tens = word in _TENS
    return result


def western(text: str) -> str:
    """The text with the digits of every script as 0-9."""
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def spoken_digits(words: Sequence[str], fewest: int, most: int) -> str | None:
    """The number among `words` that is said digit by digit and has a fitting length; None when there is none.

    Where the caller says two that fit, it is the last, which corrects the first. An amount ("five hundred") is none.
    """
    if any(word in _AMOUNT for word in words):
        return None
    runs = ["".join(run) for run in _runs(words)]
    fitting = [run for run in (*runs, "".join(runs)) if fewest <= len(run) <= most]
    return next((run for run in reversed(runs) if run in fitting), fitting[-1] if fitting else None)


def _runs(words: Sequence[str]) -> Iterator[list[str]]:
    """The digits that follow each other with nothing but joining words between."""
    run: list[str] = []
    times = 1
    tens = False
    for word in words:
        if word in _TIMES:
            times, tens = _TIMES[word], False
            continue
        digits = _DIGITS.get(word) or (word if re.fullmatch(r"\d+", word) else None)
        if digits is None:
            if run and word not in _JOINING:
                yield run
                run = []
            times, tens = 1, False
            continue
        if tens and len(digits) == 1 and digits != "0":
            run[-1] = run[-1][:-1] + digits
        else:
            run.append(digits * times if len(digits) == 1 else digits)
        tens = word in _TENS and times == 1
        times = 1
    if run:
        yield run
