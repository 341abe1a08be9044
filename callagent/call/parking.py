"""Calls that have been handed over and may come back, because nobody picked up."""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

LIFETIME_S: Final = 900.0
"""Several people may be rung one after the other."""
MOST: Final = 200
"""Calls kept; beyond that the oldest go."""

Parked = TypeVar("Parked")


class Parking(Generic[Parked]):
    """One per process; what is kept of a call is taken once."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, tuple[float, Parked]] = OrderedDict()

    def park(self, call_id: str, parked: Parked, now_s: float) -> None:
        """Keep a call under the carrier's name for it."""
        self._forget(now_s)
        self._calls.pop(call_id, None)
        while len(self._calls) >= MOST:
            self._calls.popitem(last=False)
        self._calls[call_id] = (now_s, parked)

    def take(self, call_id: str, now_s: float) -> Parked | None:
        """The call, when it was handed over not long ago."""
        self._forget(now_s)
        return self._calls.pop(call_id, (0.0, None))[1]

    def _forget(self, now_s: float) -> None:
        while self._calls:
            since_s, _ = next(iter(self._calls.values()))
            if now_s - since_s <= LIFETIME_S:
                return
            self._calls.popitem(last=False)
