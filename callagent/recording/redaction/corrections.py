"""Numbers that are corrected while they are told: "zero two, no no, three", "four five, sorry, six"."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from callagent.recording.redaction.finds import Kind
from callagent.recording.redaction.pieces import Piece
from callagent.recording.redaction.runs import Atom, Run

MOST_CORRECTED: Final = 4
"""Parts of a number between corrections."""
_MOST_DIGITS: Final = 40
_LENGTHS: Final[dict[str, tuple[Kind, range]]] = {
    "phone": ("phone", range(10, 18)),
    "aadhaar": ("aadhaar", range(12, 22)),
    "card": ("card", range(14, 30)),
}
"""Digits of a number of each kind with the wrong ones among them."""
_SAID_LONG: Final = 4
"""Digits of figures that may be an amount or an order's number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A run without the digits that were wrong."""

    run: Run
    likely: bool
    """Whether as many were taken away as were said again, or all of a group."""
    doubtful: bool
    """Whether it may be two numbers, of which the second is right."""


def parts_of(run: Run, only: Literal["", "no"] = "") -> list[Run]:
    """What stands between the corrections, or between those with "no"."""
    parts: list[Run] = [[]]
    for atom in run:
        if parts[-1] and (atom.corrects == only if only else atom.corrects):
            parts.append([])
        parts[-1].append(atom)
    return parts


def is_begun_again(run: Run) -> bool:
    """Whether the last part of a run begins like the run itself."""
    return _digits(run)[:2] == _digits(parts_of(run)[-1])[:2]


def corrected(run: Run, pieces: list[Piece], *, asked: bool) -> Iterator[Reading]:
    """What may be meant, the likeliest first; `asked` whether it is called a number."""
    parts = parts_of(run)
    if len(parts) > MOST_CORRECTED or len(_digits(run)) > _MOST_DIGITS:
        return
    doubtful = is_begun_again(run) or (not asked and _has_long_figures(parts))
    yield from (Reading(reading, likely=True, doubtful=doubtful) for reading in _likely(parts[0], parts[1:], pieces))
    if len(parts) == 2:
        for count in range(1, len(_digits(parts[0]))):
            yield Reading([*_without(parts[0], count), *parts[1]], likely=False, doubtful=doubtful)


def as_told_with_corrections(run: Run, pieces: list[Piece], told: str | None) -> tuple[Kind, str] | None:
    """What the words before it or its length say that it is, where its digits are none of any number."""
    digits = _digits(run)
    if told in _LENGTHS:
        kind, sizes = _LENGTHS[told]
        return (kind, digits) if len(digits) in sizes else None
    for reading in corrected(run, pieces, asked=False):
        said = tuple(len(_digits(group)) for group in _groups(reading.run, pieces))
        meant = _digits(reading.run)
        if reading.likely and said == (4, 4, 4, 4) and meant[0] in "23456":
            return "card", meant
    return None


def _likely(before: Run, parts: list[Run], pieces: list[Piece]) -> Iterator[Run]:
    if not parts:
        yield before
        return
    groups = _groups(before, pieces)
    again = len(_digits(_groups(parts[0], pieces)[0]))
    for count in dict.fromkeys((again, len(_digits(groups[-1])), 0)):
        kept = _without(before, count)
        if kept:
            yield from _likely([*kept, *parts[0]], parts[1:], pieces)


def _without(run: Run, count: int) -> Run:
    """All but the last digits."""
    kept = list(run)
    while kept and count:
        atom = kept.pop()
        if len(atom.digits) > count:
            kept.append(replace(atom, digits=atom.digits[:-count], other=""))
            break
        count -= len(atom.digits)
    return kept


def _groups(run: Run, pieces: list[Piece]) -> list[Run]:
    """What was said in one breath each."""
    groups: list[Run] = [[]]
    for atom in run:
        if groups[-1] and _is_apart(groups[-1][-1], atom, pieces):
            groups.append([])
        groups[-1].append(atom)
    return groups


def _is_apart(first: Atom, second: Atom, pieces: list[Piece]) -> bool:
    """Whether there is a comma or the like between two; beside a correction there is none that parts them."""
    return second.corrects == "" and any(
        piece.sort == "sign" and piece.text in ",.;।" for piece in pieces[first.last + 1 : second.piece]
    )


def _has_long_figures(parts: list[Run]) -> bool:
    """Whether figures are said again that prices may have as well."""
    return any(not atom.spoken and len(atom.digits) >= _SAID_LONG for part in parts[1:] for atom in part)


def _digits(run: Run) -> str:
    return "".join(atom.digits for atom in run)
