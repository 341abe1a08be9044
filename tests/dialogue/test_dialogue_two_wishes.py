"""Two wishes in one sentence."""

import pytest

from callagent.dialogue.two_wishes import TwoWishes
from callagent.dialogue.understanding import Interpreter, ItemNames

GOODS = Interpreter([ItemNames("ceiling fan", ("fan", "सीलिंग फैन")), ItemNames("tube light", ("ट्यूब लाइट",))])
FLOWS = {"price": "price", "stock": "price", "timings": "hours", "warranty": "warranty", "complaint": "complaint"}
WISHES = TwoWishes(GOODS.interpret, FLOWS, ("ceiling fan", "tube light"), ("price", "warranty"), 0.6)


def split(text: str) -> tuple[str, str, str] | None:
    """The parts of a sentence."""
    return WISHES.split(text, GOODS.interpret(text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "what is the price of a ceiling fan and are you open on sunday",
            ("what is the price of a ceiling fan", "are you open on sunday", "hours"),
        ),
        (
            "सीलिंग फैन का दाम क्या है और रविवार को खुला है क्या",
            ("सीलिंग फैन का दाम क्या है", "रविवार को खुला है क्या", "hours"),
        ),
        ("price of ceiling fan and tube light", ("price of ceiling fan", "tube light", "price")),
        ("how much is the fan? are you open on sunday", ("how much is the fan", "are you open on sunday", "hours")),
    ],
)
def test_both_parts_are_told_apart(text: str, parts: tuple[str, str, str]) -> None:
    """Each part has its own words, and the second its flow."""
    assert split(text) == parts


def test_a_thing_that_is_named_once_goes_for_both() -> None:
    """The warranty is that of the fan whose price is asked for."""
    parts = split("what is the price of a ceiling fan and what is its warranty")

    assert parts == ("what is the price of a ceiling fan", "what is its warranty ceiling fan", "warranty")


@pytest.mark.parametrize(
    "text",
    [
        "what is the price of a ceiling fan",
        "i bought a fan and it is not working",
        "hello and good morning",
        "the price of a ceiling fan and tell me quickly",
        "and and and",
        "",
    ],
)
def test_one_wish_is_left_whole(text: str) -> None:
    """Nothing is cut off that is no wish of its own, and a complaint is heard as it was said."""
    assert split(text) is None
