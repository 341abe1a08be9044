"""How players wait: as long as their originals did, and a provider's recorded fault."""

import asyncio
from typing import Final

from callagent import errors
from callagent.errors import ProviderError, ProviderUnavailableError

STOPPED_S: Final = 0.25
"""How long after the moment at which something was stopped in the recording it is taken to have gone on by itself."""
USUAL_S: Final = 0.15
"""After the end of a turn its words are there, where the recording does not tell, or what it takes tells nothing."""
_HOPS: Final = 8
"""Rounds of the event loop in which all that comes at one moment is dealt with."""


class Pace:
    """Waits from moment to moment of something that was recorded, each in seconds since it began.

    The pauses are the recorded ones to the last digit: on virtual time that decides what is first at one moment.
    """

    def __init__(self) -> None:
        self._at_s = 0.0

    async def until(self, after_s: float) -> None:
        """Wait for a moment that was recorded; no time for one that is over."""
        pause_s = round(after_s - self._at_s, 4)
        if pause_s > 0:
            self._at_s = after_s
            await asyncio.sleep(pause_s)


async def let_others_first() -> None:
    """What the line brings at this very moment is heard before."""
    for _ in range(_HOPS):
        await asyncio.sleep(0)


def fault(error: str, provider: str) -> ProviderError:
    """An error of a recorded class; another kind of failure becomes that of a provider that is not there."""
    kind = getattr(errors, error, None)
    if not (isinstance(kind, type) and issubclass(kind, ProviderError)):
        kind = ProviderUnavailableError
    return kind(provider, "failed in the recording")
