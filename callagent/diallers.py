"""Outbound calls: whether one may be made now, who rings, with which flow, and what is told of how it goes."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from callagent.call.faults import fault
from callagent.call_taker import CallTaker
from callagent.clock import Clock
from callagent.edition import Editions
from callagent.errors import CarrierError, CarrierRefusedError, NotAnsweredError
from callagent.settings.settings import Settings
from callagent.telephony.destinations import Destinations
from callagent.telephony.leg import Leg
from callagent.telephony.masking import masked_number
from callagent.telephony.outbound import Dialler, Progress
from callagent.telephony.twilio.dialling import TwilioDialler
from callagent.telephony.twilio.switchboard import Switchboard

ALIVE_S: Final = 5.0
"""How often it is told how a call goes, though nothing has changed: whoever asked may be gone."""
MOST: Final = 100
"""Calls of a process that are queued, ringing or had, because somebody asked for them."""
LONGEST_QUEUE_S: Final = 10.0
"""How long a call may have to wait for those that were asked for before it."""

log = structlog.get_logger("callagent.app")


@dataclass(slots=True)
class _Call:
    told: asyncio.Queue[Progress] = field(default_factory=asyncio.Queue)
    answered: bool = False


class Diallers:
    """One per process."""

    def __init__(
        self, taker: CallTaker, editions: Editions, switchboard: Switchboard, clock: Clock, settings: Settings
    ) -> None:
        self.sip: Dialler | None = None
        """Who rings by the SIP trunk, where there is one; it comes first."""
        self.twilio: TwilioDialler | None = None
        """Who rings by Twilio, where there is an account."""
        self._destinations = Destinations(settings.dial_allowed)
        self._taker = taker
        self._editions = editions
        self._switchboard = switchboard
        self._clock = clock
        self._gap_s = settings.workers / settings.dial_per_s
        """Between two calls that this process begins."""
        self._next_s = 0.0
        """When the next call may begin."""
        self._serial = itertools.count(1)
        self._calls: dict[asyncio.Task[None], _Call] = {}

    async def dial(self, typed: str, flow: str, ring_s: float) -> AsyncGenerator[Progress, None]:
        """Have a number rung for so long, with a flow, empty for the server's own; then, how it goes.

        Raises DestinationError for a number that may not be rung, ConfigurationError and ContentError for the flow,
        and CarrierRefusedError when nobody can be rung now. Closing what this returns gives the call up, unless
        somebody has picked up.
        """
        number = self._destinations.check(typed)
        by_sip = self.sip is not None
        dialler = self.sip or (self.twilio and self.twilio.with_flow(flow))
        if dialler is None:
            raise CarrierRefusedError("There is nobody to ring with: calls go out by a SIP trunk or by Twilio.")
        await self._editions.of(flow)
        now_s = self._clock.now_s()
        begins_s = max(now_s, self._next_s)
        if len(self._calls) >= MOST or begins_s - now_s > LONGEST_QUEUE_S:
            raise CarrierRefusedError("Too many calls were asked for at once: ask again in a while.", retryable=True)
        place = f"dial-{self._switchboard.worker}-{next(self._serial)}"
        offered = await self._switchboard.offer(place)
        if offered == "stopping":
            raise CarrierRefusedError("The server is about to stop: it begins no calls any more.", retryable=True)
        if offered == "busy":
            raise CarrierRefusedError("The server has as many calls as it can serve well.", retryable=True)
        self._next_s = begins_s + self._gap_s
        call = _Call()

        async def ring() -> None:
            await asyncio.sleep(begins_s - now_s)
            log.info("dialling", number=masked_number(number), flow=flow, ring_s=ring_s)
            await dialler.dial(number, ring_s, have, lambda state: call.told.put_nowait(Progress(state)))

        async def have(leg: Leg) -> None:
            call.answered = True
            if by_sip:  # whose calls of ours nobody else counts
                await self._switchboard.redeem(place, offered.token)
            else:
                await self._switchboard.over(place)
            summary = await self._taker.have(leg, flow)
            disposition = summary.disposition if summary else "server stopped"
            call.told.put_nowait(Progress("over", disposition, call_id=leg.info.call_id))

        return self._tell(call, lambda: self._conclude(ring, call, place))

    def end(self) -> None:
        """Give up all that nobody has answered yet."""
        for task, call in self._calls.items():
            if not call.answered:
                task.cancel()

    async def aclose(self) -> None:
        """Ring nobody any more."""
        tasks = tuple(self._calls)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _conclude(self, ring: Callable[[], Awaitable[None]], call: _Call, place: str) -> None:
        """Ring; whatever comes of it is told."""
        why = Progress("failed", "failed", "The call was given up.")
        try:
            await ring()
            why = Progress("over")  # which has been told by now, with its disposition
        except NotAnsweredError as error:
            usual = str(NotAnsweredError(error.reason))
            why = Progress("failed", error.reason, "" if str(error) == usual else str(error))
        except CarrierError as error:
            why = Progress("failed", "refused", str(error))
        except Exception as error:  # noqa: BLE001  # whoever asked is told that it failed, and the log why
            log.error("not dialled", **fault(error))
            why = Progress("failed", "failed", type(error).__name__)
        finally:
            call.told.put_nowait(why)
            self._switchboard.left(place)
            await self._switchboard.over(place)

    async def _tell(
        self, call: _Call, conclude: Callable[[], Coroutine[Any, Any, None]]
    ) -> AsyncGenerator[Progress, None]:
        last = Progress("queued")
        task = asyncio.create_task(conclude(), name="dial")
        self._calls[task] = call
        task.add_done_callback(self._calls.pop)
        try:
            yield last
            while not last.is_last:
                with suppress(TimeoutError):
                    async with asyncio.timeout(ALIVE_S):
                        last = await call.told.get()
                yield last
        finally:
            if not call.answered:
                task.cancel()
                await asyncio.wait({task})
