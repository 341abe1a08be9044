"""Who may ask a server what strangers may not.

Whoever shows the configured token, or asks on this machine itself without a proxy in between.
"""

import hmac
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from aiohttp import HttpVersion11, hdrs, web

FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
"""What a proxy or a tunnel adds: the request comes from elsewhere."""
REFUSED: Final = (
    "Ask on the machine itself (http://127.0.0.1), or send 'Authorization: Bearer' with CALLAGENT_MONITOR_TOKEN."
)


def admit(request: web.Request, token: str) -> None:
    """Raises HTTPForbidden for a stranger; with an empty `token` only this machine is none."""
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
