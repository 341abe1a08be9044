"""The one door to reading values in a caller's words: numbers, dates, telephone numbers.

Every function takes the words as transcribed and gives the value as a flow keeps it (plain decimals, ISO dates, E.164
numbers), or None when there is none to be had.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from callagent.dialogue.numerals import FIGURES, spoken_digits

_HINGLISH = (
    *("shunya", "ek", "do", "teen", "chaar", "paanch", "chhah", "saat", "aath", "nau", "das"),
    *("gyarah", "barah", "terah", "chaudah", "pandrah", "solah", "satrah", "atharah", "unnees", "bees"),
)
_FIGURES = {**FIGURES, **{word: str(value) for value, word in enumerate(_HINGLISH)}, "pachaas": "50", "char": "4"}
_AMOUNTS = {
    **dict.fromkeys(("hundred", "sau"), 100),
    **dict.fromkeys(("thousand", "hazaar", "hazar"), 1_000),
    **dict.fromkeys(("lakh", "lac"), 100_000),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AGO = {"ago": 1, "pehle": 1}
_DAYS = {"day": 1, "days": 1, "din": 1, "week": 7, "weeks": 7, "hafte": 7, "month": 30, "months": 30, "mahine": 30,
         "year": 365, "years": 365, "saal": 365}  # fmt: skip
_NEAR = {"today": 0, "aaj": 0, "yesterday": -1, "tomorrow": 1}


def read_number(words: Sequence[str], language: str) -> int | None:  # noqa: ARG001  # the words say it
    """A count, such as "two hundred and fifty"; None when there is none, or more than one."""
    runs: list[list[int]] = []
    last = ""
    for word in words:
        figure = _FIGURES.get(word) or (word if re.fullmatch(r"\d{1,9}", word) else None)
        if figure is None and word not in _AMOUNTS:
            last = "and" if word == "and" and last == "amount" else ""
            continue
        if not last:
            runs.append([0, 0])
        if figure is None:
            _multiply(runs[-1], _AMOUNTS[word])
            last = "amount"
        elif last == "figure" and not (runs[-1][1] % 10 == 0 and runs[-1][1] % 100 >= 20 and int(figure) < 10):
            return None
        else:
            runs[-1][1] += int(figure)
            last = "figure"
    values = {whole + rest for whole, rest in runs}
    return values.pop() if len(values) == 1 else None


def _multiply(run: list[int], amount: int) -> None:
    whole, rest = run
    if amount == 100:
        run[1] = (rest or 1) * 100
    else:
        run[:] = [whole + (rest or 1) * amount, 0]


def read_digits(words: Sequence[str], fewest: int, most: int, language: str) -> str | None:  # noqa: ARG001  # as above
    """A number that names something, digit by digit."""
    return spoken_digits([_FIGURES.get(word, word) if word in _HINGLISH else word for word in words], fewest, most)


def read_phone(words: Sequence[str], language: str) -> str | None:
    """An Indian telephone number, with or without its prefix, as +91 and ten digits."""
    digits = read_digits(words, 10, 12, language)
    if digits is None:
        return None
    short = (
        digits.removeprefix("91") if len(digits) == 12 else digits.removeprefix("0") if len(digits) == 11 else digits
    )
    return f"+91{short}" if len(short) == 10 and short[0] in "23456789" else None


def read_pin_code(words: Sequence[str], language: str) -> str | None:
    """Six digits, the first not 0."""
    digits = read_digits(words, 6, 6, language)
    return digits if digits is not None and digits[0] != "0" else None


def read_date(words: Sequence[str], language: str, today: date, *, past: bool) -> str | None:
    """A date as 2026-11-20. `past` decides where the words leave it open ("kal", a day without a year)."""
    near = next((_NEAR[word] for word in words if word in _NEAR), None)
    if near is None and "kal" in words:
        near = -1 if past else 1
    if near is not None:
        return (today + timedelta(days=near)).isoformat()
    if any(word in _AGO for word in words):
        unit = next((_DAYS[word] for word in words if word in _DAYS), None)
        count = read_number([word for word in words if word not in _DAYS], language)
        return (today - timedelta(days=unit * count)).isoformat() if unit and count and count < 1000 else None
    month = next((_MONTHS.index(word[:3]) + 1 for word in words if len(word) >= 3 and word[:3] in _MONTHS), None)
    figures = [int(figure) for word in words if (figure := re.sub(r"(?<=\d)(st|nd|rd|th)$", "", word)).isdecimal()]
    if month is not None and not figures:
        day = read_number(words, language)
        figures = [day] if day else []
    return _date_of(figures, month, today, past=past)


def _date_of(figures: Sequence[int], month: int | None, today: date, *, past: bool) -> str | None:
    if month is not None:
        figures = [figures[0], month, *figures[1:]] if figures else []
    elif len(figures) == 3 and figures[0] > 31:
        figures = [figures[2], figures[1], figures[0]]
    if len(figures) not in (2, 3):
        return None
    year = today.year if len(figures) == 2 else figures[2] + (2000 if figures[2] < 100 else 0)
    try:
        found = date(year, figures[1], figures[0])
        if len(figures) == 2 and past and found > today:
            found = date(year - 1, figures[1], figures[0])
        if len(figures) == 2 and not past and found < today:
            found = date(year + 1, figures[1], figures[0])
    except (ValueError, OverflowError):
        return None
    return found.isoformat()
