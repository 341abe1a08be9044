"""Twilio's addresses: the voice webhook, the media socket, the status callback, and two for calls handed over.

Nothing is started for a call before its media socket has shown a valid token; a webhook counts only when signed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl

import structlog
from aiohttp import ClientError, WSMsgType, web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDict
from twilio.twiml.voice_response import VoiceResponse

from callagent.clock import Clock
from callagent.telephony.leg import Leg, LegCounters, LegInfo
from callagent.telephony.masking import masked_number
from callagent.telephony.twilio import wire
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.stream import TwilioLeg
from callagent.telephony.twilio.tickets import TicketOffice
from callagent.telephony.twilio.transfers import Transfers

START_WITHIN_S: Final = 5.0
"""A socket that has not shown a valid `start` by then is closed."""
MOST_UNSTARTED: Final = 64
"""Such sockets at one time; beyond that the oldest is closed, for a real peer sends its `start` at once."""
BEFORE_START: Final = 20
"""Messages that may come before `start`: a real peer sends one."""
HEARTBEAT_S: Final = 10.0
"""Between WebSocket pings: a half-open socket is noticed within twice that."""
CLOSE_POLICY: Final = 1008
CLOSE_WITHIN_S: Final = 1.0
MOST_FIELDS: Final = 200
"""In a webhook; Twilio sends about thirty."""
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Twilio's last words on a call."""

Answer = Callable[[Leg], Awaitable[None]]
"""What takes a leg and returns when its call is over."""

log = structlog.get_logger("callagent.twilio")


