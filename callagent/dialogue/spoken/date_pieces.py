"""The pieces of a spoken date: the day of the month, the year, "last" or "next", units; and sums with months."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Final

from callagent.content.english_numbers import ordinal
from callagent.dialogue.spoken.calendar_words import FILLERS, FIRST_WORDS, LAST, NEXT, THIS
from callagent.dialogue.spoken.lexicon import folded, number_word
from callagent.dialogue.spoken.read_numbers import below_hundred_at, span_at
from callagent.dialogue.spoken.tokens import Utterance
from callagent.dialogue.spoken.units import TIMES, unit_of

SUFFIXES: Final = frozenset({"st", "nd", "rd", "th"})


@cache
def days_by_ordinal() -> Mapping[str, int]:
    """The days of a month by their names, such as "twenty-fourth"."""
    return {ordinal(day): day for day in range(1, 32)}


def skip(said: Utterance, at: int) -> int:
    """The next token that is no mere joining word."""
    while said.text(at) in FILLERS:
        at += 1
    return at


def day_at(said: Utterance, at: int) -> tuple[int, int] | None:
    """A day of the month and the index after it."""
    text = said.text(at)
    if folded(text) in FIRST_WORDS:
        return 1, at + 1
    for length in (2, 1):
        day = days_by_ordinal().get("-".join(said.text(at + step) for step in range(length)))
        if day is not None:
            return day, at + length
    word = number_word(text)
    if word is None or word.kind not in ("figure", "english", "hindi", "tens") or "." in text:
        return None
    value, end = below_hundred_at(said, at, word)
    if not 1 <= value <= 31:
        return None
    return int(value), end + (word.kind == "figure" and said.text(end) in SUFFIXES)


def year_at(said: Utterance, at: int) -> tuple[int, int] | None:
    """A year and the index after it."""
    text = said.text(at)
    if re.fullmatch(r"(19|20|21)\d\d", text):
        return int(text), at + 1
    word = number_word(text)
    if word is None or word.kind == "figure":
        return None
    if word.kind in ("english", "tens"):
        century, end = below_hundred_at(said, at, word)
        rest = _of_century(said, end) if century in (19, 20, 21) else None
        if rest is not None:
            return int(century) * 100 + rest[0], rest[1]
    span = span_at(said, at)
    return (int(span.value), span.end) if span is not None and 1900 <= span.value < 2200 else None


def _of_century(said: Utterance, at: int) -> tuple[int, int] | None:
    word = number_word(said.text(at))
    if said.text(at) in ("oh", "o") and word is None:
        unit = number_word(said.text(at + 1))
        return None if unit is None or unit.value > 9 else (int(unit.value), at + 2)
    if word is None or word.kind not in ("english", "tens") or word.value < 10:
        return None
    value, end = below_hundred_at(said, at, word)
    return int(value), end


def side_at(said: Utterance, at: int) -> int:
    """-1 after "last", 1 after "next", 0 after "this"; 2 where none of them stands."""
    word = folded(said.text(at))
    return -1 if word in LAST else 1 if word in NEXT else 0 if word in THIS else 2


def unit_name(said: Utterance, at: int) -> str:
    """The unit of time at a token; empty when there is none."""
    unit = unit_of((said.text(at),), TIMES)
    return "" if unit is None else unit.name


def exact_date(year: int, month: int, day: int) -> date | None:
    """The date; None when the calendar has none such."""
    try:
        return date(year, month, day)
    except (ValueError, OverflowError):
        return None


def months_later(value: date, months: int) -> date:
    """The same day so many months on, or the last of that month where it is shorter."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    for day in (value.day, 30, 29, 28):
        later = exact_date(year, month + 1, min(day, value.day))
        if later is not None:
            return later
    raise OverflowError(months)
