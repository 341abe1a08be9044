"""Digits that follow each other, written and spoken, as far as they may be one number.

Between them may be what people and recognisers put there: spaces, signs, "uh", "and then"; any other word ends the run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from callagent.recording.redaction.pieces import Piece
from callagent.recording.redaction.words import BEHIND, MOST_COUNTED, Meaning, Role, is_pause

MOST_BETWEEN: Final = 4
"""Signs and words between two digits of one number."""
_ENDS: Final = frozenset("₹$€£%=@#×*°<>[]{}|\\")
"""Signs that no number goes on after."""
_SAID_WITH: Final = frozenset({"i", "it", "its", "s", "that"})
"""Words that a correction is said with."""


@dataclass(slots=True)
class Atom:
    """Digits that were written or said in one."""

    digits: str
    begin: int
    end: int
    """Places in the text."""
    piece: int
    """Index of the first of its pieces."""
    last: int
    """Index of the last of its pieces."""
    spoken: bool = False
    other: str = ""
    """The digits that may be meant instead."""
    plus: bool = False
    """Whether a plus stands before it."""
    scaled: bool = False
    """Whether "hundred" or "thousand" is in it."""
    sounds: bool = False
    """Whether it is a word that only sounds like a digit: "to"."""
    corrects: Role = ""
    """Of a word of correction before it: "no", "sorry"."""
    solid: bool = False
    """Part of an identifier, an amount or a date, which is no number of a person's; a run of its own."""


Run = list[Atom]


