"""How long a call goes on: what ends it, though nobody hangs up."""

import asyncio
from contextlib import suppress
from typing import Literal, TypeAlias

from callagent.call.services import Limits
from callagent.telephony.leg import LegEnd

Limit: TypeAlias = Literal["length", "silence", "no media", "restarts"]


class Lifetime:
    """The time at which a call is over, however it stands then. Only ever brought forward."""

    def __init__(self) -> None:
        self.end = LegEnd.AGENT_HUNG_UP
        """How the call has ended, where this ended it."""
        self._due_s: float | None = None
        self._timeout: asyncio.Timeout | None = None

    def cut(self, end: LegEnd = LegEnd.AGENT_HUNG_UP, within_s: float = 0.0) -> None:
        """End the call in so many seconds."""
        due_s = asyncio.get_running_loop().time() + within_s
        if self._due_s is not None and self._due_s <= due_s:
            return
        self._due_s, self.end = due_s, end
        if self._timeout is not None:
            with suppress(RuntimeError):  # the listening is over already
                self._timeout.reschedule(due_s)

    def begin(self) -> asyncio.Timeout:
        """What the call's listening is to be done in; raises TimeoutError when it is over."""
        self._timeout = asyncio.timeout_at(self._due_s)
        return self._timeout


class Watchdog:
    """Which limit a call has reached. Time is an argument."""

    def __init__(self, limits: Limits, now_s: float) -> None:
        self._limits = limits
        self._began_s = now_s
        self._media_s = now_s
        """When audio last came."""
        self._silent_s = 0.0
        """Silence of the caller since they last said or keyed anything, without the time in which the agent spoke."""
        self._silences = 0
        self._told = False

    def audio_came(self, now_s: float) -> None:
        """20 ms from the carrier, with or without a voice in them."""
        self._media_s = now_s

    def caller_acted(self) -> None:
        """The caller spoke, or pressed a key."""
        self._silent_s, self._silences = 0.0, 0

    def caller_silent(self, seconds: float) -> bool:
        """The caller was asked and said nothing for so long; whether nobody seems to be there.

        The first silence is always the flow's own to answer, however long it let the caller think.
        """
        self._silent_s += seconds
        self._silences += 1
        return self._silences > 1 and self._silent_s >= self._limits.silent_s

    def look(self, now_s: float) -> Limit | None:
        """Whether the call has gone on for too long, or the line is dead; told once."""
        limit: Limit | None = None
        if now_s - self._media_s >= self._limits.no_media_s:
            limit = "no media"
        elif now_s - self._began_s >= self._limits.call_s:
            limit = "length"
        if limit is None or self._told:
            return None
        self._told = True
        return limit
