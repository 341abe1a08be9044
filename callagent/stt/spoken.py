"""Phrases as they are spoken: figures become words, marks and capitals go."""

import re
import unicodedata

from callagent.content.english_numbers import in_words

_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_SIGNS = {"&": " and ", "%": " percent ", "+": " plus ", "@": " at ", "₹": " rupees "}
_LONGEST_NUMBER = 6
"""Digits; longer figures are numbers of an order or a telephone, which people say digit by digit."""


def spoken_words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase in the order they are said, lower case; empty when nothing in it can be said.

    "16 amp switch" is ("sixteen", "amp", "switch"), "A-1 fan" is ("a", "one", "fan").
    """
    text = unicodedata.normalize("NFC", phrase).lower().replace("\u2019", "'")
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    text = _FIGURES.sub(lambda found: f" {_number(found[0])} ", text)
    words = "".join(mark if mark.isalpha() or mark == "'" or _is_vowel_sign(mark) else " " for mark in text).split()
    return tuple(word for word in (word.strip("'") for word in words) if word)


def _number(figures: str) -> str:
    whole, _, fraction = figures.partition(".")
    # Its commas and hyphens go with all other marks.
    words = _digits(whole) if len(whole) > _LONGEST_NUMBER else in_words(int(whole))
    return f"{words} point {_digits(fraction)}" if fraction else words


def _digits(figures: str) -> str:
    return " ".join(in_words(int(digit)) for digit in figures)


def _is_vowel_sign(mark: str) -> bool:
    # Indic vowels after a consonant are marks of their own, without which the word is another.
    return unicodedata.category(mark) in {"Mn", "Mc"}
