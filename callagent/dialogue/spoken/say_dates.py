"""Dates in words: with their weekday, relative when near, with the year only where it would be guessed wrong."""

from datetime import date
from decimal import Decimal

from callagent.content.english_numbers import ordinal, year_in_words
from callagent.dialogue.spoken.calendar_words import MONTHS, NEAR, WEEKDAYS
from callagent.dialogue.spoken.languages import Language, pick
from callagent.dialogue.spoken.say_numbers import below_hundred, say_number

GUESSED_DAYS = 180
"""A date this near needs no year."""


def say_weekday(weekday: int, language: Language) -> str:
    """The name of a weekday; Monday is 0."""
    return pick(WEEKDAYS[weekday], language)


def say_date(value: date, language: Language, today: date | None = None, *, relative: bool = True) -> str:
    """Such as "Tuesday the twenty-fourth of November", "kal, Wednesday".

    Without `today` it is neither relative nor has it a year. What is not to be relative, to stand inside
    a sentence, has its year unless that is the year of `today`.
    """
    weekday = say_weekday(value.weekday(), language)
    days = (value - today).days if today is not None else None
    if relative and days is not None and days in NEAR:
        near = pick(NEAR[days], language)
        return near if days == 0 else f"{near}, {weekday}"
    month = pick(MONTHS[value.month - 1], language)
    if language == "en":
        text = f"{weekday} the {ordinal(value.day)} of {month}"
    else:
        text = f"{weekday}, {below_hundred(value.day, language)} {month}"
    if today is None or days is None:
        return text
    clear = abs(days) <= GUESSED_DAYS if relative else value.year == today.year
    return text if clear else f"{text} {say_year(value.year, language)}"


def say_year(value: int, language: Language) -> str:
    """Such as "twenty twenty-six", "do hazaar chhabbees", "unnees sau ninyaanave"."""
    if language == "en":
        return year_in_words(value)
    hundreds, rest = divmod(value, 100)
    if 11 <= hundreds < 20:
        text = f"{below_hundred(hundreds, language)} {'सौ' if language == 'hi' else 'sau'}"
        return f"{text} {below_hundred(rest, language)}" if rest else text
    return say_number(Decimal(value), language)
