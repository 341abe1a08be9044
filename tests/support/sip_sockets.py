"""A SIP transport on loopback sockets, and what it told; time stands still unless a test moves it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

from sipmessage import Request, Response

from callagent.clock import ManualClock
from callagent.telephony.sip.network.guard import Guard
from callagent.telephony.sip.network.listening import Listening, listen
from callagent.telephony.sip.network.transport import SipTransport
from callagent.telephony.sip.transactions.matching import Hop, TransactionId
from callagent.telephony.sip.transactions.transaction_events import Send

HERE = "127.0.0.1"
ELSEWHERE = "127.0.0.2"
"""On this machine as well, and on no list."""
WITHIN_S = 20.0
"""A wait for what has to come; only a test that fails waits that long."""


class Desk:
    """A transport and its user."""

    def __init__(self, sockets: list[tuple[Listening, socket.socket]], guard: Guard, **options: Any) -> None:
        self.clock = ManualClock()
        self.guard = guard
        self.messages: asyncio.Queue[tuple[Request | Response, Hop]] = asyncio.Queue()
        self.failures: asyncio.Queue[TransactionId] = asyncio.Queue()
        self.transport = SipTransport(
            sockets,
            guard,
            self.clock,
            lambda message, hop: self.messages.put_nowait((message, hop)),
            self.failures.put_nowait,
            **options,
        )
        self.port = {at.transport: wire.getsockname()[1] for at, wire in sockets}
        self.faults: list[dict[str, Any]] = []
        """What reached the loop's handler: never anything."""

    async def message(self) -> tuple[Request | Response, Hop]:
        """What came in next."""
        async with asyncio.timeout(WITHIN_S):
            return await self.messages.get()

    async def failure(self) -> TransactionId:
        """What could not be sent next."""
        async with asyncio.timeout(WITHIN_S):
            return await self.failures.get()

    def send(self, data: bytes, to: Hop, transaction: TransactionId | None = None) -> None:
        """Send."""
        self.transport.send(Send(data, to, transaction))

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance(seconds)
        self.transport.on_time(self.clock.now_s())


@asynccontextmanager
async def desk(
    *transports: Literal["UDP", "TCP", "TLS"],
    allow: Iterable[str] = (HERE, "::1"),
    host: str = HERE,
    server_tls: ssl.SSLContext | None = None,
    client_tls: ssl.SSLContext | None = None,
    names: Mapping[Hop, str] | None = None,
) -> AsyncIterator[Desk]:
    """A desk that listens; when it is closed, nothing may have reached the loop's handler."""
    places = [Listening(transport, host, 0) for transport in transports]
    sockets = [(at, listen(at)) for at in places]
    made = Desk(sockets, Guard(allow), server_tls=server_tls, client_tls=client_tls, names=names)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: made.faults.append(context))
    await made.transport.start()
    try:
        yield made
    finally:
        await made.transport.stop()
        await asyncio.sleep(0)
        assert made.faults == []
        assert made.transport.counts.connections == 0


class Box:
    """A peer with one UDP socket."""

    def __init__(self, host: str = HERE) -> None:
        self.wire = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind((host, 0))
        self.wire.settimeout(0)
        self.hop = Hop("UDP", host, self.wire.getsockname()[1])

    def send(self, data: bytes, port: int, host: str = HERE) -> None:
        """To a port on this machine."""
        self.wire.sendto(data, (host, port))

    async def receive(self) -> bytes:
        """The next datagram."""
        data, _ = await self.receive_from()
        return data

    async def receive_from(self) -> tuple[bytes, int]:
        """The next datagram, and the port that it came from."""
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.wire, readable.set)
        try:
            async with asyncio.timeout(WITHIN_S):
                await readable.wait()
        finally:
            loop.remove_reader(self.wire)
        data, address = self.wire.recvfrom(65536)
        return data, int(address[1])

    def nothing_came(self) -> bool:
        """Whether no datagram is waiting."""
        try:
            self.wire.recv(65536)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        """Close it."""
        self.wire.close()


class Wire:
    """A peer at the other end of a stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def read(self, size: int) -> bytes:
        """Exactly so many bytes."""
        async with asyncio.timeout(WITHIN_S):
            return await self.reader.readexactly(size)

    async def rest(self) -> bytes:
        """Everything until the other side closes."""
        found = b""
        async with asyncio.timeout(WITHIN_S):
            with suppress(ConnectionError):
                while data := await self.reader.read(65536):
                    found += data
        return found

    async def close(self) -> None:
        """Close it."""
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()


@asynccontextmanager
async def dialled(port: int, source: str = HERE, tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """A connection to a desk."""
    name = "trunk.test" if tls else None
    wire = Wire(*await asyncio.open_connection(HERE, port, local_addr=(source, 0), ssl=tls, server_hostname=name))
    try:
        yield wire
    finally:
        await wire.close()


class Trunk:
    """A server that a desk connects to."""

    def __init__(self) -> None:
        self.wires: asyncio.Queue[Wire] = asyncio.Queue()
        self.hop = Hop("TCP", HERE, 0)

    async def wire(self) -> Wire:
        """The next connection."""
        async with asyncio.timeout(WITHIN_S):
            return await self.wires.get()


@asynccontextmanager
async def trunk(tls: ssl.SSLContext | None = None) -> AsyncIterator[Trunk]:
    """One that listens on this machine."""
    made = Trunk()
    opened: list[Wire] = []

    def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(Wire(reader, writer))
        made.wires.put_nowait(opened[-1])

    server = await asyncio.start_server(enter, HERE, 0, ssl=tls)
    made.hop = Hop("TLS" if tls else "TCP", HERE, server.sockets[0].getsockname()[1])
    try:
        yield made
    finally:
        server.close()
        for wire in opened:
            await wire.close()
