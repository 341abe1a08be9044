"""A language model's server on loopback, over real HTTP, that answers and fails to order."""

import asyncio
import json
import socket
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self, TypeAlias

from aiohttp import web

from callagent.llm.model import Conversation, LanguageModel, Message, ToolCall


class Break(Enum):
    """How a stream comes to its end before its time."""

    DROPPED = auto()
    """The connection is reset."""
    CLOSED = auto()
    """The body ends as if it were complete."""


@dataclass(frozen=True)
class Finish:
    """Why the answer ends, where it is not for its last word or call."""

    reason: str


@dataclass(frozen=True)
class Refusal:
    """Another status than 200."""

    status: int
    error: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


Step: TypeAlias = str | float | bytes | ToolCall | Finish | Break | Mapping[str, Any]
"""Words, seconds to wait, bytes as they are, a call, an end, or an event as it is."""
Answer: TypeAlias = Sequence[Step] | Refusal
USUAL: Answer = ("The fan ", "is in stock. ", "It costs ", "two thousand.")
ASKED = Conversation("Be brief.", (Message("caller", "What is the fan?"),))


class ModelServer(ABC):
    """Answers one request after the other with what stands in `answers`, then with `usual`."""

    path: str

    def __init__(self, *answers: Answer, usual: Answer = USUAL) -> None:
        self.answers = list(answers)
        self.usual = usual
        self.asked: list[dict[str, Any]] = []
        """The bodies of the requests."""
        self.headers: list[Mapping[str, str]] = []
        self.peers: set[Any] = set()
        """The connections that there were."""
        self.sent_bytes = 0
        """Of streams."""
        self.busy = asyncio.Event()
        """Set when somebody has asked."""
        self.idle = asyncio.Event()
        """Set when nobody is being answered."""
        self.idle.set()
        self.url = ""
        self._busy = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._handle)
        app.router.add_get("/api/tags", self.tags)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def tags(self, _: web.Request) -> web.StreamResponse:
        """The models that there are; only Ollama tells."""
        return web.Response(status=404)

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def drop_idle(self) -> None:
        """Close all connections, as a server does that has waited long enough."""
        assert self._runner is not None
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            connection.force_close()
            if connection.transport is not None:
                connection.transport.close()
        for _ in range(5):
            await asyncio.sleep(0)

    @abstractmethod
    def begin(self) -> list[bytes]:
        """What each stream begins with."""

    @abstractmethod
    def words(self, text: str) -> list[bytes]:
        """A piece of text."""

    @abstractmethod
    def call(self, call: ToolCall) -> list[bytes]:
        """A tool call."""

    @abstractmethod
    def finish(self, reason: str | None, *, called: bool) -> list[bytes]:
        """What a stream ends with."""

    @abstractmethod
    def refusal(self, refusal: Refusal) -> dict[str, Any]:
        """The body of one."""

    def event(self, event: Mapping[str, Any]) -> bytes:
        """An event as it stands on the wire."""
        return b"data: " + json.dumps(event).encode() + b"\n\n"

    async def other(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        """What is asked of another path."""
        return web.json_response({"error": {"message": f"no such path {request.path}"}}, status=404)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if request.path != self.path:
            return await self.other(request, body)
        self.asked.append(body)
        self.headers.append(request.headers)
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        self._busy += 1
        self.idle.clear()
        self.busy.set()
        try:
            answer = self.answers.pop(0) if self.answers else self.usual
            if isinstance(answer, Refusal):
                return web.json_response(self.refusal(answer), status=answer.status, headers=answer.headers)
            return await self._stream(request, answer)
        finally:
            self._busy -= 1
            if not self._busy:
                self.idle.set()

    async def _stream(self, request: web.Request, answer: Sequence[Step]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        reason: str | None = None
        begun = False
        for step in answer:
            if isinstance(step, float):
                await asyncio.sleep(step)
                continue
            if not begun:
                await response.prepare(request)
                await self._write(response, self.begin())
                begun = True
            if isinstance(step, Break):
                if step is Break.DROPPED and request.transport is not None:
                    request.transport.abort()
                return response
            if isinstance(step, Finish):
                reason = step.reason
            else:
                await self._write(response, self._bytes(step))
        if not begun:
            await response.prepare(request)
        await self._write(response, self.finish(reason, called=any(isinstance(step, ToolCall) for step in answer)))
        return response

    def _bytes(self, step: str | bytes | ToolCall | Mapping[str, Any]) -> list[bytes]:
        if isinstance(step, str):
            return self.words(step)
        if isinstance(step, ToolCall):
            return self.call(step)
        return [step if isinstance(step, bytes) else self.event(step)]

    async def _write(self, response: web.StreamResponse, parts: Sequence[bytes]) -> None:
        for part in parts:
            await response.write(part)
            self.sent_bytes += len(part)


@asynccontextmanager
async def deaf_address() -> AsyncIterator[str]:
    """An address where connecting hangs: nobody accepts, and the queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        try:
            for _ in range(4):
                one = socket.socket()
                one.settimeout(0)
                one.connect_ex(("127.0.0.1", port))
                waiting.append(one)
            yield f"http://127.0.0.1:{port}"
        finally:
            for one in waiting:
                one.close()


@asynccontextmanager
async def stuck_address() -> AsyncIterator[str]:
    """An address where connecting works and nothing is ever read."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def closed_address() -> str:
    """An address where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return f"http://127.0.0.1:{port}"


async def pieces_of(model: LanguageModel, conversation: Conversation = ASKED) -> list[str | ToolCall]:
    """All that a model yields."""
    return [piece async for piece in model.reply(conversation)]
