"""Values in a caller's words, as a flow keeps them: plain counts, digits, E.164 numbers and ISO dates.

`spoken` reads; here the values get their form. Every function gives None when there is no such value to be had.
"""

from collections.abc import Sequence
from datetime import date

from callagent.dialogue import spoken

COUNTRY = "+91"


def read_number(words: Sequence[str], language: str) -> int | None:
    """A whole count, such as "two hundred and fifty" or "dhaai sau"; None for a fraction and for several numbers."""
    found = spoken.read_number(list(words), _known(language))
    if found is None or found.value != found.value.to_integral_value():
        return None
    several = found.ambiguous and len(spoken.find_numbers(list(words), _known(language))) > 1  # "ten or twelve"
    return None if several else int(found.value)


def read_quantity(words: Sequence[str], language: str) -> tuple[int] | tuple[int, str] | None:
    """A whole count and the unit that it is sold by, if one was said; dozens are counted out. None as `read_number`.

    Figures that measure something else, as in "sixteen amp" or "dedh mm", are passed over.
    """
    rest = spoken.without_measures(list(words), _known(language))
    found = spoken.read_quantity(rest, _known(language))
    if found is None:
        bare = read_number(rest, language)
        return None if bare is None else (bare,)
    count, unit = found.value.count, found.value.unit
    if unit == "dozen":
        count, unit = count * 12, ""
    if found.ambiguous or count != count.to_integral_value():
        return None
    return (int(count), unit) if unit else (int(count),)


def read_digits(words: Sequence[str], fewest: int, most: int, language: str) -> str | None:
    """A number that names something, digit by digit."""
    found = spoken.read_digits(list(words), _known(language), fewest, most)
    return found.value if found else None


def read_phone(words: Sequence[str], language: str) -> str | None:
    """An Indian telephone number, with or without its prefix, as +91 and ten digits."""
    found = spoken.read_phone(list(words), _known(language))
    return COUNTRY + found.value[-10:] if found else None


def read_pin_code(words: Sequence[str], language: str) -> str | None:
    """Six digits, the first not 0."""
    found = spoken.read_pin_code(list(words), _known(language))
    return found.value if found else None


def read_date(words: Sequence[str], language: str, today: date, *, past: bool) -> str | None:
    """A date as 2026-11-20. `past` decides where the words leave it open ("kal", a day without a year)."""
    found = spoken.read_date(list(words), _known(language), today, "past" if past else "future")
    return found.value.isoformat() if found else None


def _known(language: str) -> spoken.Language:
    """The language to read in; what is said in one that nobody can read is read as English."""
    return language if language in spoken.LANGUAGES else "en"
