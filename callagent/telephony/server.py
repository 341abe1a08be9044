"""The HTTP server that carriers reach: health, readiness, and whatever routes the carriers bring."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from aiohttp import web

from callagent.errors import ConfigurationError
from callagent.telephony.visitors import KEEP_ALIVE_S, Visitors

BACKLOG: Final = 128
"""Connections that may wait to be accepted; at the limit of open files asyncio tries as many times, in one go."""
SWEEP_S: Final = 1.0
LINGER_S: Final = 2.0
"""How long the rest of a body is still read after its answer."""
LARGEST_FORM: Final = 64 * 1024
"""Bytes: a carrier's webhook has about one thousand."""

log = structlog.get_logger("callagent.server")


def make_app(
    health: Callable[[], Awaitable[Mapping[str, Any]]], ready: Callable[[], Awaitable[str | None]]
) -> web.Application:
    """A server without carriers.

    `health` is what /health shows: counts and times, nothing of a caller. `ready` says why no call should be sent
    here just now, or None; /ready then answers 503.
    """

    async def show_health(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", **await health()})

    async def show_ready(_request: web.Request) -> web.Response:
        reason = await ready()
        body = {"ready": reason is None, "reason": reason or ""}
        return web.json_response(body, status=200 if reason is None else 503)

    app = web.Application(client_max_size=LARGEST_FORM)
    app.router.add_get("/health", show_health)
    app.router.add_get("/ready", show_ready)
    return app


class CallStream(web.StreamResponse):
    """An answer that goes on for as long as a call does."""


class HttpServer:
    """A server on one port; the port is taken when this is made, and answers from `start` on.

    Without a `listener` it serves the connections that `take` is given, and each of them for one request only: whoever
    hands them out looks at the request.
    """

    def __init__(self, app: web.Application, listener: socket.socket | None) -> None:
        # Access logs would hold addresses, and a call's own summary says more.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=5.0,
            keepalive_timeout=KEEP_ALIVE_S,
            lingering_time=LINGER_S,
        )
        self._listener = listener
        self._port: asyncio.Server | None = None
        self._visitors = Visitors()
        app.on_response_prepare.append(self._answered)

    async def start(self) -> None:
        """Answer requests."""
        await self._runner.setup()
        if self._listener is not None:
            loop = asyncio.get_running_loop()
            self._port = await loop.create_server(self._connect, sock=self._listener, backlog=BACKLOG)
        self._sweeper = asyncio.create_task(self._sweep(), name="connections")

    async def stop(self) -> None:
        """Close every connection and the port."""
        self._sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await self._sweeper
        if self._port is not None:
            self._port.close()
        await self._runner.cleanup()

    async def take(self, connection: socket.socket) -> None:
        """Serve a connection that was accepted elsewhere. Raises OSError when it is gone again."""
        await asyncio.get_running_loop().connect_accepted_socket(self._connect, connection)

    def _connect(self) -> asyncio.Protocol:
        """A connection was accepted."""
        server = self._runner.server
        assert server is not None  # noqa: S101  # it was set up before the port was opened
        self._visitors.make_room(server.connections, asyncio.get_running_loop().time())
        return server()

    async def _answered(self, request: web.Request, response: web.StreamResponse) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._listener is None and not isinstance(response, web.WebSocketResponse):
            response.force_close()
        carries_call = isinstance(response, web.WebSocketResponse | CallStream)
        self._visitors.answered(request.protocol, now_s, carries_call=carries_call)

    async def _sweep(self) -> None:
        while server := self._runner.server:
            await asyncio.sleep(SWEEP_S)
            try:
                self._visitors.sweep(server.connections, asyncio.get_running_loop().time())
            except Exception as error:  # noqa: BLE001  # without the next sweep the server would fill up
                log.error("sweep failed", error=type(error).__name__)


def listen(host: str, port: int) -> socket.socket:
    """Take a port; 0 takes a free one. Raises ConfigurationError when it is taken or not allowed."""
    try:
        return socket.create_server((host, port), backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigurationError(
            f"Cannot listen on {host}:{port} ({reason}). Set CALLAGENT_HOST and CALLAGENT_PORT to what is free."
        ) from None
