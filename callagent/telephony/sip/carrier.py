"""SIP as a server has it: calls that come are answered, numbers are rung through a trunk, trunks know where we are."""

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import structlog
from sipmessage import Request

from callagent.clock import Clock
from callagent.errors import CarrierError, NotAnswered, NotAnsweredError
from callagent.telephony.leg import Leg, LegInfo
from callagent.telephony.masking import masked_number
from callagent.telephony.sip.endpoint import Endpoint, Tasks
from callagent.telephony.sip.handover import hand_over
from callagent.telephony.sip.leg import SipLeg
from callagent.telephony.sip.line import SipLine
from callagent.telephony.sip.messages.numbers import called_of, caller_of
from callagent.telephony.sip.messages.verbatim import read_uri, words
from callagent.telephony.sip.network.listening import Listening
from callagent.telephony.sip.offers.agreement import AudioPlan, SrtpPolicy
from callagent.telephony.sip.offers.offer_answer import Negotiation
from callagent.telephony.sip.parties import SipCall
from callagent.telephony.sip.sessions.outgoing import CallTo
from callagent.telephony.sip.sessions.session_core import SessionSetup
from callagent.telephony.sip.sessions.session_events import Ended
from callagent.telephony.sip.sound.media_clock import MediaClock
from callagent.telephony.sip.sound.media_line import MediaLine
from callagent.telephony.sip.sound.media_ports import MediaPorts
from callagent.telephony.sip.transactions.matching import Hop, Transport
from callagent.telephony.sip.trunk_keeper import Trunks, transport_of
from callagent.telephony.sip.trunks.trunk import Trunk
from callagent.telephony.sip.user_agent import Invited
from callagent.telephony.twilio.exchange import Promise
from callagent.telephony.twilio.switchboard import Switchboard

GOODBYE_S: Final = 2.0
"""How long it waits for the goodbyes of its calls."""
NOT_ANSWERED: Final[Mapping[int, NotAnswered]] = {
    403: "declined", 404: "no such number", 408: "no answer", 410: "no such number", 480: "no answer",
    484: "no such number", 486: "busy", 487: "no answer", 600: "busy", 603: "declined", 604: "no such number",
}  # fmt: skip
"""What a refusal of our call means; any other is the network's failure."""

log = structlog.get_logger("callagent.sip")


@dataclass(frozen=True, slots=True)
class SipSetup:
    """How the operator wants it."""

    allowed: tuple[str, ...] = ("127.0.0.0/8", "::1")
    """Addresses and networks that messages may come from, besides the trunks'."""
    public_host: str = ""
    """The address that peers reach us at, where that is not the one we listen on."""
    media_ports: tuple[int, int] = (16384, 17383)
    """First and last for sound; each call has two."""
    trunks: tuple[Trunk, ...] = ()
    """Numbers are rung through the first that can."""
    country: str = ""
    """The code of numbers that come without one, such as +91."""
    srtp: SrtpPolicy = SrtpPolicy.REFUSED
    any_source: bool = False
    """Whether sound may come from another address than was agreed, as it does through some NATs."""
    server_tls: ssl.SSLContext | None = field(default=None, repr=False)
    client_tls: ssl.SSLContext | None = field(default=None, repr=False)


