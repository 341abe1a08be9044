"""Where a sentence that is still being written may be cut."""

import pytest

from callagent.content.clauses import FIRST_WORDS, LATER_WORDS, clause_end

CASES = [
    ("Let me explain that, ", "Let me explain that, "),
    ("Let me explain that,", ""),
    ("Let me explain that", ""),
    ("Well, let me explain that: ", "Well, let me explain that: "),
    ("Well, let me ex", ""),
    ("For a small room – one", "For a small room – "),
    ("That depends on the room, because it", "That depends on the room, "),
    ("It depends on the room because it ", "It depends on the room "),
    ("It depends on the room because", ""),
    ("I like fans and lights ", ""),
    ("I will look and then we ", "I will look "),
    ("It costs around 2,000 rupees", ""),
    ("You could take 2, 3 or four", ""),
    ("The price is Rs, ", ""),
    ("We open at 10:30 on", ""),
    ("A well-known maker of fans", ""),
    ("छोटे कमरे के लिए, आप", "छोटे कमरे के लिए, "),
    ("यह कमरे पर निर्भर है लेकिन मैं", "यह कमरे पर निर्भर है "),
    ("मैं देखती हूँ और आप", ""),
    ("मैं देखती हूँ और आप ", "मैं देखती हूँ "),
    ("Chhote kamre ke liye, ", "Chhote kamre ke liye, "),
    ("Kamre par depend karta hai kyunki har", "Kamre par depend karta hai "),
    ("Pankha aur light dono", ""),
]


@pytest.mark.parametrize(("text", "clause"), CASES)
def test_the_first_clause(text: str, clause: str) -> None:
    """Three words or more, up to a comma, colon or dash or to a word that begins a clause; never behind a figure."""
    assert text[: clause_end(text, FIRST_WORDS)] == clause


def test_a_clause_further_on_is_longer() -> None:
    """What is shorter goes with what follows it."""
    text = "As for the room, it should not be too large for it, and"

    assert text[: clause_end(text, LATER_WORDS)] == "As for the room, it should not be too large for it, "


def test_a_clause_does_not_change_while_the_rest_is_written() -> None:
    """Letter by letter, what was once an end stays the end."""
    text = "For a room like that one, I would think of the light first, because it matters."
    ends = [clause_end(text[:length], FIRST_WORDS) for length in range(len(text) + 1)]

    assert sorted(set(ends)) == [0, text.index("I would")]
    assert ends == sorted(ends)
