"""`GET /status` and `GET /metrics`: how the server does, for its operators.

They hold no word and no number of a caller, and still say more than strangers need: they answer only whoever shows the
configured token, or asks on this machine itself without a proxy in between.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, hdrs, web

if TYPE_CHECKING:
    from callagent.monitor.status import Status

FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
"""What a proxy or a tunnel adds: the request comes from elsewhere."""
REFUSED: Final = (
    "Ask on the machine itself (http://127.0.0.1), or send 'Authorization: Bearer' with CALLAGENT_MONITOR_TOKEN."
)


def add_status_routes(app: web.Application, status: "Callable[[], Awaitable[Status]]", token: str = "") -> None:
    """Register the addresses; with an empty `token` they answer this machine only."""

    async def show_status(request: web.Request) -> web.Response:
        _admit(request, token)
        return web.json_response((await status()).as_dict())

    async def show_metrics(request: web.Request) -> web.Response:
        _admit(request, token)
        # A sixth of a second of imports, which a server that nobody asks need not spend.
        metrics = await asyncio.to_thread(import_module, "callagent.web.metrics")
        text: bytes = metrics.exposition(await status())
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: metrics.CONTENT_TYPE})

    app.router.add_get("/status", show_status)
    app.router.add_get("/metrics", show_metrics)


def _admit(request: web.Request, token: str) -> None:
    """Raises HTTPForbidden for a stranger."""
    shown = request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Bearer ")
    # As it came: not every byte that a stranger sends is text.
    if token and hmac.compare_digest(shown.encode(errors="surrogateescape"), token.encode()):
        return
    # A proxy may add no header, and yet speak an older HTTP than anybody who asks on this machine.
    is_forwarded = request.version < HttpVersion11 or any(name in request.headers for name in FORWARDED)
    # A page in a browser on this machine may ask by a name of its own that leads here.
    if is_forwarded or not _is_this_machine(request.remote) or not _is_this_machine(_asked_for(request)):
        raise web.HTTPForbidden(text=REFUSED)


def _asked_for(request: web.Request) -> str | None:
    """The name by which it was asked; None where that is none."""
    try:
        return urlsplit(f"//{request.host}").hostname
    except ValueError:
        return None


def _is_this_machine(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
