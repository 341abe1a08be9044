"""Gathering keys: one is enough for a menu, a number is complete at its longest, or at '#'."""

from dataclasses import dataclass
from typing import Final

KEYS: Final = frozenset("0123456789*#")
FINISH: Final = "#"
MOST: Final = 32
"""Keys kept; no number is longer."""


@dataclass(slots=True)
class Keypad:
    """The keys of one answer."""

    longest: int = 1
    """1 for a single key, else the most digits of the number that is asked for."""
    _keys: str = ""

    def expect(self, longest: int | None) -> None:
        """A number of up to `longest` digits is asked for, or None for a single key.

        Keys that were pressed already are kept: a caller in the know is quicker than the question.
        """
        self.longest = longest or 1

    def press(self, key: str) -> None:
        """Take one of `KEYS`."""
        self._keys = (self._keys + key)[:MOST]

    @property
    def complete(self) -> bool:
        """Whether the keys make a whole answer."""
        return len(self._keys) >= self.longest or (self.longest > 1 and FINISH in self._keys)

    def take(self) -> str:
        """The answer; the next one starts empty."""
        keys, self._keys = self._keys, ""
        return keys.partition(FINISH)[0][: self.longest] if self.longest > 1 else keys[:1]
