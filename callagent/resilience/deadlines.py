"""How long a provider may take: for its first useful output, and for each that follows."""

from collections import deque
from dataclasses import dataclass
from typing import Final

KEPT: Final = 50
"""First outputs that are remembered, of each provider."""
ENOUGH: Final = 20
"""So many are needed before a deadline follows them."""
SLACK: Final = 2.0
"""A provider that takes so many times its own recent p95 is not slow but stuck."""
SHORTEST_S: Final = 0.3
"""No deadline is tightened below this: a busy machine alone may cost as much."""
MISSED: Final = 3
"""Of those that are remembered so many that came too late show that the deadline, not the provider, is at fault."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In seconds; the configuration's."""

    first_s: float
    """From the request until the first useful output, connecting included."""
    stall_s: float
    """Between two outputs after it."""


class Pace:
    """How soon one provider has been giving its first output lately."""

    def __init__(self) -> None:
        self._took_s: deque[float] = deque(maxlen=KEPT)
        self._missed: deque[bool] = deque(maxlen=KEPT)
        """Of the last ones, which came too late: how late nobody waited to see, so they have no part in the p95."""
        self._p90_s: float | None = None
        self._p95_s: float | None = None

    def note(self, took_s: float) -> None:
        """A first output came after so long."""
        self._missed.append(False)
        self._took_s.append(took_s)
        in_order = sorted(self._took_s)
        if len(in_order) >= ENOUGH:
            self._p90_s, self._p95_s = (in_order[(len(in_order) * share - 1) // 100] for share in (90, 95))

    def miss(self) -> None:
        """No first output came within the deadline."""
        self._missed.append(True)

    @property
    def p90_s(self) -> float | None:
        """As `p95_s`: when nine of ten have begun."""
        return self._p90_s

    @property
    def p95_s(self) -> float | None:
        """Of the last fifty; None before there are enough to say."""
        return self._p95_s

    def limit_s(self, configured_s: float) -> float:
        """The deadline for a first output: what is configured, or sooner for one that has been faster by far.

        One that keeps missing the sooner one may have become slower for good, and still be fast enough.
        """
        if self._p95_s is None or sum(self._missed) >= MISSED:
            return configured_s
        return min(configured_s, max(SHORTEST_S, SLACK * self._p95_s))
