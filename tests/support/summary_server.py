"""The shop's own computer, which gets the calls' summaries over HTTP and fails to order."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class Shop:
    """The shop's computer."""

    def __init__(self) -> None:
        self.statuses: deque[int] = deque()
        """What it answers first; then 204. 0 cuts the connection."""
        self.retry_after = ""
        """Header of all answers that are no yes."""
        self.at_s: list[float] = []
        """The loop's time of each request."""
        self.got: list[tuple[str, Any]] = []
        """Key and summary of each request."""
        self.url = ""
        self.reached = asyncio.Event()
        self.breaks_at = ""
        """Key of the one that it fails at, always."""
        self.took: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        """By key: whether it said yes to it."""

    async def serve(self, request: web.Request) -> web.Response:
        """Take one."""
        self.got.append((request.headers["Idempotency-Key"], await request.json()))
        self.at_s.append(asyncio.get_running_loop().time())
        self.reached.set()
        key = request.headers["Idempotency-Key"]
        status = 500 if key == self.breaks_at else self.statuses.popleft() if self.statuses else 204
        if not status:
            assert request.transport is not None
            request.transport.abort()
        if status == 204:
            self.took[key].set()
        headers = {"Retry-After": self.retry_after} if status >= 400 and self.retry_after else None
        return web.Response(status=status or 204, text="x" * 200_000 if status >= 500 else None, headers=headers)


@asynccontextmanager
async def summary_server() -> AsyncIterator[Shop]:
    """On loopback."""
    shop = Shop()
    app = web.Application()
    app.router.add_post("/calls", shop.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    shop.url = f"http://127.0.0.1:{runner.addresses[0][1]}/calls"
    yield shop
    await runner.cleanup()
