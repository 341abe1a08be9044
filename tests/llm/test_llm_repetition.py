"""What is cut from an answer that another model takes up."""

import pytest

from callagent.llm.repetition import without_repetition

SAID = ("The fan is in stock. It costs Rs. 2,000.",)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Shall I order it?", "Shall I order it?"),
        ("The fan is in stock. Shall I order it?", "Shall I order it?"),
        ("It costs Rs 2000. Shall I order it?", "Shall I order it?"),
        ("The fan is in stock, it costs Rs. 2,000, and it is white.", "and it is white."),
        ("The fan is in stock and sold everywhere.", "and sold everywhere."),
        ("The fans are in stock.", "The fans are in stock."),
        ("The fan is in stockings.", "The fan is in stockings."),
        ("The fan is in stock.", ""),
    ],
)
def test_what_was_said_is_cut(text: str, kept: str) -> None:
    """By letters and digits; a sentence that is only like another stays."""
    assert without_repetition(text, SAID).strip() == kept


def test_a_short_sentence_is_known_only_by_itself() -> None:
    """Many sentences begin with a "Yes" that is not the one that was said."""
    assert without_repetition("Yes, it is white.", ("Yes.",)).strip() == "Yes, it is white."
    assert without_repetition("Yes!", ("Yes.",)) == ""


def test_nothing_was_said_before() -> None:
    """Then a text stays as it is, to the space."""
    assert without_repetition(" Well.  Well. ", ()) == " Well.  Well. "
