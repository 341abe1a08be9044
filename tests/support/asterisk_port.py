"""A port for AudioSocket whose legs a test holds in its hands; in virtual time, over pairs of sockets."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from callagent.simulator.virtual_time import VirtualClock
from callagent.telephony.asterisk.access import Sources
from callagent.telephony.asterisk.announced import Announced
from callagent.telephony.asterisk.audiosocket_server import AudioSocketServer
from callagent.telephony.asterisk.handovers import Handovers
from callagent.telephony.leg import Leg, LegSignal
from callagent.telephony.twilio.switchboard import OwnSwitchboard

CALL = UUID("4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10")
SOUND = struct.pack("!BH", 0x10, 320) + b"\x01\x00" * 160


class Peer:
    """Asterisk's end of a connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, kind: int, payload: bytes = b"") -> None:
        """Send one frame."""
        self.writer.write(struct.pack("!BH", kind, len(payload)) + payload)
        await self.writer.drain()

    async def next(self) -> tuple[int, bytes]:
        """The next frame that comes."""
        kind, length = struct.unpack("!BH", await self.reader.readexactly(3))
        return kind, await self.reader.readexactly(length)

    async def is_closed(self) -> bool:
        """Whether nothing more comes but the connection's end."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True


class Port:
    """The server, and all that its legs say."""

    def __init__(self, *, admits: bool = True) -> None:
        self.legs: list[Leg] = []
        self.signals: list[LegSignal] = []
        self.met = asyncio.Event()
        self.over = asyncio.Event()
        self.on_leg: Callable[[Leg], Awaitable[None]] | None = None
        clock = VirtualClock(asyncio.get_running_loop())
        switchboard = OwnSwitchboard(clock, lambda: admits)
        self.server = AudioSocketServer(None, Sources(), Announced(), Handovers(), switchboard, clock, self._answer)
        self._peers: list[Peer] = []

    async def _answer(self, leg: Leg) -> None:
        self.legs.append(leg)
        self.met.set()
        try:
            if self.on_leg is not None:
                await self.on_leg(leg)
            async for signal in leg.signals():
                self.signals.append(signal)
        finally:
            await leg.hang_up()
            self.over.set()

    async def connect(self) -> Peer:
        """A connection that has said nothing yet."""
        near, far = socket.socketpair()
        await self.server.take(near)
        peer = Peer(*await asyncio.open_connection(sock=far))
        self._peers.append(peer)
        return peer

    async def call(self, call: UUID = CALL) -> Peer:
        """A call, whose leg is there."""
        peer = await self.connect()
        await peer.send(0x01, call.bytes)
        await self.met.wait()
        return peer

    async def stop(self) -> None:
        """Close everything."""
        for peer in self._peers:
            peer.writer.close()
        await self.server.stop()


@asynccontextmanager
async def port(*, admits: bool = True) -> AsyncIterator[Port]:
    """A port for the length of a test."""
    made = Port(admits=admits)
    try:
        yield made
    finally:
        await made.stop()
