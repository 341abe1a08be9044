"""Ringing somebody through Twilio: the REST API, what Twilio tells of it, and the stream of whoever picks up."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession
from support.server import no_health, ready
from twilio.request_validator import RequestValidator

from callagent.clock import SystemClock
from callagent.errors import CarrierRefusedError, NotAnsweredError
from callagent.media.audio import SILENCE
from callagent.simulator.twilio import TwilioCarrier
from callagent.simulator.twilio_outbound import Callee
from callagent.telephony.leg import Leg
from callagent.telephony.server import HttpServer, listen, make_app
from callagent.telephony.twilio import dialling
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.dialling import TwilioDialler
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.routes import TwilioRoutes

NUMBER, OURS = "+919800000001", "+911140000000"


class Shop:
    """A server at a simulated Twilio, and all that it was told."""

    def __init__(self, carrier: TwilioCarrier) -> None:
        listener = listen("127.0.0.1", 0)
        self.carrier = carrier
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        account = TwilioAccount(carrier.account.sid, carrier.account.auth_token, self.url, carrier.api_url)
        self.api = TwilioApi(account)
        self.dialler = TwilioDialler(account, self.api, OURS)
        self.routes = TwilioRoutes(account, self.api, SystemClock(), self.answer, dialler=self.dialler)
        app = make_app(no_health, ready)
        self.routes.add_to(app)
        self.server = HttpServer(app, listener)
        self.told: list[str] = []
        self.legs: list[Leg] = []
        self.strangers: list[Leg] = []
        """Legs that nobody here had rung."""
        self.over = asyncio.Event()

    async def start(self) -> None:
        """Listen."""
        await self.server.start()

    async def stop(self) -> None:
        """Close everything."""
        await self.server.stop()
        await self.api.aclose()

    async def answer(self, leg: Leg) -> None:
        """A call that came by itself."""
        self.strangers.append(leg)
        await self._listen(leg)
        self.over.set()

    async def have(self, leg: Leg) -> None:
        """A call that was dialled."""
        self.legs.append(leg)
        await self._listen(leg)

    async def _listen(self, leg: Leg) -> None:
        async for _ in leg.signals():
            pass

    async def dial(self, ring_s: float = 5.0, flow: str = "") -> None:
        """Ring the one number there is."""
        async with asyncio.timeout(30):
            await self.dialler.with_flow(flow).dial(NUMBER, ring_s, self.have, self.told.append)

    async def post(self, path: str, form: dict[str, str], token: str | None = None) -> tuple[int, str]:
        """A webhook, signed with the account's token unless with another."""
        signer = RequestValidator(token or self.carrier.account.auth_token)
        headers = {"X-Twilio-Signature": signer.compute_signature(self.url + path, form)}
        async with ClientSession() as client, client.post(self.url + path, data=form, headers=headers) as response:
            return response.status, await response.text()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A server, and a Twilio that it may ring through."""
    async with TwilioCarrier() as carrier:
        carrier._api.numbers = frozenset({OURS})
        shop = Shop(carrier)
        await shop.start()
        yield shop
        await shop.stop()


async def test_who_picks_up_is_the_caller_of_a_leg(shop: Shop) -> None:
    """The number that was rung, marked as outbound, with the flow that was chosen; told step by step."""
    dialled = asyncio.create_task(shop.dial(flow="medical"))
    call = await shop.carrier.picked_up()
    await call.exchange(SILENCE)
    await call.hang_up()
    await dialled

    info = shop.legs[0].info
    assert (info.caller, info.called, info.outbound, info.flow) == (NUMBER, OURS, True, "medical")
    assert info.call_id == shop.carrier.outbound[0].sid
    assert shop.told == ["ringing", "answered"]
    assert shop.strangers == []
    assert shop.carrier.outbound[0].status == "completed"


@pytest.mark.parametrize(
    ("callee", "reason", "told"),
    [
        (Callee(instead="busy"), "busy", ["ringing"]),
        (Callee(instead="failed"), "failed", ["ringing"]),
        (Callee(instead="failed", sip_code="404"), "no such number", ["ringing"]),
        (Callee(answers_after_s=99.0), "no answer", ["ringing"]),
    ],
)
async def test_why_nobody_takes_the_call_is_told(shop: Shop, callee: Callee, reason: str, told: list[str]) -> None:
    """By its reason; nothing is left behind."""
    shop.carrier.callees[NUMBER] = callee
    with pytest.raises(NotAnsweredError) as refused:
        await shop.dial(ring_s=1.0)

    assert refused.value.reason == reason
    assert shop.told == told
    assert shop.dialler._dialled == {}


async def test_a_number_that_twilio_knows_to_be_none(shop: Shop) -> None:
    """Said at once, without ringing."""
    with pytest.raises(NotAnsweredError) as refused:
        await shop.dialler.dial("+0", 5.0, shop.have)

    assert refused.value.reason == "no such number"


async def test_a_number_that_is_not_the_accounts(shop: Shop) -> None:
    """Twilio's number of the error is passed on, and nothing of the account."""
    shop.carrier._api.numbers = frozenset({"+911140000099"})
    with pytest.raises(CarrierRefusedError, match="errors/21210") as refused:
        await shop.dial()

    assert shop.carrier.account.sid not in str(refused.value)


