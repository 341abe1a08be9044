"""Asterisk's dialplan of the README around one call: it connects the agent, and asks whom to ring."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from uuid import UUID

from aiohttp import ClientSession, UnixConnector, web

from callagent.media.audio import SILENCE
from callagent.simulator.audiosocket_line import AudioSocketLine
from callagent.simulator.virtual_time import VirtualClock
from callagent.simulator.websocket_line import Channel, WebSocketLine
from callagent.telephony.asterisk.access import Sources
from callagent.telephony.asterisk.announced import Announced
from callagent.telephony.asterisk.audiosocket_server import AudioSocketServer
from callagent.telephony.asterisk.handovers import Handovers
from callagent.telephony.asterisk.routes import AsteriskRoutes
from callagent.telephony.leg import Leg
from callagent.telephony.twilio.switchboard import OwnSwitchboard

CALL = UUID("4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10")
TOKEN = "d1f3a5b7c9e0d2f4a6b8"
Protocol: TypeAlias = Literal["audiosocket", "websocket"]
Line: TypeAlias = AudioSocketLine | WebSocketLine


@dataclass(frozen=True)
class Picked:
    """What a person does who is rung."""

    status: str = "NOANSWER"
    """DIALSTATUS of the ring."""
    listens_s: float | None = None
    """Who picks up hears the whisper for so long; None for those who do not pick up."""


class Dialplan:
    """Asterisk beside a server whose legs `answer` has, on a Unix socket and pairs of sockets: for virtual time."""

    def __init__(
        self, answer: Callable[[Leg], Awaitable[None]], folder: Path, protocol: Protocol, *, pieces: int = 0
    ) -> None:
        self.told: list[str] = []
        """What the server said when it was asked."""
        self.rung: list[str] = []
        """Numbers, in order."""
        self.whispered: list[bytes] = []
        """What those heard who picked up."""
        self.protocol = protocol
        self.admits = True
        clock = VirtualClock(asyncio.get_running_loop())
        self.switchboard = OwnSwitchboard(clock, lambda: self.admits)
        shared = Sources(), Announced(), Handovers(), self.switchboard, clock, answer
        self.server = AudioSocketServer(None, *shared)
        self._routes = AsteriskRoutes(TOKEN, *shared)
        self._pieces = pieces
        self._place = str(folder / "http")
        self._lines: list[Line] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Dialplan"]:
        """For as long as the test takes."""
        app = web.Application()
        self._routes.add_to(app)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        await web.UnixSite(runner, self._place).start()
        async with AsyncExitStack() as closing:
            closing.push_async_callback(runner.cleanup)
            self.http = await closing.enter_async_context(ClientSession(connector=UnixConnector(self._place)))
            closing.push_async_callback(self.server.stop)
            yield self
            for line in self._lines:
                await line.hang_up()

    async def get(self, path: str, **query: str) -> tuple[int, str]:
        """What CURL gets."""
        async with self.http.get(f"http://here/asterisk/{path}", params={"token": TOKEN, **query}) as response:
            return response.status, await response.text()

    async def announce(self, **query: str) -> None:
        """Tell who calls, over AudioSocket; a WebSocket's address does."""
        if self.protocol == "audiosocket":
            await self.get(f"call/{CALL}", **{"from": "+919800000001", "to": "100", "transfer": "yes"} | query)

    async def connect(self, call: UUID = CALL, ring: UUID | None = None) -> Line:
        """AudioSocket(), or Dial(WebSocket/…): the agent for a call, or the whisper of a ring."""
        line: Line
        if self.protocol == "audiosocket":
            near, far = socket.socketpair()
            await self.server.take(near)
            line = await AudioSocketLine.over(far, ring or call, pieces=self._pieces)
        else:
            query = f"call={call}&{f'ring={ring}&' if ring else ''}token={TOKEN}&from=%2B919800000001&to=100"
            connected = await self.http.ws_connect(f"http://here/asterisk/media?{query}", protocols=("media",))
            line = await WebSocketLine(connected, Channel()).begin()
        self._lines.append(line)
        return line

    async def ask(self, after: str = "", status: str = "", call: UUID = CALL) -> str:
        """Whom to ring next."""
        _, told = await self.get(f"next/{call}", after=after, status=status)
        self.told.append(told.partition(",")[0])
        return told

    async def go_on(self, *people: Picked) -> str:
        """All that follows AudioSocket(): ring who is named, each does as said; what the server says at last."""
        after = status = ""
        for person in (*people, Picked()):
            told = await self.ask(after, status)
            if not told.startswith("+"):
                return told
            number, seconds, after = told.split(",")
            self.rung.append(number)
            if person.listens_s is None:
                await asyncio.sleep(float(seconds))
            else:
                self.whispered.append(await self._listen(UUID(after), person.listens_s))
            status = person.status
        return await self.ask(after, status)

    async def _listen(self, ring: UUID, for_s: float) -> bytes:
        """Who has picked up listens, until it is over or they hang up."""
        line = await self.connect(ring=ring)
        heard = await hear(line, for_s)
        await line.hang_up()
        await asyncio.sleep(0.05)
        return heard


async def hear(line: Line, for_s: float = 60.0) -> bytes:
    """What comes over a line until it ends, or the listener has had enough."""
    heard = bytearray()
    for _ in range(round(for_s * 50)):
        sound = await line.exchange(SILENCE)
        if sound is None:
            break
        heard += sound
    return bytes(heard)


def dialplan(
    answer: Callable[[Leg], Awaitable[None]], folder: Path, protocol: Protocol, *, pieces: int = 0
) -> AbstractAsyncContextManager[Dialplan]:
    """A dialplan for the length of a test."""
    return Dialplan(answer, folder, protocol, pieces=pieces).open()
