"""Durations, quantities and sizes: what they are, how they are written, said and read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from callagent.dialogue.spoken.languages import Language, Style, Texts, pick
from callagent.dialogue.spoken.lexicon import AND
from callagent.dialogue.spoken.read_numbers import CORRECTING, ends_range, is_number, span_at, spans, tidy
from callagent.dialogue.spoken.say_numbers import broken, say_number
from callagent.dialogue.spoken.tokens import Reading, Utterance, Words, utterance
from callagent.dialogue.spoken.units import LONGEST, MEASURES, SALES, TIMES, Unit, unit_of

_BY: Final[Texts] = ("by", "बाई", "by")
_BY_HEARD: Final = frozenset({"by", "x", "into", "cross", "बाई", "बाय", "गुणा", "×"})
_HALF_UNIT: Final = frozenset({"half", "aadha", "aadhe", "आधा", "आधे"})
_ISO: Final = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
SOLD_BY_MEASURE: Final = frozenset({"metre", "foot", "kilogram", "gram", "litre", "ml"})
"""Measures that things are sold by, too."""
_COUNTABLE: Final[Mapping[str, Unit]] = {**MEASURES, **SALES}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in one unit."""

    count: Decimal
    unit: str
    """One of minute, hour, day, week, month, year."""

    @property
    def months(self) -> Decimal | None:
        """In months; None when it is shorter than those."""
        return {"month": self.count, "year": self.count * 12}.get(self.unit)


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much of something: a count, and a unit of sale or of measure."""

    count: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Size:
    """One measure or several, such as 6 by 4, in one unit."""

    numbers: tuple[Decimal, ...]
    unit: str
    """Empty when none was named."""


def say_duration(value: Duration, language: Language, style: Style = "colloquial") -> str:
    """Such as "two years", "dedh saal"; halves and quarters as everybody says them, unless plain is asked for."""
    short = broken(value.count, language) if style == "colloquial" else ""
    if short and language == "en" and value.count < 1:
        short = "half an" if value.unit == "hour" else "half a"
    count = short or say_number(value.count, language)
    return f"{count} {TIMES[value.unit].said(language, one=value.count <= 1)}"


def say_quantity(value: Quantity, language: Language, style: Style = "plain") -> str:
    """Such as "two coils", "das meter". Raises KeyError for a unit that is not known."""
    short = broken(value.count, language) if style == "colloquial" and language != "en" else ""
    count = short or say_number(value.count, language)
    return f"{count} {_COUNTABLE[value.unit].said(language, one=value.count == 1)}"


def say_size(value: Size, language: Language, style: Style = "plain") -> str:
    """Such as "two point five square millimetres", "six by four inches". Raises KeyError for an unknown unit."""
    numbers = [
        (broken(number, language) if style == "colloquial" and language != "en" else "") or say_number(number, language)
        for number in value.numbers
    ]
    text = f" {pick(_BY, language)} ".join(numbers)
    return f"{text} {_COUNTABLE[value.unit].said(language, one=value.numbers[-1] == 1)}" if value.unit else text


def unit_at(said: Utterance, at: int, among: Mapping[str, Unit]) -> tuple[Unit, int] | None:
    """The unit whose words begin at a token, and the index after it."""
    for length in range(LONGEST, 0, -1):
        words = tuple(said.text(at + step) for step in range(length))
        unit = unit_of(words, among) if all(words) else None
        lone_letter = length == 1 and len(words[0]) == 1
        if unit is not None and (not lone_letter or said.text(at - 1)[:1].isdigit()):
            return unit, at + length
    return None


def read_duration(words: Words, language: Language) -> Reading[Duration] | None:
    """A length of time: "do saal", "dedh ghanta", "half an hour", "ek saal chhe mahine" (18 months)."""
    said = utterance(words)
    found: list[tuple[Duration, int, int, bool]] = []
    at = 0
    while at < len(said.tokens):
        one = _duration_at(said, at, language)
        if one is None:
            at += 1
            continue
        value, end, doubtful = one
        joined = False
        if found:
            before, begin, stop, _ = found[-1]
            gap = {said.text(index) for index in range(stop, at)}
            both = _together(before, value) if gap <= AND else None
            if both is not None:
                found[-1] = (both, begin, end, doubtful)
                joined = True
        if not joined:
            found.append((value, at, end, doubtful))
        at = end
    if not found:
        return None
    value, begin, end, doubtful = found[-1]
    corrected = len(found) > 1 and {said.text(index) for index in range(found[-2][2], begin)} & CORRECTING
    return said.reading(value, begin, end, ambiguous=doubtful or (len(found) > 1 and not corrected))


def _duration_at(said: Utterance, at: int, language: Language) -> tuple[Duration, int, bool] | None:
    if said.text(at) in _HALF_UNIT:
        after = at + 2 if said.text(at + 1) in ("a", "an") else at + 1
        unit = unit_at(said, after, TIMES)
        return None if unit is None else (Duration(Decimal("0.5"), unit[0].name), unit[1], False)
    if said.text(at) in ("a", "an") and language != "hi":
        unit = unit_at(said, at + 1, TIMES)
        return None if unit is None else (Duration(Decimal(1), unit[0].name), unit[1], False)
    span = span_at(said, at)
    if span is None:
        return None
    unit = unit_at(said, span.end, TIMES)
    if unit is None or span.value < 0:
        return None
    return (
        Duration(span.value, unit[0].name),
        unit[1],
        span.ambiguous or ends_range(said, at) or is_number(said, at - 1),
    )


def _together(first: Duration, second: Duration) -> Duration | None:
    per = {("year", "month"): 12, ("hour", "minute"): 60, ("week", "day"): 7}.get((first.unit, second.unit))
    return None if per is None or second.count >= per else Duration(first.count * per + second.count, second.unit)


def read_quantity(words: Words, language: Language) -> Reading[Quantity] | None:
    """How much: "do coil", "10 meter", "5 pcs", "do darjan". A bare number is none: it is `read_number`'s."""
    said = utterance(words)
    found = []
    for at, token in enumerate(said.tokens):
        unit = unit_at(said, at + 1, SALES) if token.text in ("a", "an") else None
        if unit is not None:
            found.append((Quantity(Decimal(1), unit[0].name), at, unit[1], False))
    for span in spans(said, language):
        unit = unit_at(said, span.end, _COUNTABLE)
        if unit is not None and span.value >= 0:
            found.append((Quantity(span.value, unit[0].name), span.begin, unit[1], span.ambiguous))
    if not found:
        return None
    value, begin, end, doubtful = next((one for one in reversed(found) if one[0].unit in SALES), found[-1])
    rivals = [one for one in found if (one[0].unit in SALES) == (value.unit in SALES)]
    corrected = {token.text for token in said.tokens[rivals[0][2] : begin]} & CORRECTING
    return said.reading(value, begin, end, ambiguous=doubtful or (len(rivals) > 1 and not corrected))


