"""The days that a sentence speaks of, and whether all of them are one that was looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from callagent.dialogue import claim_words, claims, promises
from callagent.dialogue.amounts import Figure, figures_in
from callagent.dialogue.evidence import Fact

_BESIDE_A_MONTH: Final = frozenset(["in", "of", "by", "till", "until", "since", "this", "next", "last", "mein", "tak"])
_DATED: Final = (promises.DELIVERY, promises.PROMISE, claims.STOCK_CLAIM, claims.DATE_CLAIM, claims.PRICE_CLAIM)
"""With one of these "today" says a date."""


@dataclass(frozen=True, slots=True)
class Days:
    """Weekdays, months, "tomorrow" and the figures beside them, each by its place among the words."""

    weekdays: Mapping[int, int]
    months: Mapping[int, int]
    near: Mapping[int, tuple[int, ...]]
    figures: Sequence[Figure]

    @classmethod
    def of(cls, text: str, words: Sequence[str]) -> "Days | None":
        """The days that a sentence claims something of; None when it speaks of none."""
        weekdays = {n: claim_words.WEEKDAYS[word] for n, word in enumerate(words) if word in claim_words.WEEKDAYS}
        months = {n: claim_words.MONTHS[word] for n, word in enumerate(words) if _is_month(words, n)}
        near = {n: claim_words.NEAR[word] for n, word in enumerate(words) if word in claim_words.NEAR}
        if not weekdays and not months and not any(pattern.search(text) for pattern in _DATED):
            near = {n: away for n, away in near.items() if words[n] not in claim_words.HARMLESS_NEAR}
        if not (weekdays or months or near):
            return None
        names = {*weekdays, *months}
        return cls(weekdays, months, near, [one for one in figures_in(words) if _belongs_to(one, names)])

    @property
    def places(self) -> frozenset[int]:
        """Of the words of the figures."""
        return frozenset(place for figure in self.figures for place in range(figure.begin, figure.end))

    def are_of(self, fact: Fact, today: date | None) -> bool:
        """Whether every part is of the date that a fact is; `today` is the shop's."""
        if fact.kind != "date":
            return False
        day = date.fromisoformat(fact.value)
        numbers = (day.day, day.year, day.year % 100)
        return (
            all(number == day.weekday() for number in self.weekdays.values())
            and all(number == day.month for number in self.months.values())
            and all(part.value in numbers or part.value == day.day * 10_000 + day.year for part in self.figures)
            and (not self.months or bool(self.figures))
            and all(today is not None and day - today in map(_days, away) for away in self.near.values())
        )


def _is_month(words: Sequence[str], place: int) -> bool:
    word = words[place]
    if word not in claim_words.WEAK_MONTHS:
        return word in claim_words.MONTHS
    around = (*words[max(0, place - 1) : place], *words[place + 1 : place + 2])
    return any(near in _BESIDE_A_MONTH or figures_in([near]) for near in around) and word != "mai"


def _belongs_to(figure: Figure, names: set[int]) -> bool:
    """Whether a figure stands beside a weekday or a month: "Tuesday the 24 of November"."""
    return any(0 < figure.begin - name <= 2 or 0 <= name - figure.end <= 1 for name in names)


def _days(number: int) -> timedelta:
    return timedelta(days=number)
