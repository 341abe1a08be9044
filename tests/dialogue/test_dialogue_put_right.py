"""Some figures of a number that is read back are put right."""

import pytest

from callagent.dialogue.put_right import exchanged, likeliest

NUMBER = "9810012456"


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("no not 456 457", "9810012457"),
        ("not four five six four five seven", "9810012457"),
        ("456 nahi 459", "9810012459"),
        ("457 not 456", "9810012457"),
        ("98 nahi 99", "9910012456"),
        ("not 111 112", None),
        ("not 456 4571", None),
        ("no", None),
    ],
)
def test_figures_that_are_taken_back_are_exchanged(words: str, right: str | None) -> None:
    """What stands in the number goes, whichever was said first; all other figures stay."""
    assert exchanged(words.split(), NUMBER, "en") == right


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("no 457", "9810012457"),
        ("no it is 9910", "9910012456"),
        ("no 456", None),
        ("no 7", None),
        ("no 777", None),
    ],
)
def test_figures_alone_go_where_only_one_differs(words: str, right: str | None) -> None:
    """Where they could stand in two places, or in none, nothing is guessed."""
    assert likeliest(words.split(), NUMBER, "en") == right
