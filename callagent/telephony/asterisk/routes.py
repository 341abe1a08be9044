"""Asterisk's addresses on the HTTP server: the sound of its WebSocket channel, who is calling, whom to ring next.

All want the token, and an allowed address: a reverse proxy on this machine would make strangers look near.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID, uuid4

import structlog
from aiohttp import WSMsgType, hdrs, web

from callagent.clock import Clock
from callagent.telephony.asterisk import websocket
from callagent.telephony.asterisk.access import Sources, shows_token
from callagent.telephony.asterisk.announced import Announced, Numbers, number
from callagent.telephony.asterisk.handovers import Answer, Handovers, Return, Ring
from callagent.telephony.asterisk.sound import CODINGS
from callagent.telephony.asterisk.websocket_leg import WebSocketLeg
from callagent.telephony.leg import Leg, LegInfo, Whisper
from callagent.telephony.masking import masked_number
from callagent.telephony.twilio.exchange import Promise
from callagent.telephony.twilio.switchboard import Switchboard
from callagent.telephony.whispering import whisper_to

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
        handovers: Handovers,
        switchboard: Switchboard,
        clock: Clock,
        answer: Callable[[Leg], Awaitable[None]],
    ) -> None:
        self._token = token
        self._sources = sources
        self._announced = announced
        self._handovers = handovers
        self._switchboard = switchboard
        self._clock = clock
        self._answer = answer
        self._unstarted: deque[asyncio.Timeout] = deque()
        """The limits of the sockets that have shown no MEDIA_START, oldest first."""
        self._making: set[asyncio.Task[bytes]] = set()
        """The sound of whispers that somebody may be about to hear."""

    def add_to(self, app: web.Application) -> None:
        """Register the addresses."""
        app.router.add_get("/asterisk/call/{uuid}", self.call)
        app.router.add_get("/asterisk/next/{uuid}", self.next)
        app.router.add_get("/asterisk/media", self.media)

    def _admit(self, request: web.Request) -> None:
        """Raises HTTPForbidden for a stranger."""
        authorization = request.headers.get(hdrs.AUTHORIZATION, "")
        token_shown = shows_token(self._token, authorization, request.query.get("token", ""))
        if not token_shown or not self._sources.allow(request.remote):
            reason = "address" if token_shown else "token"
            log.warning("request refused", path="/".join(request.path.split("/")[:3]), reason=reason)
            raise web.HTTPForbidden(
                text="Ask from an address of CALLAGENT_ASTERISK_FROM, with the token of CALLAGENT_ASTERISK_TOKEN."
            )

    async def call(self, request: web.Request) -> web.Response:
        """Take note of who is about to call over AudioSocket."""
        self._admit(request)
        self._announced.add(_uuid_of(request), _numbers(request.query), self._clock.now_s())
        return web.Response(text="OK")

    async def next(self, request: web.Request) -> web.Response:
        """Tell the dialplan whom to ring for a call that was handed over, or what else to do."""
        self._admit(request)
        call_id, now_s = str(_uuid_of(request)), self._clock.now_s()
        status = request.query.get("status", "")
        told = self._handovers.ask(call_id, request.query.get("after", ""), status, now_s)
        if isinstance(told, Ring):
            # Made while it rings, so that who picks up need not wait for it.
            self._make(self._handovers.whisper(told.name, now_s))
            answer = str(told)
        elif isinstance(told, Return):
            back = await self._switchboard.come_back(call_id)
            if isinstance(back, Promise):
                self._handovers.promise(told.info, back.token, now_s)
            answer = "BACK" if isinstance(back, Promise) else Answer.BUSY
        else:
            answer = told
        log.info("transfer", call=call_id, status=status[:20], told=answer if answer.isalpha() else "ring")
        return web.Response(text=answer)

    def _make(self, whisper: Whisper | None) -> None:
        if whisper is not None and whisper.text:
            making = asyncio.ensure_future(whisper.sound())
            self._making.add(making)
            making.add_done_callback(self._making.discard)

    async def media(self, request: web.Request) -> web.StreamResponse:
        """Carry one call over a WebSocket, or what who picked up is to hear; returns when it is over."""
        self._admit(request)
        call, ring = _named(request.query, "call"), _named(request.query, "ring")
        if ring is not None:
            return await self._whisper(request, ring)
        call_id = str(call or uuid4())
        if back := self._handovers.come_back(call_id, self._clock.now_s()):
            token = back[1]
        else:
            offered = await self._switchboard.offer(call_id)
            token = offered.token if isinstance(offered, Promise) else ""
        if not token or not await self._switchboard.redeem(call_id, token):
            log.warning("call refused", reason="lapsed" if token else "busy")
            raise web.HTTPServiceUnavailable(text="No call can be taken now.")
        leg: WebSocketLeg | None = None
        try:
            socket, start = await self._begin(request)
            if start is not None:
                leg = self._leg(request, socket, start, str(call or ""))
                try:
                    await self._answer(leg)
                finally:
                    await _let_go(socket, request)
            return socket
        finally:
            self._switchboard.left(call_id)
            if leg is None or not leg.is_handed_over:
                await self._switchboard.over(call_id)

    def _leg(
        self, request: web.Request, socket: web.WebSocketResponse, start: websocket.MediaStarted, call_id: str
    ) -> WebSocketLeg:
        """Of a call; only one that the dialplan has named can be handed over."""
        numbers = _numbers(request.query, start.variables)
        own_id = call_id or start.channel_id or start.connection_id
        info = LegInfo(own_id, "asterisk", numbers.caller, numbers.called)

        def hand_over(numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
            self._handovers.begin(info, numbers, whisper, self._clock.now_s())

        log.info("call connected", call=info.call_id, caller=masked_number(info.caller), format=start.format)
        return WebSocketLeg(socket, start, info, hand_over if call_id else None)

    async def _whisper(self, request: web.Request, ring: UUID) -> web.StreamResponse:
        """Tell who has picked up what it is about."""
        whisper = self._handovers.whisper(ring, self._clock.now_s())
        if whisper is None:
            raise web.HTTPNotFound(text="Nobody is being rung under that name.")
        socket, start = await self._begin(request)
        if start is not None:
            leg = WebSocketLeg(socket, start, LegInfo(str(ring), "asterisk", "", ""))
            try:
                if not await whisper_to(leg, whisper):
                    self._handovers.cut(ring)
            finally:
                await _let_go(socket, request)
        return socket

    async def _begin(self, request: web.Request) -> tuple[web.WebSocketResponse, websocket.MediaStarted | None]:
        """A connection, and what it carries; closed, where that is nothing that could be understood."""
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
            return socket, None
        return socket, start

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


def _uuid_of(request: web.Request) -> UUID:
    """The call that an address names, or 400."""
    try:
        return UUID(request.match_info["uuid"])
    except ValueError:
        raise web.HTTPBadRequest(text="The path must end in the call's UUID.") from None


def _named(query: Mapping[str, str], name: str) -> UUID | None:
    """A UUID of the query, or 400; None where there is none."""
    try:
        return UUID(query[name]) if name in query else None
    except ValueError:
        raise web.HTTPBadRequest(text=f"{name} must be a UUID.") from None


def _numbers(query: Mapping[str, str], variables: Mapping[str, str] | None = None) -> Numbers:
    """Who calls whom, as the address says, else the channel's variables."""
    told = variables or {}
    return Numbers(
        caller=number(query.get("from", "").replace(" ", "+", 1)) or number(told.get(FROM, "")),
        called=number(query.get("to", "").replace(" ", "+", 1)) or number(told.get(TO, "")),
        can_transfer=query.get("transfer") == "yes",
    )


async def _let_go(socket: web.WebSocketResponse, request: web.Request, code: int = 1000) -> None:
    """Close, politely for a second, then in any case."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await socket.close(code=code)
    if request.transport is not None:
        request.transport.abort()
