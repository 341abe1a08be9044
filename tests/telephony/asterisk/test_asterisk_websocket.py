"""Asterisk's WebSocket calls, as the server sees them: what is let in, what goes out, what is survived."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, UnixConnector, WSMsgType, WSServerHandshakeError, web
from structlog.testing import capture_logs

from callagent.errors import CarrierError
from callagent.media.audio import SILENCE
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.simulator.websocket_line import XOFF, Channel, WebSocketLine
from callagent.telephony.asterisk import routes
from callagent.telephony.asterisk.access import Sources
from callagent.telephony.asterisk.announced import Announced
from callagent.telephony.asterisk.handovers import Handovers
from callagent.telephony.asterisk.routes import AsteriskRoutes
from callagent.telephony.leg import Leg, LegEnd, LegEnded, LegSignal, Whisper
from callagent.telephony.twilio.switchboard import OwnSwitchboard

TOKEN = "d1f3a5b7c9e0d2f4a6b8"
LOUD = b"\x00\x20" * 160
START = "MEDIA_START connection_id:shop channel_id:1763.42 format:ulaw optimal_frame_size:160 ptime:20"


class Shop:
    """A server that keeps every signal of every leg."""

    def __init__(self, client: ClientSession, *, admits: bool = True, sources: Sources | None = None) -> None:
        self.legs: list[Leg] = []
        self.signals: list[LegSignal] = []
        self.met = asyncio.Event()
        self.over = asyncio.Event()
        self.on_leg: Callable[[Leg], Awaitable[None]] | None = None
        self.client = client
        clock = VirtualClock(asyncio.get_running_loop())
        switchboard = OwnSwitchboard(clock, lambda: admits)
        self.announced = Announced()
        shared = sources or Sources(), self.announced, Handovers(), switchboard, clock
        self.routes = AsteriskRoutes(TOKEN, *shared, self._answer)

    async def _answer(self, leg: Leg) -> None:
        self.legs.append(leg)
        self.met.set()
        if self.on_leg is not None:
            await self.on_leg(leg)
        async for signal in leg.signals():
            self.signals.append(signal)
        await leg.hang_up()
        self.over.set()

    async def open(self, query: str = f"token={TOKEN}", **given: Any) -> ClientWebSocketResponse:
        """A WebSocket that has said nothing yet."""
        url = f"http://here/asterisk/media?{query}"
        socket: ClientWebSocketResponse = await self.client.ws_connect(url, protocols=("media",), **given)
        return socket

    async def line(self, channel: Channel | None = None) -> WebSocketLine:
        """A call whose leg is there."""
        line = await WebSocketLine(await self.open(), channel or Channel()).begin()
        await self.met.wait()
        return line


@asynccontextmanager
async def shop(folder: Path, **given: Any) -> AsyncIterator[Shop]:
    """A server on a Unix socket, for virtual time."""
    place = str(folder / "http")
    async with ClientSession(connector=UnixConnector(place)) as client:
        made = Shop(client, **given)
        app = web.Application()
        made.routes.add_to(app)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        await web.UnixSite(runner, place).start()
        try:
            yield made
        finally:
            await runner.cleanup()


async def closed_with(socket: ClientWebSocketResponse) -> int | None:
    """The code with which the server closes."""
    while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING, WSMsgType.ERROR}:
        pass
    return socket.close_code


@pytest.mark.parametrize(
    ("query", "given", "status"),
    [
        ("", {}, 403),
        ("token=guessed", {}, 403),
        ("", {"headers": {"Authorization": f"Bearer {TOKEN}"}}, 101),
        (f"token={TOKEN}", {}, 101),
    ],
)
def test_only_who_shows_the_token_is_let_in(tmp_path: Path, query: str, given: dict[str, Any], status: int) -> None:
    """Before anything else."""

    async def call() -> tuple[int, str | None]:
        async with shop(tmp_path) as server:
            try:
                socket = await server.open(query, **given)
            except WSServerHandshakeError as error:
                return error.status, None
            return 101, socket.protocol

    assert run(call()) == (status, "media" if status == 101 else None)


def test_who_calls_from_elsewhere_is_not(tmp_path: Path) -> None:
    """Though the token is right."""

    async def call() -> None:
        async with shop(tmp_path, sources=Sources(("10.0.0.5",))) as server:
            with pytest.raises(WSServerHandshakeError, match="403"):
                await server.open()

    run(call())


def test_a_busy_server_takes_no_call(tmp_path: Path) -> None:
    """It says so before the WebSocket is one, so that the dialplan can go on."""

    async def call() -> None:
        async with shop(tmp_path, admits=False) as server:
            with pytest.raises(WSServerHandshakeError, match="503"):
                await server.open()

    run(call())


@pytest.mark.parametrize(
    "first", ["", "MEDIA_XON", START.replace("ulaw", "opus"), "MEDIA_START format:ulaw", "{broken", b"\xff" * 160]
)
def test_a_connection_that_begins_otherwise_is_closed(tmp_path: Path, first: str | bytes) -> None:
    """With another message, or with a format that nobody here knows."""

    async def call() -> tuple[int | None, int]:
        async with shop(tmp_path) as server:
            socket = await server.open()
            await (socket.send_str(first) if isinstance(first, str) else socket.send_bytes(first))
            return await closed_with(socket), len(server.legs)

    assert run(call()) == (routes.CLOSE_POLICY, 0)


def test_a_flood_of_silent_connections_keeps_nobody_out(tmp_path: Path) -> None:
    """The oldest go; those that stay go after five seconds; a call comes through."""

    async def call() -> tuple[int, float]:
        async with shop(tmp_path) as server:
            silent = [await server.open() for _ in range(routes.MOST_UNSTARTED + 10)]
            await server.line()
            for socket in silent:
                await closed_with(socket)
            return len(server.legs), asyncio.get_running_loop().time()

    calls, took_s = run(call())

    assert calls == 1
    assert took_s == pytest.approx(routes.START_WITHIN_S, abs=0.2)


def test_sound_goes_out_in_whole_frames(tmp_path: Path) -> None:
    """Of what is no whole frame Asterisk would lose the rest."""

    async def call() -> tuple[int, int]:
        async with shop(tmp_path) as server:
            line = await server.line(Channel(format="slin16"))
            for _ in range(20):
                server.legs[0].play(LOUD)
            for _ in range(3):
                await line.exchange(SILENCE)
            return line.lost_bytes, line.most_queued

    lost, queued = run(call())

    assert lost == 0
    assert queued >= 18


def test_a_full_queue_is_waited_for(tmp_path: Path) -> None:
    """After MEDIA_XOFF nothing is sent but commands, until MEDIA_XON."""

    async def call() -> tuple[int, int, list[str]]:
        async with shop(tmp_path) as server:
            line = await server.line()
            (leg,) = server.legs
            for _ in range(XOFF // 2 + 40):
                leg.play(LOUD * 2)
                await asyncio.sleep(0.001)
            full = line.most_queued
            for _ in range(40):
                await line.exchange(SILENCE)
            still = line._frames()
            leg.clear()
            await asyncio.sleep(0.01)
            return full, full - 40 - still, line.commands

    full, sent_meanwhile, commands = run(call())

    assert XOFF <= full <= XOFF + 4
    assert sent_meanwhile == 0
    assert commands == ["FLUSH_MEDIA"]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        (["NEW_EVENT x:1"] * 49, LegEnd.CALLER_HUNG_UP),
        (["NEW_EVENT x:1"] * 50, LegEnd.PROTOCOL_BROKEN),
        ([START], LegEnd.CALLER_HUNG_UP),
        ([b"\xff" * 7, b"\xff" * 5000, b""], LegEnd.CALLER_HUNG_UP),
    ],
)
def test_what_is_unknown_is_survived_for_a_while(tmp_path: Path, messages: list[str | bytes], reason: LegEnd) -> None:
    """An event of a newer Asterisk is counted; a flood of nonsense ends the call."""

    async def call() -> LegSignal:
        async with shop(tmp_path) as server:
            socket = await server.open()
            for message in [START, *messages]:
                await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
            await server.met.wait()
            await asyncio.sleep(0.1)
            await socket.close()
            await server.over.wait()
            return server.signals[-1]

    assert run(call()) == LegEnded(reason)


@pytest.mark.parametrize("obeys", [True, False])
def test_hanging_up_takes_a_second_or_two_at_most(tmp_path: Path, obeys: bool) -> None:
    """The command goes out first; an Asterisk that ignores it is left."""

    async def call() -> tuple[float, list[Any]]:
        async with shop(tmp_path) as server:
            server.on_leg = lambda leg: leg.hang_up()
            socket = await server.open(autoclose=obeys)
            await socket.send_str(START)
            began_s = asyncio.get_running_loop().time()
            told = [(await socket.receive()).data]
            if obeys:
                await socket.close()
            await server.over.wait()
            return asyncio.get_running_loop().time() - began_s, told

    took_s, told = run(call())

    assert told == ["HANGUP"]
    assert took_s <= (0.1 if obeys else 2.1)


def test_what_the_protocol_has_not_is_an_error(tmp_path: Path) -> None:
    """No texts and no transfers."""

    async def call() -> None:
        async with shop(tmp_path) as server:
            await server.line()
            with pytest.raises(CarrierError, match="no text messages"):
                await server.legs[0].send_text("+911234567890", "hello")
            with pytest.raises(CarrierError, match="The dialplan has not"):
                await server.legs[0].transfer([("+911234567890", 20)], Whisper())

    run(call())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10?from=%2B919800000001&to=100&token={TOKEN}", 200),
        (f"no-uuid?token={TOKEN}", 400),
        ("4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10?from=1&token=guessed", 403),
    ],
)
def test_who_calls_is_told_beforehand(tmp_path: Path, path: str, status: int) -> None:
    """By whoever shows the token; no number is logged."""

    async def call() -> tuple[int, int]:
        async with shop(tmp_path) as server, server.client.get(f"http://here/asterisk/call/{path}") as response:
            return response.status, len(server.announced._calls)

    with capture_logs() as logs:
        told = run(call())

    assert told == (status, int(status == 200))
    assert "9800000001" not in str(logs)


def test_the_numbers_may_be_variables_of_the_channel(tmp_path: Path) -> None:
    """In JSON, where the address does not name them."""

    async def call() -> tuple[str, str, str, str]:
        async with shop(tmp_path) as server:
            variables = {"CALLAGENT_FROM": "+919800000001", "CALLAGENT_TO": "100"}
            await server.line(Channel(is_json=True, variables=variables))
            info = server.legs[0].info
            return info.caller, info.called, info.carrier, info.call_id

    assert run(call()) == ("+919800000001", "100", "asterisk", "1763.42")
