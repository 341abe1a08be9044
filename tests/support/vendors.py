"""What the servers that play vendors have in common: faults to order, ports where nobody is, and what was left open."""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

import pytest
from aiohttp import web

Kind = Literal[
    "hang",  # takes the request and says nothing
    "stop reading",
    "hang later",  # some of the answer, then nothing
    "trickle",  # all of the answer, slower than it is spoken
    "drop",  # some of the answer, then the connection is cut
    "garbage",
    "noise",  # audio that is none
    "wrong schema",
    "nothing",  # a well-formed answer without sound
    "wrong rate",
    "huge",  # one message of 10 MB
    "no goodbye",  # all of the answer, but never its end
    "status",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request is to meet with."""

    kind: Kind
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)


WAIT_S: Final = 0.5
"""The patience of an adapter that meets with them."""
SOON_S: Final = 30.0
"""Much more than any of it takes, and much less than the vendors' libraries wait by themselves."""
TRICKLE: Final = 2.5
"""Times as long as it is, takes audio that trickles."""


class VendorServer:
    """One server on loopback; each request takes the next of `script`, and is served well when that is None."""

    path = "/"
    method = "*"

    def __init__(self) -> None:
        self.script: deque[Fault | None] = deque()
        self.connections: set[str] = set()
        """Peers' addresses: as many as there were connections."""
        self.requests = 0
        self.met = asyncio.Event()
        """There has been a request."""
        self._released = asyncio.Event()
        self._port = 0
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    async def serve(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        """Answer one request."""
        raise NotImplementedError

    async def hang(self) -> None:
        """Until the test lets go."""
        await self._released.wait()

    def release(self) -> None:
        """Let go of all requests that hang."""
        self._released.set()
        self._released = asyncio.Event()

    async def close_idle(self) -> None:
        """Close the connections that no request is on, as services do after a while."""
        assert self._runner is not None
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            connection.force_close()
        while self._runner.server.connections:  # noqa: ASYNC110 - nobody tells of these
            await asyncio.sleep(0)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        self.connections.add(str(request.transport.get_extra_info("peername")))
        self.requests += 1
        self.met.set()
        fault = self.script.popleft() if self.script else None
        if fault is not None and fault.kind == "status":
            return web.json_response({"detail": "no"}, status=fault.status, headers=fault.headers)
        if fault is not None and fault.kind == "hang":
            await self.hang()
            cut(request)
            return web.Response()
        return await self.serve(request, fault)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """While it serves."""
        app = web.Application()
        app.router.add_route(self.method, self.path, self._handle)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._port = runner.addresses[0][1]
        self._runner = runner
        try:
            yield self
        finally:
            self._released.set()
            await runner.cleanup()


def cut(request: web.Request) -> None:
    """Drop the connection without a word."""
    assert request.transport is not None
    request.transport.abort()


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port where connecting hangs: the queue of its listener is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)  # noqa: FBT003
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        try:
            yield int(listener.getsockname()[1])
        finally:
            for one in waiting:
                one.close()


@asynccontextmanager
async def mute_port() -> AsyncIterator[int]:
    """A port where connecting works and nothing else does: no TLS, no answer."""
    over = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        over.set()
        server.close()


@contextmanager
def no_names(*, hangs: bool) -> Iterator[None]:
    """The service that finds hosts by their names fails, or hangs until the end."""
    over = threading.Event()

    def fail(*_: object, **__: object) -> None:
        if hangs:
            over.wait(30)
        raise socket.gaierror(socket.EAI_AGAIN, "temporary failure")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", fail)
        try:
            yield
        finally:
            over.set()


def sockets() -> int:
    """How many this process has open."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += str(link.readlink()).startswith("socket:")
        except OSError:
            continue
    return found


@asynccontextmanager
async def nothing_left_behind(server: VendorServer, *, within_s: float = 2.0) -> AsyncIterator[None]:
    """Fails when more tasks are there after the block than before, or, once the server lets go of its own, sockets."""
    tasks, open_before = _tasks(), sockets()
    yield
    # A generator that nobody closed is closed by the loop, in a task that it makes a little later.
    await asyncio.sleep(0.05)
    async with asyncio.timeout(within_s):
        while _tasks() > tasks:  # noqa: ASYNC110 - nobody tells of these
            await asyncio.sleep(0.01)
    server.release()
    async with asyncio.timeout(within_s):
        while sockets() > open_before:  # noqa: ASYNC110 - nor of these
            await asyncio.sleep(0.01)


def _tasks() -> int:
    """How many there are, but for the server's own."""
    return sum("RequestHandler" not in repr(task.get_coro()) for task in asyncio.all_tasks())
