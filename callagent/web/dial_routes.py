"""`POST /calls`: have somebody rung, and be told how it goes, a line of JSON at a time, until the call is over.

A call costs money and reaches a person: only operators may ask for one. A page in a browser on their machine may not,
which can neither send JSON to another site unasked nor hide where it comes from.
"""

import json
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict
from typing import Any, Final

from aiohttp import hdrs, web

from callagent.errors import CarrierRefusedError, ConfigurationError, ContentError, DestinationError
from callagent.telephony.outbound import Progress
from callagent.telephony.server import CallStream
from callagent.web.access import admit

RING_S: Final = 30.0
"""How long is rung, unless the request says."""
SHORTEST_S: Final = 5
LONGEST_S: Final = 60

Dial = Callable[[str, str, float], Awaitable[AsyncGenerator[Progress, None]]]
"""Have a number rung with a flow, for so many seconds; see `Diallers.dial`."""


def add_dial_routes(app: web.Application, dial: Dial, token: str = "") -> None:
    """Register the address; with an empty `token` it serves this machine only."""

    async def ring(request: web.Request) -> web.StreamResponse:
        admit(request, token)
        if hdrs.ORIGIN in request.headers or request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text='Send JSON, as in {"to": "+919800000001"}, and not from a page.')
        number, flow, ring_s = _wish(await _body(request))
        try:
            progress = await dial(number, flow, ring_s)
        except DestinationError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from None
        except (ConfigurationError, ContentError) as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        except CarrierRefusedError as error:
            raise web.HTTPServiceUnavailable(text=str(error)) from None
        response = CallStream(headers={hdrs.CONTENT_TYPE: "application/x-ndjson", hdrs.CACHE_CONTROL: "no-store"})
        async with aclosing(progress):
            await response.prepare(request)
            async for one in progress:
                try:
                    await response.write(json.dumps(asdict(one)).encode() + b"\n")
                except ConnectionError:  # whoever asked is gone
                    return response
        await response.write_eof()
        return response

    app.router.add_post("/calls", ring)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text='The request is no JSON object such as {"to": "+919800000001"}.')
    if unknown := sorted(map(repr, set(body) - {"to", "flow", "ring_s"})):
        raise web.HTTPBadRequest(text=f"There is no {', '.join(unknown)} in a call; there are 'to', 'flow', 'ring_s'.")
    return body


def _wish(body: dict[str, Any]) -> tuple[str, str, float]:
    """Whom to ring, with which flow, for how long."""
    number, flow, ring_s = body.get("to"), body.get("flow", ""), body.get("ring_s", RING_S)
    if not isinstance(number, str) or len(number) > 64:
        raise web.HTTPBadRequest(text="'to' is the number to be rung, as a text such as \"+919800000001\".")
    if not isinstance(flow, str) or len(flow) > 256:
        raise web.HTTPBadRequest(text="'flow' is the name of a folder below flows/.")
    if isinstance(ring_s, bool) or not isinstance(ring_s, int | float) or not math.isfinite(ring_s):
        raise web.HTTPBadRequest(text="'ring_s' is a number of seconds.")
    if not SHORTEST_S <= ring_s <= LONGEST_S:
        raise web.HTTPBadRequest(text=f"A telephone is rung for {SHORTEST_S} to {LONGEST_S} seconds.")
    return number, flow, float(ring_s)
