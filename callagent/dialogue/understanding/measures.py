"""Ratings, sizes, counts, amounts, colours and days among the words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from callagent.dialogue.understanding.devanagari import in_long_latin
from callagent.dialogue.understanding.lexicon import Phrase, lexicon
from callagent.dialogue.understanding.meaning import EntityKind
from callagent.dialogue.understanding.numbers import Number
from callagent.dialogue.understanding.sound import singular, sound_of
from callagent.dialogue.understanding.tokens import Token, words_in

_BUDGET_BEFORE = frozenset({"under", "below", "budget", "within", "upto", "less"})
_BUDGET_AFTER = frozenset({"tak", "andar", "kam", "neeche", "niche"})
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Found:
    """An entity by the places of its words."""

    kind: EntityKind
    value: str
    begin: int
    end: int
    confidence: float = 1.0
    candidates: tuple[str, ...] = ()


def forms_of(token: Token) -> tuple[str, ...]:
    """The ways to read one word: as written, with its long vowels, and as the English that Hindi borrowed."""
    return _native_forms(token.text, token.written) if token.native else (token.text,)


@lru_cache(maxsize=8_192)
def _native_forms(text: str, written: str) -> tuple[str, ...]:
    long = in_long_latin(written)
    return (text, *((long,) if long != text else ()), *lexicon().loans.get(written, ()))


@lru_cache(maxsize=8_192)
def _openings(text: str, native: str) -> tuple[str, ...]:
    """The words that one word may be at the beginning of a phrase; `native` is how it was written in Devanagari."""
    return (*(_native_forms(text, native) if native else (text,)), singular(text))


class Table:
    """Phrases with values, found word by word and by sound."""

    def __init__(self, phrases: Mapping[Phrase, str]) -> None:
        self._phrases = dict(phrases)
        self._sounds = {
            sound_of(words[0]): value for words, value in phrases.items() if len(words) == 1 and len(words[0]) > 5
        }
        self._longest = max(map(len, phrases), default=0)
        self._first_words = frozenset(words[0] for words in phrases if words)

    def at(self, tokens: Sequence[Token], begin: int) -> tuple[str, int] | None:
        """The value of the longest phrase that begins here, and the place after it."""
        if begin >= len(tokens):
            return None
        first = tokens[begin]
        if not self._first_words.isdisjoint(_openings(first.text, first.written if first.native else "")):
            for length in range(min(self._longest, _LONGEST, len(tokens) - begin), 0, -1):
                for words in _readings(tokens[begin : begin + length]):
                    if words in self._phrases:
                        return self._phrases[words], begin + length
        text = tokens[begin].text
        if self._sounds and len(text) > 5 and (key := sound_of(text)) in self._sounds:
            return self._sounds[key], begin + 1
        return None


def _readings(tokens: Sequence[Token]) -> Iterator[Phrase]:
    yield tuple(token.text for token in tokens)
    yield (*(token.text for token in tokens[:-1]), singular(tokens[-1].text))
    if any(token.native for token in tokens):
        yield tuple(forms_of(token)[-1] for token in tokens)
        yield tuple(forms_of(token)[min(1, len(forms_of(token)) - 1)] for token in tokens)


@cache
def table(name: str) -> Table:
    """A table of the data files; of a plain list, every phrase has the list's own name."""
    words = lexicon().entities
    if name in words.lists:
        return Table({tuple(words_in(phrase)): name for phrase in words.lists[name]})
    return Table(words.tables[name])


def unit_after(tokens: Sequence[Token], number: Number) -> tuple[EntityKind, str, int] | None:
    """What the number measures or counts, the unit, and the place after it."""
    at = number.end
    if at >= len(tokens):
        return None
    letters = lexicon().entities.tables["rating letters"]
    token = tokens[at]
    letter = letters.get((token.text,))
    touching = tokens[at - 1].end == token.begin or token.written.isupper()
    if letter and tokens[at - 1].text[:1].isdigit() and (touching or at + 1 == len(tokens)):
        return "rating", letter, at + 1
    for kind, name in (("rating", "ratings"), ("size", "sizes"), ("quantity", "units")):
        unit = table(name).at(tokens, at)
        if unit is not None and not (name == "ratings" and _is_question(tokens, at)):
            return kind, unit[0], unit[1]  # type: ignore[return-value]
    return None


def _is_question(tokens: Sequence[Token], at: int) -> bool:
    return (
        tokens[at].text in {"what", "bat"}
        and at + 1 < len(tokens)
        and tokens[at + 1].text in {"is", "are", "do", "the"}
    )


