"""Ringing somebody through Twilio.

https://www.twilio.com/docs/voice/api/call-resource#create-a-call. The REST API has the number rung; Twilio tells one of
our addresses how that goes, and asks another for TwiML once somebody picks up. Both name the worker that had it rung,
so that the call's stream comes to whoever waits for it. They also hold all that another worker would need to know,
should that one be gone by then.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import structlog

from callagent.errors import CarrierError, CarrierRefusedError, NotAnswered, NotAnsweredError
from callagent.telephony.leg import Leg
from callagent.telephony.outbound import Dialler
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi

CONNECT_S: Final = 15.0
"""What Twilio may take, beyond the ringing, to begin with it and to connect whoever picks up."""
MOST_GIVEN_UP: Final = 1000
PROGRESS: Final[Mapping[str, str]] = {"ringing": "ringing", "in-progress": "answered"}
"""By Twilio's CallStatus: what is told of a call that goes well."""
ORDER: Final = ("", "ringing", "answered")
"""Twilio's reports may overtake each other; what is told never goes back."""
REASONS: Final[Mapping[str, NotAnswered]] = {
    "busy": "busy",
    "no-answer": "no answer",
    "canceled": "no answer",
    "failed": "failed",
}
"""By Twilio's last CallStatus."""
NO_SUCH_NUMBER: Final = frozenset({"404", "410", "484", "604"})
"""SipResponseCode of a call that failed, where Twilio tells one (RFC 3261, 21.4)."""

log = structlog.get_logger("callagent.twilio")


@dataclass(slots=True)
class _Dialled:
    have: Callable[[Leg], Awaitable[None]]
    progress: Callable[[str], None]
    told: str = ""
    """What was told last."""
    met: bool = False
    """Whether its stream is here."""
    reason: NotAnswered | None = None
    """Why there will be no stream."""
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """Its stream is here, or never will be."""
    had: asyncio.Event = field(default_factory=asyncio.Event)
    """Its conversation is over."""

    def tell(self, what: str) -> None:
        if ORDER.index(what) > ORDER.index(self.told):
            self.told = what
            self.progress(what)


class TwilioDialler:
    """All that one worker has rung; `sender` is the account's number that is shown to whoever is rung."""

    def __init__(self, account: TwilioAccount, api: TwilioApi, sender: str, worker: int = 0) -> None:
        here = f"/{worker}" if worker else ""
        self._answer_url = f"{account.public_url.rstrip('/')}/twilio/outbound{here}"
        self._status_url = f"{account.public_url.rstrip('/')}/twilio/dialled{here}"
        self._api = api
        self._sender = sender
        self._dialled: dict[str, _Dialled] = {}
        """By a name of our own: Twilio may tell of a call before it has told us its CallSid."""
        self._given_up: deque[str] = deque(maxlen=MOST_GIVEN_UP)

    def with_flow(self, flow: str) -> Dialler:
        """As this one, for calls that are had with that flow whichever worker they reach."""
        return _WithFlow(self, flow)

    async def dial(
        self,
        number: str,
        ring_s: float,
        have: Callable[[Leg], Awaitable[None]],
        progress: Callable[[str], None] = lambda _: None,
        flow: str = "",
    ) -> None:
        """As `Dialler.dial`."""
        if not self._sender:
            raise CarrierRefusedError(
                "Twilio rings from a number of your account's: set CALLAGENT_DIAL_FROM to it, such as +911140000000."
            )
        name = secrets.token_urlsafe(12)
        dialled = self._dialled[name] = _Dialled(have, progress)
        query = urlencode({"dial": name, **({"flow": flow} if flow else {})})
        status_url = f"{self._status_url}?{urlencode({'dial': name})}"
        call_sid = ""
        try:
            call_sid = await self._api.ring(number, self._sender, ring_s, f"{self._answer_url}?{query}", status_url)
            await self._wait(dialled, ring_s)
        except BaseException as error:
            # Even where Twilio did not answer it may have begun: then it says so, and is told that it is in vain.
            self._given_up.append(name)
            if call_sid and not isinstance(error, NotAnsweredError):
                await self._end(call_sid)
            raise
        finally:
            del self._dialled[name]

    async def _wait(self, dialled: _Dialled, ring_s: float) -> None:
        """Until the conversation is over. Raises NotAnsweredError."""
        try:
            async with asyncio.timeout(ring_s + CONNECT_S):
                await dialled.settled.wait()
        except TimeoutError:
            raise CarrierRefusedError("Twilio did not say what became of the call.") from None
        if dialled.reason is not None:
            silent = "It was answered, but its sound did not reach this server: look at Twilio's debugger."
            raise NotAnsweredError(dialled.reason, silent if dialled.told == "answered" else "")
        await dialled.had.wait()

    async def _end(self, call_sid: str) -> None:
        with suppress(CarrierError):  # it may be over
            await self._api.hang_up(call_sid)

    # --- what Twilio tells ----------------------------------------------------------------------------------------

    def answered(self, name: str) -> bool:
        """Somebody has picked up; False when nobody wants the call any more."""
        if name in self._given_up:
            return False
        if dialled := self._dialled.get(name):
            dialled.tell("answered")
        return True

    async def reported(self, name: str, call_sid: str, status: str, sip_code: str) -> None:
        """Twilio's word on how it goes."""
        dialled = self._dialled.get(name)
        if dialled is None:
            if name in self._given_up and status not in {*REASONS, "completed"}:
                log.warning("call ended that was given up", call=call_sid, status=status)
                await self._end(call_sid)
            return
        if status in PROGRESS:
            dialled.tell(PROGRESS[status])
        elif not dialled.met and (status in REASONS or status == "completed"):
            dialled.reason = "no such number" if sip_code in NO_SUCH_NUMBER else REASONS.get(status, "failed")
            dialled.settled.set()

    async def have(self, name: str, leg: Leg) -> bool:
        """Give the stream of a call to whoever had it rung; False when that is not known here."""
        dialled = self._dialled.get(name)
        if dialled is None or dialled.met:
            return False
        dialled.met = True
        dialled.tell("answered")
        dialled.settled.set()
        try:
            await dialled.have(leg)
        finally:
            dialled.had.set()
        return True


class _WithFlow:
    def __init__(self, dialler: TwilioDialler, flow: str) -> None:
        self._dialler = dialler
        self._flow = flow

    async def dial(
        self,
        number: str,
        ring_s: float,
        have: Callable[[Leg], Awaitable[None]],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        await self._dialler.dial(number, ring_s, have, progress, self._flow)
