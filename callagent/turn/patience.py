"""How long to wait: for the caller to go on (endpointing), to begin, or to press the next key.

What was asked decides: "yes" is complete when it is said; a number is spoken in groups with pauses between them.
"""

from dataclasses import dataclass
from typing import Final

NEVER_S: Final = float("inf")


@dataclass(frozen=True, slots=True)
class Patience:
    """Waiting times in seconds."""

    pause_s: float
    """Silence after speech that ends the caller's turn, counted from the last sound."""
    key_gap_s: float = 3.0
    """Between two keys of a number."""
    longest_turn_s: float = 30.0
    """A turn is closed after this, whatever goes on: a television never stops talking."""
    answers_are_whole: bool = False
    """Whether one of the expected answers needs nothing after it: "yes" does not, "a fan" may ("a fan with remote")."""
    early_s: float = 0.2
    """Silence after which what was said by then is recognized, in case it was all."""


DEFAULT: Final = Patience(pause_s=0.6)

BY_KIND: Final[dict[str, Patience]] = {
    "yes or no": Patience(pause_s=0.4, answers_are_whole=True),
    "choice": Patience(pause_s=0.5, answers_are_whole=True),
    "catalogue item": Patience(pause_s=0.6),
    "digits": Patience(pause_s=1.1, early_s=NEVER_S),
    "number": Patience(pause_s=0.8, early_s=NEVER_S),
    "phone number": Patience(pause_s=1.2, early_s=NEVER_S),
    "pin code": Patience(pause_s=1.1, early_s=NEVER_S),
    "date": Patience(pause_s=0.9, early_s=NEVER_S),
    "name": Patience(pause_s=0.9, early_s=NEVER_S),
    "free text": Patience(pause_s=1.3, early_s=NEVER_S),
    "free": Patience(pause_s=0.6),
}
"""By the dialogue's word for the answer that is expected."""


def patience_for(kind: str) -> Patience:
    """The waiting times for an answer of this kind; unknown kinds get the middle way."""
    return BY_KIND.get(kind, DEFAULT)
