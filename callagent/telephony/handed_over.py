"""Calls that were handed over: whom to ring next, and what who picks up hears first. Time is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from callagent.telephony.leg import Whisper

LIFETIME_S: Final = 900.0
"""Several people may be rung one after the other; a call that is asked about no more is over."""
MOST: Final = 1000
"""Calls kept; beyond that the oldest go."""


@dataclass(slots=True)
class _Call:
    since_s: float
    numbers: list[tuple[str, float]]
    """Those still to be rung, and for how many seconds."""
    whisper: Whisper


class HandedOver:
    """One per carrier and process; each number is given out once."""

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def begin(self, call_id: str, numbers: Sequence[tuple[str, float]], whisper: Whisper, now_s: float) -> None:
        """A call is handed over to these, to be rung one after the other, each for so many seconds."""
        self._forget_old(now_s)
        self._calls.pop(call_id, None)
        while len(self._calls) >= MOST:
            del self._calls[next(iter(self._calls))]
        self._calls[call_id] = _Call(now_s, list(numbers), whisper)

    def knows(self, call_id: str, now_s: float) -> bool:
        """Whether a call was handed over, and nobody has said what became of it."""
        self._forget_old(now_s)
        return call_id in self._calls

    def next_number(self, call_id: str, now_s: float) -> tuple[str, float] | None:
        """Whom to ring now, and for how many seconds; None when nobody is left."""
        self._forget_old(now_s)
        call = self._calls.get(call_id)
        return call.numbers.pop(0) if call and call.numbers else None

    def whisper(self, call_id: str, now_s: float) -> Whisper:
        """What who picks up hears before the caller joins; without text for a call that is not known."""
        self._forget_old(now_s)
        call = self._calls.get(call_id)
        return call.whisper if call else Whisper()

    def forget(self, call_id: str) -> None:
        """The call is over, or back."""
        self._calls.pop(call_id, None)

    def _forget_old(self, now_s: float) -> None:
        while self._calls and now_s - next(iter(self._calls.values())).since_s > LIFETIME_S:
            del self._calls[next(iter(self._calls))]
