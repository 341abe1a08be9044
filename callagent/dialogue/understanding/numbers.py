"""Numbers among the words of a sentence, by the reader of spoken numbers, which takes them misspelt as well here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from callagent.dialogue.spoken.lexicon import GIVING, NumberWord, hindi_numbers, number_word
from callagent.dialogue.spoken.read_numbers import span_at
from callagent.dialogue.spoken.tokens import Token as Piece
from callagent.dialogue.spoken.tokens import Utterance
from callagent.dialogue.understanding.lexicon import lexicon
from callagent.dialogue.understanding.sound import sound_of
from callagent.dialogue.understanding.tokens import Token

_TOO_LONG = 12
"""Figures; more are no amount."""
_STANDING = frozenset({"tens", "english", "hindi", "figure", "fraction"})
"""Kinds of words that are a number by themselves."""


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
    pieces = [_piece(tokens, at) for at in range(len(tokens))]
    said = Utterance(tuple(pieces), tuple(map(Piece, pieces, range(len(pieces)))))
    found: list[Number] = []
    at = 0
    while at < len(tokens):
        span = span_at(said, at) if pieces[at] else None
        if span is not None:
            found.append(Number(span.value, span.begin, span.end))
        at = span.end if span is not None else at + 1
    return found


def word_value(token: Token, following: Token | None, before: Token | None) -> Decimal | None:
    """The value of one word that stands for itself, such as "sixteen", "solah", "16" or "2.5"."""
    if token.text == "do" and not _is_two(token, following, before):
        return None
    word = _known(token.text, token.written)[1]
    return word.value if word is not None and word.kind in _STANDING else None


def is_scale(word: str) -> bool:
    """Whether it multiplies: "hundred", "hazaar", "lakh"."""
    known = number_word(word) if len(word) > 1 and word != "so" else None
    return known is not None and known.kind == "scale"


def _piece(tokens: Sequence[Token], at: int) -> str:
    """A word as the reader of numbers knows it; what is no part of a number is empty, or a joining word."""
    token = tokens[at]
    if token.text == "do" and not _is_two(
        token, tokens[at + 1] if at + 1 < len(tokens) else None, tokens[at - 1] if at else None
    ):
        return ""
    text, word = _known(token.text, token.written)
    return text if (word is not None and word.kind != "minus") or text in _JOINING else ""


_JOINING = frozenset({"and", "aur", "a"})


@lru_cache(maxsize=8_192)
def _known(text: str, written: str) -> tuple[str, NumberWord | None]:
    """A word in the spelling that the reader of numbers knows, and what it is there."""
    if text[:1].isdigit() and not (text.replace(".", "", 1).isdecimal() and text.isascii() and len(text) <= _TOO_LONG):
        return text, None
    for form in dict.fromkeys((written, text, *lexicon().loans.get(written, ()))):
        if form and (word := number_word(form)) is not None:
            return form, word
    form = _by_sound().get(sound_of(text), "") if len(text) > 3 and text not in _not_numbers() else ""
    return (form, number_word(form)) if form else (text, None)


def _is_two(token: Token, following: Token | None, before: Token | None) -> bool:
    """Whether "do" is Hindi's two and not "give", nor English."""
    if token.native and following is not None and not (before and before.text in GIVING):
        return True
    if following is None or (before is not None and before.text in GIVING):
        return False
    return following.text not in {"you", "they", "we", "i", "u", "not", "it", "the", "this", "that", "na", "ji", "your"}


@cache
def _by_sound() -> dict[str, str]:
    """Hindi's longer numbers by their sound."""
    keys: dict[str, str] = {}
    for word in hindi_numbers():
        if len(word) > 3 and len(sound_of(word)) > 3:
            keys.setdefault(sound_of(word), word)
    return keys


@cache
def _not_numbers() -> frozenset[str]:
    """Ordinary words that sound like a number."""
    languages = lexicon().languages
    return frozenset[str]().union(*(each.ordinary | each.function_words for each in languages))
