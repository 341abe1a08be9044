"""What rings somebody: a carrier that can make calls; and what is told of such a call."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from callagent.telephony.leg import Leg


class Dialler(Protocol):
    """A carrier's way to ring an E.164 number. Who may be rung is for others to judge."""

    async def dial(
        self,
        number: str,
        ring_s: float,
        have: Callable[[Leg], Awaitable[None]],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Ring a number for so long; once somebody picks up, `have` is awaited with the leg, and then the call is over.

        `progress` is told "ringing" and "answered". Cancelling it hangs up. Raises NotAnsweredError when nobody picks
        up, CarrierRefusedError when the carrier cannot be asked.
        """
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How it goes with a call that somebody asked for."""

    state: str
    """ "queued", "ringing", "answered"; at last "over" or "failed"."""
    reason: str = ""
    """How a call that is over ended; why one failed: as `NotAnsweredError` has it, or "refused"."""
    message: str = ""
    """What is to be said to a person of one that failed."""
    call_id: str = ""
    """The carrier's name for one that is over."""

    @property
    def is_last(self) -> bool:
        """Whether no more will be told."""
        return self.state in {"over", "failed"}
