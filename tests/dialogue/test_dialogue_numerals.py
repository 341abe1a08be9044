"""Numbers as callers say them."""

import pytest

from callagent.dialogue.numerals import figures
from callagent.dialogue.reading import read_digits
from callagent.dialogue.spoken import western


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("four five one two seven", "45127"),
        ("one two double three", "1233"),
        ("triple nine one", "9991"),
        ("double 5 67", "5567"),
        ("double 45", None),
        ("oh seven o zero", "0700"),
        ("forty five twelve", "4512"),
        ("twenty twenty six", "2026"),
        ("twenty zero five", "2005"),
        ("45127", "45127"),
        ("45 127", "45127"),
        ("four five um and six seven", "4567"),
        ("my number is four five wait six seven", "4567"),
        ("forty five i mean four five one two", "4512"),
        ("4512 no 4513", "4513"),
        ("four five", None),
        ("123456789", None),
        ("five hundred and ten 4512", None),
        ("double", None),
        ("", None),
    ],
)
def test_spoken_digits(said: str, number: str | None) -> None:
    """A number of four to eight digits is found however it is grouped; the last that fits is meant."""
    assert read_digits(said.split(), 4, 8, "en") == number


@pytest.mark.parametrize(
    ("words", "same"),
    [("thirty two amp", "32 amp"), ("sixteen amp", "16 amp"), ("twenty ten", "20 10"), ("one way", "1 way")],
)
def test_figures(words: str, same: str) -> None:
    """Number words and figures come to the same."""
    assert figures(words.split()) == same.split()


def test_digits_of_other_scripts() -> None:
    """Devanagari digits are digits."""
    assert western("४५१२ abc") == "4512 abc"
