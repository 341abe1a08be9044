"""The server's side of Twilio, over real sockets: what is let in, what is refused, and what is survived."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from support.server import ready
from twilio.request_validator import RequestValidator

from callagent.clock import ManualClock
from callagent.media.audio import SILENCE
from callagent.telephony.leg import AudioReceived, DigitReceived, Leg, LegEnd, LegEnded, LegSignal, MarkPlayed
from callagent.telephony.server import HttpServer, listen, make_app
from callagent.telephony.twilio import routes as routes_module
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.routes import TwilioRoutes
from callagent.telephony.twilio.switchboard import OwnSwitchboard, Switchboard

SID = "AC0123456789abcdef0123456789abcdef"
SECRET = "a-secret-of-the-test"
PUBLIC = "https://shop.example.com"


class Shop:
    """A server that keeps every signal of every leg, and what a test needs to speak to it."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.legs: list[Leg] = []
        self.signals: list[LegSignal] = []
        self.on_leg: Callable[[Leg], Awaitable[None]] | None = None
        self.met = asyncio.Event()
        self.over = asyncio.Event()
        self.switchboard: Switchboard | None = None

    async def start(self, api_url: str = "http://127.0.0.1:9") -> None:
        """Listen."""
        account = TwilioAccount(SID, SECRET, PUBLIC, api_url)
        self.api = TwilioApi(account)
        self.routes = TwilioRoutes(account, self.api, self.clock, self.answer, self.switchboard)
        app = make_app(no_calls, ready)
        self.routes.add_to(app)
        listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.server = HttpServer(app, listener)
        await self.server.start()
        self.client = ClientSession()

    async def stop(self) -> None:
        """Close everything."""
        await self.client.close()
        await self.server.stop()
        await self.api.aclose()

    async def answer(self, leg: Leg) -> None:
        """Keep what the leg says."""
        self.legs.append(leg)
        self.met.set()
        if self.on_leg:
            await self.on_leg(leg)
        async for signal in leg.signals():
            self.signals.append(signal)
        self.over.set()

    async def post(self, path: str, form: dict[str, str], signature: str | None = "right") -> tuple[int, str]:
        """A webhook as Twilio sends it, signed over the public address."""
        headers = {}
        if signature == "right":
            headers["X-Twilio-Signature"] = RequestValidator(SECRET).compute_signature(PUBLIC + path, form)
        elif signature is not None:
            headers["X-Twilio-Signature"] = signature
        async with self.client.post(self.url + path, data=form, headers=headers) as response:
            return response.status, await response.text()

    async def token(self, call_sid: str = "CA1") -> str:
        """The token in the TwiML for this call."""
        _, twiml = await self.post("/twilio/voice", {"CallSid": call_sid, "From": "+919800000001", "To": "+911"})
        parameters = {p.get("name"): p.get("value") for p in ET.fromstring(twiml).iter("Parameter")}
        return str(parameters["token"])

    async def socket(self) -> ClientWebSocketResponse:
        """A media socket."""
        return await self.client.ws_connect(self.url + "/twilio/media")

    async def call(self, call_sid: str = "CA1", caller: str = "+919800000001") -> ClientWebSocketResponse:
        """A media socket that was let in."""
        token = await self.token(call_sid)
        socket = await self.socket()
        await socket.send_json({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await socket.send_json(start(call_sid, token, caller=caller))
        return socket


async def no_calls() -> dict[str, int]:
    """What /health tells besides."""
    return {"calls": 0}


def start(call_sid: str, token: str, account_sid: str = SID, caller: str = "+919800000001") -> dict[str, Any]:
    """Twilio's `start`."""
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": "MZ1",
        "start": {
            "streamSid": "MZ1",
            "accountSid": account_sid,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": token, "from": caller, "to": "+911"},
        },
    }


def media(chunk: int, payload: bytes = b"\xff" * 160) -> dict[str, Any]:
    """20 ms of the caller."""
    text = base64.b64encode(payload).decode()
    return {"event": "media", "media": {"chunk": str(chunk), "timestamp": str(20 * chunk), "payload": text}}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A listening server."""
    shop = Shop()
    await shop.start()
    yield shop
    await shop.stop()


async def closed_with(socket: ClientWebSocketResponse) -> int | None:
    """The code with which the server closes the socket."""
    async with asyncio.timeout(5):
        while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}:
            pass
    return socket.close_code


async def test_a_signed_webhook_gets_a_stream(shop: Shop) -> None:
    """The TwiML connects the media to the public address, with a token."""
    status, twiml = await shop.post("/twilio/voice", {"CallSid": "CA1", "From": "+919800000001"})
    stream = next(ET.fromstring(twiml).iter("Stream"))

    assert status == 200
    assert stream.get("url") == "wss://shop.example.com/twilio/media"
    assert {parameter.get("name") for parameter in stream} == {"token", "from", "to"}


@pytest.mark.parametrize("path", ["/twilio/voice", "/twilio/status"])
@pytest.mark.parametrize("signature", [None, "", "bm90IGEgc2lnbmF0dXJl", "हाँ".encode().decode("latin-1")])
async def test_an_unsigned_webhook_is_forbidden(shop: Shop, path: str, signature: str | None) -> None:
    """Missing, empty or wrong: 403."""
    status, _ = await shop.post(path, {"CallSid": "CA1"}, signature)

    assert status == 403


async def test_a_signature_is_bound_to_the_form(shop: Shop) -> None:
    """A signature taken from another request opens nothing."""
    signature = RequestValidator(SECRET).compute_signature(PUBLIC + "/twilio/voice", {"CallSid": "CA1"})
    status, _ = await shop.post("/twilio/voice", {"CallSid": "CA2"}, signature)

    assert status == 403


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\na'),
        ("multipart/form-data", b"no boundary"),
        ("application/x-www-form-urlencoded; charset=klingon", b"CallSid=CA1"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"CallSid=CA1"),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ff&&&=="),
        ("application/x-www-form-urlencoded", b"&".join(b"f=1" for _ in range(5000))),
        ("application/json", b"{}"),
        ("", b"CallSid=CA1"),
    ],
)
async def test_a_strange_body_is_forbidden_not_an_error(shop: Shop, content_type: str, body: bytes) -> None:
    """Whatever is posted without a signature gets 403."""
    headers = {"Content-Type": content_type, "X-Twilio-Signature": "guess"}
    async with shop.client.post(shop.url + "/twilio/voice", data=body, headers=headers) as response:
        assert response.status == 403


async def test_a_webhook_that_trickles_is_cut_off_without_a_fuss(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """A body that does not come in time ends the connection; it is no fault of the server's."""
    reader, writer = await asyncio.open_connection(*shop.url.removeprefix("http://").split(":"))
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 99"
    writer.write(f"POST /twilio/voice HTTP/1.1\r\nHost: here\r\n{form}\r\n\r\nCallSid=".encode())
    await shop.token()
    server, now_s = shop.server._runner.server, asyncio.get_running_loop().time()
    assert server is not None
    for later_s in (0, 11):
        shop.server._visitors.sweep(server.connections, now_s + later_s)
    with suppress(ConnectionResetError):
        assert await reader.read() == b""
    writer.close()
    await shop.token()

    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_webhook_without_a_call_is_a_bad_request(shop: Shop) -> None:
    """A signed form without CallSid says what is missing."""
    assert await shop.post("/twilio/voice", {"From": "+91"}) == (400, "CallSid is missing.")


async def test_a_replayed_webhook_gets_the_same_answer(shop: Shop) -> None:
    """Twilio's second try is answered as the first was."""
    assert await shop.token() == await shop.token()


async def test_a_draining_server_is_busy(shop: Shop) -> None:
    """A server that is stopping sends new callers a busy tone."""
    shop.routes.close()
    _, twiml = await shop.post("/twilio/voice", {"CallSid": "CA1"})

    assert [(child.tag, child.get("reason")) for child in ET.fromstring(twiml)] == [("Reject", "busy")]


async def test_a_busy_server_has_callers_hold(shop: Shop) -> None:
    """Until there is room; the address at which they ask again is signed like any other."""
    clock = ManualClock()
    await shop.stop()
    shop.switchboard = OwnSwitchboard(clock, lambda: clock.now_s() > 0)
    await shop.start()
    _, twiml = await shop.post("/twilio/voice", {"CallSid": "CA1"})
    again = ET.fromstring(twiml).findtext("Redirect", "").removeprefix(PUBLIC)
    unsigned, _ = await shop.post(again, {"CallSid": "CA1"}, "bm90IGEgc2lnbmF0dXJl")
    clock.advance(1)
    _, connected = await shop.post(again, {"CallSid": "CA1"})

    assert again == "/twilio/voice?asked=1"
    assert unsigned == 403
    assert "<Stream" in connected


async def test_who_holds_while_the_server_stops_is_told(shop: Shop) -> None:
    """A call that was answered cannot be rejected any more."""
    shop.routes.close()
    _, twiml = await shop.post("/twilio/voice?asked=2", {"CallSid": "CA1"})

    assert [child.tag for child in ET.fromstring(twiml)] == ["Say", "Hangup"]


class ThirdWorker(OwnSwitchboard):
    """Of a server of several processes."""

    worker = 3


async def test_a_worker_is_named_in_its_addresses(shop: Shop) -> None:
    """Media and what comes after a transfer are at the worker's own addresses, signed like any other."""
    await shop.stop()
    shop.switchboard = ThirdWorker(ManualClock())
    await shop.start()
    token = await shop.token()
    _, twiml = await shop.post("/twilio/transfer/3", {"CallSid": "CA2", "DialCallStatus": "no-answer"})
    unsigned, _ = await shop.post("/twilio/transfer/3", {"CallSid": "CA2"}, None)
    whispered, _ = await shop.post("/twilio/whisper/3", {"ParentCallSid": "CA2"})
    socket = await shop.client.ws_connect(shop.url + "/twilio/media/3")
    await socket.send_json(start("CA1", token))
    await shop.met.wait()

    assert next(ET.fromstring(twiml).iter("Stream")).get("url") == "wss://shop.example.com/twilio/media/3"
    assert (unsigned, whispered) == (403, 200)


async def test_the_end_of_a_call_is_noted(shop: Shop) -> None:
    """A signed status callback is accepted."""
    assert await shop.post("/twilio/status", {"CallSid": "CA1", "CallStatus": "completed"}) == (204, "")


async def test_callers_on_their_way_are_counted(shop: Shop) -> None:
    """Who was told to connect is expected until the stream is there, the call is over, or a minute has passed."""
    for call_sid in ("CA1", "CA2", "CA3"):
        await shop.token(call_sid)
    expected = [await shop.routes.expected()]
    await shop.call("CA1")
    await shop.met.wait()
    expected.append(await shop.routes.expected())
    await shop.post("/twilio/status", {"CallSid": "CA2", "CallStatus": "ringing"})
    expected.append(await shop.routes.expected())
    await shop.post("/twilio/status", {"CallSid": "CA2", "CallStatus": "completed"})
    expected.append(await shop.routes.expected())
    shop.clock.advance(61)

    assert [*expected, await shop.routes.expected()] == [3, 2, 2, 1, 0]


async def test_a_call_comes_through(shop: Shop) -> None:
    """Audio, keys and marks arrive in order, then the caller's hang-up."""
    socket = await shop.call()
    await socket.send_json(media(1))
    await socket.send_json(media(2))
    await socket.send_json({"event": "dtmf", "dtmf": {"digit": "5"}})
    await socket.send_json({"event": "mark", "mark": {"name": "m1"}})
    await socket.send_json({"event": "stop", "stop": {"callSid": "CA1"}})
    await shop.over.wait()
    audio = [signal.chunk.position for signal in shop.signals if isinstance(signal, AudioReceived)]

    assert audio == [0, 160]
    assert shop.signals[2:] == [DigitReceived("5"), MarkPlayed("m1"), LegEnded(LegEnd.CALLER_HUNG_UP)]
    assert (shop.legs[0].info.call_id, shop.legs[0].info.caller) == ("CA1", "+919800000001")


async def test_the_agent_is_sent_to_the_caller(shop: Shop) -> None:
    """play, mark and clear become Twilio's messages; what was cleared is not sent any more."""

    async def speak(leg: Leg) -> None:
        leg.play(SILENCE)
        leg.clear()
        leg.play(SILENCE)
        leg.mark("m1")

    shop.on_leg = speak
    socket = await shop.call()
    events = [json.loads((await socket.receive(timeout=5)).data)["event"] for _ in range(3)]

    assert events == ["clear", "media", "mark"]


@pytest.mark.parametrize(
    ("call_sid", "token", "account"),
    [("CA1", "wrong", SID), ("CA1", "", SID), ("CA2", "right", SID), ("CA1", "right", "AC" + "0" * 32)],
)
async def test_a_socket_without_a_valid_token_is_closed(shop: Shop, call_sid: str, token: str, account: str) -> None:
    """A wrong token, another call's, or another account's: 1008, and nothing was started."""
    right = await shop.token("CA1")
    socket = await shop.socket()
    await socket.send_json(start(call_sid, right if token == "right" else token, account))

    assert await closed_with(socket) == 1008
    assert shop.legs == []


async def test_a_token_works_once_and_not_for_long(shop: Shop) -> None:
    """The second socket with a token is closed, and so is one that comes after a minute."""
    token = await shop.token("CA1")
    for _ in range(2):
        socket = await shop.socket()
        await socket.send_json(start("CA1", token))
    late = await shop.token("CA2")
    shop.clock.advance(61)
    late_socket = await shop.socket()
    await late_socket.send_json(start("CA2", late))

    assert await closed_with(socket) == 1008
    assert await closed_with(late_socket) == 1008
    assert len(shop.legs) == 1


async def test_a_silent_socket_is_closed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says nothing after connecting does not stay."""
    monkeypatch.setattr(routes_module, "START_WITHIN_S", 0.05)
    socket = await shop.socket()

    assert await closed_with(socket) == 1008


async def test_too_many_silent_sockets_make_room(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest of them is closed; a call in progress and the newest socket are not."""
    monkeypatch.setattr(routes_module, "START_WITHIN_S", 60)
    monkeypatch.setattr(routes_module, "MOST_UNSTARTED", 2)
    call = await shop.call("CA1")
    await shop.met.wait()
    oldest, _, newest = [await shop.socket() for _ in range(3)]

    assert await closed_with(oldest) == 1008
    await newest.send_json(start("CA2", await shop.token("CA2")))
    for socket in (call, newest):
        await socket.send_json({"event": "stop"})
        await closed_with(socket)
    assert [leg.info.call_id for leg in shop.legs] == ["CA1", "CA2"]
    assert shop.signals == [LegEnded(LegEnd.CALLER_HUNG_UP)] * 2


async def test_a_chatterer_without_a_start_is_closed(shop: Shop) -> None:
    """Media before start is counted, and after twenty messages the socket is closed."""
    socket = await shop.socket()
    for number in range(25):
        await socket.send_json(media(number))

    assert await closed_with(socket) == 1008
    assert shop.legs == []


@pytest.mark.parametrize("before", [True, False])
async def test_a_message_that_is_too_large_closes_the_socket(shop: Shop, before: bool) -> None:
    """More than 64 KiB: 1009, before and in a call."""
    socket = await shop.socket() if before else await shop.call()
    await socket.send_str("x" * (64 * 1024 + 1))

    assert await closed_with(socket) == 1009


async def test_nonsense_in_a_call_is_counted_and_survived(shop: Shop) -> None:
    """Non-JSON, wrong base64, unknown events, a second start and binary frames do not end a call."""
    socket = await shop.call()
    for text in ("{", "[]", '{"event":"x"}', '{"event":"media","media":{"payload":"###"}}', "null"):
        await socket.send_str(text)
    await socket.send_bytes(b"\x00\x01")
    await socket.send_json(start("CA1", "again"))
    await socket.send_json(media(1))
    await socket.send_json(media(5))
    await socket.send_json(media(3))
    await socket.send_json({"event": "stop"})
    await shop.over.wait()
    counters = shop.legs[0].counters

    assert (counters.malformed, counters.lost_chunks, counters.late_chunks) == (7, 3, 1)
    assert shop.signals[-1] == LegEnded(LegEnd.CALLER_HUNG_UP)


async def test_a_socket_that_is_closed_without_a_stop_is_a_lost_line(shop: Shop) -> None:
    """However politely."""
    socket = await shop.call()
    await socket.send_json(media(1))
    await socket.close()
    await shop.over.wait()

    assert shop.signals[-1] == LegEnded(LegEnd.LINE_LOST)


async def test_a_half_open_socket_is_a_lost_line(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer that is there no more answers no ping: half as long again as the time between pings, and it is over."""
    assert routes_module.HEARTBEAT_S * 1.5 < 20
    monkeypatch.setattr(routes_module, "HEARTBEAT_S", 0.2)
    socket = await shop.call()
    await socket.send_json(media(1))
    async with asyncio.timeout(5):
        await shop.over.wait()  # and nobody reads the socket, which is when it would answer

    assert shop.signals[-1] == LegEnded(LegEnd.LINE_LOST)


async def test_one_bad_socket_does_not_disturb_another_call(shop: Shop) -> None:
    """While one peer sends nonsense, another call's audio comes through."""
    good, bad = await shop.call("CA1"), await shop.call("CA2")
    for number in range(60):
        await bad.send_str("{")
        await good.send_json(media(number))
    await good.send_json({"event": "stop"})
    await closed_with(good)
    audio = [signal for signal in shop.signals if isinstance(signal, AudioReceived)]

    assert len(audio) == 60


class TwilioRest:
    """The REST API's one call, answered as a test wishes."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.requests: list[tuple[str, str]] = []
        self.socket: ClientWebSocketResponse | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """POST …/Calls/CA1.json."""
        form = await request.post()
        self.requests.append((request.path, str(form.get("Status"))))
        if self.socket and self.status == 200:
            await self.socket.send_json({"event": "stop"})
        return web.json_response({"sid": "CA1", "status": "completed"}, status=self.status)


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_hanging_up_goes_through_the_rest_api(status: int) -> None:
    """The real client asks the configured host; when it says no, closing the stream ends the call all the same."""
    rest = TwilioRest(status)
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{account}/Calls/{call}", rest.handle)
    listener = listen("127.0.0.1", 0)
    api = HttpServer(app, listener)
    await api.start()
    shop = Shop()
    await shop.start(f"http://127.0.0.1:{listener.getsockname()[1]}")
    socket = rest.socket = await shop.call()
    await shop.met.wait()
    await asyncio.gather(shop.legs[0].hang_up(), closed_with(socket))
    await shop.over.wait()
    await shop.stop()
    await api.stop()

    assert rest.requests == [(f"/2010-04-01/Accounts/{SID}/Calls/CA1.json", "completed")]
    assert shop.signals[-1] == LegEnded(LegEnd.AGENT_HUNG_UP)


async def test_health_and_readiness(shop: Shop) -> None:
    """Both answer as JSON."""
    async with shop.client.get(shop.url + "/health") as health, shop.client.get(shop.url + "/ready") as ready:
        assert await health.json() == {"status": "ok", "calls": 0}
        assert (ready.status, await ready.json()) == (200, {"ready": True, "reason": ""})


async def test_a_call_that_nobody_picked_up_comes_back(shop: Shop) -> None:
    """With a token of its own: the one that it had opens nothing any more."""
    form = {"CallSid": "CA1", "From": "+919800000001", "To": "+911140000000", "DialCallStatus": "no-answer"}
    before = await shop.token("CA1")
    status, twiml = await shop.post("/twilio/transfer", form)
    [stream] = ET.fromstring(twiml).iter("Stream")
    parameters = {each.get("name"): each.get("value") for each in stream}

    assert status == 200
    assert parameters["from"] == "+919800000001"
    assert parameters["token"] not in (None, before)


@pytest.mark.parametrize("path", ["/twilio/transfer", "/twilio/whisper"])
async def test_nobody_else_asks_about_transfers(shop: Shop, path: str) -> None:
    """Without Twilio's signature there is no answer."""
    assert (await shop.post(path, {"CallSid": "CA1"}, signature=None))[0] == 403


@pytest.mark.parametrize(
    ("told", "caller"),
    [
        ("+919800000001", "+919800000001"),
        ("sip:+919800000001@pbx.sip.twilio.com:5060;user=phone", "+919800000001"),
        ("sip:reception@pbx.sip.twilio.com", ""),
    ],
)
async def test_a_caller_from_a_sip_domain_has_a_number(shop: Shop, told: str, caller: str) -> None:
    """Twilio passes on what From says; an address is no number to send a text to."""
    await shop.call(caller=told)
    async with asyncio.timeout(5):
        await shop.met.wait()

    assert shop.legs[0].info.caller == caller
