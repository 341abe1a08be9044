"""Deepgram's live WebSocket on loopback, as its API describes it, with faults to order."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

KEY = "dg-secret-canary"
SOUNDS_PER_WORD_S = 0.1
"""Seconds of audio after which the next word of a turn has been heard."""
MODEL = {"name": "general-nova-3", "version": "2026-01-01", "arch": "nova-3"}
BYTES_PER_S = {"linear16": 16_000, "mulaw": 8_000}


@dataclass
class Fault:
    """What goes wrong on one connection; nothing does by default."""

    status: int = 0
    """HTTP status that refuses the connection."""
    retry_after: str = ""
    instead: str | bytes = b""
    """A message sent in place of the first result."""
    drops_after_s: float | None = None
    """Seconds of audio after which the socket is torn down."""
    closes_after_s: float | None = None
    """Seconds of audio after which the stream is closed as for an internal error."""
    deaf: bool = False
    """Reads nothing more once the connection stands."""
    mute: bool = False
    """Listens, and never answers anything."""
    ignores_finalize: bool = False
    finals_are_late: bool = False
    """Says once more what it settled when the next turn has begun."""
    babbles: bool = False
    """Answers `Finalize` with interims for ever."""
    refuses_keyterms: bool = False


@dataclass
class Heard:
    """What one connection has been sent."""

    query: dict[str, list[str]]
    fault: Fault
    audio: bytearray = field(default_factory=bytearray)
    messages: list[dict[str, Any]] = field(default_factory=list)
    """Its JSON messages without KeepAlive, in order."""
    connection: ServerConnection | None = None

    @property
    def kinds(self) -> list[str]:
        """Types of the messages."""
        return [message["type"] for message in self.messages]


class DeepgramServer:
    """Hears a text of `texts` in each turn, a word for each tenth of a second; `faults` befall the next connections."""

    def __init__(self, *texts: str) -> None:
        self.texts = deque(texts)
        self.faults: deque[Fault] = deque()
        self.heard: list[Heard] = []
        self.refused = 0
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self.port}"

    async def drop_all(self, code: int = 1011) -> None:
        """Close all connections, as when nothing came for ten seconds."""
        for heard in self.heard:
            if heard.connection is not None:
                await heard.connection.close(code, "NET-0001")

    def greet(self, connection: ServerConnection, request: Request) -> Response | None:
        """Accept or refuse a connection."""
        fault = self.faults.popleft() if self.faults else Fault()
        query = parse_qs(urlsplit(request.path).query)
        status = fault.status
        if request.headers.get("Authorization") != f"Token {KEY}":
            status = 401
        elif not query.get("model", [""])[0].startswith(("nova", "enhanced", "base")):
            status = 400
        if status:
            self.refused += 1
            response = connection.respond(HTTPStatus(status), "no")
            if fault.retry_after:
                response.headers["Retry-After"] = fault.retry_after
            return response
        self.heard.append(Heard(query, fault, connection=connection))
        return None

    async def serve(self, connection: ServerConnection) -> None:
        """One connection to its end."""
        heard = next(heard for heard in self.heard if heard.connection is connection)
        if heard.fault.deaf:
            connection.transport.pause_reading()
            await connection.wait_closed()
            return
        with suppress(ConnectionClosed):
            await _Ear(self, heard, connection).listen()


class _Ear:
    """Recognizes one stream."""

    def __init__(self, server: DeepgramServer, heard: Heard, connection: ServerConnection) -> None:
        self._server = server
        self._heard = heard
        self._fault = heard.fault
        self._connection = connection
        self._rate = BYTES_PER_S[heard.query["encoding"][0]]
        self._settled_s = 0.0
        self._words: list[str] | None = None
        self._said = 0

    @property
    def _now_s(self) -> float:
        return len(self._heard.audio) / self._rate

    async def listen(self) -> None:
        """Take messages until the stream is closed."""
        async for message in self._connection:
            if isinstance(message, bytes):
                await self._audio(message)
                continue
            command = json.loads(message)
            if command["type"] == "KeepAlive":
                continue
            self._heard.messages.append(command)
            if self._fault.mute:
                continue
            await self._command(command)

    async def _audio(self, audio: bytes) -> None:
        self._heard.audio += audio
        fault = self._fault
        if fault.drops_after_s is not None and self._now_s >= fault.drops_after_s:
            self._connection.transport.abort()
            return
        if fault.closes_after_s is not None and self._now_s >= fault.closes_after_s:
            await self._connection.close(1011, "NET-0000")
            return
        if fault.mute:
            return
        if fault.finals_are_late and self._words is None and self._settled_s:
            await self._tell(["late"], is_final=True, from_finalize=True, start_s=0.0, duration_s=self._settled_s)
        if self._words is None:
            self._words = (self._server.texts.popleft() if self._server.texts else "").split()
            self._said = 0
        said = min(len(self._words), int((self._now_s - self._settled_s) / SOUNDS_PER_WORD_S))
        if said > self._said:
            self._said = said
            await self._tell(self._words[:said])

    async def _command(self, command: dict[str, Any]) -> None:
        match command["type"]:
            case "Finalize" if self._fault.babbles:
                while True:
                    await self._tell(["well"])
                    await asyncio.sleep(0.005)
            case "Finalize" if not self._fault.ignores_finalize:
                await self._settle(from_finalize=True)
            case "CloseStream":
                await self._settle()
                await self._send({
                    "type": "Metadata",
                    "transaction_key": "deprecated",
                    "request_id": "1",
                    "sha256": "0",
                    "created": "2026-11-21T00:00:00Z",
                    "duration": self._now_s,
                    "channels": 1,
                })  # fmt: skip
                await self._connection.close()
            case "Configure":
                if self._fault.refuses_keyterms:
                    await self._send({"type": "ConfigureFailure", "request_id": "1", "description": "no",
                                      "code": "CONFIGURE_KEYTERMS_NOT_SUPPORTED"})  # fmt: skip
                else:
                    answer = {"type": "ConfigureSuccess", "request_id": "1", "keyterms": command.get("keyterms")}
                    await self._send(answer)

    async def _settle(self, *, from_finalize: bool = False) -> None:
        await self._tell(self._words or [], is_final=True, from_finalize=from_finalize)
        self._settled_s = self._now_s
        self._words = None

    async def _tell(
        self, words: Sequence[str], *, start_s: float | None = None, duration_s: float | None = None, **flags: bool
    ) -> None:
        if self._fault.instead:
            await self._connection.send(self._fault.instead)
            return
        timed = [{"word": word, "start": 0.0, "end": 0.1, "confidence": 0.9} for word in words]
        await self._send({
            "type": "Results",
            "channel_index": [0, 1],
            "start": self._settled_s if start_s is None else start_s,
            "duration": self._now_s - self._settled_s if duration_s is None else duration_s,
            "is_final": False,
            "speech_final": False,
            "channel": {"alternatives": [{"transcript": " ".join(words), "confidence": 0.9, "words": timed}]},
            "metadata": {"request_id": "1", "model_info": MODEL, "model_uuid": "1"},
            "from_finalize": False,
            **flags,
        })  # fmt: skip

    async def _send(self, message: dict[str, Any]) -> None:
        await self._connection.send(json.dumps(message))


@asynccontextmanager
async def deepgram_server(*texts: str) -> AsyncIterator[DeepgramServer]:
    """A server that listens."""
    server = DeepgramServer(*texts)
    async with serve(server.serve, "127.0.0.1", 0, process_request=server.greet, close_timeout=0.1) as listening:
        server.port = next(iter(listening.sockets)).getsockname()[1]
        yield server


@asynccontextmanager
async def silent_server() -> AsyncIterator[str]:
    """The address of a server that accepts connections and says nothing."""
    held: list[asyncio.StreamWriter] = []
    listening = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    finally:
        listening.close()
        for writer in held:
            writer.transport.abort()
