"""Calls that Asterisk's dialplan hands over to people: it asks here whom to ring next. Pure; time is an argument.

A leg that hands its call over hangs up, which lets the dialplan go on; it then asks, rings whom it is told, and asks
again with what became of that, until somebody has had the caller or the call comes back. Each ring has a name of its
own: the next question must show the name of the ring before, so that a question which is asked twice gives out nothing;
and under that name the channel of who has picked up connects here, to hear what it is about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID, uuid4

from callagent.telephony.handed_over import HandedOver
from callagent.telephony.leg import LegInfo, Whisper

BACK_WITHIN_S: Final = 60.0
"""A call that is to come back does so at once, or not at all."""
MOST: Final = 1000
"""Calls that were refused and are kept; beyond that the oldest go."""
OVER: Final = frozenset({"ANSWER", "CANCEL"})
"""DIALSTATUS of a ring after which nobody else is rung: the two have talked, or the caller has hung up."""

HandOver: TypeAlias = Callable[[Sequence[tuple[str, float]], Whisper], None]
"""Has the dialplan ring people, as soon as the leg has hung up."""


class Answer(StrEnum):
    """What the dialplan is told where nobody is to be rung, nor the call to come back."""

    BUSY = "BUSY"
    """The call could not be taken, and has not been talked with."""
    HANG_UP = "HANGUP"
    """The call is over; also for one that is not known here."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Whom to ring now."""

    number: str
    seconds: int
    name: UUID
    """Of this ring."""

    def __str__(self) -> str:
        return f"{self.number},{self.seconds},{self.name}"


@dataclass(frozen=True, slots=True)
class Return:
    """Nobody has picked up: the call is to come back, as soon as that is promised; see `Handovers.promise`."""

    info: LegInfo


@dataclass(slots=True)
class _Call:
    info: LegInfo
    ring: UUID | None = None
    """The ring that goes on."""
    was_cut: bool = False
    """Whether who picked up then has hung up before hearing all that it is about."""


@dataclass(frozen=True, slots=True)
class _Back:
    since_s: float
    info: LegInfo
    token: str
    """What the switchboard wants to see when it comes."""


class Handovers:
    """One per server."""

    def __init__(self) -> None:
        self._rings = HandedOver()
        self._calls: dict[str, _Call] = {}
        self._back: dict[str, _Back] = {}
        self._refused: dict[str, float] = {}
        """Since when, by call."""

    def begin(self, info: LegInfo, numbers: Sequence[tuple[str, float]], whisper: Whisper, now_s: float) -> None:
        """A call is handed over: the dialplan will ask about it."""
        self._forget_old(now_s)
        self._rings.begin(info.call_id, numbers, whisper, now_s)
        self._back.pop(info.call_id, None)
        self._calls[info.call_id] = _Call(info)

    def ask(self, call_id: str, after: str, status: str, now_s: float) -> Ring | Return | Answer:
        """What the dialplan is to do now; `after` is the name of its last ring, `status` that ring's DIALSTATUS."""
        self._forget_old(now_s)
        if self._refused.pop(call_id, None) is not None:
            return Answer.BUSY
        call = self._calls.get(call_id)
        if call is None or after != ("" if call.ring is None else str(call.ring)):
            return Answer.HANG_UP
        if call.ring is not None and status in OVER and not call.was_cut:
            self._forget(call_id)
            return Answer.HANG_UP
        rung = self._rings.next_number(call_id, now_s)
        if rung is None:
            self._forget(call_id)
            return Return(call.info)
        number, ring_s = rung
        call.ring, call.was_cut = uuid4(), False
        return Ring(number, max(1, round(ring_s)), call.ring)

    # --- who has picked up -------------------------------------------------------------------------------------------

    def whisper(self, ring: UUID, now_s: float) -> Whisper | None:
        """What who has picked up at a ring is to hear; None where none of that name goes on."""
        self._forget_old(now_s)
        found = self._at(ring)
        return self._rings.whisper(found.info.call_id, now_s) if found else None

    def cut(self, ring: UUID) -> None:
        """Who has picked up has hung up before hearing all: they do not want the call."""
        if found := self._at(ring):
            found.was_cut = True

    def _at(self, ring: UUID) -> _Call | None:
        return next((call for call in self._calls.values() if call.ring == ring), None)

    # --- calls that come back, and that never came -------------------------------------------------------------------

    def promise(self, info: LegInfo, token: str, now_s: float) -> None:
        """A call is about to come back; the switchboard wants to see this token then."""
        self._forget_old(now_s)
        self._back.pop(info.call_id, None)
        self._back[info.call_id] = _Back(now_s, info, token)

    def come_back(self, call_id: str, now_s: float) -> tuple[LegInfo, str] | None:
        """Whose call it is that comes, and its promise; None for one that was not told to come back. Told once."""
        self._forget_old(now_s)
        back = self._back.pop(call_id, None)
        return (back.info, back.token) if back else None

    def refuse(self, call_id: str, now_s: float) -> None:
        """A call could not be taken."""
        self._forget_old(now_s)
        self._refused.pop(call_id, None)
        while len(self._refused) >= MOST:
            del self._refused[next(iter(self._refused))]
        self._refused[call_id] = now_s

    def _forget(self, call_id: str) -> None:
        self._rings.forget(call_id)
        self._calls.pop(call_id, None)

    def _forget_old(self, now_s: float) -> None:
        for call_id in [one for one in self._calls if not self._rings.knows(one, now_s)]:
            del self._calls[call_id]
        while self._back and now_s - next(iter(self._back.values())).since_s > BACK_WITHIN_S:
            del self._back[next(iter(self._back))]
        while self._refused and now_s - next(iter(self._refused.values())) > BACK_WITHIN_S:
            del self._refused[next(iter(self._refused))]
