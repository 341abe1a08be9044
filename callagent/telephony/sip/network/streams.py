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
from typing import Final, Literal

from callagent.clock import Clock
from callagent.telephony.sip.network.connection import Connection
from callagent.telephony.sip.network.guard import Guard, plain
from callagent.telephony.sip.network.seldom import Seldom
from callagent.telephony.sip.transactions.matching import Hop, TransactionId
from callagent.telephony.sip.transactions.transaction_events import Send

CONNECT_WITHIN_S: Final = 5.0
"""How long a connection may take to open, its TLS handshake included."""
IDLE_S: Final = 600.0
"""A connection is closed when nothing went over it for that long, not even a keepalive."""
MOST_ACCEPTED: Final = 256
"""Accepted connections, those from trusted addresses not counted."""
MOST_OF_ONE: Final = 16
"""From one address."""
MOST_OF_TRUSTED: Final = 64
"""From one address that is trusted."""
MOST_OWN: Final = 128
STOP_WITHIN_S: Final = 1.0
"""How long what was written last may take to leave."""
ACCEPT_AGAIN_S: Final = 0.5
"""The pause when the system has no room for another connection."""


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
        failed: Callable[[TransactionId | None], None],
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
        self._connections: dict[Hop, Connection] = {}
        self._tasks: dict[asyncio.Task[None], Connection | None] = {}
        """Each with the connection that it opens; None: it accepts them."""
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
            self._failed(send.transaction)
            return
        connection = self._connections[send.to] = Connection(self, send.to, self._clock.now_s(), own=True)
        connection.send(send)
        self._begin(self._open(connection), connection)

    def ping(self, hop: Hop) -> None:
        """Ask for a sign of life on a connection, if there is one."""
        if connection := self._connections.get(hop):
            connection.ping()

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
        for task, connection in self._tasks.items():
            if connection is None or not connection.is_open:  # one that just opened is closed as all others are
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for unopened in [each for each in self._connections.values() if not each.is_open]:
            self.over(unopened)  # a task that had not begun tells nobody that it was cancelled
        connections = tuple(self._connections.values())
        for each in connections:
            each.close()
        gone = [asyncio.ensure_future(each.gone.wait()) for each in connections]
        if gone:
            _, late = await asyncio.wait(gone, timeout=STOP_WITHIN_S)
            for each in connections:
                each.abort()
            if late:
                await asyncio.wait(late, timeout=STOP_WITHIN_S)
            for wait in gone:
                wait.cancel()

    def received(self, connection: Connection, item: bytes) -> None:
        """A connection has a whole message.

        Whoever we connected to may answer; its requests are let in as everybody's are.
        """
        now_s = self._clock.now_s()
        if connection.own and is_response(item):
            admitted = connection.answers.take(now_s)
        else:
            admitted = self._guard.admits(connection.hop.host, now_s)
        if admitted:
            self._deliver(item, connection.hop)
        else:
            self._seldom.tell("SIP messages dropped: not from an allowed address, or too many")

    def broken(self, connection: Connection) -> None:
        """Where its next message begins nobody can tell."""
        self.malformed += 1
        self._seldom.tell("SIP connections closed: what came was no SIP")
        connection.abort()

    def unread(self, connection: Connection) -> None:
        """Its peer reads nothing of what is sent."""
        self._seldom.tell("SIP connections closed: what was sent was not read")
        connection.abort()

    def over(self, connection: Connection) -> None:
        """A connection is gone, or never was."""
        if self._connections.get(connection.hop) is connection:
            del self._connections[connection.hop]
        unsent = [send.transaction for send in connection.take_waiting()]
        for transaction in dict.fromkeys(unsent if self._stopped else [*unsent, *connection.unanswered]):
            self._failed(transaction)

    def now_s(self) -> float:
        """The clock's time."""
        return self._clock.now_s()

    def _begin(self, work: Coroutine[object, object, None], connection: Connection | None = None) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="SIP connection")
        self._tasks[task] = connection
        task.add_done_callback(lambda task: self._tasks.pop(task, None))
        return task

    async def _open(self, connection: Connection) -> None:
        hop = connection.hop
        secure = hop.transport == "TLS"
        try:
            if secure and self._client_tls is None:
                self._client_tls = await asyncio.to_thread(ssl.create_default_context)  # reads many files
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection,
                    hop.host,
                    hop.port,
                    ssl=self._client_tls if secure else None,
                    server_hostname=self._names.get(hop, hop.host) if secure else None,
                    ssl_handshake_timeout=CONNECT_WITHIN_S if secure else None,
                )
        except Exception as error:  # noqa: BLE001  # whatever it is, what waits for the connection cannot be sent
            reason = getattr(error, "verify_message", "") or type(error).__name__
            to = f"{hop.transport} {hop.host} port {hop.port}" if self._guard.is_trusted(hop.host) else "elsewhere"
            self._seldom.tell("SIP connection failed", to=to, reason=reason)
            self.over(connection)

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
                connection = Connection(self, hop, self._clock.now_s(), own=False)
                self._connections[hop] = connection
                serving = self._begin(self._serve(connection, wire), connection)
                serving.add_done_callback(lambda task, wire=wire: wire.close() if task.cancelled() else None)  # type: ignore[misc]
            else:
                _reset(wire)
            await asyncio.sleep(0)  # a flood of connections leaves the calls their turn

    def _may_enter(self, hop: Hop) -> bool:
        if not self._guard.admits(hop.host, self._clock.now_s()):
            self._seldom.tell("SIP connections refused: not from an allowed address, or too many")
            return False
        accepted = [each for each in self._connections.values() if not each.own]
        of_one = sum(each.hop.host == hop.host for each in accepted)
        if self._guard.is_trusted(hop.host):
            too_many = of_one >= MOST_OF_TRUSTED
        else:
            others = sum(not self._guard.is_trusted(each.hop.host) for each in accepted)
            too_many = of_one >= MOST_OF_ONE or others >= MOST_ACCEPTED
        if too_many or hop in self._connections:
            self._seldom.tell("SIP connections refused: there are too many")
            return False
        return True

    async def _serve(self, connection: Connection, wire: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            if connection.hop.transport == "TLS":
                await loop.connect_accepted_socket(
                    lambda: connection, wire, ssl=self._server_tls, ssl_handshake_timeout=CONNECT_WITHIN_S
                )
            else:
                await loop.connect_accepted_socket(lambda: connection, wire)
        except Exception:  # noqa: BLE001  # the peer went away or failed the handshake: nothing came of it
            self.over(connection)


def _reset(wire: socket.socket) -> None:
    """Close without a byte, and without a trace of it in the system's tables."""
    with suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()
