"""A whole server with a simulated Twilio, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.phone_call import ROOT

from callagent.app import App
from callagent.call.summary import CallSummary
from callagent.events import Event
from callagent.hooks import Hooks
from callagent.media.audio import SILENCE
from callagent.settings.loading import load_settings
from callagent.settings.settings import Settings
from callagent.simulator.call_resource import Destination
from callagent.simulator.twilio import TwilioCarrier
from callagent.simulator.twilio_call import Faults, TwilioCall

OPTIONS = {"stt.scripted": {"lines": ["opening hours"]}, "tts.scripted": {"first_audio_ms": 0, "speed": 1000.0}}


class Server:
    """A running App, its carrier, and what it told."""

    def __init__(self, carrier: TwilioCarrier, folder: Path, **given: Any) -> None:
        self.carrier = carrier
        self.events: list[Event] = []
        self.summaries: list[tuple[CallSummary, Path]] = []
        self.over = asyncio.Event()
        self.app = App(settings(carrier, folder, **given), hooks=Hooks([self.events.append], self._keep))
        self.url = f"http://127.0.0.1:{self.app.port}"

    def _keep(self, summary: CallSummary, folder: Path) -> None:
        self.summaries.append((summary, folder))
        self.over.set()

    async def call(self, **faults: Any) -> TwilioCall:
        """Place a call."""
        destination = Destination(f"{self.url}/twilio/voice", f"{self.url}/twilio/status")
        return await self.carrier.call(destination, faults=Faults(**faults))

    async def ended(self) -> CallSummary:
        """The summary of the one call there was."""
        async with asyncio.timeout(100):
            await self.over.wait()
        await asyncio.to_thread(self.app._disk.close)
        assert len(self.summaries) == 1
        return self.summaries[0][0]


def settings(carrier: TwilioCarrier, folder: Path, **given: Any) -> Settings:
    """Scripted providers, a free port, and everything written below `folder`."""
    return load_settings(
        **{
            "host": "127.0.0.1",
            "port": 0,
            "twilio_account_sid": carrier.account.sid,
            "twilio_auth_token": carrier.account.auth_token,
            "twilio_api_url": carrier.api_url,
            "flows": ROOT / "flows",
            "prompts": ROOT / "prompts",
            "recordings": folder / "recordings",
            "cache": folder / "cache",
            "stt": "scripted",
            "tts": "scripted",
            "options": OPTIONS,
        }
        | given
    )


@asynccontextmanager
async def server(folder: Path, **given: Any) -> AsyncIterator[Server]:
    """A server that takes calls."""
    async with TwilioCarrier() as carrier:
        running = Server(carrier, folder, **given)
        try:
            await running.app.start(running.url)
            await running.app.ready()
            yield running
        finally:
            await running.app.stop()


async def no_health() -> dict[str, int]:
    """Of a server that has nothing to tell."""
    return {}


async def ready() -> None:
    """No reason why a call should not be sent here."""


async def listen_for(call: TwilioCall, chunks: int) -> None:
    """Be silent on the line for so many chunks of 20 ms."""
    for _ in range(chunks):
        await call.exchange(SILENCE)
