"""What a worker asks before it takes a call: of the table in its own process, or of the one that all workers share."""

from collections.abc import Callable
from typing import Protocol

from callagent.clock import Clock
from callagent.telephony.twilio.exchange import Exchange, Promise, Refusal


class Switchboard(Protocol):
    """The promises and calls of a server, as one of its workers sees them. No method raises."""

    @property
    def worker(self) -> int:
        """The number of the worker that asks; 0 for the only process of a server."""
        ...

    async def offer(self, call_sid: str) -> Promise | Refusal:
        """As `Exchange.offer`."""
        ...

    async def come_back(self, call_sid: str) -> Promise | Refusal:
        """As `Exchange.come_back`."""
        ...

    async def redeem(self, call_sid: str, token: str) -> bool:
        """Whether the token opens this call's stream here; it does so once."""
        ...

    def left(self, call_sid: str) -> None:
        """The call's stream here is over."""
        ...

    async def over(self, call_sid: str) -> None:
        """The carrier says that the call is over."""
        ...

    async def promised(self) -> int:
        """How many callers are on their way here."""
        ...

    def close(self) -> None:
        """Promise no more calls to this worker."""
        ...


class OwnSwitchboard:
    """Of a server of one process; `admits` says whether that can serve another call well."""

    worker = 0

    def __init__(self, clock: Clock, admits: Callable[[], bool] = lambda: True, most_calls: int = 0) -> None:
        self._clock = clock
        self._admits = admits
        self._exchange = Exchange(most_calls)
        self._exchange.enter(self.worker)

    async def offer(self, call_sid: str) -> Promise | Refusal:
        """As `Exchange.offer`."""
        now_s = self._clock.now_s()
        self._exchange.report(self.worker, now_s, admits=self._admits())
        return self._exchange.offer(call_sid, now_s)

    async def come_back(self, call_sid: str) -> Promise | Refusal:
        """As `Exchange.come_back`."""
        return self._exchange.come_back(call_sid, self._clock.now_s())

    async def redeem(self, call_sid: str, token: str) -> bool:
        """Whether the token opens this call's stream; it does so once."""
        return self._exchange.redeem(call_sid, token, self.worker, self._clock.now_s())

    def left(self, call_sid: str) -> None:
        """The call's stream is over."""
        self._exchange.left(call_sid, self.worker)

    async def over(self, call_sid: str) -> None:
        """The carrier says that the call is over."""
        self._exchange.over(call_sid)

    async def promised(self) -> int:
        """How many callers are on their way here."""
        return self._exchange.promised(self.worker, self._clock.now_s())

    def close(self) -> None:
        """Promise no more calls."""
        self._exchange.stopping = True
