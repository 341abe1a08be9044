"""Dates as callers say them: "kal", "last Monday", "pichhle mahine ki das tareekh", "10/11", "do saal pehle".

India writes the day first. What a date leaves open (its year, its month, which side of today "kal" is) is settled by
`toward`; where that is not given either, the verb may tell, and else the reading is ambiguous.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from callagent.dialogue.spoken.calendar_words import (
    AGO,
    DAY_WORD,
    FUTURE_VERBS,
    LATER,
    MONTH_OF,
    NEAR_HEARD,
    PAST_VERBS,
    WEEKDAY_OF,
)
from callagent.dialogue.spoken.date_pieces import (
    SUFFIXES,
    day_at,
    days_by_ordinal,
    exact_date,
    months_later,
    side_at,
    skip,
    unit_name,
    year_at,
)
from callagent.dialogue.spoken.languages import Language
from callagent.dialogue.spoken.lexicon import folded
from callagent.dialogue.spoken.read_numbers import CORRECTING, ends_range, is_number, span_at
from callagent.dialogue.spoken.tokens import Reading, Stretch, Utterance, Words, utterance

Toward: TypeAlias = Literal["past", "future"]
"""On which side of today a date lies that the caller left open: a purchase past, a delivery future."""

_FURTHEST_DAYS: Final = 366 * 150


@dataclass(frozen=True, slots=True)
class _Reader:
    said: Utterance
    today: date
    toward: Toward | None

    def all(self) -> list[Stretch[date]]:
        """Every date, in the order said; the longest at each place."""
        found: list[Stretch[date]] = []
        at = 0
        while at < len(self.said.tokens):
            best = max(self._at(at), key=lambda one: one.end, default=None)
            if best is None:
                at += 1
            else:
                found.append(best)
                at = best.end
        return found

    def _at(self, at: int) -> Iterator[Stretch[date]]:
        readers: tuple[Callable[[int], Stretch[date] | None], ...] = (
            self._written,
            self._near,
            self._weekday,
            self._calendar,
            self._in_month,
            self._month,
            self._counted,
            self._last_unit,
        )
        for reader in readers:
            found = reader(at)
            if found is not None:
                yield found

    def _word(self, at: int) -> str:
        return folded(self.said.text(at))

    # kinds of dates

    def _written(self, at: int) -> Stretch[date] | None:
        text, end, cut = self.said.text(at), at + 1, False
        parts = re.split(r"[./-]", text) if re.fullmatch(r"\d+([./-])\d+\1\d+", text) else []
        if not parts and self.said.text(at + 1) in ("/", "-") and self.said.text(at + 2).isdecimal():
            parts, end = [text, self.said.text(at + 2)], at + 3
        if not parts and text.isdecimal() and len(text) <= 2 and re.fullmatch(r"\d{1,2}", self.said.text(at + 1)):
            parts, end, cut = [text, self.said.text(at + 1)], at + 2, True
            if re.fullmatch(r"(19|20)\d\d", self.said.text(at + 2)):
                parts, end = [*parts, self.said.text(at + 2)], at + 3
            if is_number(self.said, at - 1) or is_number(self.said, end):
                return None  # of a number that is dictated
        if not all(part.isdecimal() for part in parts) or len(parts) < 2:
            return None
        numbers = [int(part) for part in parts]
        if len(parts) == 3 and len(parts[0]) == 4:
            numbers.reverse()
        day, month = numbers[:2]
        swapped = month > 12 >= day and not cut
        if swapped:
            day, month = month, day
        year = numbers[2] if len(numbers) == 3 else None
        if year is not None and year < 100:
            year += 2000
        return self._settled(at, end, day, month, year, ambiguous=swapped or (cut and year is None))

    def _near(self, at: int) -> Stretch[date] | None:
        for length in (4, 3, 1):
            days = NEAR_HEARD.get(tuple(self._word(at + step) for step in range(length)))
            if days is None:
                continue
            values = [self.today + timedelta(day) for day in days]
            end = at + length
            weekday = WEEKDAY_OF.get(self._word(skip(self.said, end)))
            if weekday is not None:
                fitting = [value for value in values if value.weekday() == weekday]
                return Stretch((fitting or values)[0], at, skip(self.said, end) + 1, not fitting)
            side = self.toward or self._verb()
            if len(values) > 1 and side is not None:
                return Stretch(values[1] if side == "past" else values[0], at, end)
            return Stretch(values[0], at, end, len(values) > 1)
        return None

    def _verb(self) -> Toward | None:
        words = {token.text for token in self.said.tokens}
        past, future = bool(words & PAST_VERBS), bool(words & FUTURE_VERBS)
        return None if past == future else "past" if past else "future"

    def _weekday(self, at: int) -> Stretch[date] | None:
        side = side_at(self.said, at)
        name_at = at if side == 2 else skip(self.said, at + 1)
        weekday = WEEKDAY_OF.get(self._word(name_at))
        if weekday is None:
            return None
        dated = self._calendar(skip(self.said, name_at + 1)) if side == 2 else None
        if dated is not None:
            return Stretch(dated.value, at, dated.end, dated.ambiguous or dated.value.weekday() != weekday)
        ahead = (weekday - self.today.weekday()) % 7
        back = ahead - 7 if ahead else -7
        if side == 2:
            toward = self.toward or self._verb()
            days = (0 if ahead == 0 else back) if toward == "past" else ahead
            return Stretch(self.today + timedelta(days), at, name_at + 1, toward is None or ahead == 0)
        days = {-1: back, 0: ahead, 1: ahead or 7}[side]
        same_week = side == 1 and weekday > self.today.weekday()
        return Stretch(self.today + timedelta(days), at, name_at + 1, same_week)

    def _calendar(self, at: int) -> Stretch[date] | None:
        """A day and a month, in either order, perhaps with a year."""
        first = day_at(self.said, at)
        if first is not None:
            month_at = skip(self.said, first[1])
            month = MONTH_OF.get(self._word(month_at))
            day, end = first[0], month_at + 1
        else:
            month = MONTH_OF.get(self._word(at))
            second = day_at(self.said, skip(self.said, at + 1)) if month is not None else None
            if second is None:
                return None
            day, end = second
        if month is None:
            return None
        year = year_at(self.said, skip(self.said, end))
        side = side_at(self.said, skip(self.said, end))
        if year is None and side != 2 and unit_name(self.said, skip(self.said, end) + 1) == "year":
            year = (self.today.year + side, skip(self.said, end) + 2)
        if year is not None:
            return self._settled(at, year[1], day, month, year[0])
        return self._settled(at, end, day, month, None)

    def _in_month(self, at: int) -> Stretch[date] | None:
        """A day of last, this or next month; or of whatever month fits."""
        side = side_at(self.said, at)
        if side != 2 and unit_name(self.said, at + 1) == "month":
            day = day_at(self.said, skip(self.said, at + 2))
            return None if day is None else self._day_of(at, self._after_day(day[1]), day[0], side)
        day = day_at(self.said, at)
        if day is None:
            dated = self._word(at) in DAY_WORD
            whole = self._calendar(skip(self.said, at)) if dated else None
            if whole is not None:
                return Stretch(whole.value, at, whole.end, whole.ambiguous)
            day = day_at(self.said, skip(self.said, at)) if dated else None
            return None if day is None else self._open_day(at, day[1], day[0])
        month_at = skip(self.said, day[1])
        side = side_at(self.said, month_at)
        if side != 2 and unit_name(self.said, month_at + 1) == "month":
            return self._day_of(at, month_at + 2, day[0], side)
        named = self._word(day[1]) in DAY_WORD
        ordinal = (
            named
            or self.said.text(day[1] - 1) in SUFFIXES
            or "-".join(token.text for token in self.said.tokens[at : day[1]]) in days_by_ordinal()
        )
        return self._open_day(at, day[1] + named, day[0]) if ordinal else None

    def _after_day(self, at: int) -> int:
        return at + 1 if self._word(at) in DAY_WORD else at

    def _month(self, at: int) -> Stretch[date] | None:
        """A month without its day: some day then."""
        side = side_at(self.said, at)
        name_at = at if side == 2 else at + 1
        month = MONTH_OF.get(self._word(name_at))
        if month is None:
            return None
        end = name_at + 1
        year = year_at(self.said, skip(self.said, end))
        if year is not None:
            return self._settled(at, year[1], 1, month, year[0], ambiguous=True)
        if side == 2 and self.said.text(at - 1) != "in" and self.said.text(end) not in ("mein", "me", "में"):
            return None
        given = None if side == 2 else self.today.year
        if side == -1 and month >= self.today.month:
            given = self.today.year - 1
        if side == 1 and month <= self.today.month:
            given = self.today.year + 1
        return self._settled(at, end, 1, month, given, ambiguous=True)

    def _counted(self, at: int) -> Stretch[date] | None:
        """So many days, weeks, months or years ago or from now."""
        begin, doubtful = at, False
        leading = self._word(at) if self.said.text(at) in ("in", "after") else ""
        if leading:
            at += 1
        if self.said.text(at) in ("a", "an"):
            count, end = 1.0, at + 1
        else:
            span = span_at(self.said, at)
            if span is None or not 0 <= span.value <= 2000:
                return None
            count, end = float(span.value), span.end
            doubtful = span.ambiguous or ends_range(self.said, at) or is_number(self.said, at - 1)
        unit = unit_name(self.said, end)
        if unit not in ("day", "week", "month", "year"):
            return None
        word = self._word(end + 1) if self.said.text(end + 1) not in ("ke", "se", "के", "से") else self._word(end + 2)
        after = end + 2 if word == self._word(end + 1) else end + 3
        if leading:
            sign, after = 1, end + 1
        elif word in AGO:
            sign = -1
        elif word in LATER:
            sign = 1
        else:
            return None
        found = self._moved(begin, after, sign * count, unit)
        return replace(found, ambiguous=True) if found is not None and doubtful else found

    def _last_unit(self, at: int) -> Stretch[date] | None:
        """Last week, next year: some day then."""
        side, unit = side_at(self.said, at), unit_name(self.said, at + 1)
        if side not in (-1, 1) or unit not in ("week", "month", "year"):
            return None
        found = self._moved(at, at + 2, side, unit)
        weekday = WEEKDAY_OF.get(self._word(skip(self.said, at + 2)))
        if found is not None and unit == "week" and weekday is not None:
            value = found.value + timedelta(weekday - found.value.weekday())
            return Stretch(value, at, skip(self.said, at + 2) + 1)
        return None if found is None else Stretch(found.value, found.begin, found.end, ambiguous=True)

    # settling

    def _moved(self, begin: int, end: int, count: float, unit: str) -> Stretch[date] | None:
        days = count * {"day": 1, "week": 7}.get(unit, 0)
        months = round(count * {"month": 1, "year": 12}.get(unit, 0))
        if abs(days) > _FURTHEST_DAYS or abs(months) > 12 * 150:
            return None
        value = months_later(self.today, months) + timedelta(round(days))
        return Stretch(value, begin, end, ambiguous=unit in ("month", "year") or days != round(days))

    def _day_of(self, begin: int, end: int, day: int, months: int) -> Stretch[date] | None:
        month = months_later(self.today.replace(day=1), months)
        value = exact_date(month.year, month.month, day)
        return None if value is None else Stretch(value, begin, end)

    def _open_day(self, begin: int, end: int, day: int) -> Stretch[date] | None:
        first = self.today.replace(day=1)
        months = (months_later(first, step) for step in range(-2, 3))
        value = self._nearest(exact_date(month.year, month.month, day) for month in months)
        return None if value is None else Stretch(value, begin, end, ambiguous=self.toward is None)

    def _settled(
        self, begin: int, end: int, day: int, month: int, year: int | None, *, ambiguous: bool = False
    ) -> Stretch[date] | None:
        years = range(self.today.year - 8, self.today.year + 9) if year is None else (year,)
        values = (exact_date(each, month, day) for each in years)
        value = self._nearest(values) if year is None else next(values)
        return None if value is None else Stretch(value, begin, end, ambiguous)

    def _nearest(self, values: Iterable[date | None]) -> date | None:
        known = [value for value in values if value is not None]
        if self.toward == "past":
            known = [value for value in known if value <= self.today]
        elif self.toward == "future":
            known = [value for value in known if value >= self.today]
        return min(known, key=lambda value: abs(value - self.today), default=None)


def read_date(words: Words, language: Language, today: date, toward: Toward | None = None) -> Reading[date] | None:
    """The date in what was said; of several the last, which corrects the first. None when there is none."""
    del language  # a date mixes them
    said = utterance(words)
    found = _Reader(said, today, toward).all()
    if not found:
        return None
    last = found[-1]
    rivals = [one for one in found[:-1] if one.value != last.value]
    corrected = rivals and {token.text for token in said.tokens[rivals[-1].end : last.begin]} & CORRECTING
    return said.reading(last.value, last.begin, last.end, ambiguous=last.ambiguous or bool(rivals and not corrected))
