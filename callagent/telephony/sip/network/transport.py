"""SIP's sockets: messages in and out over UDP, TCP and TLS (RFC 3261 section 18).

What comes in is shown to the guard before anything of it is read. Nothing that is sent raises or blocks: what cannot be
sent is told later, by its transaction.
"""

import asyncio
import socket
import ssl
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import structlog
from sipmessage import Request, Response

from callagent.clock import Clock
from callagent.errors import CarrierError, ConfigurationError, MalformedMessageError
from callagent.telephony.sip.messages.framing import is_keepalive
from callagent.telephony.sip.messages.reading import read
from callagent.telephony.sip.network.guard import Guard, plain
from callagent.telephony.sip.network.listening import Listening, bracketed, reachable
from callagent.telephony.sip.network.seldom import Seldom
from callagent.telephony.sip.network.streams import Streams
from callagent.telephony.sip.transactions.matching import Hop, TransactionId, Transport
from callagent.telephony.sip.transactions.transaction_events import Send

KEEP_ALIVE_S: Final = 25.0
"""How often a NAT is reminded of a binding: they are forgotten after 30 s by many (RFC 5626 section 4.4.2)."""
LOOK_EVERY_S: Final = 1.0
"""How often keepalives and deadlines of connections are looked after."""
MOST_UNSENT: Final = 256 * 1024
"""Bytes of datagrams that the system did not take yet; beyond that they are dropped, as the network does."""
MOST_PEERS: Final = 4096
"""Peers of whom it is known which of several UDP sockets they talk to."""

