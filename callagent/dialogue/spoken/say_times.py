"""Times of day in words: "half past eight p m", "subah saadhe das baje"; and when the shop is open."""

from collections.abc import Mapping
from typing import Final

from callagent.dialogue.spoken.calendar_words import WEEKDAYS
from callagent.dialogue.spoken.languages import Language, Texts, pick
from callagent.dialogue.spoken.say_numbers import below_hundred

NOON: Final = 12 * 60
"""Minutes after midnight."""
DAY: Final = 24 * 60
"""Minutes of a day."""

Span = tuple[int, int]
"""Opening and closing, in minutes after midnight of one day."""

_PARTS: Final[tuple[tuple[int, Texts], ...]] = (
    (4 * 60, ("at night", "रात", "raat")),
    (12 * 60, ("in the morning", "सुबह", "subah")),
    (16 * 60, ("in the afternoon", "दोपहर", "dopahar")),
    (20 * 60, ("in the evening", "शाम", "shaam")),
    (24 * 60, ("at night", "रात", "raat")),
)
"""Until when each part of the day lasts."""
_HINDI: Final[Mapping[str, Texts]] = {
    "oclock": ("", "बजे", "baje"),
    "past": ("", "बजकर", "bajkar"),
    "minute": ("", "मिनट", "minute"),
    "quarter past": ("", "सवा", "savaa"),
    "half past": ("", "साढ़े", "saadhe"),
    "quarter to": ("", "पौने", "paune"),
    "half past one": ("", "डेढ़", "dedh"),
    "half past two": ("", "ढाई", "dhaai"),
}
_AND: Final[Texts] = ("and", "और", "aur")
_TO: Final[Texts] = ("to", "से", "se")


def say_time(minutes: int, language: Language) -> str:
    """A time of day, counted from midnight; 1440 is the midnight after."""
    return _english(minutes) if language == "en" else _hindi(minutes % DAY, language)


def _english(minutes: int) -> str:
    if minutes == NOON:
        return "twelve noon"
    if minutes % DAY == 0:
        return "midnight"
    hour, minute = divmod(minutes, 60)
    if minute == 45:
        return f"quarter to {_english((hour + 1) * 60)}"
    if minute in (15, 30):
        return f"{'half' if minute == 30 else 'quarter'} past {_hour(hour)}"
    if minute == 0:
        return _hour(hour)
    name, half = _hour(hour).split(" ", 1)
    return f"{name} {'oh ' if minute < 10 else ''}{below_hundred(minute, 'en')} {half}"


def _hour(hour: int) -> str:
    half = "a m" if hour % 24 < 12 else "p m"
    return f"{below_hundred((hour - 1) % 12 + 1, 'en')} {half}"


def _hindi(minutes: int, language: Language) -> str:
    part = next(texts for until, texts in _PARTS if minutes < until)
    return f"{pick(part, language)} {_clock(minutes, language)}"


def _clock(minutes: int, language: Language) -> str:
    def word(name: str) -> str:
        return pick(_HINDI[name], language)

    hour, minute = divmod(minutes, 60)
    this, following = (below_hundred((each - 1) % 12 + 1, language) for each in (hour, hour + 1))
    if minute == 0:
        return f"{this} {word('oclock')}"
    if minute == 30 and hour % 12 in (1, 2):
        return f"{word('half past one' if hour % 12 == 1 else 'half past two')} {word('oclock')}"
    if minute in (15, 30):
        return f"{word('half past' if minute == 30 else 'quarter past')} {this} {word('oclock')}"
    if minute == 45:
        return f"{word('quarter to')} {following} {word('oclock')}"
    return f"{this} {word('past')} {below_hundred(minute, language)} {word('minute')}"


def say_span(span: Span, language: Language) -> str:
    """Such as "from ten a m to half past eight p m"."""
    opens, closes = (say_time(minutes, language) for minutes in span)
    if language == "en":
        return f"from {opens} to {closes}"
    return f"{opens} से {closes} तक" if language == "hi" else f"{opens} se {closes} tak"


def say_hours(week: Mapping[int, Span | None], language: Language) -> str:
    """Such as "Monday to Saturday, from ten a m to half past eight p m, and closed on Sunday".

    Weekday (Monday is 0) to opening and closing; None where it is closed.
    """
    opened: list[str] = []
    closed: list[str] = []
    for first, last, span in _runs(week):
        days = pick(WEEKDAYS[first], language)
        if first != last:
            join = pick(_AND if last == first + 1 else _TO, language)
            days = f"{days} {join} {pick(WEEKDAYS[last], language)}"
        if span is None:
            closed.append(days)
        elif span == (0, DAY):
            opened.append(f"{days}, {pick(('all day', 'पूरे दिन', 'poore din'), language)}")
        else:
            opened.append(f"{days}, {say_span(span, language)}")
    text = "; ".join(opened)
    if not closed:
        return text
    shut = f" {pick(_AND, language)} ".join(closed)
    if language == "en":
        return f"{text}, and closed on {shut}"
    return f"{text}, और {shut} को बंद" if language == "hi" else f"{text}, aur {shut} ko band"


def _runs(week: Mapping[int, Span | None]) -> list[tuple[int, int, Span | None]]:
    """Neighbouring weekdays with the same hours, as (first, last, hours)."""
    runs: list[tuple[int, int, Span | None]] = []
    for day in range(7):
        span = week.get(day)
        if runs and runs[-1][2] == span:
            runs[-1] = (runs[-1][0], day, span)
        else:
            runs.append((day, day, span))
    return runs