def measures(tokens: Sequence[Token], numbers: Sequence[Number], sizes: Mapping[str, str]) -> Iterator[Found]:
    """Ratings, sizes, counted units and amounts; `sizes` are the goods' own, by their number."""
    words = lexicon().entities
    for at, token in enumerate(tokens[:-1]):
        if token.text == "a" and table("units").at(tokens, at + 1) == ("dozen", at + 2):
            yield Found("quantity", "1 dozen", at, at + 2)
    for number in numbers:
        before = tokens[number.begin - 1] if number.begin else None
        amount = table("amount after").at(tokens, number.end)
        if amount is not None:
            yield Found("amount", number.text, number.begin, amount[1])
        elif before is not None and any(form in words.lists["amount before"] for form in forms_of(before)):
            yield Found("amount", number.text, number.begin - 1, number.end)
        elif (measured := unit_after(tokens, number)) is not None:
            kind, unit, end = measured
            yield Found(kind, f"{number.text} {unit}", number.begin, end)
        elif (sized := _numbered_size(tokens, number, sizes)) is not None:
            yield sized
        elif number.value >= 50 and _is_budget(tokens, number):
            yield Found("amount", number.text, number.begin, number.end)


def _numbered_size(tokens: Sequence[Token], number: Number, sizes: Mapping[str, str]) -> Found | None:
    """Such as "dhaai number" or "size seven"."""
    lists = lexicon().entities.lists
    value = sizes.get(number.text, number.text)
    if number.end < len(tokens) and any(form in lists["numbered size"] for form in forms_of(tokens[number.end])):
        known = number.text in sizes or number.value != int(number.value)
        return Found("size", value, number.begin, number.end + 1) if known else None
    if number.begin and any(form in lists["size words"] for form in forms_of(tokens[number.begin - 1])):
        return Found("size", value, number.begin - 1, number.end)
    return None


def _is_budget(tokens: Sequence[Token], number: Number) -> bool:
    near = {token.text for token in tokens[max(0, number.begin - 2) : number.begin]}
    after = {token.text for token in tokens[number.end : number.end + 3]}
    return bool(near & _BUDGET_BEFORE or after & _BUDGET_AFTER)


def colours(tokens: Sequence[Token]) -> Iterator[Found]:
    """Colours."""
    for at in range(len(tokens)):
        colour = table("colours").at(tokens, at)
        if colour is not None and not (at and tokens[at - 1].text == "bita"):
            yield Found("colour", colour[0], at, colour[1])


def letter_sizes(tokens: Sequence[Token]) -> Iterator[Found]:
    """Such as "size medium"."""
    words = lexicon().entities.lists["size words"]
    for at in range(len(tokens)):
        size = table("letter sizes").at(tokens, at)
        if size is None:
            continue
        before = at > 0 and any(form in words for form in forms_of(tokens[at - 1]))
        after = size[1] < len(tokens) and any(form in words for form in forms_of(tokens[size[1]]))
        if before or after:
            yield Found("size", size[0], at - before, size[1] + after)


def dates(tokens: Sequence[Token], numbers: Sequence[Number]) -> Iterator[Found]:
    """Days, as they were said: "kal", "10 november", "2 year ago". A reader of dates makes a date of the text."""
    words = lexicon().entities.lists
    by_begin = {number.begin: number for number in numbers}
    by_end = {number.end: number for number in numbers}
    for at, token in enumerate(tokens):
        if "/" in token.text or token.text.count("-") == 2:
            yield Found("date", token.text, at, at + 1)
        day = table("days").at(tokens, at)
        direction = next(
            (name for name in ("last", "next") if any(form in words[name] for form in forms_of(token))), None
        )
        if day is not None:
            after_direction = at > 0 and any(tokens[at - 1].text in words[name] for name in ("last", "next"))
            if not after_direction:
                yield Found("date", day[0], at, day[1])
        if direction is not None:
            span = table("spans").at(tokens, at + 1) or table("days").at(tokens, at + 1)
            if span is not None:
                yield Found("date", f"{direction} {span[0]}", at, span[1])
        month = table("months").at(tokens, at)
        if month is not None:
            yield from _with_month(month, at, by_begin, by_end)
        if (number := by_begin.get(at)) is not None:
            yield from _ago(tokens, number)


def _ago(tokens: Sequence[Token], number: Number) -> Iterator[Found]:
    """Such as "do saal pehle"."""
    span = table("spans").at(tokens, number.end)
    if span is not None and span[1] < len(tokens):
        past = lexicon().entities.lists["past"]
        if any(form in past for form in forms_of(tokens[span[1]])):
            yield Found("date", f"{number.text} {span[0]} ago", number.begin, span[1] + 1)


def _with_month(
    month: tuple[str, int], at: int, by_begin: Mapping[int, Number], by_end: Mapping[int, Number]
) -> Iterator[Found]:
    before, after = by_end.get(at), by_begin.get(month[1])
    if before is not None and 1 <= before.value <= 31:
        yield Found("date", f"{before.text} {month[0]}", before.begin, month[1])
    elif after is not None and 1 <= after.value <= 31:
        yield Found("date", f"{after.text} {month[0]}", at, after.end)
    elif month[0] not in {"may", "march"} or month[1] - at > 1:
        yield Found("date", month[0], at, month[1])
