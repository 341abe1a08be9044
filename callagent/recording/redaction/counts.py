"""Numbers that are told as counts and amounts: "teen zero", "nau sau assi, zero zero ..."; and ranges of hours."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

from callagent.recording.redaction.checksums import luhn_holds, verhoeff_holds
from callagent.recording.redaction.pieces import Piece
from callagent.recording.redaction.runs import Atom, Run

_COUNTS: Final = frozenset("2345")
_HOURS: Final = 24
_CARD_SIZES: Final = (15, 16)
_AADHAAR_SIZE: Final = 12
_PHONE_SIZE: Final = 10


def zeros_counted(run: Run, pieces: list[Piece], *, sure: bool) -> Run | None:
    """The run with three zeros for "teen zero"; None where it has none.

    Unless it is `sure` that the run is a number of a person's, they must be said in one breath, apart from the rest.
    """
    counted: Run = []
    changed = False
    at = 0
    while at < len(run):
        atom = run[at]
        zero = run[at + 1] if at + 1 < len(run) else None
        if zero is not None and _is_count(atom, zero) and (sure or _is_breath(run, at, pieces)):
            counted.append(replace(zero, digits="0" * int(atom.digits), begin=atom.begin, piece=atom.piece))
            changed = True
            at += 2
        else:
            counted.append(atom)
            at += 1
    return counted if changed else None


def amount_joined(run: Run, pieces: list[Piece]) -> Run | None:
    """The run with 980 for "nine hundred and eighty" at its beginning; None where there is no such amount."""
    if len(run) < 2:
        return None
    first, second = run[0], run[1]
    rest = second.digits
    if not first.scaled or not second.spoken or rest[0] == "0":
        return None
    if any(piece.means is None or piece.means.role != "and" for piece in pieces[first.last + 1 : second.piece]):
        return None
    if not first.digits.endswith("0" * len(rest)):
        return None
    joined = replace(first, digits=first.digits[: -len(rest)] + rest, end=second.end, last=second.last)
    return [joined, *run[2:]]


def begins_as_amount(run: Run, digits: str) -> bool:
    """Whether it is a number that only begins as an amount does: its check digit holds, or its rest is told singly."""
    if not run[0].scaled or sum(atom.scaled for atom in run) != 1:
        return False
    if len(digits) == _AADHAAR_SIZE:
        return verhoeff_holds(digits)
    if len(digits) in _CARD_SIZES:
        return luhn_holds(digits)
    return len(digits) == _PHONE_SIZE and all(len(set(atom.digits)) == 1 and atom.spoken for atom in run[1:])


def is_of_times(run: Run) -> bool:
    """Whether it is "9 to 11, 11 to 1": "to" between hours is no digit."""
    tos = [at for at, atom in enumerate(run) if atom.sounds]
    for at in tos:
        beside = run[max(0, at - 1) : at + 2 : 2]
        written = not any(atom.spoken for atom in beside)
        if written and all(_is_hour(atom) for atom in beside) and max(len(atom.digits) for atom in beside) > 1:
            return True
    turns = len(tos) > 1 and all(second - first == 3 for first, second in pairwise(tos))
    return turns and all(_is_hour(atom) for atom in run)


def _is_hour(atom: Atom) -> bool:
    return len(atom.digits) <= 2 and int(atom.digits) <= _HOURS


def _is_count(atom: Atom, zero: Atom) -> bool:
    said = atom.spoken and zero.spoken and atom.digits in _COUNTS and zero.digits == "0"
    return said and zero.piece == atom.last + 1 and not zero.corrects


def _is_breath(run: Run, at: int, pieces: list[Piece]) -> bool:
    """Whether a sign or the end stands before and behind the two at a place."""
    before = at == 0 or pieces[run[at].piece - 1].sort == "sign"
    return before and (at + 2 == len(run) or pieces[run[at + 1].last + 1].sort == "sign")
