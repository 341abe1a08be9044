"""What may follow "as" in a placeholder, such as {price as rupees}, and how a written value is then said."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from callagent.dialogue.spoken.languages import Language, Style, checked
from callagent.dialogue.spoken.measures import (
    say_duration,
    say_quantity,
    say_size,
    written_duration,
    written_quantity,
    written_size,
)
from callagent.dialogue.spoken.say_dates import say_date, say_weekday
from callagent.dialogue.spoken.say_digits import say_digits, say_phone, say_pin_code, say_spelled
from callagent.dialogue.spoken.say_numbers import say_money, say_number, say_percent
from callagent.dialogue.spoken.say_times import say_time


@dataclass(frozen=True, slots=True)
class Manner:
    """How to say a value."""

    language: Language
    style: Style = "plain"
    today: date | None = None
    """Makes near dates relative, and far ones say their year."""
    relative: bool = True
    """False for dates inside a sentence, where "tomorrow" would not fit."""


_NUMBER: Final = r"-?\d{1,12}(?:\.\d{1,6})?"


def _minutes(value: str) -> int:
    hour, _, minute = value.partition(":")
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > 24 * 60:
        raise ValueError(value)
    return total


def _amount(value: str) -> Decimal:
    return Decimal(re.sub(r"[₹,%\s]", "", value))


def _quantity(value: str, manner: Manner) -> str:
    if re.fullmatch(_NUMBER, value, re.ASCII):  # of what needs no unit
        return say_number(Decimal(value), manner.language, manner.style)
    return say_quantity(written_quantity(value), manner.language, manner.style)


_FORMS: Final[Mapping[str, tuple[str, Callable[[str, Manner], str]]]] = {
    "rupees": (
        rf"(?:₹\s*)?(?:{_NUMBER}|\d{{1,3}}(?:,\d{{2,3}})+(?:\.\d{{1,2}})?)",
        lambda value, manner: say_money(_amount(value), manner.language, manner.style),
    ),
    "number": (_NUMBER, lambda value, manner: say_number(Decimal(value), manner.language, manner.style)),
    "digits": (r"[\d+ -]*\d[\d+ -]*", lambda value, manner: say_digits(value, manner.language)),
    "date": (
        r"\d{4}-\d{2}-\d{2}",
        lambda value, manner: say_date(
            date.fromisoformat(value), manner.language, manner.today, relative=manner.relative
        ),
    ),
    "weekday": (
        r"\d{4}-\d{2}-\d{2}",
        lambda value, manner: say_weekday(date.fromisoformat(value).weekday(), manner.language),
    ),
    "time": (r"\d{1,2}:\d{2}", lambda value, manner: say_time(_minutes(value), manner.language)),
    "phone": (r"[\d+() -]*\d[\d+() -]*", lambda value, manner: say_phone(value, manner.language)),
    "pin code": (r"\d{3} ?\d{3}", lambda value, manner: say_pin_code(value, manner.language)),
    "duration": (r".+", lambda value, manner: say_duration(written_duration(value), manner.language)),
    "spelled": (r"[A-Za-z0-9][A-Za-z0-9 /.+_-]*", lambda value, manner: say_spelled(value, manner.language)),
    "percent": (rf"{_NUMBER}\s*%?", lambda value, manner: say_percent(_amount(value), manner.language, manner.style)),
    "size": (r".+", lambda value, manner: say_size(written_size(value), manner.language, manner.style)),
    "quantity": (r".+", _quantity),
}
"""What a value must look like, and how it is said; ValueError where it only looks right."""

FORMS: Final = tuple(_FORMS)
"""All that may follow "as"."""

_BY_LOOKS: Final = ("number", "date", "time")


def say_value(
    value: str, form: str, language: str, *, today: date | None = None, style: Style = "plain", relative: bool = True
) -> str:
    """`value` in words; `form` is one of `FORMS`, or empty to go by its looks.

    A value that does not look as its form demands is said as it stands. Raises KeyError for an unknown language.
    """
    manner = Manner(checked(language), style, today, relative)
    for name in (form,) if form else _BY_LOOKS:
        looks, say = _FORMS[name]
        if re.fullmatch(looks, value, re.ASCII):
            try:
                return say(value, manner)
            except ValueError:  # such as the 31st of February
                return value
    return value