class _Reader:
    """Gathers runs from the pieces of a text."""

    def __init__(self, pieces: list[Piece], *, solids: bool) -> None:
        self._pieces = pieces
        self._solids = solids
        self._run: Run = []
        self._between = 0
        """Pieces since the last digits."""
        self._times = 0
        self._times_at = 0
        self._plus_at = -1
        self._tens = False
        self._corrects: Role = ""

    def read(self) -> Iterator[Run]:
        """All runs, in order."""
        at = 0
        pieces = self._pieces
        while at < len(pieces):
            piece = pieces[at]
            step = 1
            if piece.means is not None:
                if not (step := self._take_word(at, piece.means)):
                    yield from self._close()
                    step = 1
            elif piece.sort == "figure" and not piece.glued:
                self._put(piece.text, at, at)
            elif piece.sort == "sign" and piece.text not in _ENDS:
                self._take_sign(piece, at)
            else:
                yield from self._close()
                if piece.sort in ("figure", "amount", "whole"):
                    yield from self._solid(piece, at)
            if self._between > MOST_BETWEEN:
                yield from self._close()
            at += step
        yield from self._close()

    def _close(self) -> Iterator[Run]:
        if self._run:
            yield self._run
            self._run = []
        self._between = self._times = 0
        self._plus_at, self._tens, self._corrects = -1, False, ""

    def _solid(self, piece: Piece, at: int) -> Iterator[Run]:
        digits = "".join(str(int(char)) for char in piece.text if char.isdecimal())
        large = piece.sort == "amount" and len(digits) == 10 and "." not in piece.text
        if large or self._solids:  # a recogniser writes a telephone's number as 9,876,543,210
            yield [Atom(digits, piece.begin, piece.end, at, at, solid=not large)]

    def _take_word(self, at: int, means: Meaning) -> int:
        """How many pieces were taken in; 0 for a word that ends the run."""
        if self._is_pause(at):
            self._between += 1
            return 2
        if self._run and (means.role in ("sorry", "no") or self._is_said_with(at)):
            self._corrects = "no" if "no" in (means.role, self._corrects) else "sorry"
            self._times, self._tens = 0, False
            return 1
        single = len(means.digits) == 1
        if (single or means.times) and (taken := self._take_many(at, means)):
            return taken
        counted = self._counted(at) if single else 0
        if means.times or counted:
            self._times, self._times_at, self._tens = means.times or counted, at, False
            return 2 if counted else 1
        digits = means.digits or (means.sound if self._is_among_digits(at) else "")
        if digits:
            self._take_digits(digits, at, means)
            if not means.digits and self._run:
                self._run[-1].sounds = True
        elif means.zeros and self._scale(means.zeros, at):
            pass
        elif means.role == "plus":
            self._plus_at = at
            self._between += 1
        elif means.role in ("filler", "and", "sign"):
            self._times, self._tens = 0, False
            self._between += 1
        else:
            return 0
        return 1

    def _take_digits(self, digits: str, at: int, means: Meaning) -> None:
        if self._tens and self._between == 0 and self._run and len(digits) == 1 and digits != "0":
            atom = self._run[-1]
            atom.digits = atom.digits[:-1] + digits
            atom.end, atom.last = self._pieces[at].end, at
            self._tens = False
        else:
            self._put(digits, at, at, spoken=True, other=means.other)
            self._tens = means.tens

    def _scale(self, zeros: str, at: int) -> bool:
        """Whether "forty hundred" goes on a number."""
        if not self._run or self._between or not self._run[-1].spoken or self._run[-1].scaled:
            return False
        atom = self._run[-1]
        atom.digits, atom.other, atom.scaled = atom.digits + zeros, "", True
        atom.end, atom.last = self._pieces[at].end, at
        self._tens = False
        return True

    def _take_sign(self, piece: Piece, at: int) -> None:
        if piece.text == "+":
            self._plus_at = at
        elif self._plus_at != at - 1:
            self._plus_at = -1
        if piece.text != "-":
            self._tens = False
            said = self._corrects or (piece.text == "," and self._between)  # "no, no, sorry,", ", wait, yes,"
            self._between += not said  # a hyphen between two digits is none too many either

    def _put(self, digits: str, first: int, last: int, *, spoken: bool = False, other: str = "") -> None:
        if self._times:
            first = self._times_at
            if len(digits) == 1:
                digits, other = digits * self._times, other * self._times
        plus = self._plus_at >= 0 and first - self._plus_at <= 2
        if plus:
            first = self._plus_at
        begin, end = self._pieces[first].begin, self._pieces[last].end
        corrects = self._corrects if self._run else ""
        self._run.append(
            Atom(digits, begin, end, first, last, spoken=spoken, other=other, plus=plus, corrects=corrects)
        )
        self._between = self._times = 0
        self._plus_at, self._tens, self._corrects = -1, False, ""

    def _take_many(self, at: int, means: Meaning) -> int:
        """How many pieces of "four sevens", or of the "thrice" or "teen baar" behind a zero, were taken in."""
        after = self._pieces[at + 1] if at + 1 < len(self._pieces) else None
        if means.times:
            behind = means.plain in BEHIND and (after is None or after.digits != "0")
            return 1 if behind and self._say_again(means.times, at) else 0
        says = after.means if after is not None else None
        if says is None or not (says.many or says.role == "again") or not 2 <= int(means.digits) <= MOST_COUNTED:
            return 0
        count = int(means.digits)
        if says.many:
            self._put(says.many * count, at, at + 1, spoken=True)
            return 2
        return 2 if not self._counted(at) and self._say_again(count, at + 1) else 0

    def _say_again(self, count: int, last: int) -> bool:
        """Whether the digit before was meant several times."""
        if not self._run or self._between or len(self._run[-1].digits) != 1:
            return False
        atom = self._run[-1]
        atom.digits, atom.other, atom.end, atom.last = (
            *(atom.digits * count, atom.other * count),
            *(self._pieces[last].end, last),
        )
        self._tens = False
        return True

    def _is_said_with(self, at: int) -> bool:
        """Whether it is the "it's" in "no, it's six", or the "I" in "I mean"."""
        if self._corrects:
            return self._pieces[at].text.lower() in _SAID_WITH
        after = self._pieces[at + 1].means if at + 1 < len(self._pieces) else None
        return after is not None and after.role == "sorry" and self._pieces[at].text in "Ii"

    def _counted(self, at: int) -> int:
        """The times in "teen baar zero", "three times nine"."""
        pieces = self._pieces
        if at + 2 >= len(pieces):
            return 0
        means, again, digit = pieces[at].means, pieces[at + 1].means, pieces[at + 2].digits
        if means is None or again is None or again.role != "again" or len(digit) != 1:
            return 0
        return int(means.digits) if means.digits in ("2", "3", "4", "5") else 0

    def _is_pause(self, at: int) -> bool:
        """Whether it is "one minute", "hold on"."""
        if at + 1 == len(self._pieces):
            return False
        after = self._pieces[at + 1]
        return after.means is not None and after.means.role == "pause" and is_pause(self._pieces[at].text, after.text)

    def _is_among_digits(self, at: int) -> bool:
        """Whether digits stand on both sides of a word."""
        pieces = self._pieces
        return 0 < at < len(pieces) - 1 and all(
            bool(pieces[side].digits) or bool((means := pieces[side].means) is not None and means.times)
            for side in (at - 1, at + 1)
        )


def runs_of(pieces: list[Piece], *, solids: bool = False) -> Iterator[Run]:
    """All runs of digits; with `solids` also what is no number of a person's, such as amounts."""
    return _Reader(pieces, solids=solids).read()
