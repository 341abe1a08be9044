"""Gathering keys."""

import pytest

from callagent.turn.keypad import Keypad


@pytest.mark.parametrize(
    ("longest", "pressed", "complete", "taken"),
    [
        (None, "1", True, "1"),
        (None, "#", True, "#"),
        (8, "1023", False, "1023"),
        (8, "10234#", True, "10234"),
        (4, "1023", True, "1023"),
        (4, "10239", True, "1023"),
        (8, "0*", False, "0*"),
    ],
)
def test_keys_make_an_answer(longest: int | None, pressed: str, complete: bool, taken: str) -> None:
    """One key is a menu's answer; a number ends at its longest or at '#'."""
    keypad = Keypad()
    keypad.expect(longest)
    for key in pressed:
        keypad.press(key)

    assert keypad.complete is complete
    assert keypad.take() == taken
    assert keypad.take() == ""


def test_two_hundred_keys_a_second_fill_nothing() -> None:
    """Keys beyond the longest answer are dropped."""
    keypad = Keypad()
    keypad.expect(8)
    for _ in range(12_000):
        keypad.press("7")

    assert keypad.take() == "7" * 8


def test_keys_may_come_before_the_question() -> None:
    """What was pressed while it was not known what would be asked is part of the answer."""
    keypad = Keypad()
    keypad.press("5")
    keypad.press("6")
    keypad.expect(4)
    for key in "78":
        keypad.press(key)

    assert keypad.complete
    assert keypad.take() == "5678"