class SipCarrier:
    """One per server; `answer` takes a leg and returns when its conversation is over. Made of bound sockets."""

    def __init__(
        self,
        sockets: Sequence[tuple[Listening, Any]],
        setup: SipSetup,
        switchboard: Switchboard,
        clock: Clock,
        answer: Callable[[Leg], Awaitable[None]],
    ) -> None:
        self._setup = setup
        self._switchboard = switchboard
        self._clock = clock
        self._answer = answer
        self._endpoint = Endpoint(
            sockets,
            setup.allowed,
            clock,
            self._invited,
            public_host=setup.public_host,
            server_tls=setup.server_tls,
            client_tls=setup.client_tls,
        )
        self._trunks = Trunks(setup.trunks, self._endpoint)
        self._ports = MediaPorts(sockets[0][0].host, *setup.media_ports)
        self._media_clock = MediaClock()
        self._lines: dict[SipCall, SipLine] = {}
        self._tasks = Tasks()
        self._stopping = False
        self.handed_over = 0
        """Callers who are being handed over, or talk with a person through us: no conversation of the agent's."""

    @property
    def rings(self) -> bool:
        """Whether there is a trunk to ring numbers through."""
        return bool(self._setup.trunks)

    def figures(self) -> dict[str, Any]:
        """What /health shows."""
        return {
            "calls": len(self._lines),
            "dialogs": len(self._endpoint.agent),
            "transactions": self._endpoint.agent.transactions,
            "media_ports": self._ports.in_use,
            "dropped": self._endpoint.guard.dropped,
            "registered": self._trunks.registered,
        }

    def complaints(self) -> list[str]:
        """What an operator should look at."""
        return [
            f"Trunk '{name}' is not registered, so that its calls do not come: see the log for why."
            for name, known in self._trunks.registered.items()
            if not known
        ]

    async def start(self) -> None:
        """Take messages, and tell the trunks where we are."""
        await self._endpoint.start()
        self._trunks.start()

    async def stop(self) -> None:
        """Take no more calls, say goodbye to all that there are and to the trunks, and close the sockets."""
        self._stopping = True
        self._endpoint.agent.hang_up()
        await self._trunks.stop()
        await self._tasks.stop(GOODBYE_S)
        await self._endpoint.stop()

    # --- lines -------------------------------------------------------------------------------------------------------

    def _line(self) -> SipLine:
        def media(line: SipLine) -> MediaLine:
            return MediaLine(
                self._ports,
                self._media_clock,
                line.hears,
                line.pressed,
                line.marked,
                line.died,
                any_source=self._setup.any_source,
            )

        return SipLine(self._clock, media, self._forget)

    def _session(self, line: SipLine, transport: Transport) -> SessionSetup:
        trunk = line.trunk
        host = self._endpoint.sent_by(transport).rpartition(":")[0].strip("[]")
        plan = AudioPlan(host, line.media.port, line.media.rtcp_port, srtp=self._setup.srtp)
        contact = self._endpoint.contact(transport, trunk.user if trunk else "callagent")
        negotiation = Negotiation(plan, secrets.randbits(32))
        if trunk is None:
            return SessionSetup(contact, negotiation)
        return SessionSetup(contact, negotiation, authorize=self._trunks.authorize(trunk))

    # --- calls that come ---------------------------------------------------------------------------------------------

    def _invited(self, invite: Request, source: Hop, replacing: SipCall | None) -> Invited | int:
        if self._stopping:
            return 503
        try:
            line = self._line()
        except CarrierError as error:
            log.warning("call refused", reason=str(error))
            return 503
        try:
            # Only a trunk's challenges are answered: anybody else who asks wants its password.
            line.trunk = self._trunks.of(source.host)
            line.media.known_at(source.host)
            setup = self._session(line, source.transport)
        except CarrierError as error:
            line.media.close()
            log.warning("call refused", reason=str(error))
            return 503

        def taken(call: SipCall) -> None:
            self._begin_line(line, call)
            line.peer_allows = words(invite, "Allow") or None
            if replacing is not None:
                self._tasks.begin(self._replace(line, replacing), "call that takes another's place")
            else:
                self._tasks.begin(self._take(line, invite), "call")

        return Invited(setup, line.tell, taken, line.media.close)

    async def _take(self, line: SipLine, invite: Request) -> None:
        """One call that came, from its INVITE to its end."""
        call_id = uuid4().hex
        try:
            offered = await self._switchboard.offer(call_id)
            if not isinstance(offered, Promise) or not await self._switchboard.redeem(call_id, offered.token):
                log.warning("call refused", reason=offered if isinstance(offered, str) else "lapsed")
                line.refuse(503)
                return
            try:
                line.accept()
                await line.settled.wait()
                if line.is_up:
                    country = self._setup.country
                    info = LegInfo(call_id, "sip", caller_of(invite, country), called_of(invite, country))
                    log.info(
                        "call connected", call=call_id, caller=masked_number(info.caller), sip_call=invite.call_id[:64]
                    )
                    await self._converse(line, info, self._answer)
            finally:
                self._switchboard.left(call_id)
                await self._switchboard.over(call_id)
        finally:
            self._close(line)

    async def _converse(self, line: SipLine, info: LegInfo, have: Callable[[Leg], Awaitable[None]]) -> None:
        """The conversation with the agent, and with whom it hands the caller over to; again when nobody was there."""
        while line.is_up:
            leg = SipLeg(line, info, may_transfer=self.rings)
            try:
                await have(leg)
            finally:
                line = leg.line.latest
                if leg.wanted is None:
                    line.hang_up()
            if leg.wanted is None:
                return
            refer = not info.outbound and line.trunk is not None and line.trunk.refer
            self.handed_over += 1
            try:
                if await hand_over(line, leg.wanted, self._ring, refer=refer):
                    return
            finally:
                self.handed_over -= 1
            line = line.latest
            have = self._answer

    async def _replace(self, line: SipLine, replaced: SipCall) -> None:
        """A call that takes another's place: whoever had the other goes on with this one (RFC 3891 3)."""
        old = self._lines.get(replaced)
        line.accept()
        await line.settled.wait()
        if old is None or not line.is_up or not old.is_up:
            line.hang_up()
            self._close(line)
            return
        holder = old.holder
        old.successor = line
        old.hold_by(None)
        line.hold_by(holder)
        if holder is not None:
            holder.moved(line)
        old.hang_up()
        log.info("another call took a call's place")
        await line.over.wait()
        self._close(line)

    def _begin_line(self, line: SipLine, call: SipCall) -> None:
        line.begin(call)
        self._lines[call] = line

    def _forget(self, line: SipLine) -> None:
        self._lines.pop(line.call, None)

    def _close(self, line: SipLine) -> None:
        line.hang_up()
        line.media.close()

    # --- calls of ours -----------------------------------------------------------------------------------------------

    async def dial(
        self,
        number: str,
        ring_s: float,
        have: Callable[[Leg], Awaitable[None]],
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """As `Dialler.dial`, through the first trunk that can."""
        line = await self._ring(number, ring_s, progress)
        try:
            progress("answered")
            ours = line.trunk.number or line.trunk.user if line.trunk else ""
            info = LegInfo(uuid4().hex, "sip", number, ours, outbound=True)
            await self._converse(line, info, have)
        finally:
            self._close(line)

    async def _ring(self, number: str, ring_s: float, progress: Callable[[str], None] = lambda _: None) -> SipLine:
        """An answered line; closing it is its new owner's. Raises NotAnsweredError and CarrierError."""
        failure: CarrierError = CarrierError("There is no SIP trunk to ring anybody through.")
        for trunk in self._setup.trunks:
            try:
                return await self._ring_through(trunk, number, ring_s, progress)
            except NotAnsweredError as error:
                failure = error
                if error.reason != "failed":
                    break
            except CarrierError as error:
                failure = error
        raise failure

    async def _ring_through(self, trunk: Trunk, number: str, ring_s: float, progress: Callable[[str], None]) -> SipLine:
        if self._stopping:
            raise CarrierError("The server is stopping; no more calls are made.")
        line = self._line()
        line.trunk = trunk
        to = CallTo(trunk.uri_of(number), trunk.sender, uuid4().hex, routes=trunk.routes)
        try:
            setup = self._session(line, transport_of(read_uri(trunk.registrar)))
            self._endpoint.agent.call(setup, to, line.tell, lambda call: self._begin_line(line, call))
        except BaseException:
            line.media.close()
            raise
        telling = asyncio.ensure_future(self._tell_ringing(line, progress))
        try:
            await _within(ring_s, line.settled.wait())
            if line.is_up:
                return line
            reason: NotAnswered = "no answer" if line.ended is None else _reason(line.ended)
        except BaseException:
            self._close(line)
            raise
        finally:
            telling.cancel()
        self._close(line)
        raise NotAnsweredError(reason)

    async def _tell_ringing(self, line: SipLine, progress: Callable[[str], None]) -> None:
        await line.ringing.wait()
        progress("ringing")


def _reason(ended: Ended) -> NotAnswered:
    return NOT_ANSWERED.get(ended.code or 0, "failed")


async def _within(seconds: float, work: Awaitable[Any]) -> None:
    """Wait for it, but no longer."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return
