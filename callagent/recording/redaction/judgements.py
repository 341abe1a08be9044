"""What digits are by their length, how they begin, and their check digit."""

import re
from typing import Final, TypeAlias

from callagent.recording.redaction.checksums import luhn_holds, verhoeff_holds
from callagent.recording.redaction.finds import Kind

Judgement: TypeAlias = tuple[Kind, str] | None
"""What digits are, and their value."""

MOST_DIGITS: Final = 19
"""Of a card."""
FEWEST_DIGITS: Final = 8

_PHONE: Final = re.compile(r"(?:0?0?91|0)?([6-9]\d{9})|(?:0?0?91|0)([1-5]\d{9})")
"""Indian mobiles, and landlines with their 0 or 91."""
_METRO: Final = re.compile(r"(?:11|20|22|33|40|44|79)[2-7]\d{7}")
"""Landlines of the largest cities without their 0."""
_ABROAD: Final = re.compile(r"00([1-9]\d{8,13})")
_CARD_OF: Final = {13: "3456", 14: "356", 15: "3456", 17: "56", 18: "56"}
"""How card numbers of these lengths may begin (ISO/IEC 7812-1); those of 16 and 19 digits with all but 0 and 1."""


def aadhaar(digits: str) -> Judgement:
    """An Aadhaar, whose check digit holds."""
    holds = len(digits) == 12 and digits[0] in "23456789" and verhoeff_holds(digits)
    return ("aadhaar", digits) if holds else None


def card(digits: str) -> Judgement:
    """A card, whose check digit holds."""
    size = len(digits)
    holds = size >= 13 and digits[0] in _CARD_OF.get(size, "23456789") and luhn_holds(digits)
    return ("card", digits) if holds else None


def indian(digits: str) -> Judgement:
    """A telephone in India: a mobile, or a landline with its 0 or 91."""
    match = _PHONE.fullmatch(digits)
    return None if match is None else ("phone", f"+91{match[1] or match[2]}")


def metro(digits: str) -> Judgement:
    """A landline of one of the largest cities without its 0."""
    return ("phone", f"+91{digits}") if _METRO.fullmatch(digits) else None


def abroad(digits: str) -> Judgement:
    """A telephone abroad as it is dialled, with 00."""
    match = _ABROAD.fullmatch(digits)
    return None if match is None else ("phone", f"+{match[1]}")


def international(digits: str) -> Judgement:
    """A number with its country, given without the plus (E.164)."""
    if digits[0] == "0" or len(digits) > 15:
        return None
    if re.fullmatch(r"[6-9]\d{9}", digits):
        return "phone", f"+91{digits}"  # a plus too many
    indian = re.fullmatch(r"91(?:0?(\d{10}))?.*", digits)
    if indian is None:
        return "phone", f"+{digits}"
    return ("phone", f"+91{indian[1]}") if indian[1] and len(digits) - len(indian[1]) <= 3 else None


def as_told(digits: str, told: str | None) -> Judgement:
    """What a word before it says that it is: recognisers and callers get digits wrong."""
    size = len(digits)
    if not FEWEST_DIGITS <= size <= MOST_DIGITS:
        return None
    if told == "aadhaar" and size == 12:
        return "aadhaar", digits
    if told == "card" and size >= 13:
        return "card", digits
    return ("phone", digits) if told == "phone" and size <= 13 else None
