"""What a leg has to say, from wherever it comes, in order, for the one who reads it."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Final

from callagent.telephony.leg import LegEnd, LegEnded, LegSignal

MOST: Final = 250
"""Signals that wait, 5 s of sound: beyond that nothing more is to be read from the line until there is room."""


class Signals:
    """One per leg."""

    def __init__(self) -> None:
        self.over = False
        """Whether the end has been told; nothing comes after it."""
        self.room = asyncio.Event()
        """Whether more may be read from the line."""
        self.room.set()
        self._waiting: deque[LegSignal] = deque()
        self._filled = asyncio.Event()

    def tell(self, *signals: LegSignal) -> None:
        """Say something, unless the end was told."""
        if self.over or not signals:
            return
        self._waiting.extend(signals)
        self._filled.set()
        if len(self._waiting) >= MOST:
            self.room.clear()

    def end(self, reason: LegEnd) -> None:
        """Say the last thing; only the first reason counts."""
        self.tell(LegEnded(reason))
        self.over = True

    async def each(self) -> AsyncGenerator[LegSignal, None]:
        """All of it; ends after `LegEnded`."""
        while True:
            while self._waiting:
                signal = self._waiting.popleft()
                if not self._waiting:
                    self.room.set()
                yield signal
                if isinstance(signal, LegEnded):
                    return
            self._filled.clear()
            await self._filled.wait()
