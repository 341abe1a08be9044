"""What a replayed call asked for and its recording does not hold."""

import asyncio
from dataclasses import dataclass
from typing import Literal, TypeAlias

What: TypeAlias = Literal["words", "model", "speech", "look-up", "key", "rest", "sound", "private"]
"""Of what caller, model, voice or shop said or pressed; the rest of what was stopped in the recording, or of it all;
what was said and is silent for good."""


@dataclass(frozen=True, slots=True)
class Missing:
    """One request, and what was given in its place."""

    at_s: float
    """Seconds since the replayed call began."""
    what: What
    asked: str
    """Such as the text that was to be spoken."""
    instead: str
    """Such as "estimated"."""


class Notes:
    """Those of one replay, and its time."""

    def __init__(self) -> None:
        self.missing: list[Missing] = []
        self.began_s = 0.0
        """When the call did, by the loop's time."""

    def begin(self) -> None:
        """The call begins now."""
        self.began_s = asyncio.get_running_loop().time()

    def at_s(self) -> float:
        """Seconds since the call began."""
        return asyncio.get_running_loop().time() - self.began_s

    def miss(self, what: What, asked: str, instead: str) -> None:
        """Put one down."""
        self.missing.append(Missing(round(self.at_s(), 4), what, asked, instead))
