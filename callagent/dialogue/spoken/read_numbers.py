"""Numbers as callers say them: "do sau fifty", "1.5 lakh", "dhaai hazaar", "twenty five hundred", "saadhe teen".

A number is terms of falling size, each a coefficient and its scale: "ek lakh | pacchees hazaar | do sau | pachaas".
Words that are numbers but do not join into one ("do teen", "sau dedh", "nine eight triple zero") are no number:
reading half of them would be a wrong amount.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Final

from callagent.dialogue.spoken.languages import Language
from callagent.dialogue.spoken.lexicon import AND, DOUBTFUL, GIVING, NumberWord, listed, number_word
from callagent.dialogue.spoken.tokens import Reading, Stretch, Utterance, Words, utterance

CORRECTING: Final = listed(
    "no nahi nahin nai na sorry galat matlab wait actually mean not नहीं नही ना नो सॉरी गलत ग़लत मतलब"
)
"""After these, what follows replaces what was said before."""
WITH: Final = frozenset({"saath", "sath"})
"""Sixty, and "with" as well."""
REJECTING: Final = listed("no nahi nahin nai sorry galat not नहीं नही सॉरी गलत ग़लत")
"""After these, what was said before is not even a part of it."""
_TO: Final = frozenset({"se", "to", "or", "ya", "-", "से", "या"})
_ONE: Final = Decimal(1)
_LARGEST: Final = Decimal(10) ** 18


@dataclass(slots=True)
class _Coefficient:
    value: Decimal
    end: int
    broken: bool = False
    """Whether it is "dedh" or the like, which nothing smaller can follow from."""
    ambiguous: bool = False


@dataclass(slots=True)
class _Terms:
    """The terms of a number so far."""

    terms: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    """Value and scale of each, the largest first."""
    broken: bool = False
    ambiguous: bool = False

    def add(self, value: _Coefficient, *, scaled: bool) -> bool:
        """Take in a coefficient; False when it does not belong to this number."""
        if self.terms:
            scale = self.terms[-1][1]
            if scale == 1 or value.value >= scale or (value.broken and not scaled):
                return False
            self.ambiguous |= self.broken
        self.terms.append((value.value, _ONE))
        self.broken |= value.broken
        self.ambiguous |= value.ambiguous
        return True

    def multiply(self, scale: Decimal) -> bool:
        """Take in a word such as "lakh"; False when it does not belong to this number."""
        smaller = [value for value, size in self.terms if size < scale]
        larger = self.terms[: len(self.terms) - len(smaller)]
        count = sum(smaller, Decimal(0)) if smaller else _ONE
        most = 100 if scale == 100 else 10**9 if scale >= 10**7 else 1000
        if (self.terms and not smaller) or count >= most or count * scale > _LARGEST:
            return False
        if larger and count * scale >= larger[-1][1]:
            return False
        self.terms = [*larger, (count * scale, scale)]
        return True

    @property
    def value(self) -> Decimal:
        """What it comes to."""
        return sum((value for value, _ in self.terms), Decimal(0))


def span_at(said: Utterance, begin: int) -> Stretch[Decimal] | None:
    """The longest number that begins at a token."""
    at, sign = begin, _ONE
    first = number_word(said.text(at))
    if first is not None and first.kind == "minus":
        at, sign = at + 1, -_ONE
    so_far = _Terms()
    end = at
    while True:
        if so_far.terms and said.text(at) in AND and so_far.terms[-1][1] > 1:
            at += 1
        scale = _scale(said, at)
        if scale is not None:
            if not so_far.multiply(scale):
                break
            at = end = at + 1
            continue
        coefficient = _coefficient(said, at)
        if coefficient is None:
            break
        if not so_far.add(coefficient, scaled=_scale(said, coefficient.end) is not None):
            break
        at = end = coefficient.end
    if not so_far.terms:
        return None
    alone = end == begin + 1 and said.text(begin) in DOUBTFUL
    return Stretch(tidy(sign * so_far.value), begin, end, so_far.ambiguous or alone)


def tidy(value: Decimal) -> Decimal:
    """The same value without zeros that say nothing: 150 for 150.00."""
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def is_number(said: Utterance, at: int) -> bool:
    """Whether a token is part of a number, apart from joining words."""
    word = number_word(said.text(at))
    if word is None or word.kind in ("point", "minus"):
        return False
    return word.kind != "scale" or _scale(said, at) is not None


def _scale(said: Utterance, at: int) -> Decimal | None:
    text = said.text(at)
    word = number_word(text)
    if word is None or word.kind != "scale":
        return None
    before = number_word(said.text(at - 1))
    unlike = text == "k" and (before is None or before.kind != "figure")
    unlike |= text == "so" and (before is None or before.kind not in ("hindi", "fraction"))
    return None if unlike else word.value


def _coefficient(said: Utterance, at: int) -> _Coefficient | None:
    word = number_word(said.text(at))
    if word is None:
        return None
    if word.kind == "fraction":
        return _Coefficient(word.value, at + 1, broken=True)
    if word.kind == "part":
        return _part(said, at, word)
    if word.kind == "point":
        return _decimals(said, _Coefficient(Decimal(0), at))
    whole = _whole(said, at)
    if whole is None:
        return None
    return _and_a_half(said, _decimals(said, whole) or whole)


def _part(said: Utterance, at: int, word: NumberWord) -> _Coefficient | None:
    whole = _whole(said, at + 1)
    if whole is not None:
        return _Coefficient(whole.value + word.value, whole.end, broken=True)
    if word.value == Decimal("0.5") or (word.value < 0 and _scale(said, at + 1) is None):
        return None  # "saadhe" and "paune" need a number after them
    return _Coefficient(_ONE + word.value, at + 1, broken=True)


def _whole(said: Utterance, at: int) -> _Coefficient | None:
    word = number_word(said.text(at))
    if word is None:
        return None
    if word.kind == "figure":
        return _figure(said, at, word.value)
    if word.kind not in ("tens", "english", "hindi"):
        return None
    value, end = below_hundred_at(said, at, word)
    if 1 <= value < 30:
        second = number_word(said.text(end))
        if second is not None and second.kind in ("tens", "english") and second.value >= (10 if value < 10 else 20):
            rest, after = below_hundred_at(said, end, second)  # "one fifty", "twelve fifty"
            return _Coefficient(value * 100 + rest, after, ambiguous=True)
    return _Coefficient(value, end)


def below_hundred_at(said: Utterance, at: int, word: NumberWord) -> tuple[Decimal, int]:
    """The number below a hundred that begins with `word`, and the index after it."""
    if word.kind == "tens":
        unit = number_word(said.text(at + 1))
        if unit is not None and unit.kind == "english" and 1 <= unit.value <= 9:
            return word.value + unit.value, at + 2
    return word.value, at + 1


def _figure(said: Utterance, at: int, value: Decimal) -> _Coefficient:
    """Figures, those that were cut at the commas of "1,25,000", and fractions such as "1 1/2"."""
    first = said.text(at)
    part = _fraction(said, at)
    if part is not None:
        return _Coefficient(part, at + 3)
    part = _fraction(said, at + 1)
    if part is not None and first.isdecimal():
        return _Coefficient(value + part, at + 4)
    groups: list[str] = []
    while re.fullmatch(r"\d{2,3}", said.text(at + 1 + len(groups))):
        groups.append(said.text(at + 1 + len(groups)))
    sizes = [len(group) for group in groups]
    if (
        re.fullmatch(r"[1-9]\d{0,2}", first)
        and sizes
        and sizes[-1] == 3
        and (set(sizes[:-1]) <= {2} or set(sizes) == {3})
    ):
        return _Coefficient(Decimal(first + "".join(groups)), at + 1 + len(groups))
    return _Coefficient(value, at + 1)


def _fraction(said: Utterance, at: int) -> Decimal | None:
    """Halves, quarters and eighths, written with a stroke; the size of a pipe."""
    above, below = said.text(at), said.text(at + 2)
    if said.text(at + 1) != "/" or below not in ("2", "4", "8") or not above.isdecimal():
        return None
    return Decimal(above) / Decimal(below) if 0 < int(above) < int(below) else None


def _decimals(said: Utterance, whole: _Coefficient) -> _Coefficient | None:
    word = number_word(said.text(whole.end))
    if word is None or word.kind != "point" or whole.value != whole.value.to_integral_value():
        return None
    digits, at = "", whole.end + 1
    while len(digits) < 9:
        next_word = number_word(said.text(at))
        text = said.text(at)
        if next_word is None:
            break
        if next_word.kind == "figure" and text.isdecimal():
            digits += text
        elif next_word.kind in ("english", "hindi", "tens") and next_word.value < 100:
            value, end = below_hundred_at(said, at, next_word)
            digits += str(int(value))
            at = end - 1
        else:
            break
        at += 1
    return _Coefficient(whole.value + Decimal(f"0.{digits}"), at) if digits else None


def _and_a_half(said: Utterance, whole: _Coefficient) -> _Coefficient:
    texts = [said.text(whole.end + step) for step in range(3)]
    if texts[0] in AND and texts[1] in ("a", "half") and "half" in texts[1:]:
        return _Coefficient(whole.value + Decimal("0.5"), whole.end + texts.index("half") + 1, broken=True)
    return whole


def spans(said: Utterance, language: Language) -> list[Stretch[Decimal]]:
    """All numbers, in the order said; ambiguous where number words stand together without making one number."""
    found: list[Stretch[Decimal]] = []
    at = 0
    while at < len(said.tokens):
        span = None if _is_asking(said, at, language) else span_at(said, at)
        if span is None:
            at += 1
            continue
        if ends_range(said, span.begin) and found:
            found[-1] = Stretch(found[-1].value, found[-1].begin, found[-1].end, ambiguous=True)
            span = Stretch(span.value, span.begin, span.end, ambiguous=True)
        if said.text(at) in WITH and span.end == at + 1 and is_number(said, span.end):
            at = span.end  # "uske saath do" counts two
            continue
        hanging = is_number(said, span.end) and not _is_asking(said, span.end, language)
        if hanging or (found and found[-1].end == span.begin and found[-1].ambiguous):
            span = Stretch(span.value, span.begin, span.end, ambiguous=True)
        found.append(span)
        at = span.end
    return found


def ends_range(said: Utterance, begin: int) -> bool:
    """Whether a number is the far end of "do se teen", so that neither end is the value."""
    return said.text(begin - 1) in _TO and is_number(said, begin - 2)


def _is_asking(said: Utterance, at: int, language: Language) -> bool:
    """Whether a "do" is no two: "bata do", "do you have"."""
    if said.text(at) not in ("do", "दो") or is_number(said, at + 1):
        return False
    return said.text(at - 1) in GIVING or (language == "en" and not is_number(said, at - 1))


def find_numbers(words: Words, language: Language) -> list[Reading[Decimal]]:
    """Every number in what was said; ambiguous where neighbours do not make one number."""
    said = utterance(words)
    return [said.reading(span.value, span.begin, span.end, ambiguous=span.ambiguous) for span in spans(said, language)]


def read_number(words: Words, language: Language) -> Reading[Decimal] | None:
    """The number in what was said; None when there is none, or number words that make no single one.

    Of several that stand apart it is the last, for it corrects the first; ambiguous when nothing says that it does.
    """
    said = utterance(words)
    span = chosen(said, spans(said, language))
    return None if span is None else said.reading(span.value, span.begin, span.end, ambiguous=span.ambiguous)


def chosen(said: Utterance, found: list[Stretch[Decimal]]) -> Stretch[Decimal] | None:
    """The one meant; None when there is none, or when neighbours make no single one."""
    if not found or any(first.end == second.begin for first, second in pairwise(found)):
        return None
    last = found[-1]
    if len(found) == 1 or {said.text(at) for at in range(found[-2].end, last.begin)} & CORRECTING:
        return last
    return Stretch(last.value, last.begin, last.end, ambiguous=True)
