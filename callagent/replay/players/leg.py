"""A loopback leg whose carrier refuses what the recorded one refused."""

from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence

from callagent.errors import CarrierRefusedError
from callagent.events import CallTransferred, Event, TextFailed, TextSent, TransferFailed
from callagent.telephony.leg import LegCounters, LegInfo, LegSignal, Whisper
from callagent.telephony.loopback import LoopbackLeg

OWN_REASONS = ("no number", "not allowed", "too long", "too many")
"""Why callagent itself did not ask a carrier: it will not this time either."""


class RecordedLeg:
    """The `Leg` of a replay. What was not asked in the recording is granted."""

    def __init__(self, inner: LoopbackLeg, events: Iterable[Event]) -> None:
        self._inner = inner
        self._texts: deque[bool] = deque()
        """Whether each was sent."""
        self._transfers: deque[bool] = deque()
        for event in events:
            if isinstance(event, TextSent | TextFailed):
                if not (isinstance(event, TextFailed) and event.reason in OWN_REASONS):
                    self._texts.append(isinstance(event, TextSent))
            elif isinstance(event, CallTransferred | TransferFailed) and not (
                isinstance(event, TransferFailed) and event.reason in OWN_REASONS
            ):
                self._transfers.append(isinstance(event, CallTransferred))

    @property
    def info(self) -> LegInfo:
        """Who is on the line."""
        return self._inner.info

    @property
    def counters(self) -> LegCounters:
        """What nobody read in time."""
        return self._inner.counters

    @property
    def quality(self) -> None:
        """There is no line."""
        return

    def signals(self) -> AsyncGenerator[LegSignal, None]:
        """Everything from the far end."""
        return self._inner.signals()

    def play(self, pcm: bytes) -> None:
        """Send it."""
        self._inner.play(pcm)

    def mark(self, name: str) -> None:
        """Ask to be told."""
        self._inner.mark(name)

    def clear(self) -> None:
        """Throw away what has not been heard."""
        self._inner.clear()

    async def send_text(self, to: str, text: str) -> None:
        """Keep it, or refuse it as the carrier did. Raises CarrierRefusedError."""
        if not (self._texts.popleft() if self._texts else True):
            raise CarrierRefusedError("the carrier refused it in the recording")
        await self._inner.send_text(to, text)

    async def transfer(self, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Keep the numbers, or refuse them as the carrier did. Raises CarrierRefusedError."""
        if not (self._transfers.popleft() if self._transfers else True):
            raise CarrierRefusedError("the carrier refused it in the recording")
        await self._inner.transfer(numbers, whisper)

    async def hang_up(self) -> None:
        """End the call."""
        await self._inner.hang_up()
