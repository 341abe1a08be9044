"""Finds private values again, wherever they are said or written."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from callagent.dialogue.spoken.read_numbers import find_numbers
from callagent.dialogue.spoken.tokens import MAX_WORDS
from callagent.recording.redaction.pieces import Piece, cut
from callagent.recording.redaction.promise import Glance
from callagent.recording.redaction.runs import Run, runs_of

_WITHIN: Final = 4
"""Digits that a private value must have to be found inside a longer figure as well."""
_LARGEST_AMOUNT: Final = 15
"""Digits of a value that may be said as an amount."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A word, or digits that were said or written in one."""

    text: str
    begin: int
    end: int
    letters: str = ""
    is_digits: bool = False


class PrivateValue:
    """One value that nobody may read, and how it looks in pieces."""

    def __init__(self, value: str, token: str) -> None:
        self.token = token
        self.digits = _digits_of(value)
        """Empty for a value with words in it."""
        self._units = () if self.digits else _joined(_units(cut(value)))
        as_amount = self.digits[:1] not in ("", "0") and len(self.digits) <= _LARGEST_AMOUNT
        self._amount = Decimal(self.digits) if as_amount else None

    def may_be_in(self, text: Glance) -> bool:
        """False only where it is not."""
        if self.digits:
            return text.multiplied or text.digits >= len(self.digits)
        if not self._units or self._units[0].is_digits:
            return bool(self._units)
        return self._units[0].text in text.words or text.letters > 1

    def places(self, pieces: list[Piece]) -> Iterator[tuple[int, int]]:
        """Where it stands in the text that was cut; they may overlap."""
        if self.digits:
            for run in runs_of(pieces, solids=True):
                yield from self._in_run(run)
            if self._amount is not None:
                yield from self._said_as_amount(pieces, self._amount)
        elif self._units:
            yield from self._in_words(_units(pieces))

    def _in_run(self, run: Run) -> Iterator[tuple[int, int]]:
        wanted = self.digits
        for first, atom in enumerate(run):
            if not atom.spoken and len(wanted) >= _WITHIN and len(atom.digits) > len(wanted) and wanted in atom.digits:
                yield atom.begin, atom.end
            so_far = ""
            for last in range(first, len(run)):
                so_far += run[last].digits
                if not wanted.startswith(so_far):
                    break
                if len(so_far) == len(wanted):
                    yield atom.begin, run[last].end
                    break

    @staticmethod
    def _said_as_amount(pieces: list[Piece], amount: Decimal) -> Iterator[tuple[int, int]]:
        """Such as "forty five thousand"."""
        for first in range(0, len(pieces), MAX_WORDS):
            part = pieces[first : first + MAX_WORDS]
            words = ["" if piece.sort == "token" else piece.text for piece in part]
            for reading in find_numbers(words, "hinglish"):
                if reading.value == amount:
                    yield part[reading.begin].begin, part[reading.end - 1].end

    def _in_words(self, units: list[_Unit]) -> Iterator[tuple[int, int]]:
        for first in range(len(units)):
            if end := self._from(units, first):
                yield units[first].begin, units[end - 1].end

    def _from(self, units: list[_Unit], at: int) -> int:
        """The unit behind the value, where one begins at `at`; else 0."""
        for wanted in self._units:
            if at >= len(units):
                return 0
            if units[at].text == wanted.text:
                at += 1
                continue
            so_far = ""
            while at < len(units) and so_far != wanted.text:
                unit = units[at]
                part = unit.text if wanted.is_digits and unit.is_digits else unit.letters
                if not part or not wanted.text.startswith(so_far + part):
                    return 0
                so_far += part
                at += 1
            if so_far != wanted.text:
                return 0
        return at


def _digits_of(value: str) -> str:
    if any(char.isalpha() for char in value):
        pieces = [piece for piece in cut(value) if piece.sort != "sign"]
        if not all(piece.digits for piece in pieces):
            return ""
        return "".join("".join(atom.digits for atom in run) for run in runs_of(pieces))
    return "".join(str(int(char)) for char in value if char.isdecimal())


def _units(pieces: list[Piece]) -> list[_Unit]:
    units: list[_Unit] = []
    for piece in pieces:
        means = piece.means
        if means is not None:
            if means.digits:
                units.append(_Unit(means.digits, piece.begin, piece.end, means.letters, is_digits=True))
            else:
                units.append(_Unit(means.plain, piece.begin, piece.end, means.letters))
        elif piece.sort in ("figure", "amount", "whole"):
            digits = "".join(char for char in piece.text if char.isdecimal())
            units.append(_Unit(digits, piece.begin, piece.end, is_digits=True))
        elif piece.sort == "token":
            units.append(_Unit(piece.text, piece.begin, piece.end))
    return units


def _joined(units: list[_Unit]) -> tuple[_Unit, ...]:
    """Digits that follow each other as one."""
    joined: list[_Unit] = []
    for unit in units:
        if joined and unit.is_digits and joined[-1].is_digits:
            before = joined.pop()
            unit = _Unit(before.text + unit.text, before.begin, unit.end, is_digits=True)  # noqa: PLW2901
        joined.append(unit)
    return tuple(joined)
