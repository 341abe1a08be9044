"""Connections without a call, over real sockets: the deadlines are tried by saying what time it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import ClientSession, web
from support.server import no_health, ready

from callagent.telephony.server import CallStream, HttpServer, listen, make_app
from callagent.telephony.visitors import KEEP_ALIVE_S, REQUEST_S, Visitors

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class House:
    """A server, and what a test needs to visit it."""

    async def open(self) -> None:
        """Listen."""
        self.entered = asyncio.Event()
        app = make_app(no_health, ready)
        app.router.add_post("/form", self._form)
        app.router.add_get("/socket", self._socket)
        app.router.add_get("/tell", self._tell)
        self.goes_on = asyncio.Event()
        listener = listen("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        self.server = HttpServer(app, listener)
        await self.server.start()
        self.lines: list[Line] = []

    async def _form(self, request: web.Request) -> web.Response:
        self.entered.set()
        with suppress(ConnectionResetError):
            await request.read()
        return web.Response()

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        response = CallStream()
        await response.prepare(request)
        await response.write(b"ringing\n")
        await self.goes_on.wait()
        await response.write(b"over\n")
        return response

    async def close(self) -> None:
        """Let go of everything."""
        for _, writer in self.lines:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
        await self.server.stop()

    async def visit(self, sent: bytes = b"") -> Line:
        """A connection that sends this and no more."""
        line = await asyncio.open_connection("127.0.0.1", self.port)
        self.lines.append(line)
        line[1].write(sent)
        return line

    async def ask(self, line: Line | None = None) -> Line:
        """Get an answer on a connection, a new one unless given; every connection made before is known then."""
        reader, writer = line or await self.visit()
        writer.write(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")
        async with asyncio.timeout(5):
            answer = await reader.readuntil(b'"ok"}')
        assert answer.startswith(b"HTTP/1.1 200")
        return reader, writer

    def sweep(self, later_s: float) -> None:
        """What the server does once a second, as if it were so much later."""
        server = self.server._runner.server
        assert server is not None
        self.server._visitors.sweep(server.connections, asyncio.get_running_loop().time() + later_s)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """A listening server."""
    house = House()
    await house.open()
    yield house
    await house.close()


async def closed(line: Line) -> bool:
    """Whether the server closed the connection without a word."""
    with suppress(ConnectionResetError):
        async with asyncio.timeout(5):
            return await line[0].read() == b""
    return True


@pytest.mark.parametrize("sent", [b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: he"])
async def test_who_asks_nothing_does_not_stay(house: House, sent: bytes) -> None:
    """A connection that sends nothing, or half a request, is left alone for ten seconds and then closed."""
    line = await house.visit(sent)
    await house.ask()
    house.sweep(0)
    house.sweep(REQUEST_S - 1)
    early = line[0].at_eof()
    house.sweep(REQUEST_S + 0.1)

    assert not early
    assert await closed(line)


async def test_a_body_that_trickles_does_not_stay(house: House) -> None:
    """A request whose body does not come is closed while it is being read."""
    line = await house.visit(b"POST /form HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nabc")
    await house.entered.wait()
    house.sweep(0)
    house.sweep(REQUEST_S + 0.1)

    assert await closed(line)


async def test_a_connection_is_kept_for_the_next_request(house: House) -> None:
    """After an answer a proxy may keep its connection, but not for ever."""
    line = await house.ask()
    house.sweep(KEEP_ALIVE_S - 1)
    await house.ask(line)
    house.sweep(KEEP_ALIVE_S + REQUEST_S + 1)

    assert await closed(line)


async def test_too_many_push_out_who_asked_nothing(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """One more than there may be: the connection that never asked goes, the answered one stays, the log tells."""
    house.server._visitors = Visitors(most=2)
    silent = await house.visit()
    answered = await house.ask()
    house.sweep(0)
    newest = await house.ask()

    assert await closed(silent)
    await house.ask(answered)
    await house.ask(newest)
    house.sweep(0)
    house.sweep(0)
    assert capsys.readouterr().out.count("too many connections without a call") == 1


async def test_a_crowd_that_came_at_once_is_thinned(house: House) -> None:
    """However many came in before they were counted, the sweep leaves as many as there may be."""
    lines = [await house.ask() for _ in range(5)]
    house.server._visitors = Visitors(most=2)
    house.sweep(0)

    for line in lines[:3]:
        assert await closed(line)
    for line in lines[3:]:
        await house.ask(line)


async def test_a_websocket_has_no_deadline_and_takes_no_room(house: House) -> None:
    """Neither hours nor a crowd at the door disturb a media stream."""
    house.server._visitors = Visitors(most=1)
    async with ClientSession() as client, client.ws_connect(f"http://127.0.0.1:{house.port}/socket") as socket:
        for _ in range(3):
            await house.ask()
        house.sweep(100_000)
        await socket.send_str("still here")

        assert await socket.receive_str(timeout=5) == "still here"


async def test_what_tells_of_a_call_has_no_deadline(house: House) -> None:
    """However long the call is."""
    async with ClientSession() as client, client.get(f"http://127.0.0.1:{house.port}/tell") as answer:
        first = await answer.content.readline()
        await house.ask()
        house.sweep(100_000)
        house.goes_on.set()

        assert (first, await answer.content.readline()) == (b"ringing\n", b"over\n")


async def test_the_server_sweeps_by_itself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to ask for it."""
    swept = asyncio.Event()
    monkeypatch.setattr(house.server._visitors, "sweep", lambda *_: swept.set())

    async with asyncio.timeout(10):
        await swept.wait()
