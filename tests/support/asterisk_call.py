"""Whole calls over Asterisk's protocols inside the process: our server, a simulated Asterisk, and virtual time."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import ClientSession, UnixConnector, web
from support.phone_call import PhoneCall, Setting, make_services

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.call.summary import CallSummary
from callagent.events import Event
from callagent.simulator.audiosocket_line import AudioSocketLine
from callagent.simulator.caller import ScriptedCaller
from callagent.simulator.line import Line
from callagent.simulator.observations import CallerBegan, Observation
from callagent.simulator.script import Script
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.simulator.websocket_line import Channel, WebSocketLine
from callagent.stt.scripted import ScriptedTranscriber
from callagent.telephony.asterisk.access import Sources
from callagent.telephony.asterisk.announced import Announced, Numbers
from callagent.telephony.asterisk.audiosocket_server import AudioSocketServer
from callagent.telephony.asterisk.handovers import Handovers
from callagent.telephony.asterisk.routes import AsteriskRoutes
from callagent.telephony.leg import Leg
from callagent.telephony.twilio.switchboard import OwnSwitchboard
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech

CALL = UUID("4f0b9f4e-6c1d-4a51-9a55-0d6f0f2b7a10")
TOKEN = "d1f3a5b7c9e0d2f4a6b8"
Answer = Callable[[Leg], Awaitable[None]]
Connect = Callable[[Answer, Path], Any]
"""What connects a line to whoever answers, for as long as a context lasts."""


def audiosocket(*, rate: int = 8000, pieces: int = 0, can_transfer: bool = False) -> Connect:
    """Over AudioSocket."""

    @asynccontextmanager
    async def connect(answer: Answer, _folder: Path) -> AsyncIterator[AudioSocketLine]:
        loop = asyncio.get_running_loop()
        clock, announced = VirtualClock(loop), Announced()
        announced.add(CALL, Numbers("+919800000001", "+911140000000", can_transfer), clock.now_s())
        server = AudioSocketServer(None, Sources(), announced, Handovers(), OwnSwitchboard(clock), clock, answer)
        near, far = socket.socketpair()
        await server.take(near)
        line = await AudioSocketLine.over(far, CALL, rate=rate, pieces=pieces)
        try:
            yield line
        finally:
            await line.hang_up()
            await asyncio.sleep(0.1)
            await server.stop()
            assert len(server) == 0

    return connect


def websocket(channel: Channel, *, can_transfer: bool = False) -> Connect:
    """Over Asterisk's WebSocket channel."""

    @asynccontextmanager
    async def connect(answer: Answer, folder: Path) -> AsyncIterator[WebSocketLine]:
        clock = VirtualClock(asyncio.get_running_loop())
        app = web.Application()
        AsteriskRoutes(TOKEN, Sources(), Announced(), Handovers(), OwnSwitchboard(clock), clock, answer).add_to(app)
        runner = web.AppRunner(app, handle_signals=False)
        await runner.setup()
        place = str(folder / "http")
        await web.UnixSite(runner, place).start()
        async with ClientSession(connector=UnixConnector(place)) as client:
            url = f"http://asterisk/asterisk/media?token={TOKEN}&from=%2B919800000001&to=%2B911140000000"
            url += f"&call={CALL}&transfer=yes" * can_transfer
            async with client.ws_connect(url, protocols=("media",)) as connected:
                line = await WebSocketLine(connected, channel).begin()
                yield line
                await line.hang_up()
        await runner.cleanup()

    return connect


def place_call_over(connect: Connect, setting: Setting, script: Script) -> PhoneCall:
    """Have the call that the script describes, in virtual time."""
    return run(_place_call(connect, setting, script))


async def _place_call(connect: Connect, setting: Setting, script: Script) -> PhoneCall:
    transcriber = ScriptedTranscriber(ScriptedTranscriber.Options())

    def observe(observation: Observation) -> None:
        if isinstance(observation, CallerBegan):
            transcriber.say("" if observation.text.startswith("(") else observation.text)

    voice = EspeakSynthesizer(EspeakSynthesizer.Options())

    async def speak(text: str) -> bytes:
        return b"".join([chunk.pcm async for chunk in voice.synthesize(Speech(text, voice="en-us+f3"))])

    caller = ScriptedCaller(script, speak, observe)
    await caller.prepare()
    await voice.aclose()
    clock = VirtualClock(asyncio.get_running_loop(), setting.began)
    heartbeat = Heartbeat(clock)
    heartbeat.start()
    services = make_services(setting, transcriber, clock, heartbeat)
    events: list[Event] = []
    summary: asyncio.Future[CallSummary] = asyncio.get_running_loop().create_future()

    async def answer(leg: Leg) -> None:
        summary.set_result(await run_call(leg, services, [events.append]))

    async with connect(answer, setting.cache) as line:
        a_line: Line = line
        report = await caller.call(a_line)
        async with asyncio.timeout(60):
            done = await summary
    await heartbeat.stop()
    await services.synthesizer.aclose()
    return PhoneCall(done, events, report)
