"""Thanks and anger by the words."""

import pytest

from callagent.quality.mood import anger_in, thanks_in


@pytest.mark.parametrize(
    "said",
    ["thank you so much", "Thanks!", "bahut shukriya bhai", "dhanyavaad", "जी धन्यवाद", "बहुत बढ़िया"],
)
def test_thanks_are_found_in_three_languages(said: str) -> None:
    """Whatever stands around them."""
    assert (thanks_in(said), anger_in(said)) == (1, 0)


@pytest.mark.parametrize(
    "said",
    ["this is useless", "How many times do I have to say it?", "kya bakwas hai", "कितनी बार बोलूँ", "एकदम बेकार"],
)
def test_anger_is_found_in_three_languages(said: str) -> None:
    """Whatever stands around it."""
    assert (thanks_in(said), anger_in(said)) == (0, 1)


@pytest.mark.parametrize(
    "said",
    ["no thanks", "nahi shukriya", "धन्यवाद नहीं", "not useless", "", "a fan", "⟦stupid 1⟧", "thanksgiving", "bekarar"],
)
def test_what_only_looks_so_is_left(said: str) -> None:
    """A negation beside it, a part of a word, and what stands for something private."""
    assert (thanks_in(said), anger_in(said)) == (0, 0)


def test_a_letter_may_be_written_in_two_ways() -> None:
    """With its dot in one character or in two."""
    assert thanks_in("बहुत बढ\u093cिया") == thanks_in("बहुत ब\u095dिया") == 1