async def test_without_a_number_of_ours_nobody_is_asked(shop: Shop) -> None:
    """The error names the setting."""
    shop.dialler._sender = ""
    with pytest.raises(CarrierRefusedError, match="CALLAGENT_DIAL_FROM"):
        await shop.dial()

    assert shop.carrier.outbound == []


async def test_giving_up_while_it_rings_ends_the_ringing(shop: Shop) -> None:
    """At Twilio as well."""
    shop.carrier.callees[NUMBER] = Callee(answers_after_s=60.0)
    dialled = asyncio.create_task(shop.dial(ring_s=60.0))
    async with asyncio.timeout(10):
        while shop.told != ["ringing"]:  # noqa: ASYNC110  # the callback's own time
            await asyncio.sleep(0.01)
    dialled.cancel()
    await asyncio.wait({dialled})

    assert dialled.cancelled()
    assert shop.carrier.outbound[0].status == "canceled"


async def test_giving_up_a_conversation_hangs_up(shop: Shop) -> None:
    """The leg ends."""
    dialled = asyncio.create_task(shop.dial())
    call = await shop.carrier.picked_up()
    await call.exchange(SILENCE)
    dialled.cancel()
    await asyncio.wait({dialled})
    while await call.exchange(SILENCE) is not None:
        pass

    assert call.end is not None


async def test_who_picks_up_after_all_was_given_up_hears_nobody_talk(shop: Shop) -> None:
    """Twilio is told to hang up, and a ring that goes on is ended."""
    shop.carrier.callees[NUMBER] = Callee(answers_after_s=60.0)
    shop.dialler._given_up.append("abc")
    entry = shop.carrier._begin_outbound(_wish(shop))
    form = {"CallSid": entry.sid, "CallStatus": "in-progress", "Direction": "outbound-api", "From": OURS, "To": NUMBER}

    _, twiml = await shop.post("/twilio/outbound?dial=abc", form)
    await shop.post("/twilio/dialled?dial=abc", form | {"CallStatus": "ringing"})
    await asyncio.wait({entry.ringing} if entry.ringing else set())

    assert "Hangup" in twiml
    assert "Stream" not in twiml
    assert entry.status == "canceled"


async def test_a_call_that_another_worker_began_is_had_here(shop: Shop) -> None:
    """With the flow that was chosen there: all that has to be known comes with the call."""
    entry = shop.carrier._begin_outbound(_wish(shop, "?dial=of-another-worker&flow=medical"))
    call = await shop.carrier.picked_up()
    await call.exchange(SILENCE)
    await call.hang_up()
    async with asyncio.timeout(10):
        await shop.over.wait()

    info = shop.strangers[0].info
    assert (info.caller, info.outbound, info.flow) == (NUMBER, True, "medical")
    assert info.call_id == entry.sid


async def test_nothing_is_believed_without_a_signature(shop: Shop) -> None:
    """Of neither address, whatever it says."""
    form = {"CallSid": "CA1", "CallStatus": "completed", "Direction": "outbound-api"}
    outbound = await shop.post("/twilio/outbound?dial=x&flow=y", form, "another-token")
    dialled = await shop.post("/twilio/dialled?dial=x", form, "another-token")

    assert (outbound[0], dialled[0]) == (403, 403)


async def test_what_is_told_never_goes_back(shop: Shop) -> None:
    """Reports of Twilio may overtake each other, and come twice."""
    dialled = asyncio.create_task(shop.dial())
    call = await shop.carrier.picked_up()
    await call.exchange(SILENCE)
    (name,) = shop.dialler._dialled
    for status in ("ringing", "in-progress", "initiated", "busy"):
        await shop.dialler.reported(name, "CA1", status, "")
    await call.hang_up()
    await dialled

    assert shop.told == ["ringing", "answered"]


async def test_a_call_whose_sound_never_comes(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answered, and over at once: it is said where to look."""
    ringing = asyncio.create_task(shop.dial())
    async with asyncio.timeout(10):
        while not shop.dialler._dialled:  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0)
    (name,) = shop.dialler._dialled
    await shop.dialler.reported(name, "CA1", "in-progress", "")
    await shop.dialler.reported(name, "CA1", "completed", "")
    with pytest.raises(NotAnsweredError, match="did not reach this server"):
        await ringing


async def test_a_twilio_that_says_nothing_is_not_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the time of ringing."""
    monkeypatch.setattr(dialling, "CONNECT_S", -0.9)

    async def taken(*_: Any) -> str:
        return "CA1"

    monkeypatch.setattr(shop.api, "ring", taken)
    with pytest.raises(CarrierRefusedError, match="what became"):
        await shop.dial(ring_s=1.0)


def _wish(shop: Shop, query: str = "?dial=abc") -> Any:
    from callagent.simulator.twilio_outbound import EVENTS, Wanted

    return Wanted(NUMBER, OURS, f"{shop.url}/twilio/outbound{query}", 60, f"{shop.url}/twilio/dialled{query}", EVENTS)
