"""What is made of a turn's words before it is over."""

import pytest

from callagent.dialogue.actions import Kind, Listen
from callagent.dialogue.so_far import so_far

DELIVERY = Listen(Kind.YES_NO, "hinglish", phrases=("haan", "haan ji", "bilkul", "nahi"), fillers=("bhaiya",))
NUMBER = Listen(Kind.PHONE, "hinglish", phrases=("ek minute", "ruko"), digits=(10, 10))


@pytest.mark.parametrize("text", ["haan", "haan haan", "haan ji bilkul", "haan bhaiya"])
def test_answers_in_a_row_are_an_answer(text: str) -> None:
    """Who says it twice, or in two ways, has answered as well."""
    assert so_far(text, DELIVERY).is_answer


@pytest.mark.parametrize("text", ["", "bhaiya", "haan lekin", "ji", "kal bilkul"])
def test_what_is_more_or_less_than_an_answer(text: str) -> None:
    """Nothing, half a phrase, or an answer with something else."""
    assert not so_far(text, DELIVERY).is_answer


def test_one_minute_is_no_beginning_of_a_number() -> None:
    """It is an answer of its own, and no digit of a number whose others are waited for."""
    said = so_far("ek minute", NUMBER)

    assert said.is_answer
    assert said.digits is None
    assert so_far("ek", NUMBER).digits == 1
