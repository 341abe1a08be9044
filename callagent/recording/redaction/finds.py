"""What was found in a text."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["card", "aadhaar", "pan", "phone", "upi", "e-mail"]
KINDS: Final[tuple[Kind, ...]] = ("card", "aadhaar", "pan", "phone", "upi", "e-mail")


@dataclass(frozen=True, slots=True)
class Find:
    """Personal data at a place in a text."""

    kind: Kind
    value: str
    """The same in whichever way it was written or said: digits; E.164 for phones; capitals for PANs."""
    begin: int
    end: int
    """Places in the text; `end` is behind the last character."""
