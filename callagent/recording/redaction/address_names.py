"""The names in e-mail and UPI addresses that are said: read backwards from "at"."""

from collections.abc import Iterator
from typing import Final

from callagent.dialogue.spoken.lexicon import GIVING
from callagent.recording.redaction.address_words import ASIDES, HELPING, STOP
from callagent.recording.redaction.pieces import Piece, as_in
from callagent.recording.redaction.words import Meaning

MOST_WORDS: Final = 3
"""Words in a row of a name that is said."""
_MOST_PIECES: Final = 40


def name_before(pieces: list[Piece], at: int, *, sure: bool, most: int = MOST_WORDS) -> tuple[str, int]:
    """The name that is said before "at", and where it begins; with at most so many words in a row.

    `sure` when what follows can only be a mail's domain: then the word before it is the name, whatever it is.
    """
    parts: list[str] = []
    words = 0
    begin = at
    joined = True
    for here, part, is_word in _parts_before(pieces, at, sure=sure):
        if is_word and not joined and words >= most:
            break
        if pieces[here].sort == "sign" or part in "._-":
            joined = True
        elif is_word:
            words = 1 if joined else words + 1
            joined = False
        parts.append(part)
        begin = here
        if here and pieces[here].means is not None and len(part) == 1 and _times(pieces[here - 1]):
            parts[-1] = part * _times(pieces[here - 1])
    name = "".join(reversed(parts))
    while name[:1] in ("-", "_", ".", ",") and begin < at:
        name, begin = name[1:], begin + 1
    if name and begin and _times(pieces[begin - 1]):
        begin -= 1
    return name.replace(",", ""), begin


def _parts_before(pieces: list[Piece], at: int, *, sure: bool) -> Iterator[tuple[int, str, bool]]:
    """What may be of the name, backwards: the piece where it begins, what it adds, and whether that is a word."""
    written = pieces[at].text == "@" and at > 0 and pieces[at - 1].end == pieces[at].begin
    one_script = written and pieces[at - 1].text.isascii()
    here = at
    while here > max(0, at - _MOST_PIECES):
        here -= 1
        piece = pieces[here]
        if one_script and not piece.text.isascii():
            break
        if tuple(piece.text.lower() for piece in pieces[here - 1 : here + 1]) in ASIDES and here > 1:
            here -= 1
            continue
        if back := _back_to_letter(pieces, here):
            here -= back
            yield here, letters(pieces[here]), False
            continue
        part, is_word = _part(pieces, here)
        if not part and sure and here == at - 1 and piece.sort == "word" and piece.text.isascii():
            part, is_word = piece.text.lower(), True
        if not part:
            break
        yield here, part, is_word


def _back_to_letter(pieces: list[Piece], here: int) -> int:
    """How many pieces before it the letter stands that a word is an example of: 2 for the apple in "a for apple"."""
    return next((back for back in (2, 3) if back <= here and as_in(pieces, here - back) == back + 1), 0)


def letters(piece: Piece) -> str:
    """Those that a word is the name of."""
    return piece.means.letters if piece.means is not None else ""


def _times(piece: Piece) -> int:
    return piece.means.times if piece.means is not None else 0


def _part(pieces: list[Piece], here: int) -> tuple[str, bool]:
    """What a piece adds to a name, and whether it is a word of it; empty where no name goes on."""
    piece = pieces[here]
    means = piece.means
    if piece.sort == "figure":
        return piece.text, False
    if means is None:
        return (piece.text if piece.sort == "sign" and piece.text in "._-+," else ""), False
    if means.sign or means.times or means.role in ("dot", "at"):
        return means.sign or ("," if means.times else "." if means.role == "dot" else ""), False
    return _word_part(pieces, here, means)


def _word_part(pieces: list[Piece], here: int, means: Meaning) -> tuple[str, bool]:
    text = pieces[here].text.lower()
    if means.digits and (text not in HELPING or _is_two(pieces, here)):
        return _united(pieces, here), False
    if len(text) == 1 and here and pieces[here - 1].text in "'’":
        return "", False  # "it's"
    helps = text in STOP and not _behind_dot(pieces, here)
    if len(text) == 1 or (means.letters and (not helps or letters(pieces[here + 1]))):
        return means.letters or text, False
    if helps or means.role in ("filler", "and", "sorry", "no"):
        return "", False
    return text, True


def _is_two(pieces: list[Piece], here: int) -> bool:
    """Whether "do" stands beside a digit, and does not end "bhej do"."""
    before = pieces[here - 1 : here]
    if any(piece.digits for piece in before):
        return True
    asked = any(piece.text.lower() in GIVING for piece in before)
    return not asked and any(piece.digits for piece in pieces[here + 1 : here + 2])


def _behind_dot(pieces: list[Piece], here: int) -> bool:
    """Whether "dot" or "underscore" stands before a word, which is part of the name then, whatever it is."""
    return any(
        piece.means is not None and (piece.means.role == "dot" or piece.means.sign != "")
        for piece in pieces[here - 1 : here]
    )


def _united(pieces: list[Piece], here: int) -> str:
    """The digits of a word; of "ninety" before a unit only the 9."""
    means = pieces[here].means
    after = pieces[here + 1].means if here + 1 < len(pieces) else None
    digits = means.digits if means is not None else ""
    if means is not None and means.tens and after is not None and len(after.digits) == 1 and after.digits != "0":
        return digits[0]
    return digits
