"""Calls that a server has the simulated Twilio begin."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import BasicAuth, ClientSession, web
from twilio.request_validator import RequestValidator

from callagent.media.audio import SILENCE
from callagent.simulator.twilio import TwilioCarrier
from callagent.simulator.twilio_outbound import Callee

THEIRS, OURS = "+919800000001", "+911140000000"
HANG_UP = "<Response><Hangup/></Response>"


class Shop:
    """A server that keeps what Twilio tells it, and answers calls as a test says."""

    def __init__(self, carrier: TwilioCarrier) -> None:
        self.carrier = carrier
        self.reports: list[dict[str, str]] = []
        self.asked: list[dict[str, str]] = []
        self.twiml = ""
        self.over = asyncio.Event()

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_post("/status", self.status)
        app.router.add_post("/answer", self.answer)
        app.router.add_get("/media", self.media)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}"
        media = self.url.replace("http", "ws") + "/media"
        self.twiml = f'<Response><Connect><Stream url="{media}"/></Connect></Response>'

    async def _signed(self, request: web.Request) -> dict[str, str]:
        form = {name: str(value) for name, value in (await request.post()).items()}
        signer = RequestValidator(self.carrier.account.auth_token)
        assert signer.validate(self.url + request.raw_path, form, request.headers["X-Twilio-Signature"])
        return form

    async def status(self, request: web.Request) -> web.Response:
        """How it goes."""
        self.reports.append(await self._signed(request))
        if self.reports[-1]["CallStatus"] in {"completed", "busy", "failed", "no-answer", "canceled"}:
            self.over.set()
        return web.Response(status=204)

    async def answer(self, request: web.Request) -> web.Response:
        """What becomes of whoever picks up."""
        self.asked.append(await self._signed(request))
        return web.Response(text=self.twiml, content_type="text/xml")

    async def media(self, request: web.Request) -> web.WebSocketResponse:
        """Hear, and say nothing."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket

    async def post(
        self, path: str = "Calls.json", password: str | None = None, **form: Any
    ) -> tuple[int, dict[str, Any]]:
        """A request to the REST API; without a form it begins a call."""
        sid = self.carrier.account.sid
        usual = {"To": THEIRS, "From": OURS, "Url": f"{self.url}/answer", "StatusCallback": f"{self.url}/status"}
        events = ["initiated", "ringing", "answered", "completed"]
        given = (usual | form) if path == "Calls.json" else form
        data = aiohttp.FormData([(name, str(value)) for name, value in given.items() if value is not None])
        if path == "Calls.json" and "StatusCallbackEvent" not in form:
            for event in events:
                data.add_field("StatusCallbackEvent", event)
        auth = BasicAuth(sid, password or self.carrier.account.auth_token).encode()
        url = f"{self.carrier.api_url}/2010-04-01/Accounts/{sid}/{path}"
        async with ClientSession() as client, client.post(url, data=data, headers={"Authorization": auth}) as answer:
            body: dict[str, Any] = await answer.json()
            return answer.status, body

    async def ended(self) -> list[str]:
        """What was told, by status."""
        async with asyncio.timeout(10):
            await self.over.wait()
        return [report["CallStatus"] for report in self.reports]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A server, and a Twilio whose account has one number."""
    async with TwilioCarrier() as carrier:
        carrier._api.numbers = frozenset({OURS})
        shop = Shop(carrier)
        await shop.start()
        yield shop
        await shop.runner.cleanup()


@pytest.mark.filterwarnings("ignore:BasicAuth")
async def test_a_call_is_told_step_by_step(shop: Shop) -> None:
    """Signed, numbered, as an outbound call; its TwiML is asked for once somebody picks up."""
    status, created = await shop.post()
    call = await shop.carrier.picked_up()
    await call.exchange(SILENCE)
    await call.hang_up()
    told = await shop.ended()

    assert (status, created["status"], created["direction"]) == (201, "queued", "outbound-api")
    assert told == ["initiated", "ringing", "in-progress", "completed"]
    assert [report["SequenceNumber"] for report in shop.reports] == ["0", "1", "2", "3"]
    assert {report["CallSid"] for report in (*shop.reports, *shop.asked)} == {created["sid"]}
    (asked,) = shop.asked
    assert (asked["From"], asked["To"], asked["Direction"]) == (OURS, THEIRS, "outbound-api")
    assert asked["CallStatus"] == "in-progress"
    assert "CallDuration" in shop.reports[-1]
    assert call.record.complaints == []


@pytest.mark.filterwarnings("ignore:BasicAuth")
@pytest.mark.parametrize(
    ("callee", "form", "told"),
    [
        (Callee(instead="busy"), {}, ["initiated", "ringing", "busy"]),
        (Callee(instead="failed", sip_code="404"), {}, ["initiated", "ringing", "failed"]),
        (Callee(answers_after_s=30.0), {"Timeout": 1}, ["initiated", "ringing", "no-answer"]),
        (
            Callee(answers_when=asyncio.Event()),
            {"Timeout": 1, "StatusCallbackEvent": "ringing"},
            ["ringing", "no-answer"],
        ),
    ],
)
async def test_a_call_that_nobody_takes(shop: Shop, callee: Callee, form: dict[str, Any], told: list[str]) -> None:
    """Its last report says why; of the others only those come that were asked for."""
    shop.carrier.callees[THEIRS] = callee
    await shop.post(**form)

    assert await shop.ended() == told
    assert shop.reports[-1].get("SipResponseCode", "") == callee.sip_code
    assert shop.asked == []


@pytest.mark.filterwarnings("ignore:BasicAuth")
async def test_ringing_is_ended_through_the_api(shop: Shop) -> None:
    """As every call is."""
    shop.carrier.callees[THEIRS] = Callee(answers_after_s=60.0)
    _, created = await shop.post()
    status, ended = await shop.post(f"Calls/{created['sid']}.json", Status="completed")

    assert (status, ended["status"]) == (200, "completed")
    assert (await shop.ended())[-1] == "canceled"


@pytest.mark.filterwarnings("ignore:BasicAuth")
@pytest.mark.parametrize("twiml", [HANG_UP, "<Response><Reject/></Response>"])
async def test_a_server_that_does_not_want_the_call_any_more(shop: Shop, twiml: str) -> None:
    """Whoever picked up hears nothing, and Twilio tells that the call is over."""
    shop.twiml = twiml
    await shop.post()

    assert (await shop.ended())[:3] == ["initiated", "ringing", "in-progress"]
    assert len(shop.reports) == 4


@pytest.mark.filterwarnings("ignore:BasicAuth")
@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"To": "98000 00001"}, 21211),
        ({"From": "+911140000099"}, 21210),
        ({"Url": "ftp://shop"}, 21205),
        ({"Timeout": 601}, 21220),
        ({"Timeout": "long"}, 21220),
        ({"StatusCallbackEvent": "answerd"}, 21626),
    ],
)
async def test_what_twilio_refuses(shop: Shop, form: dict[str, Any], code: int) -> None:
    """With its own number of the error; nobody is rung."""
    status, body = await shop.post(**form)

    assert (status, body["code"]) == (400, code)
    assert shop.carrier.outbound == []


@pytest.mark.filterwarnings("ignore:BasicAuth")
async def test_a_stranger_rings_nobody(shop: Shop) -> None:
    """Without the account's token."""
    status, body = await shop.post(password="another")

    assert (status, body["code"]) == (401, 20003)
    assert shop.carrier.outbound == []
