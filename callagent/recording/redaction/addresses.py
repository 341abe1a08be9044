"""E-mail addresses and UPI addresses: written, or said with "at" and "dot"."""

import re
from collections.abc import Iterator
from typing import Final

from callagent.dialogue.spoken.lexicon import listed
from callagent.recording.redaction.address_names import MOST_WORDS, letters, name_before
from callagent.recording.redaction.address_words import (
    ENDINGS,
    HANDLE_PARTS,
    HANDLES,
    HANDLES_HINDI,
    MAIL,
    NO_NAMES,
    ONLY_MAIL,
)
from callagent.recording.redaction.finds import Find
from callagent.recording.redaction.pieces import Piece

_LONGEST_NAME: Final = 64
"""Characters before the sign (RFC 5321, 4.5.3.1.1)."""
_NAME: Final = re.compile(r"[\w.%+-]*\w\Z")
_NAME_CHARS: Final = re.compile(rf"[\w.%+-]{{0,{_LONGEST_NAME}}}\Z")
_DOMAIN: Final = re.compile(r"@([^\W_](?:[\w-]{0,62}\.){1,8}[^\W\d_]{2,24})(?!\w)")
_HANDLE: Final = re.compile(r"@([A-Za-z][A-Za-z0-9]{1,30})(?![\w-])")

_SPELLED_HINDI: Final = re.compile("[\u0900-\u097f]")
_MOST_PARTED: Final = 8
"""Pieces behind "at" before what it is at."""
_NEAR_AT: Final = 5
"""Pieces before a mail's domain among which "at" may stand."""
_HUMS: Final = listed("uh um uhm er erm ah hmm hm mm umm उम उम्म अं अम्म")
_MOST_HANDLE: Final = 7
"""Pieces of a handle that is spelled: "o k a x i s"."""


def find_addresses_in(text: str, pieces: list[Piece]) -> Iterator[Find]:
    """All e-mail and UPI addresses, in order."""
    end = 0
    for find in sorted((*_written(text), *_said(pieces)), key=lambda find: (find.begin, -find.end)):
        if find.begin >= end:
            yield find
            end = find.end


def _written(text: str) -> Iterator[Find]:
    at = text.find("@")
    while at >= 0:
        match = _NAME_CHARS.search(text, max(0, at - _LONGEST_NAME), at)
        name = match[0].lstrip(".%+-") if match else ""
        if name and _NAME.match(name):
            begin = at - len(name)
            if domain := _DOMAIN.match(text, at):
                yield Find("e-mail", f"{name}{domain[0]}".lower(), begin, domain.end())
            elif (handle := _HANDLE.match(text, at)) and _is_handle(handle[1].lower(), name):
                yield Find("upi", f"{name}{handle[0]}".lower(), begin, handle.end())
        at = text.find("@", at + 1)


def _is_handle(handle: str, name: str) -> bool:
    return handle in HANDLES or (handle not in ONLY_MAIL and (not name.isdecimal() or len(name) >= 10))


def _said(pieces: list[Piece]) -> Iterator[Find]:
    pieces = _without_brackets(pieces)
    for at, piece in enumerate(pieces):
        known = piece.sort == "word" and piece.text.lower() in MAIL and _is_behind_name(pieces, at)
        if known:
            found, name_at, sure = _mail_at(pieces, at), at, False
        elif _is_at(piece):
            behind = _behind_at(pieces, at)
            found = _mail_at(pieces, behind) or _handle_at(pieces, behind)
            name_at, sure = _first_at(pieces, at), found is not None and _is_dot(pieces, found[2] - 2)
        else:
            continue
        if found is None:
            continue
        kind, where, end = found
        name, begin = name_before(pieces, name_at, sure=sure, most=1 if known else MOST_WORDS)
        if name:
            value = f"{name}@{where}"
            place = pieces[begin].begin, pieces[end - 1].end
            yield Find("e-mail", value, *place) if kind == "e-mail" else Find("upi", value, *place)


def _is_at(piece: Piece) -> bool:
    return piece.text == "@" or (piece.means is not None and piece.means.role == "at")


def _without_brackets(pieces: list[Piece]) -> list[Piece]:
    """The pieces without those around "(at)" and "[dot]"."""
    if all(piece.text not in "([" for piece in pieces):
        return pieces
    around = {
        side
        for at in range(1, len(pieces) - 1)
        if (means := pieces[at].means) is not None and means.role in ("at", "dot", "sign")
        for side in (at - 1, at + 1)
        if pieces[side].text in "()[]"
    }
    return [piece for at, piece in enumerate(pieces) if at not in around]


