"""English numbers in words."""

import pytest
from num2words import num2words  # type: ignore[import-untyped]  # it ships no types

from callagent.content.english_numbers import in_words, ordinal, year_in_words


@pytest.mark.parametrize("value", [*range(31), 99, 105, 1_24_950])
def test_a_number_is_what_the_library_says(value: int) -> None:
    """Those that are known by heart are the library's as well."""
    assert in_words(value) == num2words(value, lang="en_IN")


def test_the_indian_way() -> None:
    """Lakhs, places and years."""
    assert in_words(1_24_950) == "one lakh, twenty-four thousand, nine hundred and fifty"
    assert ordinal(24) == "twenty-fourth"
    assert year_in_words(1999) == "nineteen ninety-nine"
