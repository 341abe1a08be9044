"""What rings somebody: a carrier that can make calls."""

from collections.abc import Awaitable, Callable
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
