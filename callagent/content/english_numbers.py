"""English numbers in words.

By num2words, which brings sixty languages and takes a fifth of a second to import: that waits for the first number
that is not among the few which every call says.
"""

from functools import lru_cache
from typing import Final

_SMALL: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)


@lru_cache(maxsize=1_000)
def in_words(value: int) -> str:
    """A number such as "one hundred and five", grouped in lakhs and crores."""
    if 0 <= value < len(_SMALL):
        return _SMALL[value]
    return _num2words(value, "en_IN", "cardinal")


@lru_cache(maxsize=1_000)
def ordinal(value: int) -> str:
    """A number's place, such as "twenty-fourth"."""
    return _num2words(value, "en_IN", "ordinal")


@lru_cache(maxsize=1_000)
def year_in_words(value: int) -> str:
    """A year such as "nineteen ninety-nine"."""
    return _num2words(value, "en", "year")


def _num2words(value: int, language: str, to: str) -> str:
    from num2words import num2words  # type: ignore[import-untyped]  # it ships no types

    return str(num2words(value, lang=language, to=to))
