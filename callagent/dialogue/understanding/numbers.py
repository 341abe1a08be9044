"""Numbers among the words: "sixteen", "dhaai sau", "saadhe teen hazaar", "two point five", "1,25,000"."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from callagent.dialogue.understanding.lexicon import NumberWords, lexicon
from callagent.dialogue.understanding.sound import sound_of
from callagent.dialogue.understanding.tokens import Token

_JOINING = frozenset({"and", "aur"})
_TOO_LONG = 12
"""Figures; more are no amount."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number among the words."""

    value: Decimal
    begin: int
    end: int
    """Places of words."""

    @property
    def text(self) -> str:
        """In figures, without needless zeros."""
        return plain(self.value)


def plain(value: Decimal) -> str:
    """A number in figures, without needless zeros or an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def numbers_in(tokens: Sequence[Token]) -> list[Number]:
    """The numbers of a sentence, from left to right; digits said one by one are one number each."""
    found: list[Number] = []
    at = 0
    while at < len(tokens):
        number = _number_at(tokens, at)
        if number is None:
            at += 1
            continue
        found.append(number)
        at = number.end
    return found


def word_value(token: Token, following: Token | None, before: Token | None) -> Decimal | None:
    """The value of one word that stands for itself, such as "sixteen", "solah", "16" or "2.5"."""
    words = lexicon().numbers
    text = token.text
    if text[:1].isdigit():
        plain_figures = text.replace(".", "", 1).isdecimal() and text.isascii() and len(text) <= _TOO_LONG
        return Decimal(text) if plain_figures else None
    if text == "do" and not _is_two(token, following, before, words):
        return None
    for word in (text, *lexicon().loans.get(token.written, ())):
        if word in words.values:
            return Decimal(words.values[word])
        if word in words.wholes:
            return words.wholes[word]
    value = _by_sound().get(sound_of(text)) if len(text) > 3 else None
    return Decimal(value) if value is not None and text not in _not_numbers() else None


def _is_two(token: Token, following: Token | None, before: Token | None, words: NumberWords) -> bool:
    """Whether "do" is Hindi's two and not "give", nor English."""
    if token.native and following is not None and not (before and before.text in words.verbs_before_do):
        return True
    if following is None or (before is not None and before.text in words.verbs_before_do):
        return False
    return following.text not in {"you", "they", "we", "i", "u", "not", "it", "the", "this", "that", "na", "ji", "your"}


@cache
def _by_sound() -> dict[str, int]:
    """Numbers by the sound of their longer words."""
    keys: dict[str, int] = {}
    for word, value in lexicon().numbers.values.items():
        if len(word) > 3 and len(sound_of(word)) > 3:
            keys.setdefault(sound_of(word), value)
    return keys


@cache
def _not_numbers() -> frozenset[str]:
    """Ordinary words that sound like a number."""
    languages = lexicon().languages
    return frozenset[str]().union(
        *(each.ordinary | each.function_words - lexicon().numbers.values.keys() for each in languages)
    )


def _times(token: Token) -> int | None:
    words = lexicon().numbers
    return next(
        (words.times[word] for word in (token.text, *lexicon().loans.get(token.written, ())) if word in words.times),
        None,
    )


def _value(tokens: Sequence[Token], at: int) -> Decimal | None:
    if at >= len(tokens):
        return None
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    return word_value(tokens[at], following, tokens[at - 1] if at else None)


def _part_at(tokens: Sequence[Token], at: int) -> tuple[Decimal, int] | None:
    """A number without "sau", "hazaar" and the like: "twenty five", "saadhe teen", "two point five"."""
    shift = lexicon().numbers.shifts.get(tokens[at].text)
    if shift is not None and at + 1 < len(tokens):
        base = _value(tokens, at + 1)
        if base is not None:
            return base + shift, at + 2
        return (1 + shift, at + 1) if _times(tokens[at + 1]) else None
    value = _value(tokens, at)
    if value is None and tokens[at].text in lexicon().numbers.points:
        fraction, end = _continued(tokens, at - 1, Decimal(0))
        return (fraction, end) if end > at else None
    return None if value is None else _continued(tokens, at, value)


def _continued(tokens: Sequence[Token], at: int, value: Decimal) -> tuple[Decimal, int]:
    """The number with what belongs to it: "twenty" and "five", "two" and "point five", "two" and "and a half"."""
    end = at + 1
    units = _value(tokens, end)
    tens = tokens[at].text.endswith("ty") and value in {20, 30, 40, 50, 60, 70, 80, 90}
    if tens and units is not None and 0 < units < 10 and not tokens[end].text[:1].isdigit():
        return value + units, end + 1
    if [token.text for token in tokens[end : end + 3]] == ["and", "a", "half"]:
        return value + Decimal("0.5"), end + 3
    if end < len(tokens) and (tokens[end].text in lexicon().numbers.points or _is_point(tokens[end])):
        digits = ""
        for place in range(end + 1, end + 4):
            digit = _value(tokens, place)
            if digit is None or not (0 <= digit < 10 and digit == int(digit)):
                break
            digits += str(int(digit))
        if digits and value == int(value):
            return value + Decimal(f"0.{digits}"), end + 1 + len(digits)
    return value, end


def _is_point(token: Token) -> bool:
    return "point" in lexicon().loans.get(token.written, ())


def _number_at(tokens: Sequence[Token], at: int) -> Number | None:
    """The number that begins here: parts and their multipliers, each multiplier smaller than the one before."""
    total, end, smallest = Decimal(0), at, Decimal(10) ** 12
    while (section := _section_at(tokens, end, smallest, first=end == at)) is not None:
        value, end, smallest = section
        total += value
        if smallest == 1:
            break
    return Number(total, at, end) if end > at else None


def _section_at(
    tokens: Sequence[Token], at: int, below: Decimal, *, first: bool
) -> tuple[Decimal, int, Decimal] | None:
    """One section, such as "do hazaar", its end, and the multiplier that the next must stay below; 1 at the last."""
    start = at + 1 if not first and at < len(tokens) and tokens[at].text in _JOINING else at
    if start >= len(tokens):
        return None
    part = _part_at(tokens, start)
    value, end = part if part is not None else (Decimal(1), start)
    if part is None and not (first and _times(tokens[start])):
        return None
    factor = Decimal(1)
    while end < len(tokens) and (times := _times(tokens[end])) is not None and factor * times < below:
        factor *= times
        end += 1
    if value * factor >= below or (end < len(tokens) and start > at and _times(tokens[end]) is not None):
        return None
    if factor == 100 and (more := _hundreds_more(tokens, end, value * factor)) is not None:
        return more
    return value * factor, end, factor


def _hundreds_more(tokens: Sequence[Token], at: int, hundreds: Decimal) -> tuple[Decimal, int, Decimal] | None:
    """As in "two hundred fifty thousand": what follows the hundreds before their own multiplier."""
    part = _part_at(tokens, at) if at < len(tokens) else None
    if part is None or part[1] >= len(tokens) or part[0] >= 100:
        return None
    times = _times(tokens[part[1]])
    return ((hundreds + part[0]) * times, part[1] + 1, Decimal(times)) if times is not None and times > 100 else None
