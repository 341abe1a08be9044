"""A text cut into words, figures and signs, each with its place; and what of it is worth a second look.

Dates, times, decimals, amounts with commas, and identifiers such as UUIDs come out whole: no number is looked for in
them or across. So do the tokens that stand for what was found before.
"""

import re
from dataclasses import dataclass
from typing import Final

from callagent.dialogue.spoken.lexicon import listed
from callagent.dialogue.spoken.tokens import western
from callagent.recording.redaction.words import Meaning, meaning

OPEN: Final = "⟦"
CLOSE: Final = "⟧"

WORD: Final = "(?:[^\\W\\d_\u0900-\u097f]+|[\u0300-\u036f\u0900-\u0963\u0970-\u097f\u200c\u200d]+)+"
"""Letters with their marks: those of Hindi are no letters to `re`."""
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:19|20)\d\d"
_PIECE: Final = re.compile(
    rf"""
    (?P<token>{OPEN}[^{OPEN}{CLOSE}\n]{{1,80}}{CLOSE})
    |(?P<whole>
        (?<![^\W_])[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{12}}(?![^\W_])
        |(?<!\d){_YEAR}-{_MONTH}-{_DAY}(?:[T\ ]\d\d:\d\d(?::\d\d(?:\.\d{{1,9}})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])
        |(?<![\d/.-]){_DAY}(?P<between>[/.-]){_MONTH}(?P=between)(?:{_YEAR}|\d\d)(?![\d/-]|\.\d)
        |(?<![\d:])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?!:?\d)
        |(?<![\d.])\d{{1,5}}\.\d{{1,2}}(?![.-]?\d)
    )
    |(?P<amount>(?<![\d,])\d{{1,3}}(?:(?:,\d\d){{0,5}},\d{{3}}|(?:,\d{{3}}){{1,4}})(?:\.\d{{1,2}})?(?!,?\d))
    |(?P<figure>\d+)
    |(?P<word>{WORD})
    |(?P<sign>[^\s])
    """,
    re.VERBOSE,
)
_BESIDE: Final = re.compile(r"[A-Za-z0-9_]")
_AS_IN: Final = listed("for se like jaise फॉर फोर से जैसे")
_BEFORE: Final = listed("mob mobile ph phone no number num tel call contact whatsapp wa cell")
"""Words after which a number may stand without a space."""


@dataclass(slots=True)
class Piece:
    """A word, a figure or a sign."""

    begin: int
    end: int
    """Places in the text."""
    text: str
    """As given; figures in 0-9."""
    sort: str
    """The name of a group in the pattern."""
    means: Meaning | None = None
    """Of words."""
    glued: bool = False
    """Whether a figure is part of something written in one with letters: "16A", "c32"."""

    @property
    def digits(self) -> str:
        """What it says, or the empty text."""
        if self.sort == "figure":
            return self.text
        return self.means.digits if self.means is not None else ""


def cut(text: str) -> list[Piece]:
    """All pieces, in order."""
    pieces = []
    for match in _PIECE.finditer(text):
        sort = match.lastgroup or "sign"
        begin, end = match.span()
        given = match[0]
        if sort == "word":
            pieces.append(Piece(begin, end, given, sort, meaning(given)))
        elif sort == "figure":
            glued = _is_glued(text, begin, end, pieces)
            pieces.append(Piece(begin, end, given if given.isascii() else western(given), sort, glued=glued))
        else:
            pieces.append(Piece(begin, end, given, "whole" if sort == "between" else sort))
    return pieces


def as_in(pieces: list[Piece], at: int) -> int:
    """How many pieces "a for apple" takes that begins at `at`; 0 where none does."""
    means = pieces[at].means
    if means is None or len(means.letters) != 1:
        return 0
    words = [piece.text.lower() for piece in pieces[at + 1 : at + 4]]
    joining = 2 if words[:2] == ["as", "in"] else 1 if words and words[0] in _AS_IN else 0
    if not joining or len(words) <= joining or (means.role == "filler" and words[0] == "से"):
        return 0  # "जी से" is said of a person
    example = words[joining]
    if example.isascii():
        return joining + 2 if len(example) > 1 and example[0] == means.letters else 0
    shown = pieces[at + joining + 1].means
    return joining + 2 if shown is not None and not shown.digits and not shown.times and len(example) > 1 else 0


def _is_glued(text: str, begin: int, end: int, before: list[Piece]) -> bool:
    after = end + (text[end : end + 1] == "_" and text[end + 1 : end + 2].isdecimal())  # "98000_12345"
    if after == end and end < len(text) and _BESIDE.match(text, end):
        return True
    if begin > 1 and text[begin - 1] == "_" and text[begin - 2].isdecimal():
        return before[-2].glued
    if not begin or not _BESIDE.match(text, begin - 1):
        return end - begin < 10 and _is_of_code(text, begin, before)
    return before[-1].sort != "word" or before[-1].text.lower() not in _BEFORE


def _is_of_code(text: str, begin: int, before: list[Piece]) -> bool:
    """Whether a figure goes on a code such as "INV-2026-0045"."""
    if len(before) < 2 or text[begin - 1] != "-" or before[-2].end != begin - 1:
        return False
    code = before[-2]
    return code.glued if code.sort == "figure" else code.sort == "word" and code.text.lower() not in _BEFORE
