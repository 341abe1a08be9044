"""The user agent on the network: its sockets, where peers are found, and its alarm."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog
from sipmessage import URI, Request

from callagent.clock import Clock
from callagent.errors import CarrierError
from callagent.telephony.sip.messages.verbatim import read_uri
from callagent.telephony.sip.network.guard import Guard
from callagent.telephony.sip.network.listening import Listening
from callagent.telephony.sip.network.resolve import Resolver
from callagent.telephony.sip.network.transport import SipTransport
from callagent.telephony.sip.parties import SipCall
from callagent.telephony.sip.transactions.matching import Hop, Transport
from callagent.telephony.sip.transactions.transaction_events import Send
from callagent.telephony.sip.user_agent import Invited, UserAgent

log = structlog.get_logger("callagent.sip")


class Tasks:
    """Work that goes on beside others', and ends with its owner; what breaks is told."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Do it."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a SIP task broke", task=task.get_name(), error=type(error).__name__)

    async def stop(self, within_s: float) -> None:
        """Let it end, for so long."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=within_s)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Endpoint:
    """A `Wire` for the user agent that it makes, and all that keeps that going."""

    def __init__(
        self,
        sockets: Sequence[tuple[Listening, Any]],
        allowed: Sequence[str],
        clock: Clock,
        invited: "Callable[[Request, Hop, SipCall | None], Invited | int]",
        *,
        public_host: str = "",
        server_tls: ssl.SSLContext | None = None,
        client_tls: ssl.SSLContext | None = None,
    ) -> None:
        """Raises ConfigurationError for a socket of TLS without `server_tls`."""
        self.guard = Guard(allowed)
        self.agent = UserAgent(self, clock, invited)
        self._clock = clock
        self._resolver = Resolver()
        self._transport = SipTransport(
            sockets,
            self.guard,
            clock,
            self.agent.receive,
            self.agent.failed,
            public_host=public_host,
            server_tls=server_tls,
            client_tls=client_tls,
            names=self._resolver.names,
        )
        self._kept_open: dict[str, Hop] = {}
        """Where the ways to trunks' addresses lead that are kept open."""
        self._tasks = Tasks()
        self._alarm: asyncio.TimerHandle | None = None
        self._looks = False
        self._stopped = False

    async def start(self) -> None:
        """Take messages."""
        await self._transport.start()

    async def stop(self) -> None:
        """Close the sockets; what is still to be sent is lost."""
        await self._tasks.stop(0)
        await self._transport.stop()
        self._stopped = True
        if self._alarm is not None:
            self._alarm.cancel()

    def send(self, send: Send) -> None:
        """As `Wire.send`."""
        self._transport.send(send)

    def sent_by(self, transport: Transport) -> str:
        """As `Wire.sent_by`."""
        return self._transport.sent_by(transport)

    def locate(self, uri: URI, then: Callable[[Sequence[Hop]], None]) -> None:
        """As `Wire.locate`."""
        hops: Sequence[Hop] | None = ()
        try:
            hops = self._resolver.at_once(uri)
        except CarrierError as error:
            # Whoever wrote that address is not found, which is no reason to stop in the middle of a call's work.
            log.warning("a peer was not found", error=str(error))
        if hops is not None:
            then(hops)
        else:
            self._tasks.begin(self._locate(uri, then), "find a peer")

    async def _locate(self, uri: URI, then: Callable[[Sequence[Hop]], None]) -> None:
        hops: Sequence[Hop] = ()
        try:
            hops = await self._resolver.resolve(uri)
        except CarrierError as error:
            log.warning("a peer was not found", error=str(error))
        then(hops)

    def changed(self) -> None:
        """As `Wire.changed`: look soon, once for all that happens now, when the user agent wants to be called."""
        if not self._looks:
            self._looks = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._looks = False
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due_s = self.agent.next_due_s
        if due_s is not None and not self._stopped:
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, due_s - self._clock.now_s()), self._on_time)

    def _on_time(self) -> None:
        try:
            self.agent.on_time()
        finally:
            self.changed()

    def contact(self, transport: Transport, user: str) -> str:
        """Our Contact, as a header says it. Raises CarrierError where we do not listen."""
        parameter = "" if transport == "UDP" else f";transport={transport.lower()}"
        return f"<sip:{user}@{self.sent_by(transport)}{parameter}>"

    async def trust(self, address: str, *, keep: bool) -> Sequence[str]:
        """Take messages from wherever that is: the IP addresses; with `keep` the way to the first is kept open."""
        try:
            hops = await self._resolver.resolve(read_uri(address))
        except CarrierError as error:
            log.warning("a trunk was not found", error=str(error))
            return ()
        for hop in hops:
            self.guard.trust(hop.host)
        if keep and hops:
            if (before := self._kept_open.get(address)) is not None and before != hops[0]:
                self._transport.forget(before)
            self._kept_open[address] = hops[0]
            self._transport.keep_alive(hops[0])
        return [hop.host for hop in hops]
