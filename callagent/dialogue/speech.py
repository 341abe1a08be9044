"""How values are said aloud: money, numbers, digits, dates and times, in words.

A synthesizer left alone with "1249.50" or "20:30" reads it as it likes. Amounts are grouped the Indian way (lakh,
crore). One `Speaker` for each language, by its tag in `SPEAKERS`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from num2words import num2words  # type: ignore[import-untyped]  # it ships no types

FORMS = ("rupees", "digits", "number", "date", "time")
"""What may follow "as" in a placeholder, such as {price as rupees}."""

_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{1,2}:\d{2}")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
NOON, DAY = 12 * 60, 24 * 60
"""Minutes after midnight."""


class Speaker(Protocol):
    """Says values in one language; every method gives words fit for a synthesizer."""

    def number(self, value: Decimal) -> str:
        """A count or a measure."""
        ...

    def rupees(self, value: Decimal) -> str:
        """An amount, with paise where there are any."""
        ...

    def digits(self, value: str) -> str:
        """A number that names something, digit by digit."""
        ...

    def day(self, value: date) -> str:
        """A date, with its weekday and without its year."""
        ...

    def time(self, minutes: int) -> str:
        """A time of day, as people say it; counted from midnight, 1440 is the midnight after."""
        ...

    def hours(self, week: Mapping[int, tuple[int, int] | None]) -> str:
        """When the shop is open: weekday (Monday is 0) to opening and closing in minutes; None where it is closed."""
        ...


class EnglishSpeaker:
    """Indian English."""

    def number(self, value: Decimal) -> str:
        """Such as "one lakh twenty-four thousand nine hundred and fifty"."""
        plain = int(value) if value == value.to_integral_value() else value
        return str(num2words(plain, lang="en_IN")).replace(",", "")

    def rupees(self, value: Decimal) -> str:
        """Such as "one thousand two hundred and forty-nine rupees and fifty paise"."""
        hundredths = int((abs(value) * 100).to_integral_value())
        whole, paise = divmod(hundredths, 100)
        parts = []
        if whole or not paise:
            parts.append(f"{self.number(Decimal(whole))} {'rupee' if whole == 1 else 'rupees'}")
        if paise:
            parts.append(f"{self.number(Decimal(paise))} paise")
        return ("minus " if value < 0 else "") + " and ".join(parts)

    def digits(self, value: str) -> str:
        """Such as "nine eight zero one two, three four five six seven".

        A breath where it is written with one; a long run of digits gets one after every four.
        """
        runs = re.findall(r"\d+", value)
        groups = [part for run in runs for part in ([run] if len(run) <= 5 else re.findall(r"\d{1,4}", run))]
        return ", ".join(" ".join(self.number(Decimal(digit)) for digit in group) for group in groups)

    def day(self, value: date) -> str:
        """Such as "Tuesday the twenty-fourth of November"."""
        ordinal = num2words(value.day, lang="en_IN", to="ordinal")
        return f"{_DAYS[value.weekday()]} the {ordinal} of {_MONTHS[value.month - 1]}"

    def time(self, minutes: int) -> str:
        """Such as "ten a m", "half past eight p m", "twelve noon"."""
        if minutes == NOON:
            return "twelve noon"
        if minutes % DAY == 0:
            return "midnight"
        hour, minute = divmod(minutes, 60)
        if minute == 45:
            return f"quarter to {self.time((hour + 1) * 60)}"
        if minute in (15, 30):
            return f"{'half' if minute == 30 else 'quarter'} past {self._hour(hour)}"
        if minute == 0:
            return self._hour(hour)
        name, half = self._hour(hour).split(" ", 1)
        return f"{name} {'oh ' if minute < 10 else ''}{self.number(Decimal(minute))} {half}"

    def _hour(self, hour: int) -> str:
        half = "a m" if hour % 24 < 12 else "p m"
        return f"{self.number(Decimal((hour - 1) % 12 + 1))} {half}"

    def hours(self, week: Mapping[int, tuple[int, int] | None]) -> str:
        """Such as "Monday to Saturday, from ten a m to half past eight p m, and closed on Sunday"."""
        opened, closed = [], []
        for first, last, span in _runs(week):
            join = "and" if last == first + 1 else "to"
            days = _DAYS[first] if first == last else f"{_DAYS[first]} {join} {_DAYS[last]}"
            if span is None:
                closed.append(days)
            elif span == (0, DAY):
                opened.append(f"{days}, all day")
            else:
                opened.append(f"{days}, from {self.time(span[0])} to {self.time(span[1])}")
        text = "; ".join(opened)
        return text + (f", and closed on {' and '.join(closed)}" if closed else "")


def _runs(week: Mapping[int, tuple[int, int] | None]) -> list[tuple[int, int, tuple[int, int] | None]]:
    """Neighbouring weekdays with the same hours, as (first, last, hours)."""
    runs: list[tuple[int, int, tuple[int, int] | None]] = []
    for day in range(7):
        span = week.get(day)
        if runs and runs[-1][2] == span:
            runs[-1] = (runs[-1][0], day, span)
        else:
            runs.append((day, day, span))
    return runs


SPEAKERS: Mapping[str, Speaker] = {"en": EnglishSpeaker()}


def _minutes(value: str) -> int:
    hour, _, minute = value.partition(":")
    if int(hour) > 24 or int(minute) > 59:
        raise ValueError(value)
    return int(hour) * 60 + int(minute)


def say_value(value: str, form: str, language: str) -> str:
    """`value` in words; `form` is one of `FORMS`, or empty to go by its looks.

    A value that does not look as its form demands is said as it stands.
    """
    speaker = SPEAKERS[language]
    for name in (form,) if form else ("number", "date", "time"):
        pattern, say = _SAID_AS[name]
        if pattern.fullmatch(value):
            try:
                return say(speaker, value)
            except ValueError:  # such as the 31st of February
                return value
    return value


_SAID_AS: Mapping[str, tuple[re.Pattern[str], Callable[[Speaker, str], str]]] = {
    "rupees": (_NUMBER, lambda speaker, value: speaker.rupees(Decimal(value))),
    "number": (_NUMBER, lambda speaker, value: speaker.number(Decimal(value))),
    "digits": (re.compile(r"[\d+ -]+"), lambda speaker, value: speaker.digits(value)),
    "date": (_DATE, lambda speaker, value: speaker.day(date.fromisoformat(value))),
    "time": (_TIME, lambda speaker, value: speaker.time(_minutes(value))),
}
