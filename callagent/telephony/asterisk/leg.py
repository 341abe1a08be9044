"""What both of Asterisk's legs have: who is on the line, what was wrong with it, and its sound on the way in."""

import asyncio
from abc import ABC, abstractmethod

import structlog

from callagent.media.audio import Chunk
from callagent.telephony.asterisk.handovers import HandOver
from callagent.telephony.asterisk.sound import Coding, Inward, Outward
from callagent.telephony.leg import AudioReceived, LegCounters, LegEnd, LegInfo
from callagent.telephony.nonsense import Nonsense
from callagent.telephony.signals import Signals

log = structlog.get_logger("callagent.asterisk")


class AsteriskLeg(ABC):
    """One connection; without `hand_over` the dialplan cannot ring anybody else."""

    def __init__(self, info: LegInfo, coding: Coding, hand_over: HandOver | None) -> None:
        self._info = info
        self._hand_over = hand_over
        self._counters = LegCounters()
        self._nonsense = Nonsense(self._counters)
        self._signals = Signals()
        self._inward, self._outward = Inward(coding), Outward(coding)
        self._position = 0
        self._gone = asyncio.Event()
        self._hanging_up = False
        self.is_handed_over = False
        """Whether the call goes on without this leg."""

    @property
    def info(self) -> LegInfo:
        """Who is on the line."""
        return self._info

    @property
    def counters(self) -> LegCounters:
        """What was malformed so far; a TCP connection loses nothing."""
        return self._counters

    @property
    def quality(self) -> None:
        """Not told by this carrier."""
        return

    @abstractmethod
    def _end(self, reason: LegEnd) -> None:
        """Say the last thing, unless it was said."""

    def _take_sound(self, data: bytes) -> None:
        """Sound came, in Asterisk's coding."""
        for chunk in self._inward.feed(data):
            self._signals.tell(AudioReceived(Chunk(chunk, self._position)))
            self._position += len(chunk) // 2

    def _note_nonsense(self, reason: str) -> None:
        """What came could not be understood; too much of it ends the call."""
        if self._nonsense.is_too_much(asyncio.get_running_loop().time()) and not self._signals.over:
            malformed = self._counters.malformed
            log.warning("connection broken off", call=self._info.call_id, malformed=malformed, last=reason)
            self._end(LegEnd.PROTOCOL_BROKEN)
