"""A server that repeats whatever it is sent: the worst that an API can do to whoever logs its answers."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiohttp import web

Manner = Literal["denies", "breaks", "streams an error", "refuses"]
KEYS = ("Authorization", "x-api-key", "xi-api-key")


class Blabber:
    """Answers every request with the keys that were in it."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.port = 0
        self.keys: set[str] = set()
        """All keys that it was sent."""

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Say it in every place that a client reads."""
        given = [request.headers[name] for name in KEYS if name in request.headers]
        self.keys.update(given)
        told = f"Incorrect API key provided: {' '.join(given)} for {request.url} with {await request.text()}"
        error = {"message": told, "type": told, "code": told, "status": told}
        body = json.dumps({"type": "error", "error": error, "detail": error})
        if self.manner == "streams an error":
            events = f"event: error\ndata: {body}\n\n"
            return web.Response(text=events, headers={"Content-Type": "text/event-stream", "X-Told": given[0]})
        status = 401 if self.manner == "denies" else 500
        headers = {"WWW-Authenticate": told, "X-Told": told}
        return web.Response(status=status, reason=told.replace("\n", " "), text=body, headers=headers)


@asynccontextmanager
async def blabber(manner: Manner) -> AsyncIterator[Blabber]:
    """While it runs; one that refuses has only its port."""
    server = Blabber(manner)
    if manner == "refuses":
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            server.port = unused.getsockname()[1]
            yield server
        return
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()