def without_measures(words: Sequence[str], language: Language) -> list[str]:
    """The words without ratings and sizes, which count nothing: those in a unit that nothing is sold by."""
    said = utterance(list(words))
    kept = set(range(len(said.tokens)))
    for span in spans(said, language):
        unit = unit_at(said, span.end, MEASURES)
        if unit is not None and unit[0].name not in SOLD_BY_MEASURE:
            kept -= set(range(span.begin, unit[1]))
    return [token.text for at, token in enumerate(said.tokens) if at in kept]


def read_size(words: Words, language: Language) -> Reading[Size] | None:
    """A size or a rating: "2.5 sq mm", "dhaai square mm", "six by four inch", "16A"."""
    said = utterance(words)
    best: tuple[Size, int, int, bool] | None = None
    for span in spans(said, language):
        if best is not None and span.begin < best[2]:
            continue
        numbers, end, doubtful = [span.value], span.end, span.ambiguous
        while said.text(end) in _BY_HEARD and (more := span_at(said, end + 1)) is not None:
            numbers.append(more.value)
            end, doubtful = more.end, doubtful or more.ambiguous
        unit = unit_at(said, end, MEASURES)
        if unit is not None or len(numbers) > 1:
            size = Size(tuple(numbers), unit[0].name if unit is not None else "")
            best = (size, span.begin, unit[1] if unit is not None else end, doubtful)
    return None if best is None else said.reading(best[0], best[1], best[2], ambiguous=best[3])


def written_duration(text: str) -> Duration:
    """Of "2 years", "18 months" or "P2Y". Raises ValueError."""
    iso = _ISO.fullmatch(text)
    if iso is not None and any(iso.groups()):
        given = [
            Duration(Decimal(count), unit)
            for count, unit in zip(iso.groups(), ("year", "month", "week", "day", "hour", "minute"), strict=True)
            if count
        ]
        total: Duration | None = given[0]
        for part in given[1:]:
            total = _together(total, part) if total is not None else None
        if total is None:
            raise ValueError(f"'{text}' is no duration that can be said in one unit")
        return total
    count, unit = _written(text, TIMES)
    return Duration(count, unit)


def written_quantity(text: str) -> Quantity:
    """Of "2 coils" or "2.5 metre". Raises ValueError."""
    return Quantity(*_written(text, _COUNTABLE))


def written_size(text: str) -> Size:
    """Of "2.5 sq mm", "6 x 4 inch" or "16A". Raises ValueError."""
    said = utterance(text)
    reading = read_size(text, "en")
    if reading is None or (reading.begin, reading.end) != (0, len(said.words)):
        raise ValueError(f"'{text}' is no size such as '2.5 sq mm'")
    return reading.value


def _written(text: str, among: Mapping[str, Unit]) -> tuple[Decimal, str]:
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)\s*(.+)", text.strip())
    said = utterance(match[2] if match is not None else "")
    unit = unit_at(said, 0, among)
    if match is None or unit is None or unit[1] != len(said.tokens):
        raise ValueError(f"'{text}' is no number with its unit, such as '2 {next(iter(among))}'")
    return tidy(Decimal(match[1])), unit[0].name