def _is_behind_name(pieces: list[Piece], at: int) -> bool:
    """Whether a well-known mail's domain stands behind what may be a name, without "at"."""
    if not at or not _is_dot(pieces, at + 1):
        return False
    before = pieces[max(0, at - _NEAR_AT) : at]
    return before[-1].text.lower() not in NO_NAMES and not any(map(_is_at, before))


def _first_at(pieces: list[Piece], at: int) -> int:
    """The "at" before the wrong domain where one is corrected: "at yahoo, no sorry, at gmail dot com"."""
    here = at
    while here and _corrects_or_parts(pieces[here - 1]):
        here -= 1
    if not any(piece.means is not None and piece.means.role in ("sorry", "no") for piece in pieces[here:at]):
        return at
    return next((first for first in range(here - 1, max(0, here - _MOST_HANDLE), -1) if _is_at(pieces[first])), at)


def _corrects_or_parts(piece: Piece) -> bool:
    return piece.text == "," or (piece.means is not None and piece.means.role in ("sorry", "no", "filler"))


def _behind_at(pieces: list[Piece], at: int) -> int:
    """The piece behind "at", "at the rate", "at the rate of", and a comma behind these."""
    behind = _behind_rate(pieces, at)
    while behind < len(pieces) and behind < at + _MOST_PARTED and _parts(pieces[behind]):
        behind += 1
    return behind


def _parts(piece: Piece) -> bool:
    return piece.text == "," or piece.text.lower() in _HUMS


def _behind_rate(pieces: list[Piece], at: int) -> int:
    texts = [piece.text.lower() for piece in pieces[at + 1 : at + 5]]
    for words in (("the", "rate", "of"), ("the", "rate"), ("d", "rate"), ("rate",), ("द", "रेट"), ("दी", "रेट"), ("रेट",)):
        if tuple(texts[: len(words)]) == words:
            return at + 1 + len(words)
    return at + 1


def _is_dot(pieces: list[Piece], at: int) -> bool:
    if at >= len(pieces):
        return False
    piece = pieces[at]
    if piece.text == ".":
        return 0 < at < len(pieces) - 1 and piece.end == pieces[at + 1].begin
    return piece.means is not None and piece.means.role == "dot"


def _mail_at(pieces: list[Piece], at: int) -> tuple[str, str, int] | None:
    """A mail's domain, and the piece behind it."""
    words: list[str] = []
    here = at
    while here < len(pieces) and len(words) < MOST_WORDS and not _is_dot(pieces, here):
        piece = pieces[here]
        if piece.sort != "word":
            return None if not words else _without_ending(words, at)
        words.append(piece.text.lower())
        known = MAIL.get("".join(words)) if "".join(words) in ONLY_MAIL else None
        here += 1
        if known and not _is_dot(pieces, here):
            return "e-mail", known, here
    if not words:
        return None
    domain = [MAIL.get("".join(words), "".join(words)).split(".", maxsplit=1)[0]]
    while _is_dot(pieces, here) and here + 1 < len(pieces):
        ending = pieces[here + 1].text.lower()
        if ending not in ENDINGS and not _is_dot(pieces, here + 2):
            break
        domain.append(ENDINGS.get(ending, ending))
        here += 2
    if len(domain) == 1 or domain[-1] not in ENDINGS.values():
        return None
    return "e-mail", ".".join(domain), here


def _without_ending(words: list[str], at: int) -> tuple[str, str, int] | None:
    known = MAIL.get(words[0]) if words[0] in ONLY_MAIL else None
    return ("e-mail", known, at + 1) if known else None


def _handle_at(pieces: list[Piece], at: int) -> tuple[str, str, int] | None:
    """The longest handle of UPI, and the piece behind it."""
    joined, best = "", None
    for here in range(at, min(len(pieces), at + _MOST_HANDLE)):
        piece = pieces[here]
        if piece.sort != "word":
            break
        text = piece.text.lower()
        joined += (letters(piece) if _SPELLED_HINDI.match(text) else "") or HANDLE_PARTS.get(text, text)
        known = joined if joined in HANDLES else HANDLES_HINDI.get(text if here == at else "")
        if known:
            best = ("upi", known, here + 1)
    return best
