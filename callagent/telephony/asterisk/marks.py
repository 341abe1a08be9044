"""The marks of a WebSocket call, by our own account.

Asterisk tells that a mark was reached, but throws marks away with the sound when it is told to flush, and before 20.18,
22.8 and 23.2 it knows none: then they are reached by the clock, as Asterisk plays at the speed of time. Time is an
argument.
"""

from collections import OrderedDict
from dataclasses import dataclass
from itertools import count
from typing import Final

PATIENCE_S: Final = 0.5
"""How much later than by the clock Asterisk may tell of a mark."""
IN_FLIGHT_S: Final = 0.06
"""So much sound may not have reached Asterisk's queue when that was empty."""


@dataclass(frozen=True, slots=True)
class _Mark:
    name: str
    due_s: float


class Marks:
    """One per call."""

    def __init__(self) -> None:
        self.is_told = True
        """Whether Asterisk tells of marks, as far as is known."""
        self._was_told = False
        self._numbers = count(1)
        self._pending: OrderedDict[str, _Mark] = OrderedDict()
        """By the short name that Asterisk is given."""
        self._played_until_s = float("-inf")

    def played(self, seconds: float, now_s: float) -> None:
        """So much sound was sent."""
        self._played_until_s = max(self._played_until_s, now_s) + seconds

    def add(self, name: str, now_s: float) -> str:
        """A mark follows what was sent; returns what Asterisk is to call it."""
        short = f"m{next(self._numbers)}"
        self._pending[short] = _Mark(name, max(self._played_until_s, now_s))
        return short

    def reached(self, short: str) -> list[str]:
        """Asterisk says that it came to a mark: the names of that and of all before it, if it is ours."""
        if short not in self._pending:
            return []
        self._was_told = True
        names = []
        while self._pending:
            key, mark = self._pending.popitem(last=False)
            names.append(mark.name)
            if key == short:
                break
        return names

    def drained(self, now_s: float) -> list[str]:
        """Asterisk says that its queue was empty: the names of the marks that it has come to then."""
        return self._due(now_s + IN_FLIGHT_S)

    def overdue(self, now_s: float) -> list[str]:
        """The names of marks that Asterisk has not told of, and should have."""
        if not self.is_told:
            return self._due(now_s)
        late = self._due(now_s - PATIENCE_S)
        if late and not self._was_told:
            self.is_told = False
        return late

    def clear(self) -> list[str]:
        """Everything that was sent is thrown away: the names of all marks that are pending."""
        names = [mark.name for mark in self._pending.values()]
        self._pending.clear()
        self._played_until_s = float("-inf")
        return names

    def _due(self, by_s: float) -> list[str]:
        names = []
        while self._pending and next(iter(self._pending.values())).due_s <= by_s:
            names.append(self._pending.popitem(last=False)[1].name)
        return names
