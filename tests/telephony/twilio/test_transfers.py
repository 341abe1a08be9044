"""Handing a call over, as Twilio sees it: who is rung, in which order, and what happens when nobody picks up."""

from collections.abc import AsyncGenerator
from xml.etree import ElementTree as ET

import pytest

from callagent.clock import ManualClock
from callagent.errors import CarrierRefusedError
from callagent.simulator.twilio_rest import Json, RestApi
from callagent.telephony.leg import Whisper
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi
from callagent.telephony.twilio.transfers import Transfers

SID = "AC0123456789abcdef0123456789abcdef"
SECRET = "a-secret-of-the-test"
FIRST, SECOND = "+919800000002", "+919800000003"


class Call:
    """A call as the API sees it."""

    live = True

    def __init__(self) -> None:
        self.twiml: list[str] = []

    def as_json(self) -> Json:
        """The Call resource."""
        return {"sid": "CA1", "status": "in-progress"}

    def end_by_api(self) -> None:
        """Not here."""

    def redirect_by_api(self, twiml: str) -> None:
        """Keep it."""
        self.twiml.append(twiml)


class Carrier:
    """The simulated API with one live call, and the transfers of a shop."""

    def __init__(self) -> None:
        self.call = Call()
        self.rest = RestApi(SID, SECRET, lambda sid: self.call if sid == "CA1" else None)

    def open(self) -> None:
        """Make the shop's side."""
        account = TwilioAccount(SID, SECRET, "https://shop.example.com/", self.rest.url)
        self.api = TwilioApi(account)
        self.transfers = Transfers(account, self.api, ManualClock())


@pytest.fixture(name="carrier")
async def _carrier() -> AsyncGenerator[Carrier, None]:
    carrier = Carrier()
    await carrier.rest.start()
    carrier.open()
    yield carrier
    await carrier.api.aclose()
    await carrier.rest.aclose()


def dialled(twiml: str | None) -> tuple[str | None, dict[str, str], dict[str, str]]:
    """Number of a `<Dial>`, its attributes, and those of its `<Number>`."""
    assert twiml is not None
    dial = ET.fromstring(twiml).find("Dial")
    assert dial is not None
    return dial[0].text, dial.attrib, dial[0].attrib


async def test_people_are_rung_one_after_the_other(carrier: Carrier) -> None:
    """Each for as long as was asked, until nobody is left."""
    await carrier.transfers.begin("CA1", [(FIRST, 20.0), (SECOND, 12.0)], Whisper())
    [first] = carrier.call.twiml

    action = {"action": "https://shop.example.com/twilio/transfer", "method": "POST", "answerOnBridge": "true"}
    assert dialled(first) == (FIRST, {**action, "timeout": "20"}, {})
    assert dialled(carrier.transfers.go_on("CA1", "no-answer")) == (SECOND, {**action, "timeout": "12"}, {})
    assert carrier.transfers.go_on("CA1", "busy") is None


async def test_who_hangs_up_during_the_whisper_is_passed_over(carrier: Carrier) -> None:
    """They have picked up, but the caller never had them: the next one is rung."""
    await carrier.transfers.begin("CA1", [(FIRST, 20.0), (SECOND, 12.0)], Whisper("a bill"))

    assert dialled(carrier.transfers.go_on("CA1", "completed", bridged=False))[0] == SECOND
    assert carrier.transfers.go_on("CA1", "completed", bridged=False) is None


async def test_nobody_to_be_rung_is_refused(carrier: Carrier) -> None:
    """The caller stays here."""
    with pytest.raises(CarrierRefusedError, match="Nobody"):
        await carrier.transfers.begin("CA1", [], Whisper())

    assert carrier.call.twiml == []


async def test_a_workers_transfer_comes_back_to_it(carrier: Carrier) -> None:
    """The addresses that Twilio goes on with name the worker that knows whom to ring next."""
    account = TwilioAccount(SID, SECRET, "https://shop.example.com", carrier.rest.url)
    await Transfers(account, carrier.api, ManualClock(), worker=2).begin("CA1", [(FIRST, 20.0)], Whisper("a bill"))
    _, dial, number = dialled(carrier.call.twiml[0])

    assert dial["action"] == "https://shop.example.com/twilio/transfer/2"
    assert number["url"] == "https://shop.example.com/twilio/whisper/2"


async def test_who_picks_up_hears_what_it_is_about(carrier: Carrier) -> None:
    """In the caller's language; and when they have talked, the call is over."""
    await carrier.transfers.begin("CA1", [(FIRST, 20.0), (SECOND, 12.0)], Whisper("बिल <के> बारे में", "hi"))
    _, _, number = dialled(carrier.call.twiml[0])
    whisper = ET.fromstring(carrier.transfers.whisper("CA1")).find("Say")
    over = carrier.transfers.go_on("CA1", "completed")

    assert number == {"url": "https://shop.example.com/twilio/whisper", "method": "POST"}
    assert whisper is not None
    assert (whisper.text, whisper.attrib) == ("बिल <के> बारे में", {"language": "hi-IN"})
    assert over is not None
    assert "<Hangup" in over
    assert carrier.transfers.go_on("CA1", "no-answer") is None


async def test_a_call_that_is_gone_is_not_handed_over(carrier: Carrier) -> None:
    """The refusal is the call's to deal with, and nothing is kept of it."""
    with pytest.raises(CarrierRefusedError):
        await carrier.transfers.begin("CA2", [(FIRST, 20.0)], Whisper())

    assert carrier.transfers.go_on("CA2", "no-answer") is None
