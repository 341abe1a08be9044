"""Twilio's addresses: the voice webhook, the media socket, the status callback; for calls handed over, and dialled.

Nothing is started for a call before its media socket has shown a valid token; a webhook counts only when signed.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
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
from callagent.telephony.twilio.dialling import TwilioDialler
from callagent.telephony.twilio.exchange import Promise
from callagent.telephony.twilio.queueing import Queue, QueueWords
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.stream import TwilioLeg
from callagent.telephony.twilio.switchboard import OwnSwitchboard, Switchboard
from callagent.telephony.twilio.transfers import Transfers

SIP_NUMBER: Final = re.compile(r"sips?:(\+?[0-9]{2,15})@")
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
IN_ENGLISH: Final = QueueWords(
    "All our lines are busy. Please hold on.",
    "I am sorry, all our lines are still busy. Please call us again a little later. Goodbye.",
    "en",
)
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Twilio's last words on a call."""
OUTBOUND: Final = "outbound-api"
"""Twilio's Direction of a call that the REST API began."""

Answer = Callable[[Leg], Awaitable[None]]
"""What takes a leg and returns when its call is over."""

log = structlog.get_logger("callagent.twilio")


class TwilioRoutes:
    """The handlers, bound to one account.

    `switchboard` says which calls are taken; without one all are. `queue` says what callers hear who are not.
    `dialler` is who has people rung from here.
    """

    def __init__(
        self,
        account: TwilioAccount,
        api: TwilioApi,
        clock: Clock,
        answer: Answer,
        switchboard: Switchboard | None = None,
        queue: Queue | None = None,
        dialler: TwilioDialler | None = None,
    ) -> None:
        self._account = account
        self._api = api
        self._answer = answer
        self._switchboard = switchboard or OwnSwitchboard(clock)
        self._queue = queue or Queue(lambda: IN_ENGLISH)
        self._transfers = Transfers(account, api, clock, self._switchboard.worker)
        self._dialler = dialler or TwilioDialler(account, api, "", self._switchboard.worker)
        self._unstarted: deque[asyncio.Timeout] = deque()
        """The limits of the sockets that have shown no `start`, oldest first."""

    async def expected(self) -> int:
        """How many callers were told to connect their media here, and have not done so yet."""
        return await self._switchboard.promised()

    def close(self) -> None:
        """The server drains: new calls are told politely that nobody can answer."""
        self._switchboard.close()

    def forget(self, call_sid: str) -> None:
        """The carrier has said that a call is over."""
        self._transfers.forget(call_sid)

    def add_to(self, app: web.Application) -> None:
        """Register the addresses."""
        app.router.add_post("/twilio/voice", self.voice)
        app.router.add_post("/twilio/status", self.status)
        # What belongs to one of several workers names it, for whoever hands out the connections.
        for here in ("", "/{worker:[0-9]+}"):
            app.router.add_post(f"/twilio/transfer{here}", self.transfer)
            app.router.add_post(f"/twilio/whisper{here}", self.whisper)
            app.router.add_post(f"/twilio/outbound{here}", self.outbound)
            app.router.add_post(f"/twilio/dialled{here}", self.dialled)
            app.router.add_get(f"/twilio/media{here}", self.media)

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
        asked = _asked(request)
        offered = await self._switchboard.offer(call_sid)
        if isinstance(offered, Promise):
            response = self._connect(form, offered)
            log.info("call offered", call=call_sid, caller=masked_number(form.get("From", "")), asked=asked)
        elif offered == "busy":
            response = self._queue.answer(asked, self._account.voice_url)
            log.warning("call kept waiting", call=call_sid, asked=asked)
        elif asked:
            response = self._queue.give_up()  # a call that was answered cannot be rejected any more
        else:
            response = VoiceResponse()
            response.reject(reason="busy")
        return web.Response(text=str(response), content_type="text/xml")

    def _connect(self, form: Mapping[str, str], promise: Promise, **more: str) -> VoiceResponse:
        """Have the call's media connected to the worker that it is promised to."""
        response = VoiceResponse()
        stream = response.connect().stream(url=self._account.stream_url(promise.worker))
        stream.parameter(name="token", value=promise.token)
        stream.parameter(name="from", value=form.get("From", ""))
        stream.parameter(name="to", value=form.get("To", ""))
        if form.get("Direction") == OUTBOUND:
            stream.parameter(name="direction", value=OUTBOUND)
        for name, value in more.items():
            stream.parameter(name=name, value=value)
        return response

    async def outbound(self, request: web.Request) -> web.Response:
        """Somebody who was rung has picked up: connect their media to whoever had them rung."""
        form = await self._signed_form(request)
        call_sid, name = form.get("CallSid", ""), request.query.get("dial", "")
        response = VoiceResponse()
        response.hangup()
        if call_sid and self._dialler.answered(name):
            # There was room for it when it was begun, and now somebody is on the line.
            promise = await self._switchboard.come_back(call_sid)
            if isinstance(promise, Promise):
                here = replace(promise, worker=self._switchboard.worker)
                flow = request.query.get("flow", "")
                response = self._connect(form, here, dial=name, **({"flow": flow} if flow else {}))
        log.info("call answered", call=call_sid, rung=masked_number(form.get("To", "")))
        return web.Response(text=str(response), content_type="text/xml")

    async def dialled(self, request: web.Request) -> web.Response:
        """Take note of how it goes with somebody who is rung."""
        form = await self._signed_form(request)
        call_sid, status = form.get("CallSid", ""), form.get("CallStatus", "")
        log.info("call status", call=call_sid, status=status)
        name, sip_code = request.query.get("dial", ""), form.get("SipResponseCode", "")
        await self._dialler.reported(name, call_sid, status, sip_code)
        if status in OVER:
            await self._switchboard.over(call_sid)
            self.forget(call_sid)
        return web.Response(status=204)

    async def transfer(self, request: web.Request) -> web.Response:
        """Go on with a call that was handed over: with the next person, or here when nobody has picked up."""
        form = await self._signed_form(request)
        call_sid, status = form.get("CallSid", ""), form.get("DialCallStatus", "")
        log.info("transfer", call=call_sid, status=status)
        twiml = self._transfers.go_on(call_sid, status, bridged=form.get("DialBridged") != "false")
        if twiml is None:
            back = await self._switchboard.come_back(call_sid)
            twiml = str(self._connect(form, back) if isinstance(back, Promise) else self._queue.give_up())
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
            await self._switchboard.over(form.get("CallSid", ""))
            self.forget(form.get("CallSid", ""))
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
        info = _info(start)
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
            if not await self._dialler.have(start.parameters.get("dial", ""), leg):
                await self._answer(leg)
        finally:
            self._switchboard.left(start.call_sid)
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
                return parsed if valid and await self._switchboard.redeem(parsed.call_sid, token) else None
            if not isinstance(parsed, wire.Connected):
                counters.malformed += 1
        return None


def _info(start: wire.Started) -> LegInfo:
    """Who is on the line; what the parameters say was written by this server, and opened the stream with its token."""
    sides = _number(start.parameters.get("from", "")), start.parameters.get("to", "")
    outbound = start.parameters.get("direction") == OUTBOUND
    caller, called = reversed(sides) if outbound else sides
    flow = start.parameters.get("flow", "")
    return LegInfo(start.call_sid, "twilio", caller, called, outbound, flow)


def _asked(request: web.Request) -> int:
    """How many times the caller was asked to hold; the address is signed, so it is our own count."""
    asked = request.query.get("asked", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0


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


def _number(caller: str) -> str:
    """The number of who calls; one who comes over a SIP domain has an address, with or without a number in it."""
    if caller.startswith(("sip:", "sips:")):
        found = SIP_NUMBER.match(caller)
        return found[1] if found else ""
    return caller
