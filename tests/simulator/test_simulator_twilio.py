"""The simulated Twilio, against a server that follows Twilio's documentation."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import aiohttp
import pytest
from simulator.server_by_the_book import GREETING_TICKS, TONE, Server, serving

from callagent.errors import CarrierRefusedError, WireError
from callagent.media.audio import SILENCE
from callagent.media.g711 import ulaw_decode
from callagent.simulator.call_end import CallEnd
from callagent.simulator.call_resource import Destination
from callagent.simulator.stream_messages import CallIds
from callagent.simulator.twilio import TwilioCarrier
from callagent.simulator.twilio_call import Faults, TwilioCall

LOUD = b"\x00\x60\x00\xa0" * 80


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server by the book."""
    async with serving(Server()) as running:
        yield running


@pytest.fixture
async def carrier(server: Server) -> AsyncIterator[TwilioCarrier]:
    """A carrier with the server's account."""
    async with TwilioCarrier(server.account) as running:
        server.api_url = running.api_url
        yield running


async def listen(call: TwilioCall, ticks: int) -> list[bytes | None]:
    """Say nothing for so many ticks."""
    return [await call.exchange(SILENCE) for _ in range(ticks)]


async def until_over(call: TwilioCall) -> None:
    """Say nothing until the far end hangs up."""
    while await call.exchange(SILENCE) is not None:
        pass


async def test_a_call_from_webhook_to_status_callback(server: Server, carrier: TwilioCarrier) -> None:
    """Signed webhook, connected, start, media, mark, stop, signed callback: in Twilio's shapes and order."""
    call = await carrier.call(server.destination, caller="+919812345678")
    heard = await listen(call, GREETING_TICKS + 3)
    await call.hang_up()

    kinds = [message["event"] for message in server.messages]
    assert kinds[:3] == ["connected", "start", "media"]
    assert kinds[-1] == "stop"
    assert [int(each["sequenceNumber"]) for each in server.messages[1:]] == list(range(1, len(kinds)))
    assert server.events("start")[0]["start"]["customParameters"] == {"ticket": "t1"}
    assert server.events("mark")[0]["mark"] == {"name": "greeting"}
    assert heard.count(ulaw_decode(TONE)) == GREETING_TICKS
    asked, told = server.forms
    assert (asked["CallStatus"], asked["From"], asked["FromCity"]) == ("ringing", "+919812345678", "")
    assert (told["CallStatus"], told["CallDuration"], told["CallSid"]) == ("completed", "1", call.ids.call)
    assert call.end is CallEnd.CALLER_HUNG_UP
    assert call.record.complaints == []
    assert await call.exchange(SILENCE) is None


async def test_media_comes_every_twenty_milliseconds(server: Server, carrier: TwilioCarrier) -> None:
    """Deadlines are absolute, so they do not drift."""
    call = await carrier.call(server.destination)
    await listen(call, 20)
    await call.hang_up()

    sent = call.record.sent_s
    assert sent[-1] - sent[0] == pytest.approx(0.02 * (len(sent) - 1))
    media = server.events("media")
    assert [each["media"]["timestamp"] for each in media[:3]] == ["0", "20", "40"]
    assert [each["media"]["chunk"] for each in media[:2]] == ["1", "2"]
    assert len(carrier.ticker.late_ms) >= len(sent)


async def test_the_server_hangs_up_through_the_api(server: Server, carrier: TwilioCarrier) -> None:
    """The carrier answers 200, then says stop and closes."""
    call = await carrier.call(server.destination)
    call.press("#")
    await until_over(call)
    await call.hang_up()

    assert server.rest_status == 200
    assert server.messages[-1]["event"] == "stop"
    assert server.messages[-1]["stop"] == {"accountSid": server.account.sid, "callSid": call.ids.call}
    assert call.end is CallEnd.API_HUNG_UP
    assert server.forms[-1]["CallStatus"] == "completed"


async def test_keys_are_told_and_clear_silences(server: Server, carrier: TwilioCarrier) -> None:
    """A loud caller makes the server clear: its mark comes back and the line falls silent."""
    call = await carrier.call(server.destination, recorded=True)
    call.press("5")
    await listen(call, 2)
    await call.exchange(LOUD)
    heard = await listen(call, 5)
    await call.hang_up()

    assert server.events("dtmf")[0]["dtmf"] == {"track": "inbound_track", "digit": "5"}
    assert call.record.marks[:2] == ["greeting", "key"]
    assert heard[-1] == SILENCE
    assert call.playback.clears >= 1
    assert call.record.audio is not None
    assert any(spoken == LOUD for spoken, _ in call.record.audio)
    assert len(call.record.stereo()) == len(call.record.audio) * 640
    with pytest.raises(ValueError, match="no key"):
        call.press("x")
    with pytest.raises(ValueError, match="320 bytes"):
        await call.exchange(b"")


