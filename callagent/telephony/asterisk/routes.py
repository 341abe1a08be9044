"""Asterisk's addresses on the HTTP server: the sound of its WebSocket channel, and who is calling over AudioSocket.

Both want the token, and an allowed address: a reverse proxy on this machine would make strangers look near.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final
from uuid import UUID, uuid4

import structlog
from aiohttp import WSMsgType, hdrs, web

from callagent.clock import Clock
from callagent.telephony.asterisk import websocket
from callagent.telephony.asterisk.access import Sources, shows_token
from callagent.telephony.asterisk.announced import Announced, Numbers, number
from callagent.telephony.asterisk.sound import CODINGS
from callagent.telephony.asterisk.websocket_leg import WebSocketLeg
from callagent.telephony.leg import Leg, LegInfo
from callagent.telephony.masking import masked_number
from callagent.telephony.twilio.exchange import Promise
from callagent.telephony.twilio.switchboard import Switchboard

START_WITHIN_S: Final = 5.0
"""A socket that has not said MEDIA_START by then is closed."""
MOST_UNSTARTED: Final = 64
"""Such sockets at one time; beyond that the oldest is closed."""
HEARTBEAT_S: Final = 10.0
"""Between WebSocket pings: a half-open socket is noticed within twice that."""
CLOSE_WITHIN_S: Final = 1.0
CLOSE_POLICY: Final = 1008
LARGEST_MESSAGE: Final = 256 * 1024
FROM: Final = "CALLAGENT_FROM"
TO: Final = "CALLAGENT_TO"
"""Variables of the channel that name the numbers, where the address does not."""

log = structlog.get_logger("callagent.asterisk")


class AsteriskRoutes:
    """The handlers; `answer` takes a leg and returns when its call is over."""

    def __init__(
        self,
        token: str,
        sources: Sources,
        announced: Announced,
        switchboard: Switchboard,
        clock: Clock,
        answer: Callable[[Leg], Awaitable[None]],
    ) -> None:
        self._token = token
        self._sources = sources
        self._announced = announced
        self._switchboard = switchboard
        self._clock = clock
        self._answer = answer
        self._unstarted: deque[asyncio.Timeout] = deque()
        """The limits of the sockets that have shown no MEDIA_START, oldest first."""

    def add_to(self, app: web.Application) -> None:
        """Register the addresses."""
        app.router.add_get("/asterisk/call/{uuid}", self.call)
        app.router.add_get("/asterisk/media", self.media)

    def _admit(self, request: web.Request) -> None:
        """Raises HTTPForbidden for a stranger."""
        authorization = request.headers.get(hdrs.AUTHORIZATION, "")
        token_shown = shows_token(self._token, authorization, request.query.get("token", ""))
        if not token_shown or not self._sources.allow(request.remote):
            reason = "address" if token_shown else "token"
            log.warning("request refused", path=request.path.partition("/call/")[0], reason=reason)
            raise web.HTTPForbidden(
                text="Ask from an address of CALLAGENT_ASTERISK_FROM, with the token of CALLAGENT_ASTERISK_TOKEN."
            )

    async def call(self, request: web.Request) -> web.Response:
        """Take note of who is about to call over AudioSocket."""
        self._admit(request)
        try:
            call = UUID(request.match_info["uuid"])
        except ValueError:
            raise web.HTTPBadRequest(text="The path must end in the call's UUID.") from None
        self._announced.add(call, _numbers(request.query), self._clock.now_s())
        return web.Response(text="OK")

    async def media(self, request: web.Request) -> web.StreamResponse:
        """Carry one call over a WebSocket; returns when it is over."""
        self._admit(request)
        promised = str(uuid4())
        offered = await self._switchboard.offer(promised)
        if not isinstance(offered, Promise) or not await self._switchboard.redeem(promised, offered.token):
            log.warning("call refused", reason=offered if isinstance(offered, str) else "lapsed")
            raise web.HTTPServiceUnavailable(text="No call can be taken now.")
        try:
            return await self._have(request)
        finally:
            self._switchboard.left(promised)
            await self._switchboard.over(promised)

    async def _have(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(
            protocols=(websocket.SUBPROTOCOL,),
            max_msg_size=LARGEST_MESSAGE,
            heartbeat=HEARTBEAT_S,
            timeout=0.5,
            compress=False,
        )
        await socket.prepare(request)
        start = await self._started(socket)
        if start is None or start.format not in CODINGS:
            if start is not None:
                log.error("format not known: dial with c(ulaw)", format=start.format, known=sorted(CODINGS))
            await _let_go(socket, request, code=CLOSE_POLICY)
            return socket
        numbers = _numbers(request.query, start.variables)
        info = LegInfo(start.channel_id or start.connection_id, "asterisk", numbers.caller, numbers.called)
        log.info("call connected", call=info.call_id, caller=masked_number(info.caller), format=start.format)
        try:
            await self._answer(WebSocketLeg(socket, start, info))
        finally:
            await _let_go(socket, request)
        return socket

    async def _started(self, socket: web.WebSocketResponse) -> websocket.MediaStarted | None:
        """The first message, or None when it is another, has not come in time, or others wanted the room."""
        limit = asyncio.timeout(START_WITHIN_S)
        try:
            async with limit:
                self._unstarted.append(limit)
                if len(self._unstarted) > MOST_UNSTARTED:
                    oldest = self._unstarted.popleft()
                    if not oldest.expired():
                        oldest.reschedule(asyncio.get_running_loop().time())
                message = await socket.receive()
        except TimeoutError:
            return None
        finally:
            with suppress(ValueError):
                self._unstarted.remove(limit)
        parsed = websocket.parse(message.data) if message.type is WSMsgType.TEXT else None
        return parsed if isinstance(parsed, websocket.MediaStarted) else None


def _numbers(query: Mapping[str, str], variables: Mapping[str, str] | None = None) -> Numbers:
    """Who calls whom, as the address says, else the channel's variables."""
    told = variables or {}
    return Numbers(
        caller=number(query.get("from", "").replace(" ", "+", 1)) or number(told.get(FROM, "")),
        called=number(query.get("to", "").replace(" ", "+", 1)) or number(told.get(TO, "")),
    )


async def _let_go(socket: web.WebSocketResponse, request: web.Request, code: int = 1000) -> None:
    """Close, politely for a second, then in any case."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await socket.close(code=code)
    if request.transport is not None:
        request.transport.abort()
