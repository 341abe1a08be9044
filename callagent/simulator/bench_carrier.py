"""Whoever carries the calls of a measurement: Twilio, or a SIP trunk."""

from typing import Protocol, Self, TypeVar

from callagent.media.playback import PlaybackCounts
from callagent.simulator.call_end import CallEnd
from callagent.simulator.line import Line
from callagent.simulator.ticker import Ticker

Where = TypeVar("Where")
Where_contra = TypeVar("Where_contra", contravariant=True)


class MeasuredCall(Line, Protocol):
    """A call, and what its carrier saw of it."""

    @property
    def end(self) -> CallEnd | None:
        """How it ended; None before it has."""
        ...

    @property
    def playback(self) -> PlaybackCounts:
        """How the server fed it."""
        ...

    @property
    def complaints(self) -> list[str]:
        """What the server sent and should not have."""
        ...


class BenchCarrier(Protocol[Where_contra]):
    """Whoever carries the calls."""

    @property
    def ticker(self) -> Ticker:
        """What they all share."""
        ...

    async def call(self, destination: Where_contra, /) -> MeasuredCall:
        """Place one. Raises CarrierError when the server does not take it."""
        ...


class ServedCarrier(BenchCarrier[Where], Protocol[Where]):
    """A carrier for which a server of callagent's can be set up; used as an async context manager."""

    async def __aenter__(self) -> Self:
        """From now on it takes calls."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """Its calls are over."""
        ...

    def reached_at(self, url: str) -> tuple[dict[str, str], Where]:
        """What a server with this address is told in its environment, and where calls then reach it."""
        ...
