"""The check digits by which card and Aadhaar numbers are told from other numbers."""

from typing import Final

_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PRODUCTS: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
"""The group of a pentagon's turns and reflections (J. Verhoeff, 1969)."""
_MOVES: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def luhn_holds(digits: str) -> bool:
    """Whether the last of the digits 0-9 is the one that Luhn's sum wants (ISO/IEC 7812-1)."""
    backwards = [int(digit) for digit in reversed(digits)]
    return (sum(backwards[::2]) + sum(_DOUBLED[digit] for digit in backwards[1::2])) % 10 == 0


def verhoeff_holds(digits: str) -> bool:
    """Whether the last of the digits 0-9 is the one that Verhoeff's scheme wants."""
    check = 0
    for at, digit in enumerate(reversed(digits)):
        check = _PRODUCTS[check][_MOVES[at % 8][int(digit)]]
    return check == 0


def with_luhn(digits: str) -> str:
    """The digits and the check digit that makes them a card's."""
    return next(digits + last for last in "0123456789" if luhn_holds(digits + last))


def with_verhoeff(digits: str) -> str:
    """The digits and the check digit that makes them an Aadhaar's."""
    return next(digits + last for last in "0123456789" if verhoeff_holds(digits + last))