class TwilioRoutes:
    """The handlers, bound to one account."""

    def __init__(self, account: TwilioAccount, api: TwilioApi, clock: Clock, answer: Answer) -> None:
        self._account = account
        self._api = api
        self._clock = clock
        self._answer = answer
        self._tickets = TicketOffice()
        self._transfers = Transfers(account, api)
        self._unstarted: deque[asyncio.Timeout] = deque()
        """The limits of the sockets that have shown no `start`, oldest first."""
        self.accepting = True
        """False while the server drains: new calls are told politely that nobody can answer."""

    def expected(self) -> int:
        """How many callers were told to connect their media here, and have not done so yet."""
        return self._tickets.open(self._clock.now_s())

    def add_to(self, app: web.Application) -> None:
        """Register the addresses."""
        app.router.add_post("/twilio/voice", self.voice)
        app.router.add_post("/twilio/status", self.status)
        app.router.add_post("/twilio/transfer", self.transfer)
        app.router.add_post("/twilio/whisper", self.whisper)
        app.router.add_get("/twilio/media", self.media)

    async def _signed_form(self, request: web.Request) -> dict[str, str]:
        """The request's form, or 403."""
        form = await _form(request)
        if not self._account.signed(request.raw_path, form, request.headers.get("X-Twilio-Signature")):
            log.warning("webhook refused", path=request.path, reason="signature missing or wrong")
            raise web.HTTPForbidden(text="The request is not signed by the configured Twilio account.")
        return dict(form)

    async def voice(self, request: web.Request) -> web.Response:
        """Answer an incoming call with TwiML that connects its media here."""
        form = await self._signed_form(request)
        call_sid = form.get("CallSid", "")
        if not call_sid:
            raise web.HTTPBadRequest(text="CallSid is missing.")
        response = VoiceResponse()
        if self.accepting:
            self._connect(response, form, self._tickets.issue(call_sid, self._clock.now_s()))
            log.info("call offered", call=call_sid, caller=masked_number(form.get("From", "")))
        else:
            response.reject(reason="busy")
        return web.Response(text=str(response), content_type="text/xml")

    def _connect(self, response: VoiceResponse, form: Mapping[str, str], token: str) -> None:
        """Have the call's media connected here."""
        stream = response.connect().stream(url=self._account.stream_url)
        stream.parameter(name="token", value=token)
        stream.parameter(name="from", value=form.get("From", ""))
        stream.parameter(name="to", value=form.get("To", ""))

    async def transfer(self, request: web.Request) -> web.Response:
        """Go on with a call that was handed over: with the next person, or here when nobody has picked up."""
        form = await self._signed_form(request)
        call_sid, status = form.get("CallSid", ""), form.get("DialCallStatus", "")
        log.info("transfer", call=call_sid, status=status)
        twiml = self._transfers.go_on(call_sid, status)
        if twiml is None:
            response = VoiceResponse()
            self._connect(response, form, self._tickets.renew(call_sid, self._clock.now_s()))
            twiml = str(response)
        return web.Response(text=twiml, content_type="text/xml")

    async def whisper(self, request: web.Request) -> web.Response:
        """Tell the person who has picked up what the call is about."""
        form = await self._signed_form(request)
        return web.Response(text=self._transfers.whisper(form.get("ParentCallSid", "")), content_type="text/xml")

    async def status(self, request: web.Request) -> web.Response:
        """Take note of a call's end as Twilio tells it."""
        form = await self._signed_form(request)
        log.info("call status", call=form.get("CallSid", ""), status=form.get("CallStatus", ""))
        if form.get("CallStatus") in OVER:
            self._tickets.withdraw(form.get("CallSid", ""))
            self._transfers.forget(form.get("CallSid", ""))
        return web.Response(status=204)

    async def media(self, request: web.Request) -> web.StreamResponse:
        """Carry one media stream; returns when its call is over."""
        socket = web.WebSocketResponse(
            max_msg_size=wire.LARGEST_MESSAGE, heartbeat=HEARTBEAT_S, timeout=0.5, compress=False
        )
        await socket.prepare(request)
        counters = LegCounters()
        start = await self._started(socket, counters)
        if start is None:
            if not socket.closed:
                log.warning("media socket refused", malformed=counters.malformed)
                await socket.close(code=CLOSE_POLICY, message=b"no valid start")
            return socket
        info = LegInfo(
            call_id=start.call_sid,
            carrier="twilio",
            caller=start.parameters.get("from", ""),
            called=start.parameters.get("to", ""),
        )
        leg = TwilioLeg(
            socket,
            start,
            info,
            hang_up=lambda: self._api.hang_up(start.call_sid),
            send_text=lambda to, text: self._api.send_text(to, info.called, text),
            transfer=lambda *wanted: self._transfers.begin(start.call_sid, *wanted),
            counters=counters,
        )
        try:
            await self._answer(leg)
        finally:
            await _let_go(socket, request)
        return socket

    async def _started(self, socket: web.WebSocketResponse, counters: LegCounters) -> wire.Started | None:
        """The stream's valid `start`, or None when it has not come in time, or others wanted the room."""
        limit = asyncio.timeout(START_WITHIN_S)
        try:
            async with limit:
                self._unstarted.append(limit)
                if len(self._unstarted) > MOST_UNSTARTED:
                    log.warning("too many media sockets without a start", most=MOST_UNSTARTED)
                    oldest = self._unstarted.popleft()
                    if not oldest.expired():
                        oldest.reschedule(asyncio.get_running_loop().time())
                return await self._await_start(socket, counters)
        except TimeoutError:
            return None
        finally:
            with suppress(ValueError):
                self._unstarted.remove(limit)

    async def _await_start(self, socket: web.WebSocketResponse, counters: LegCounters) -> wire.Started | None:
        """The stream's `start`, or None when it never comes or its token is no good."""
        for _ in range(BEFORE_START):
            message = await socket.receive()
            if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}:
                return None
            parsed = wire.parse(message.data) if message.type is WSMsgType.TEXT else wire.Malformed("not text")
            if isinstance(parsed, wire.Started):
                token = parsed.parameters.get("token", "")
                valid = parsed.account_sid == self._account.account_sid
                return parsed if valid and self._redeem(parsed.call_sid, token) else None
            if not isinstance(parsed, wire.Connected):
                counters.malformed += 1
        return None

    def _redeem(self, call_sid: str, token: str) -> bool:
        return self._tickets.redeem(call_sid, token, self._clock.now_s())


async def _form(request: web.Request) -> MultiDict[str]:
    """A webhook's form. Twilio sends no other kind; whatever else comes is an empty form, which nobody signed."""
    if request.content_type != "application/x-www-form-urlencoded":
        return MultiDict()
    try:
        body = await request.read()
    except (ClientError, HttpProcessingError, OSError, ValueError):
        return MultiDict()
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return MultiDict()
    return MultiDict(fields)


async def _let_go(socket: web.WebSocketResponse, request: web.Request) -> None:
    """Close, politely for a second, then in any case: a peer that reads nothing would hold the connection for ever."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_WITHIN_S):
            await socket.close()
    if request.transport is not None:
        request.transport.abort()
