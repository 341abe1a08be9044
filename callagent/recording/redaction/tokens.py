"""The tokens that stand for personal data in what is kept, and the values that stand in for them in a replay.

A stand-in is made of its token alone and looks like a value of its kind. That it is nobody's is as sure as can be:

- e-mail is at example.com, which nobody can have (RFC 2606); UPI is at the handle `example`, no bank's that we know;
- PANs have 0000 where those that are given begin with 0001;
- cards begin with 4000 0000, where makers of payment software have their test cards;
- Aadhaars begin with 9999 0000 and telephones with 90000: no numbers are known to us that are set apart for such use.
  Round ones show what they are; nothing may ring, text or look up a stand-in.
"""

import re
from typing import Final

from callagent.recording.redaction.checksums import with_luhn, with_verhoeff
from callagent.recording.redaction.finds import KINDS, Find
from callagent.recording.redaction.pieces import CLOSE, OPEN

CALLER: Final = f"{OPEN}caller{CLOSE}"
"""The caller's own telephone number."""
CALLER_STAND_IN: Final = "+919000000000"
"""What a redactor is given as the caller's number where tokens were replaced by stand-ins."""

TOKEN: Final = re.compile(
    rf"{OPEN}(?:(?P<kind>{'|'.join(KINDS)}) (?P<number>[1-9][0-9]{{0,6}})|caller"
    rf"|private (?P<secret>[1-9][0-9]{{0,6}}): (?P<shape>digits|text) (?P<size>[1-9][0-9]{{0,3}})(?: words)?){CLOSE}"
)
PART: Final = "↦"
"""Between a token and how much of it is meant."""
_PART: Final = re.compile(rf"{PART}([0-9]{{1,3}})")
_STEP: Final = 6_180_339_887
"""Spreads private digits; has no divisor in common with ten, so that different tokens give different digits."""
_ROUND: Final = 26**3
_MOST_NUMBERED: Final = 10_000
"""Numbers of tokens that are read out of a stand-in; a telephone's number that is none looks like a larger one."""
_NAMES: Final = ("avadi", "belora", "chiroma", "dalvira", "ekavara", "farisha", "gomira", "harida", "ilvana", "jovari")
"""Words without a meaning in any of the languages."""
_GLUE: Final = re.compile(r"[\w.@+%⟦⟧-]")


def token(kind: str, number: int) -> str:
    """Of one of `KINDS`; numbers count from 1."""
    return f"{OPEN}{kind} {number}{CLOSE}"


def private_token(number: int, value: str) -> str:
    """Of a private value, with its shape: how many digits it has, or words."""
    digits = "".join(char for char in value if char.isdecimal())
    if digits and not any(char.isalpha() for char in value):
        return f"{OPEN}private {number}: digits {min(len(digits), 9999)}{CLOSE}"
    return f"{OPEN}private {number}: text {max(1, min(len(value.split()), 9999))} words{CLOSE}"


def stand_in(token: str) -> str:
    """The value that stands for a token in a replay; different ones for different tokens of one shape.

    Of private digits there are only as many as the shape allows. Raises ValueError for what is no token.
    """
    match = TOKEN.fullmatch(token)
    if match is None:
        raise ValueError("no token of a redacted recording")  # its text may be a caller's
    if match["kind"]:
        return _of_kind(match["kind"], int(match["number"]))
    if not match["secret"]:
        return CALLER_STAND_IN
    number, size = int(match["secret"]), int(match["size"])
    if match["shape"] == "text":
        return " ".join(f"{_NAMES[at % len(_NAMES)]}{_letters(number, 2)}" for at in range(size))
    if size == 1:
        return str((4 + number) % 10)
    return f"1{number * _STEP % 10 ** (size - 1):0{size - 1}d}"


def restore(text: str) -> str:
    """A text with the stand-ins of all its tokens, set apart by spaces from what they would run together with.

    Behind a token, `PART` and a number stand for so many of its first characters, as while it is being said.
    """
    parts: list[str] = []
    end = 0
    for match in TOKEN.finditer(text):
        between = text[end : match.start()]
        parts.append(between)
        before = text[match.start() - 1 : match.start()]
        end = match.end()
        part = _PART.match(text, end)
        end = part.end() if part else end
        standing = stand_in(match[0])[: int(part[1])] if part else stand_in(match[0])
        parts.append((" " if before and _GLUE.match(before) else "") + standing)
        after = text[end : end + 1]
        if after and after != OPEN and _GLUE.match(after):
            parts.append(" ")
    return "".join((*parts, text[end:]))


def numbered(find: Find) -> int:
    """The number of the token that a value stands in for; 0 for a value that does not look like a stand-in."""
    match = _STAND_IN.fullmatch(f"{find.kind}:{find.value}")
    if match is None:
        return 0
    written = next(group for group in match.groups() if group)
    number = int(written) if written.isdecimal() else _of_letters(written)
    is_one = 0 < number < _MOST_NUMBERED and find.value.endswith(_of_kind(find.kind, number))
    return number if is_one else 0


_STAND_IN: Final = re.compile(
    r"phone:\+919(\d{9})|card:4000(\d{11})\d|aadhaar:9999(\d{7})\d|pan:([A-Z]{3})PZ0000A"
    r"|(?:upi|e-mail):person(\d{1,7})@example(?:\.com)?"
)


def _of_kind(kind: str, number: int) -> str:
    match kind:
        case "phone":
            return f"9{number:09d}"
        case "card":
            return with_luhn(f"4000{number:011d}")
        case "aadhaar":
            return with_verhoeff(f"9999{number:07d}")
        case "pan":
            return f"{_letters(number % _ROUND, 3).upper()}PZ0000A"
        case "upi":
            return f"person{number}@example"
        case _:
            return f"person{number}@example.com"


def _letters(number: int, fewest: int) -> str:
    """A number in letters: "aab" for 1."""
    letters = ""
    while number or len(letters) < fewest:
        number, rest = divmod(number, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def _of_letters(letters: str) -> int:
    number = 0
    for letter in letters.lower():
        number = number * 26 + ord(letter) - ord("a")
    return number
