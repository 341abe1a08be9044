"""The whole server with an Asterisk and nothing else, over real sockets, in real time: short calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from support.phone_call import ROOT
from support.server import OPTIONS

from callagent.app import App
from callagent.call.summary import CallSummary
from callagent.errors import ConfigurationError
from callagent.hooks import Hooks
from callagent.media.audio import SILENCE
from callagent.settings.loading import load_settings
from callagent.simulator.audiosocket_line import AudioSocketLine
from callagent.simulator.line import Line
from callagent.simulator.websocket_line import Channel, WebSocketLine
from callagent.telephony.asterisk.carrier import listen_at

TOKEN = "d1f3a5b7c9e0d2f4a6b8"


class Running:
    """A server that has no Twilio."""

    def __init__(self, folder: Path) -> None:
        self.summaries: asyncio.Queue[CallSummary] = asyncio.Queue()
        settings = load_settings(
            host="127.0.0.1", port=0, audiosocket="127.0.0.1:0", asterisk_token=TOKEN,
            flows=ROOT / "flows", prompts=ROOT / "prompts", recordings=folder / "recordings", cache=folder / "cache",
            stt="scripted", tts="scripted", options=OPTIONS,
        )  # fmt: skip
        self.app = App(settings, hooks=Hooks([], lambda summary, _: self.summaries.put_nowait(summary)))
        assert self.app._audiosocket is not None
        self.port: int = self.app._audiosocket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.app.port}"


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    """It takes calls."""
    made = Running(folder)
    try:
        await made.app.start()
        await made.app.ready()
        yield made
    finally:
        await made.app.stop()


async def says_goodbye(line: Line) -> bool:
    """Have the agent say goodbye; whether anything was heard."""
    heard = False
    for _ in range(30):
        heard |= (await line.exchange(SILENCE) or SILENCE) != SILENCE
    line.press("9")
    while await line.exchange(SILENCE) is not None:
        pass
    return heard


async def test_calls_come_over_both_protocols(tmp_path: Path) -> None:
    """A server without Twilio takes an announced AudioSocket call and a WebSocket call, and each has its summary."""
    async with running(tmp_path) as server, ClientSession() as http:
        call = uuid4()
        async with http.get(f"{server.url}/asterisk/call/{call}?from=%2B919800000001&to=100&token={TOKEN}") as told:
            assert told.status == 200
        first = await AudioSocketLine.connect("127.0.0.1", server.port, call)
        heard = await says_goodbye(first)
        over_audiosocket = await server.summaries.get()
        await first.hang_up()
        async with http.ws_connect(f"{server.url}/asterisk/media?token={TOKEN}", protocols=("media",)) as socket:
            heard &= await says_goodbye(await WebSocketLine(socket, Channel(is_json=True)).begin())
        over_websocket = await server.summaries.get()
        async with http.post(f"{server.url}/twilio/voice") as refused:
            no_twilio = refused.status

    assert heard
    assert first.told_to_hang_up
    assert first.complaints == []
    assert [over_audiosocket.disposition, over_websocket.disposition] == ["goodbye", "goodbye"]
    assert (over_audiosocket.caller[-2:], over_audiosocket.called) == ("01", "100")
    assert [over_audiosocket.carrier, over_websocket.carrier] == ["audiosocket", "asterisk"]
    assert over_audiosocket.failures == over_websocket.failures == ()
    assert no_twilio == 404


async def test_a_draining_server_lets_calls_end_and_takes_none(tmp_path: Path) -> None:
    """Over either protocol."""
    async with running(tmp_path) as server, ClientSession() as http:
        line = await AudioSocketLine.connect("127.0.0.1", server.port, uuid4())
        for _ in range(10):
            await line.exchange(SILENCE)
        stopping = asyncio.create_task(server.app.stop(10))
        await line.exchange(SILENCE)
        late = await AudioSocketLine.connect("127.0.0.1", server.port, uuid4())
        with pytest.raises(WSServerHandshakeError, match="503"):
            await http.ws_connect(f"{server.url}/asterisk/media?token={TOKEN}", protocols=("media",))
        while await late.exchange(SILENCE) is not None:
            await line.exchange(SILENCE)
        await says_goodbye(line)
        await stopping
        summary = await server.summaries.get()
        await line.hang_up()
        await late.hang_up()

    assert late.told_to_hang_up
    assert summary.disposition == "goodbye"


async def test_a_server_that_stops_ends_its_calls(tmp_path: Path) -> None:
    """And leaves no connection."""
    async with running(tmp_path) as server:
        line = await AudioSocketLine.connect("127.0.0.1", server.port, uuid4())
        for _ in range(10):
            await line.exchange(SILENCE)
        await server.app.stop()
        summary = await server.summaries.get()
        await line.hang_up()

    assert (summary.disposition, summary.ended_by) == ("server stopped", "server")
    assert line.told_to_hang_up


def test_a_port_that_is_taken_is_named() -> None:
    """With the setting that chooses it."""
    taken = listen_at("127.0.0.1:0")
    assert taken is not None
    with taken, pytest.raises(ConfigurationError, match="CALLAGENT_AUDIOSOCKET"):
        listen_at(f"127.0.0.1:{taken.getsockname()[1]}")