async def test_the_twiml_goes_on_when_the_server_closes_the_stream(server: Server, carrier: TwilioCarrier) -> None:
    """What follows the stream is said, and the call is over."""
    call = await carrier.call(server.destination)
    call.press("*")
    await until_over(call)
    await call.hang_up()

    assert call.end is CallEnd.SERVER_CLOSED
    assert call.record.said == ["We are sorry."]


async def test_a_vanishing_carrier_says_nothing(server: Server, carrier: TwilioCarrier) -> None:
    """No stop, no close, no status callback."""
    call = await carrier.call(server.destination)
    await listen(call, 2)
    await call.vanish()

    assert server.events("stop") == []
    assert len(server.forms) == 1
    assert await call.exchange(SILENCE) is None


@pytest.mark.parametrize("faults", [Faults(wrong_signature=True), Faults(unsigned=True)])
async def test_a_forged_webhook_is_refused_by_the_server(
    server: Server, carrier: TwilioCarrier, faults: Faults
) -> None:
    """The refusal is told with its status."""
    with pytest.raises(CarrierRefusedError, match="answered 403"):
        await carrier.call(server.destination, faults=faults)


async def test_false_parameters_wrong_order_and_holes(server: Server, carrier: TwilioCarrier) -> None:
    """Faults reach the server as such a network would bring them."""
    faults = Faults(parameters=(("ticket", "stolen"),), wrong_order=True, lose_every=3)
    call = await carrier.call(server.destination, faults=faults)
    await listen(call, 8)
    await call.hang_up()

    assert call.record.stereo() == b""
    assert [message["event"] for message in server.messages[:3]] == ["connected", "media", "start"]
    assert server.events("start")[0]["start"]["customParameters"] == {"ticket": "stolen"}
    chunks = [int(message["media"]["chunk"]) for message in server.events("media")[1:]]
    assert chunks[:4] == [1, 2, 4, 5]


async def test_broken_messages_of_the_server_are_complained_of(server: Server, carrier: TwilioCarrier) -> None:
    """The call goes on."""
    server.extra = ["{", '{"event":"stop","streamSid":"MZ0"}']
    call = await carrier.call(server.destination)
    await listen(call, 5)

    assert len(call.record.complaints) == 2
    assert call.end is None


@pytest.mark.parametrize(
    ("twiml", "status", "complaint"),
    [
        ("<Response><Reject/></Response>", "no-answer", "Reject"),
        ('<Response><Reject reason="busy"/></Response>', "busy", "Reject"),
        ("<Response><Say>All lines are busy.</Say><Hangup/></Response>", "completed", "All lines are busy"),
        ("<Response/>", "completed", "NoneType"),
    ],
)
async def test_a_server_that_does_not_take_the_call(
    server: Server, carrier: TwilioCarrier, twiml: str, status: str, complaint: str
) -> None:
    """The status callback tells what became of it."""
    server.twiml = twiml
    with pytest.raises(CarrierRefusedError, match=complaint):
        await carrier.call(server.destination)

    assert server.forms[-1]["CallStatus"] == status
    assert server.forms[-1]["CallDuration"] == "0"


async def test_answers_that_are_no_twiml(server: Server, carrier: TwilioCarrier) -> None:
    """What Twilio would not understand is an error of the server's."""
    server.twiml = "OK"
    with pytest.raises(WireError, match="not XML"):
        await carrier.call(server.destination)


async def test_a_stream_that_cannot_be_opened(server: Server, carrier: TwilioCarrier) -> None:
    """The upgrade was refused, or nobody listens there."""
    server.twiml = f'<Response><Connect><Stream url="{server.url.replace("http", "ws")}/nowhere"/></Connect></Response>'
    with pytest.raises(CarrierRefusedError, match="refused the media stream with 404"):
        await carrier.call(server.destination)

    assert server.forms[-1]["CallStatus"] == "completed"
    server.twiml = '<Response><Connect><Stream url="ws://127.0.0.1:9/media"/></Connect></Response>'
    with pytest.raises(CarrierRefusedError, match="no media stream"):
        await carrier.call(server.destination)


async def test_a_server_that_is_not_there(carrier: TwilioCarrier) -> None:
    """Trying again may help."""
    with pytest.raises(CarrierRefusedError, match="no answer") as refusal:
        await carrier.call(Destination("http://127.0.0.1:9/voice"))

    assert refusal.value.retryable


