"""The sentence as the goods' names see it: numbers as figures, units by their symbol, spelt letters as one word."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from callagent.dialogue.understanding.lexicon import lexicon
from callagent.dialogue.understanding.measures import forms_of, unit_after
from callagent.dialogue.understanding.numbers import Number, numbers_in
from callagent.dialogue.understanding.sound import singular
from callagent.dialogue.understanding.tokens import Token, tokens_of

_LONGEST_NAME = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """One word of a name or a sentence."""

    words: tuple[str, ...]
    """The ways to read it."""
    begin: int
    end: int
    """Places of the tokens that it is made of."""
    token: Token
    exact: bool = False
    """Whether no other spelling may be tried: figures and units."""


def cells_of(tokens: Sequence[Token], numbers: Sequence[Number]) -> list[Cell]:
    """The cells of a sentence."""
    by_begin = {number.begin: number for number in numbers}
    cells: list[Cell] = []
    at = 0
    while at < len(tokens):
        number = by_begin.get(at)
        if number is None:
            forms = tuple(dict.fromkeys((singular(tokens[at].text), *forms_of(tokens[at]))))
            cells.append(Cell(forms, at, at + 1, tokens[at]))
            at += 1
            continue
        words = (number.text, tokens[at].text) if number.end == at + 1 else (number.text,)
        cells.append(Cell(words, number.begin, number.end, tokens[at], exact=True))
        at = number.end
        unit = unit_after(tokens, number)
        if unit is not None and unit[0] in {"rating", "size"}:
            plain = tuple(form for form in forms_of(tokens[at])) if unit[2] == at + 1 else ()
            cells.append(Cell((f"~{unit[1]}", *plain), at, unit[2], tokens[at], exact=True))
            at = unit[2]
    return cells


def name_cells(phrase: str) -> list[str]:
    """The words of a name, brought to the form of `cells_of`."""
    return words_of_name(joined_letters(tokens_of(phrase), None))


def words_of_name(tokens: Sequence[Token]) -> list[str]:
    """The same, of a name that is cut into words already."""
    return [cell.words[0] for cell in cells_of(tokens, numbers_in(tokens))]


def joined_letters(tokens: Sequence[Token], known: Collection[str] | None) -> list[Token]:
    """Letters said one by one ("em see bee", "m.c.b.") as one word when it is `known`; None joins plain letters all."""
    joined: list[Token] = []
    at = 0
    while at < len(tokens):
        length = _spelt(tokens, at, known)
        if length:
            word = "".join(_letter(token) for token in tokens[at : at + length])
            last = tokens[at + length - 1]
            joined.append(replace(tokens[at], text=word, written=word, end=last.end, native=False))
            at += length
        else:
            joined.append(tokens[at])
            at += 1
    return joined


def _spelt(tokens: Sequence[Token], at: int, known: Collection[str] | None) -> int:
    """How many words from here spell a word; 0 when they do not."""
    letters = ""
    best = 0
    for token in tokens[at : at + _LONGEST_NAME]:
        letter = _letter(token) if known is not None else token.text if len(token.text) == 1 else ""
        if not letter or letter.isdigit():
            break
        letters += letter
        if len(letters) > 1 and (known is None or letters in known):
            best = len(letters)
    return best


def _letter(token: Token) -> str:
    if len(token.text) == 1:
        return token.text
    return lexicon().entities.tables["letters"].get((token.text,), "")


def said_letters(word: str) -> str:
    """How a spelt word sounds: "mcb" is "emseebee"."""
    names: dict[str, str] = {}
    for phrase, letter in lexicon().entities.tables["letters"].items():
        if len(phrase) == 1 and len(phrase[0]) > 1:
            names.setdefault(letter, phrase[0])
    return "".join({**names, "m": "em", "n": "en", "l": "el", "a": "ay", "s": "es"}.get(char, char) for char in word)
