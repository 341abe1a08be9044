"""PANs: five letters, four digits, a letter; written, or spelled in any way that callers spell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from callagent.dialogue.spoken.lexicon import listed
from callagent.recording.redaction.finds import Find
from callagent.recording.redaction.pieces import Piece, as_in
from callagent.recording.redaction.runs import MOST_BETWEEN

_HOLDERS: Final = "ABCEFGHJKLPT"
"""The fourth letter tells whose it is: P for a person, C for a company ...; some are no longer given."""
_WRITTEN: Final = re.compile(rf"(?<![A-Za-z])[A-Za-z]{{3}}[{_HOLDERS}{_HOLDERS.lower()}][A-Za-z]\d{{4}}[A-Za-z]")
_SPELLED: Final = re.compile(rf"[A-Z]{{3}}[{_HOLDERS}][A-Z]\d{{4}}[A-Z]")
_COMPANY: Final = re.compile(r"[1-9A-Za-z][Zz][0-9A-Za-z](?![0-9A-Za-z])")
"""What follows a PAN in a GST number, before which there are two digits."""
_SIZE: Final = 10
_UNITS: Final = frozenset("WVAMKLGHC")
_PAN: Final = listed("pan पैन")
_MOST_WRONG: Final = 5
"""Letters or digits that are told again."""
_NEAR: Final = 8
"""Pieces to either side that may say that it is one."""


@dataclass(slots=True)
class _Sign:
    """A letter or a digit, or several that stand in one."""

    text: str
    begin: int
    end: int
    spelled: bool
    piece: int
    corrects: bool = False
    """Whether a word of correction stands before it."""


def find_pans_in(text: str, pieces: list[Piece]) -> Iterator[Find]:
    """All PANs, each once."""
    ends = -1
    for find in (*_written(text), *_spelled(pieces)):
        if find.begin >= ends:
            yield find
            ends = max(ends, find.end)


def _written(text: str) -> Iterator[Find]:
    for match in _WRITTEN.finditer(text):
        begin, end = match.span()
        alone = (not begin or not text[begin - 1].isalnum()) and (end == len(text) or not text[end].isalnum())
        of_company = text[max(0, begin - 2) : begin].isdecimal() and _COMPANY.match(text, end)
        if alone or of_company:
            yield Find("pan", match[0].upper(), begin, end)


def _spelled(pieces: list[Piece]) -> Iterator[Find]:
    signs: list[_Sign] = []
    between, times, times_at = 0, 0, 0
    corrects = False
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        means = piece.means
        step = 1
        if means is not None and means.times:
            times, times_at = means.times, at
        elif sign := _sign(piece, at):
            if times and len(sign.text) == 1:
                sign.text, sign.begin = sign.text * times, pieces[times_at].begin
            times = 0
            step = as_in(pieces, at) or 1
            sign.end = pieces[at + step - 1].end
            sign.corrects, corrects = corrects and bool(signs), False
            signs.append(sign)
            between = 0
        elif _corrects(piece):
            corrects, times = True, 0
        elif between < MOST_BETWEEN and _may_be_between(piece):
            between += not corrects
            times = 0
        else:
            yield from _in_signs(signs, pieces)
            signs, between, times, corrects = [], 0, 0, False
        at += step
    yield from _in_signs(signs, pieces)


def _sign(piece: Piece, at: int) -> _Sign | None:
    if piece.sort == "figure":
        return _Sign(piece.text, piece.begin, piece.end, spelled=False, piece=at)
    means = piece.means
    if means is None:
        return None
    letters = means.letters if not means.digits or means.letters == "o" else ""
    if spelled := (letters or means.radio).upper() or means.digits or means.sound:
        return _Sign(spelled, piece.begin, piece.end, spelled=len(letters) < 2, piece=at)
    if piece.text.isascii() and len(piece.text) <= 5 and means.role == "":
        return _Sign(piece.text.upper(), piece.begin, piece.end, spelled=False, piece=at)
    return None


def _corrects(piece: Piece) -> bool:
    return piece.means is not None and piece.means.role in ("sorry", "no")


def _may_be_between(piece: Piece) -> bool:
    if piece.sort == "sign":
        return piece.text in ",.-–—/:;'\"()?!"
    return piece.means is not None and piece.means.role in ("filler", "pause", "and", "sign", "sorry", "no")


def _in_signs(signs: list[_Sign], pieces: list[Piece]) -> Iterator[Find]:
    begin = 0
    while begin < len(signs):
        text, end = _joined(signs, begin, len(signs))
        if not _is_pan(text, signs[begin:end], pieces):
            text, end = _corrected(signs, begin, pieces)
        if text:
            yield Find("pan", text, signs[begin].begin, signs[end - 1].end)
            begin = end
        else:
            begin += 1


def _joined(signs: list[_Sign], begin: int, stop: int, so_far: str = "") -> tuple[str, int]:
    """So many signs before `stop` as a PAN has, behind those that are told so far, and the sign behind them."""
    text, end = so_far, begin
    while end < stop and len(text) < _SIZE:
        sign = signs[end]
        tens = text[-1:] == "0" and sign.spelled and len(sign.text) == 1 and "1" <= sign.text <= "9"
        if tens and end > begin and signs[end - 1].spelled and len(signs[end - 1].text) == 2 and text[-2:] != "00":
            text = text[:-1]
        text += sign.text
        end += 1
    return text[:5].replace("0", "O") + text[5:9].replace("O", "0") + text[9:], end


def _corrected(signs: list[_Sign], begin: int, pieces: list[Piece]) -> tuple[str, int]:
    """The same where signs are told again behind a word of correction, in the place of some before it."""
    at = next((at for at in range(begin + 1, min(len(signs), begin + _SIZE + 1)) if signs[at].corrects), 0)
    before, told = _joined(signs, begin, at)
    if at and told == at and signs[begin].text != "PAN":
        for wrong in range(1, min(len(before), _MOST_WRONG + 1)):
            if before[-wrong].isdigit() != signs[at].text.isdigit():
                break
            text, end = _joined(signs, at, len(signs), before[:-wrong])
            if _is_pan(text, signs[begin:end], pieces):
                return text, end
    return "", begin


def _is_pan(text: str, signs: list[_Sign], pieces: list[Piece]) -> bool:
    """Whether it is one, and not "cable 1500 m"."""
    if not _SPELLED.fullmatch(text):
        return False
    if all(sign.spelled or sign.text.isdigit() or len(sign.text) < 3 for sign in signs):
        return True
    first = signs[0].piece
    if any(piece.text.lower() in _PAN for piece in pieces[max(0, first - _NEAR) : signs[-1].piece + _NEAR]):
        return True
    written = "".join(pieces[sign.piece].text for sign in signs if sign.text.isalpha())
    return written.isupper() and (text[-1] not in _UNITS or not set("AEIOU").intersection(text[:5]))
