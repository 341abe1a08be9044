"""SIP over TCP and TLS: connections that were accepted, and our own (RFC 3261 section 18, RFC 5626 section 3.5.1).

A connection is known by the hop at its other end, and used in both directions. Whoever is not admitted gets no byte,
not even of a TLS handshake. Everything that a peer could make grow is bounded.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Final, Literal, cast

from callagent.clock import Clock
from callagent.errors import MalformedMessageError
from callagent.telephony.sip.framing import PONG, Ping, StreamFraming
from callagent.telephony.sip.guard import Guard, plain
from callagent.telephony.sip.matching import Hop
from callagent.telephony.sip.seldom import Seldom
from callagent.telephony.sip.transaction_events import Send

CONNECT_WITHIN_S: Final = 5.0
"""How long a connection may take to open, its TLS handshake included."""
START_WITHIN_S: Final = 10.0
"""An accepted connection on which nothing whole has come by then is closed."""
WHOLE_WITHIN_S: Final = 10.0
"""How long a message may take to come."""
IDLE_S: Final = 600.0
"""A connection is closed when nothing went over it for that long, not even a keepalive."""
MOST_ACCEPTED: Final = 256
MOST_OF_ONE: Final = 16
"""Accepted connections from one address; one that is trusted may have them all."""
MOST_OWN: Final = 128
MOST_WAITING: Final = 64
"""Messages that wait for one connection to open."""
MOST_UNREAD: Final = 256 * 1024
"""Bytes that a peer may leave unread before its connection is closed."""
STOP_WITHIN_S: Final = 1.0
"""How long what was written last may take to leave."""
ACCEPT_AGAIN_S: Final = 0.5
"""The pause when the system has no room for another connection."""

_TRAILING_LINES: Final = 3
"""Bytes held that are only the beginning of a ping, or the answer to ours: no message that is half here."""


def is_response(data: bytes) -> bool:
    """Whether bytes that were not read yet are a response, if anything."""
    return data[:4].upper() == b"SIP/"


class Streams:
    """All connections of one user agent."""

    def __init__(
        self,
        guard: Guard,
        clock: Clock,
        deliver: Callable[[bytes, Hop], None],
        failed: Callable[[Send], None],
        seldom: Seldom,
        *,
        server_tls: ssl.SSLContext | None,
        client_tls: ssl.SSLContext | None,
        names: Mapping[Hop, str],
    ) -> None:
        """`deliver` takes a whole message that was admitted; `names` tells whom a TLS hop's certificate has to name."""
        self._guard = guard
        self._clock = clock
        self._deliver = deliver
        self._failed = failed
        self._seldom = seldom
        self._server_tls = server_tls
        self._client_tls = client_tls
        self._names = names
        self._connections: dict[Hop, _Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.malformed = 0
        """Streams that could not be cut into messages; closed."""

    def __len__(self) -> int:
        """How many connections there are, those that are being opened included."""
        return len(self._connections)

    def listen(self, transport: Literal["TCP", "TLS"], listener: socket.socket) -> None:
        """Accept connections from now on."""
        listener.settimeout(0)
        self._begin(self._accept(transport, listener))

    def send(self, send: Send) -> None:
        """Over the connection that there is; a request opens one where there is none, a response does not."""
        connection = self._connections.get(send.to)
        if connection is not None and connection.is_closing:
            connection = None
        if connection is not None and connection.send(send):
            return
        own = sum(each.own for each in self._connections.values())
        if connection is not None or is_response(send.data) or own >= MOST_OWN or self._stopped:
            self._failed(send)
            return
        connection = self._connections[send.to] = _Connection(self, send.to, self._clock.now_s(), own=True)
        connection.send(send)
        self._begin(self._open(connection))

    def ping(self, hop: Hop) -> None:
        """Ask for a sign of life on a connection, if there is one."""
        if connection := self._connections.get(hop):
            connection.write(b"\r\n\r\n")

    def on_time(self, now_s: float) -> None:
        """Close what has been idle, silent or slow for too long."""
        for connection in tuple(self._connections.values()):
            if connection.is_overdue(now_s):
                if not connection.own:
                    self._seldom.tell("SIP connections without a whole message in time closed")
                connection.abort()
            elif now_s - connection.used_s > IDLE_S:
                connection.abort()

    async def stop(self) -> None:
        """Close everything; what was written may still leave."""
        self._stopped = True
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        connections = tuple(self._connections.values())
        for connection in connections:
            connection.close()
        gone = [asyncio.ensure_future(connection.gone.wait()) for connection in connections]
        if gone:
            _, late = await asyncio.wait(gone, timeout=STOP_WITHIN_S)
            for connection in connections:
                connection.abort()
            if late:
                await asyncio.wait(late, timeout=STOP_WITHIN_S)
            for each in gone:
                each.cancel()

    def received(self, connection: "_Connection", item: bytes) -> None:
        """A connection has a whole message.

        Whoever we connected to may answer; its requests are let in as everybody's are.
        """
        host = connection.hop.host
        if (connection.own and is_response(item)) or self._guard.admits(host, self._clock.now_s()):
            self._deliver(item, connection.hop)
        else:
            self._seldom.tell("SIP messages dropped: not from an allowed address, or too many")

    def broken(self, connection: "_Connection") -> None:
        """Where its next message begins nobody can tell."""
        self.malformed += 1
        self._seldom.tell("SIP connections closed: what came was no SIP")
        connection.abort()

    def unread(self, connection: "_Connection") -> None:
        """Its peer reads nothing of what is sent."""
        self._seldom.tell("SIP connections closed: what was sent was not read")
        connection.abort()

    def over(self, connection: "_Connection") -> None:
        """A connection is gone, or never was."""
        if self._connections.get(connection.hop) is connection:
            del self._connections[connection.hop]
        for send in connection.take_waiting():
            self._failed(send)

    def now_s(self) -> float:
        """The clock's time."""
        return self._clock.now_s()

    def _begin(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work, name="SIP connection")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self, connection: "_Connection") -> None:
        hop = connection.hop
        secure = hop.transport == "TLS"
        if secure and self._client_tls is None:
            self._client_tls = ssl.create_default_context()
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection,
                    hop.host,
                    hop.port,
                    ssl=self._client_tls if secure else None,
                    server_hostname=self._names.get(hop, hop.host) if secure else None,
                    ssl_handshake_timeout=CONNECT_WITHIN_S if secure else None,
                )
        except (OSError, TimeoutError, ValueError) as error:
            reason = getattr(error, "verify_message", "") or type(error).__name__
            self._seldom.tell("SIP connection failed", to=f"{hop.transport} {hop.host} port {hop.port}", reason=reason)
            self.over(connection)
        except asyncio.CancelledError:
            self.over(connection)
            raise

    async def _accept(self, transport: Literal["TCP", "TLS"], listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                wire, peer = await loop.sock_accept(listener)
            except OSError as error:
                self._seldom.tell("SIP connection could not be accepted", reason=type(error).__name__)
                await asyncio.sleep(ACCEPT_AGAIN_S)
                continue
            hop = Hop(transport, plain(str(peer[0])) or str(peer[0]), int(peer[1]))
            if self._may_enter(hop):
                connection = _Connection(self, hop, self._clock.now_s(), own=False)
                self._connections[hop] = connection
                self._begin(self._serve(connection, wire))
            else:
                _reset(wire)
            await asyncio.sleep(0)  # a flood of connections leaves the calls their turn

    def _may_enter(self, hop: Hop) -> bool:
        if not self._guard.admits(hop.host, self._clock.now_s()):
            self._seldom.tell("SIP connections refused: not from an allowed address, or too many")
            return False
        accepted = [each.hop.host for each in self._connections.values() if not each.own]
        most_of_one = MOST_ACCEPTED if self._guard.is_trusted(hop.host) else MOST_OF_ONE
        if len(accepted) >= MOST_ACCEPTED or accepted.count(hop.host) >= most_of_one or hop in self._connections:
            self._seldom.tell("SIP connections refused: there are too many")
            return False
        return True

    async def _serve(self, connection: "_Connection", wire: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            if connection.hop.transport == "TLS":
                await loop.connect_accepted_socket(
                    lambda: connection, wire, ssl=self._server_tls, ssl_handshake_timeout=CONNECT_WITHIN_S
                )
            else:
                await loop.connect_accepted_socket(lambda: connection, wire)
        except OSError:  # the peer went away, or failed the handshake
            self.over(connection)
        except asyncio.CancelledError:
            self.over(connection)
            raise


class _Connection(asyncio.Protocol):
    """One, as soon as it is wanted; what is to be sent waits until it is open."""

    def __init__(self, streams: Streams, hop: Hop, now_s: float, *, own: bool) -> None:
        self.hop = hop
        self.own = own
        """Whether we opened it."""
        self.gone = asyncio.Event()
        self.used_s = now_s
        """When something whole came over it last, or something was sent over one of our own."""
        self._streams = streams
        self._framing = StreamFraming()
        self._transport: asyncio.Transport | None = None
        self._waiting: list[Send] = []
        self._half_since_s: float | None = None if own else now_s
        """Since when a message is on its way; an accepted connection owes one from the beginning."""

    def is_overdue(self, now_s: float) -> bool:
        """Whether a message began too long ago, or none ever came. The first may take `START_WITHIN_S`."""
        return self._half_since_s is not None and now_s - self._half_since_s > WHOLE_WITHIN_S

    @property
    def is_closing(self) -> bool:
        """Whether nothing goes over it any more."""
        return self._transport is not None and self._transport.is_closing()

    def send(self, send: Send) -> bool:
        """Write, or wait; False: it is closing, or too much waits."""
        if self._transport is None:
            if len(self._waiting) >= MOST_WAITING:
                return False
            self._waiting.append(send)
            return True
        return self.write(send.data)

    def write(self, data: bytes) -> bool:
        """Write, if it is open."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > MOST_UNREAD:
            self._streams.unread(self)
            return False
        transport.write(data)
        if self.own:
            self.used_s = self._streams.now_s()
        return True

    def take_waiting(self) -> list[Send]:
        """What was never sent; it is nobody's afterwards."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        wire = transport.get_extra_info("socket")
        if wire is not None:
            with suppress(OSError):
                wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for send in self.take_waiting():
            self.write(send.data)

    def data_received(self, data: bytes) -> None:
        try:
            items = self._framing.feed(data)
        except MalformedMessageError:
            self._streams.broken(self)
            return
        now_s = self._streams.now_s()
        if items:
            self.used_s = now_s
        if self._framing.held <= _TRAILING_LINES and (items or self.own or self._half_since_s is None):
            self._half_since_s = None
        elif items or self._half_since_s is None:
            self._half_since_s = now_s
        if any(isinstance(item, Ping) for item in items):
            self.write(PONG)
        for item in items:
            if isinstance(item, bytes):
                self._streams.received(self, item)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.gone.set()
        self._streams.over(self)

    def close(self) -> None:
        """Let go of it; what was written still leaves."""
        if self._transport is None:
            self.gone.set()
        else:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()


def _reset(wire: socket.socket) -> None:
    """Close without a byte, and without a trace of it in the system's tables."""
    with suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()
