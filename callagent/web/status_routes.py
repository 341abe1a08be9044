"""`GET /status` and `GET /metrics`: how the server does, for its operators.

They hold no word and no number of a caller, and still say more than strangers need.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from callagent.web.access import admit

if TYPE_CHECKING:
    from callagent.monitor.status import Status


def add_status_routes(app: web.Application, status: "Callable[[], Awaitable[Status]]", token: str = "") -> None:
    """Register the addresses; with an empty `token` they answer this machine only."""

    async def show_status(request: web.Request) -> web.Response:
        admit(request, token)
        return web.json_response((await status()).as_dict())

    async def show_metrics(request: web.Request) -> web.Response:
        admit(request, token)
        # A sixth of a second of imports, which a server that nobody asks need not spend.
        metrics = await asyncio.to_thread(import_module, "callagent.web.metrics")
        text: bytes = metrics.exposition(await status())
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: metrics.CONTENT_TYPE})

    app.router.add_get("/status", show_status)
    app.router.add_get("/metrics", show_metrics)
