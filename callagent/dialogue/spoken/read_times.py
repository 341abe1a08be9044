"""Times of day as callers say them: "saadhe das baje", "half past ten", "shaam ko saat", "10:30", "das bajkar bees"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from callagent.dialogue.spoken.languages import Language
from callagent.dialogue.spoken.lexicon import folded, folds, number_word
from callagent.dialogue.spoken.measures import unit_at
from callagent.dialogue.spoken.read_digits import REPEATS
from callagent.dialogue.spoken.read_money import RUPEES
from callagent.dialogue.spoken.read_numbers import CORRECTING, below_hundred_at, is_number
from callagent.dialogue.spoken.say_times import DAY, NOON, Span
from callagent.dialogue.spoken.tokens import Reading, Stretch, Utterance, Words, utterance
from callagent.dialogue.spoken.units import MEASURES, SALES, TIMES

_OCLOCK: Final = folds("baje bajey baj bje oclock clock बजे")
_PAST: Final = folds("bajkar bajke baje bajkr बजकर बजके")
_KAR: Final = folds("kar ke कर के")
_MINUTE: Final = folds("minute minutes minat min mins मिनट")
_PART_OF: Final = {
    **dict.fromkeys(folds("subah subeh savere morning सुबह सवेरे सवेरा"), "morning"),
    **dict.fromkeys(folds("dopahar dopeher dupahar dopehar afternoon दोपहर"), "afternoon"),
    **dict.fromkeys(folds("shaam sham evening शाम"), "evening"),
    **dict.fromkeys(folds("raat rat night रात"), "night"),
    **dict.fromkeys(("am", "एएम"), "am"),
    **dict.fromkeys(("pm", "पीएम"), "pm"),
}
_LINKS: Final = frozenset({"ko", "ke", "ki", "in", "at", "the", "mein", "को", "के", "की", "में", "s"})
_BESIDE_OTHERS: Final = frozenset({":", "/", "₹", "%", *REPEATS})
_SPAN_FROM: Final = frozenset({"from", "between"})
_SPAN_TO: Final = frozenset({"to", "till", "until", "se", "and", "-", "से", "lekar", "aur"})
_SPAN_END: Final = frozenset({"tak", "तक"})


@dataclass(frozen=True, slots=True)
class _Clock:
    """A reading of the clock face, before the part of the day is known."""

    minutes: int
    end: int
    sure: bool
    """Whether the words can be nothing but a time."""
    whole_day: bool = False
    """Whether it is on the clock of 24 hours, or has its part of the day."""


def _hour_at(said: Utterance, at: int) -> tuple[int, int] | None:
    word = number_word(said.text(at))
    if word is None or word.kind not in ("figure", "english", "hindi") or word.value != word.value.to_integral_value():
        return None
    return (int(word.value), at + 1) if 0 <= word.value <= 24 else None


def _minutes_at(said: Utterance, at: int) -> tuple[int, int] | None:
    if said.text(at) in ("oh", "o", "zero"):
        unit = number_word(said.text(at + 1))
        return (
            (int(unit.value), at + 2)
            if unit is not None and unit.kind in ("english", "figure") and 0 < unit.value < 10
            else None
        )
    word = number_word(said.text(at))
    if word is None or word.kind not in ("figure", "english", "hindi", "tens"):
        return None
    value, end = below_hundred_at(said, at, word)
    return (int(value), end) if value == int(value) and 0 <= value < 60 else None


def _clock_at(said: Utterance, at: int) -> _Clock | None:
    """What is said of the clock at a token: longest forms first."""
    text = said.text(at)
    if text in ("noon", "midday", "midnight"):
        return _Clock(0 if text == "midnight" else NOON, at + 1, sure=True, whole_day=True)
    if (text, said.text(at + 1)) == ("twelve", "noon"):
        return _Clock(NOON, at + 2, sure=True, whole_day=True)
    return _quarters(said, at) or _figures(said, at) or _hour_and_minutes(said, at)


def _quarters(said: Utterance, at: int) -> _Clock | None:
    """Half past, quarter to; dedh, dhaai; savaa, saadhe and paune."""
    minutes = {"half": 30, "quarter": 15}.get(said.text(at))
    if minutes is not None and said.text(at + 1) in ("past", "to"):
        return _from_hour(said, at + 2, minutes if said.text(at + 1) == "past" else -minutes)
    word = number_word(said.text(at))
    if word is None:
        return None
    if word.kind == "fraction" and word.value in (1.5, 2.5):
        sure = folded(said.text(at + 1)) in _OCLOCK
        return _Clock(int(word.value * 60), at + 1 + sure, sure)
    return _part(said, at, word.value) if word.kind == "part" else None


def _from_hour(said: Utterance, at: int, minutes: int) -> _Clock | None:
    named = {"noon": NOON, "midnight": DAY}
    for length in (1, 2):
        base = named.get(said.text(at + length - 1))
        if base is not None and (length == 1 or said.text(at) == "twelve"):
            return _Clock((base + minutes) % DAY, at + length, sure=True, whole_day=True)
    hour = _hour_at(said, at)
    return None if hour is None else _Clock(hour[0] * 60 + minutes, hour[1], sure=True)


def _part(said: Utterance, at: int, part: Decimal) -> _Clock | None:
    hour = _hour_at(said, at + 1)
    if hour is not None and 1 <= hour[0] <= 12 and not is_number(said, hour[1]):
        sure = folded(said.text(hour[1])) in _OCLOCK
        return _Clock(int((hour[0] + part) * 60), hour[1] + sure, sure)
    if folded(said.text(at + 1)) in _OCLOCK and part != Decimal("0.5"):
        return _Clock(int((1 + part) * 60), at + 2, sure=True)  # "savaa baje" is a quarter past one
    return None


def _figures(said: Utterance, at: int) -> _Clock | None:
    """10:30, 10.30; and "10 30" of words that were cut there."""
    text, end = said.text(at), at + 1
    if said.text(at + 1) == ":" and re.fullmatch(r"[0-5]\d", said.text(at + 2)) and text.isdecimal():
        hour, minute, end, sure = int(text), int(said.text(at + 2)), at + 3, True
    elif match := re.fullmatch(r"(\d{1,2})\.([0-5]\d)", text):
        hour, minute, sure = int(match[1]), int(match[2]), False
    else:
        return None
    if hour > 24 or (hour == 24 and minute):
        return None
    if folded(said.text(end)) in _OCLOCK:
        end, sure = end + 1, True
    return _Clock(hour * 60 + minute, end, sure, whole_day=hour >= 13 or hour == 0)


def _hour_and_minutes(said: Utterance, at: int) -> _Clock | None:
    hour = _hour_at(said, at)
    if hour is None:
        return None
    end, sure = hour[1], False
    if folded(said.text(end)) in _PAST | _OCLOCK or (said.text(end) == "o" and said.text(end + 1) == "clock"):
        joined = said.text(end) == "o" or (folded(said.text(end)) == "baj" and folded(said.text(end + 1)) in _KAR)
        end, sure = end + 1 + joined, True
    minute = _minutes_at(said, end)
    if minute is not None and (minute[0] >= 10 or (minute[0] > 0 and (sure or minute[1] > end + 1))):
        has_word = folded(said.text(minute[1])) in _MINUTE
        joined = sure and folded(said.text(end - 1)) not in _OCLOCK
        if has_word or joined or not sure:
            return _Clock(hour[0] * 60 + minute[0], minute[1] + has_word, sure, whole_day=hour[0] >= 13)
    return _Clock(hour[0] * 60, end, sure, whole_day=hour[0] >= 13 or hour[0] == 0)


def _part_at(said: Utterance, at: int) -> tuple[str, int] | None:
    """A part of the day and the index after it; "p m" is two tokens."""
    if said.text(at) in ("a", "p") and said.text(at + 1) == "m":
        return said.text(at) + "m", at + 2
    part = _PART_OF.get(folded(said.text(at)))
    return None if part is None else (part, at + 1)


def _in_day(minutes: int, part: str) -> int:
    """Minutes of the clock face, on the side of noon that the part of the day says."""
    minutes %= NOON
    hour = minutes // 60
    later = {
        "am": False,
        "pm": True,
        "morning": False,
        "afternoon": hour < 11 or minutes == 0,
        "evening": True,
        "night": 6 <= hour < 12,
    }[part]
    return minutes + (NOON if later else 0)


def _find(said: Utterance) -> Iterator[Stretch[int]]:
    at = 0
    while at < len(said.tokens):
        found = _time_at(said, at)
        if found is None:
            at += 1
        else:
            yield found
            at = found.end


def _skip(said: Utterance, at: int) -> int:
    while said.text(at) in _LINKS:
        at += 1
    return at


def _time_at(said: Utterance, begin: int) -> Stretch[int] | None:
    part = _part_at(said, begin)
    at = begin if part is None else _skip(said, part[1])
    clock = _clock_at(said, at)
    if clock is None:
        return None
    end = clock.end
    if part is None:
        part = _part_at(said, _skip(said, end))
        if part is not None:
            end = part[1] + (folded(said.text(part[1])) in _OCLOCK)
    if part is None and not clock.sure and (_is_other(said, at - 1) or _is_other(said, end)):
        return None
    if clock.whole_day:
        return Stretch(clock.minutes % DAY, begin, end, ambiguous=not clock.sure)
    if clock.minutes >= 13 * 60:
        return None
    guess = "am" if 7 * 60 <= clock.minutes < NOON else "pm"
    return Stretch(_in_day(clock.minutes, guess if part is None else part[0]), begin, end, ambiguous=part is None)


def _is_other(said: Utterance, at: int) -> bool:
    """Whether a neighbour shows that a bare number is no time: another figure, or what it counts."""
    counted = any(unit_at(said, at, units) is not None for units in (MEASURES, SALES, TIMES))
    text = said.text(at)
    return counted or is_number(said, at) or text in _BESIDE_OTHERS or folded(text) in RUPEES


def read_time(words: Words, language: Language) -> Reading[int] | None:
    """A time of day in minutes after midnight; of several the last, which corrects the first.

    Without a part of the day it is the likelier one (seven to twelve before noon), and ambiguous.
    """
    del language  # a time mixes them
    said = utterance(words)
    found = list(_find(said))
    if not found:
        return None
    last = found[-1]
    rivals = [one for one in found[:-1] if one.value != last.value]
    corrected = rivals and {token.text for token in said.tokens[rivals[-1].end : last.begin]} & CORRECTING
    return said.reading(last.value, last.begin, last.end, ambiguous=last.ambiguous or bool(rivals and not corrected))


def read_span(words: Words, language: Language) -> Reading[Span] | None:
    """Two times of one day, from and to; a part of the day said once may serve for both. 1440 is midnight after."""
    del language
    said = utterance(words)
    found = list(_find(said))
    for first, second in pairwise(found):
        between = {said.text(at) for at in range(first.end, second.begin)}
        if not between or not between <= _SPAN_TO:
            continue
        opens, closes = first.value, second.value or DAY
        if closes <= opens and first.ambiguous and opens >= NOON:
            opens -= NOON
        elif closes <= opens and second.ambiguous and closes < NOON:
            closes += NOON
        if closes <= opens:
            return None
        begin = first.begin - (said.text(first.begin - 1) in _SPAN_FROM)
        end = second.end + (said.text(second.end) in _SPAN_END)
        return said.reading((opens, closes), begin, end, ambiguous=first.ambiguous or second.ambiguous)
    return None