log = structlog.get_logger("callagent.sip")


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened at the sockets so far."""

    dropped_by_guard: int
    malformed: int
    """Messages that could not be read, and streams that could not be cut into messages."""
    connections: int
    """Open now, or being opened."""


class SipTransport:
    """All sockets of one user agent."""

    def __init__(  # noqa: PLR0913  # what it stands on, whom it tells, and how it is seen
        self,
        sockets: Sequence[tuple[Listening, socket.socket]],
        guard: Guard,
        clock: Clock,
        received: Callable[[Request | Response, Hop], None],
        failed: Callable[[TransactionId], None],
        *,
        public_host: str = "",
        server_tls: ssl.SSLContext | None = None,
        client_tls: ssl.SSLContext | None = None,
        names: Mapping[Hop, str] | None = None,
    ) -> None:
        """Takes sockets that `listen` made; they are its own from now on.

        `client_tls` verifies certificates by the system's authorities where it is None. `names` tells which name a TLS
        hop's certificate has to bear (`Resolver.names`); without one it is the hop's IP address.

        Raises ConfigurationError when there is a socket for TLS and no `server_tls`.
        """
        if server_tls is None and any(at.transport == "TLS" for at, _ in sockets):
            raise ConfigurationError("CALLAGENT_SIP listens with tls, which takes a certificate: name one, or use tcp.")
        self._sockets = tuple(sockets)
        self._guard = guard
        self._clock = clock
        self._received = received
        self._failed = failed
        self._public_host = public_host.strip("[]")
        self._own_hosts = {at: reachable(at.host) for at, _ in sockets}
        self._ports = {at: int(wire.getsockname()[1]) for at, wire in sockets}
        self._seldom = Seldom(clock)
        self._streams = Streams(
            guard,
            clock,
            self._take,
            self._fail,
            self._seldom,
            server_tls=server_tls,
            client_tls=client_tls,
            names=names if names is not None else {},
        )
        self._datagrams: list[_Datagrams] = []
        self._talks_to: OrderedDict[tuple[str, int], _Datagrams] = OrderedDict()
        self._alive: dict[Hop, float] = {}
        """When each hop is due for its next keepalive."""
        self._look: asyncio.TimerHandle | None = None
        self._malformed = 0

    @property
    def counts(self) -> Counts:
        """What happened so far."""
        return Counts(self._guard.dropped, self._malformed + self._streams.malformed, len(self._streams))

    async def start(self) -> None:
        """Take messages from now on."""
        loop = asyncio.get_running_loop()
        for at, wire in self._sockets:
            if at.transport == "UDP":
                datagrams = _Datagrams(self, version_6=":" in at.host)
                await loop.create_datagram_endpoint(lambda made=datagrams: made, sock=wire)  # type: ignore[misc]
                self._datagrams.append(datagrams)
            else:
                self._streams.listen(at.transport, wire)
        self._look = loop.call_later(LOOK_EVERY_S, self._look_after)

    async def stop(self) -> None:
        """Close all connections and sockets."""
        if self._look is not None:
            self._look.cancel()
        self._alive.clear()
        await self._streams.stop()
        datagrams, self._datagrams = self._datagrams, []
        self._talks_to.clear()
        for each in datagrams:
            each.close()
        for each in datagrams:
            await each.gone.wait()
        for _, wire in self._sockets:
            wire.close()

    def send(self, send: Send) -> None:
        """Send, over a connection that there is or that is opened for it.

        Never raises and never blocks: what cannot be sent is told to `failed` later, if it has a transaction.
        """
        try:
            if not plain(send.to.host) or not 0 < send.to.port < 65536:
                # A name would be resolved while all calls wait, and such a port ends the socket.
                self._fail(send.transaction)
            elif send.to.transport != "UDP":
                self._streams.send(send)
            elif not self._send_datagram(send.data, send.to):
                self._fail(send.transaction)
        except Exception as error:  # noqa: BLE001  # whatever a system's sockets raise, no call ends by it
            log.error("SIP message not sent", error=type(error).__name__)
            self._fail(send.transaction)

    def sent_by(self, transport: Transport) -> str:
        """The "host:port" of Via and Contact: the public host, or the address that we listen on.

        For TCP and TLS without a port of ours it is another transport's. Raises CarrierError when there is none.
        """
        listening = next((at for at, _ in self._sockets if at.transport == transport), None)
        if listening is None and transport != "UDP":
            listening = next((at for at, _ in self._sockets), None)
        if listening is None:
            raise CarrierError(f"SIP: we do not listen on {transport}; add {transport.lower()} to CALLAGENT_SIP")
        return f"{bracketed(self._public_host or self._own_hosts[listening])}:{self._ports[listening]}"

    def keep_alive(self, hop: Hop) -> None:
        """Send an empty message every 25 s from now on, until `forget`; never opens a connection."""
        self._alive.setdefault(hop, self._clock.now_s() + KEEP_ALIVE_S)

    def forget(self, hop: Hop) -> None:
        """No keepalives any more."""
        self._alive.pop(hop, None)

    def on_time(self, now_s: float) -> None:
        """What is due by now: keepalives, and connections that are idle or slow; the transport calls it itself."""
        for hop in [hop for hop, due_s in self._alive.items() if due_s <= now_s]:
            self._alive[hop] = now_s + KEEP_ALIVE_S
            if hop.transport == "UDP":
                self._send_datagram(b"\r\n\r\n", hop)
            else:
                self._streams.ping(hop)
        self._streams.on_time(now_s)

    def datagram(self, data: bytes, source: Hop, through: "_Datagrams") -> None:
        """A datagram has come: nothing of it is looked at before its source is."""
        if not self._guard.admits(source.host, self._clock.now_s()):
            self._seldom.tell("SIP messages dropped: not from an allowed address, or too many")
            return
        if len(self._datagrams) > 1:
            self._talks_to[source.host, source.port] = through
            self._talks_to.move_to_end((source.host, source.port))
            if len(self._talks_to) > MOST_PEERS:
                self._talks_to.popitem(last=False)
        if not is_keepalive(data):
            self._take(data, source)

    def _take(self, data: bytes, source: Hop) -> None:
        """Read a message that was admitted, and hand it on."""
        try:
            message = read(data, stream=source.reliable)
        except MalformedMessageError as error:
            self._malformed += 1
            self._seldom.tell("SIP messages could not be read", reason=str(error))
            if error.answer:
                self.send(Send(error.answer, source, None))
            return
        except Exception as error:  # noqa: BLE001  # a peer chose these bytes: nothing of it may end the socket
            self._malformed += 1
            log.error("SIP message not read", error=type(error).__name__)
            return
        try:
            self._received(message, source)
        except Exception as error:  # noqa: BLE001  # one message's fault is no other call's
            log.error("SIP message not handled", error=type(error).__name__)

    def _fail(self, transaction: TransactionId | None) -> None:
        if transaction is not None:
            asyncio.get_running_loop().call_soon(self._tell_failed, transaction)

    def _tell_failed(self, transaction: TransactionId) -> None:
        try:
            self._failed(transaction)
        except Exception as error:  # noqa: BLE001  # as with what is received
            log.error("SIP failure not handled", error=type(error).__name__)

    def _socket_for(self, hop: Hop) -> "_Datagrams | None":
        """The UDP socket that a peer talks to, for it takes answers from no other; else the first that reaches it."""
        known = self._talks_to.get((hop.host, hop.port))
        return known or next((each for each in self._datagrams if each.version_6 == (":" in hop.host)), None)

    def _send_datagram(self, data: bytes, hop: Hop) -> bool:
        datagrams = self._socket_for(hop)
        return datagrams is not None and datagrams.send(data, hop)

    def _look_after(self) -> None:
        self._look = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look_after)
        self.on_time(self._clock.now_s())


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP socket."""

    def __init__(self, owner: SipTransport, *, version_6: bool) -> None:
        self.version_6 = version_6
        self.gone = asyncio.Event()
        self._owner = owner
        self._transport: asyncio.DatagramTransport | None = None
        self._refused = False

    def send(self, data: bytes, hop: Hop) -> bool:
        """Whether the system, or the line before it, took the datagram."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MOST_UNSENT:  # type: ignore[attr-defined]  # missing from the stubs
            return False
        self._refused = False
        transport.sendto(data, (hop.host, hop.port))
        return not self._refused

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        host = str(addr[0])
        self._owner.datagram(data, Hop("UDP", plain(host) or host, int(addr[1])), self)

    def error_received(self, _exc: Exception) -> None:
        """A datagram could not be sent, now or earlier (ICMP); the socket stays as it is."""
        self._refused = True

    def connection_lost(self, _exc: Exception | None) -> None:
        self.gone.set()
