"""The server's side of a Twilio call, as small as Twilio's documentation allows: what the carrier is tested against.

It greets with a second of a tone and a mark, says another tone for every key, clears when the caller is loud, and
hangs up through the REST API on '#'.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from twilio import request_validator

from callagent.simulator.call_resource import Account, Destination

VALIDATOR: Any = request_validator.RequestValidator
"""Twilio's own check; it ships no types."""
TONE = b"\x10\x90" * 80
"""20 ms of a loud µ-law tone."""
GREETING_TICKS = 20


@dataclass
class Server:
    """What the server was told, and how it answers."""

    account: Account = field(default_factory=Account)
    url: str = ""
    api_url: str = ""
    twiml: str = ""
    """Instead of the usual answer."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    rest_status: int = 0
    closed_with: int | None = None
    extra: list[str] = field(default_factory=list)
    """Raw messages to send after the greeting."""

    binary: bytes = b""
    """A binary message to send after the greeting."""

    @property
    def destination(self) -> Destination:
        """Where its webhooks are."""
        return Destination(f"{self.url}/voice", f"{self.url}/status")

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one kind, in order."""
        return [message for message in self.messages if message["event"] == kind]

    def genuine(self, request: web.Request, url: str, form: dict[str, str]) -> bool:
        """Whether Twilio's own library accepts the signature."""
        signature = request.headers.get("X-Twilio-Signature", "")
        return bool(VALIDATOR(self.account.auth_token).validate(url, form, signature))

    async def voice(self, request: web.Request) -> web.Response:
        """Answer a call with a stream."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if not self.genuine(request, f"{self.url}/voice", form):
            return web.Response(status=403)
        stream = f"{self.url.replace('http', 'ws')}/media"
        text = self.twiml or (
            f'<Response><Connect><Stream url="{stream}"><Parameter name="ticket" value="t1"/></Stream></Connect>'
            "<Say>We are sorry.</Say></Response>"
        )
        return web.Response(text=text, content_type="text/xml")

    async def status(self, request: web.Request) -> web.Response:
        """Take note of a call's end."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        return web.Response(status=204 if self.genuine(request, f"{self.url}/status", form) else 403)

    async def media(self, request: web.Request) -> web.WebSocketResponse:
        """Talk with the carrier until it closes."""
        if not self.genuine(request, f"{self.url.replace('http', 'ws')}/media", {}):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            told = json.loads(message.data)
            self.messages.append(told)
            await self.react(socket, told)
        self.closed_with = socket.close_code
        return socket

    async def react(self, socket: web.WebSocketResponse, told: dict[str, Any]) -> None:
        """Do what a message calls for."""
        match told["event"]:
            case "start":
                await self.play(socket, told["streamSid"], GREETING_TICKS, "greeting")
                for text in self.extra:
                    await socket.send_str(text)
                if self.binary:
                    await socket.send_bytes(self.binary)
            case "dtmf" if told["dtmf"]["digit"] == "#":
                await self.hang_up(self.events("start")[0]["start"])
            case "dtmf" if told["dtmf"]["digit"] == "*":
                await socket.close()
            case "dtmf":
                await self.play(socket, told["streamSid"], 5, "key")
            case "media" if base64.b64decode(told["media"]["payload"])[0] & 0x70 < 0x40:
                await socket.send_json({"event": "clear", "streamSid": told["streamSid"]})

    async def play(self, socket: web.WebSocketResponse, stream: str, ticks: int, mark: str) -> None:
        """Sound the tone, with a mark behind it."""
        payload = base64.b64encode(TONE * ticks).decode()
        await socket.send_json({"event": "media", "streamSid": stream, "media": {"payload": payload}})
        await socket.send_json({"event": "mark", "streamSid": stream, "mark": {"name": mark}})

    async def hang_up(self, start: dict[str, str]) -> None:
        """End the call through the REST API."""
        url = f"{self.api_url}/2010-04-01/Accounts/{start['accountSid']}/Calls/{start['callSid']}.json"
        headers = {"Authorization": aiohttp.encode_basic_auth(self.account.sid, self.account.auth_token)}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.post(url, data={"Status": "completed"}) as answer,
        ):
            self.rest_status = answer.status


@contextlib.asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    """Let `server` listen on a free port of this machine."""
    app = web.Application()
    app.router.add_post("/voice", server.voice)
    app.router.add_post("/status", server.status)
    app.router.add_get("/media", server.media)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)
