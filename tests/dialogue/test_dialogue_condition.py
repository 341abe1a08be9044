"""The `when` of a step."""

import pytest

from callagent.dialogue.condition import parse_condition

KNOWN = {"stock": "3", "price": "1249.50", "sure": "yes", "code": "0042", "what shop": "Test Shop", "empty": ""}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("sure is yes", True),
        ("sure is YES", True),
        ("sure is not yes", False),
        ("sure is no", False),
        ("stock is 3", True),
        ("stock is 3.00", True),
        ("stock is not 4", True),
        ("stock is at least 3", True),
        ("stock is at least 3.5", False),
        ("stock is at most 3", True),
        ("stock is more than 3", False),
        ("stock is less than 10", True),
        ("price is more than 1249.49", True),
        ("code is 42", True),
        ("what shop is test shop", True),
        ("sure is at least 3", False),
        ("empty is at least 0", False),
        ("nothing is yes", False),
        ("nothing is not yes", False),
        ("sure is yes and stock is 3", True),
        ("sure is yes and stock is 4", False),
        ("sure is no or stock is 3", True),
        ("stock is 4 or sure is yes and price is less than 2000", True),
        ("sure is yes and stock is 4 or stock is 5", False),
    ],
)
def test_condition(text: str, holds: bool) -> None:
    """Numbers compare as numbers, words as words, "and" before "or"; of what is not known nothing is so."""
    condition = parse_condition(text, lambda what, _: pytest.fail(what))

    assert condition is not None
    assert condition.holds(KNOWN) == holds


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "'' is no condition."),
        ("stock", "'stock' is no condition."),
        ("stock = 3", "'stock = 3' is no condition."),
        ("stock is greater than 3", "'stock is greater than 3' is no condition."),
        ("stock is >= 3", "'stock is >= 3' is no condition."),
        ("stock is at least three", "'three' is no number, so nothing can be 'at least' it."),
        ("sure is yes and or stock is 3", "'sure is yes and' is no condition."),
        ("sure is yes and maybe", "'maybe' is no condition."),
        ("__import__('os').system('x')", "\"__import__('os').system('x')\" is no condition."),
    ],
)
def test_no_condition(text: str, what: str) -> None:
    """Anything else is a mistake, never code."""
    complaints: list[str] = []

    condition = parse_condition(text, lambda complaint, _: complaints.append(complaint))

    assert condition is None
    assert [complaint.replace('"', "'") for complaint in complaints[:1]] == [what.replace('"', "'")]