async def test_the_public_address_is_signed_and_the_real_one_is_reached(server: Server, carrier: TwilioCarrier) -> None:
    """As with a proxy in front of the server."""
    real, server.url = server.url, "https://shop.example"
    call = await carrier.call(Destination("https://shop.example/voice", "https://shop.example/status", at=real))
    await call.hang_up()

    assert server.forms[-1]["CallStatus"] == "completed"
    assert call.record.complaints == []


async def test_the_api_wants_the_right_credentials_and_a_live_call(server: Server, carrier: TwilioCarrier) -> None:
    """401, 404 and 400 in Twilio's shape; a call that has ended can be read but not ended again."""
    call = await carrier.call(server.destination)
    path = f"{carrier.api_url}/2010-04-01/Accounts/{server.account.sid}/Calls/{call.ids.call}.json"
    unknown = path.replace(call.ids.call, "CA" + "0" * 32)
    right = {"Authorization": aiohttp.encode_basic_auth(server.account.sid, server.account.auth_token)}
    wrong = {"Authorization": aiohttp.encode_basic_auth(server.account.sid, "wrong")}
    async with aiohttp.ClientSession() as http:
        async with http.get(path, headers=wrong) as answer:
            assert (answer.status, (await answer.json())["code"]) == (401, 20003)
        async with http.post(unknown, headers=right, data={"Status": "completed"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, 20404)
        async with http.post(path, headers=right, data={"Url": "http://x"}) as answer:
            assert answer.status == 400
        async with http.get(path, headers=right) as answer:
            assert (await answer.json())["status"] == "in-progress"
        await call.hang_up()
        async with http.get(path, headers=right) as answer:
            assert (await answer.json())["status"] == "completed"
        async with http.post(path, headers=right, data={"Status": "completed"}) as answer:
            assert answer.status == 404


async def test_a_status_callback_that_fails_is_complained_of(server: Server, carrier: TwilioCarrier) -> None:
    """Answered with an error, or not at all."""
    for url, complaint in ((f"{server.url}/nowhere", "answered 404"), ("http://127.0.0.1:9/status", "no answer")):
        call = await carrier.call(Destination(f"{server.url}/voice", url))
        await call.hang_up()

        assert complaint in call.record.complaints[0]


async def test_binary_messages_are_complained_of(server: Server, carrier: TwilioCarrier) -> None:
    """A media stream is JSON text."""
    server.binary = b"\x00"
    call = await carrier.call(server.destination)
    await listen(call, 5)

    assert call.record.complaints == ["a BINARY message where JSON text was due"]


class DeadStream:
    """A connection on which nothing can be sent."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error
        self.closed = asyncio.Event()

    async def send_str(self, _: str) -> None:
        """Fail, or never come back."""
        if self._error is not None:
            raise self._error
        await self.closed.wait()

    async def close(self) -> None:
        """Nobody is there to say goodbye to."""

    def get_extra_info(self, _: str) -> None:
        """There is no socket any more."""


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (None, CallEnd.SERVER_STALLED),
        (ConnectionResetError(), CallEnd.SERVER_CLOSED),
        (aiohttp.ClientConnectionResetError(), CallEnd.SERVER_CLOSED),
    ],
)
async def test_a_server_that_cannot_be_sent_to_has_lost_the_call(error: Exception | None, end: CallEnd) -> None:
    """It stopped reading, or it is gone."""
    over = asyncio.Event()

    async def ended(_: TwilioCall) -> None:
        over.set()

    stream = cast("aiohttp.ClientWebSocketResponse", DeadStream(error))
    call = TwilioCall(CallIds("AC", "CA", "MZ"), stream, (), Faults(), ended)
    await call.tick(0.0)
    await over.wait()
    await call.tick(0.02)

    assert call.end is end
    assert call.record.sent_s == []


async def test_a_call_that_is_gone_can_still_be_hung_up() -> None:
    """The goodbye fails quietly."""

    async def ended(_: TwilioCall) -> None:
        pass

    stream = cast("aiohttp.ClientWebSocketResponse", DeadStream(ConnectionResetError()))
    call = TwilioCall(CallIds("AC", "CA", "MZ"), stream, (), Faults(), ended)
    await call.hang_up()

    assert call.end is CallEnd.CALLER_HUNG_UP


async def test_leaving_the_carrier_ends_its_calls(server: Server) -> None:
    """Nobody is left on the line."""
    async with TwilioCarrier(server.account) as carrier:
        call = await carrier.call(server.destination)

    assert call.end is CallEnd.CALLER_HUNG_UP
    assert server.messages[-1]["event"] == "stop"


async def test_a_carrier_must_be_entered(server: Server) -> None:
    """The error says how."""
    with pytest.raises(RuntimeError, match="async with"):
        await TwilioCarrier(server.account).call(server.destination)
