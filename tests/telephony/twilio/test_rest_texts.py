"""Text messages through Twilio's REST API, by the package and the simulated carrier."""

from collections.abc import AsyncGenerator

import pytest

from callagent.errors import CarrierRefusedError
from callagent.simulator.twilio_rest import RestApi, TextMessage
from callagent.telephony.twilio.account import TwilioAccount
from callagent.telephony.twilio.rest import TwilioApi

SID = "AC0123456789abcdef0123456789abcdef"
SECRET = "a-secret-of-the-test"
CUSTOMER, SHOP = "+919800000001", "+911140000000"


@pytest.fixture(name="carrier")
async def _carrier() -> AsyncGenerator[RestApi, None]:
    carrier = RestApi(SID, SECRET, lambda _: None)
    await carrier.start()
    yield carrier
    await carrier.aclose()


def api_of(carrier: RestApi, secret: str = SECRET) -> TwilioApi:
    """The client of a shop's account."""
    return TwilioApi(TwilioAccount(SID, secret, "https://shop.example.com", carrier.url))


async def test_a_text_is_taken(carrier: RestApi) -> None:
    """With all its letters, from the shop's number."""
    api = api_of(carrier)
    await api.send_text(CUSTOMER, SHOP, "पंखा: ₹1,849 + tax & more")
    await api.aclose()

    assert carrier.messages == [TextMessage(CUSTOMER, SHOP, "पंखा: ₹1,849 + tax & more")]


@pytest.mark.parametrize(
    ("to", "text", "secret", "code"),
    [
        ("nobody", "Hi.", SECRET, 21211),
        (CUSTOMER, "x" * 1601, SECRET, 21617),
        (CUSTOMER, "Hi.", "another-secret-than-that", 20003),
    ],
)
async def test_a_text_that_is_refused_says_no_number(
    carrier: RestApi, to: str, text: str, secret: str, code: int
) -> None:
    """A wrong number, a text too long, a wrong token: an error that may stand in a log."""
    api = api_of(carrier, secret)
    with pytest.raises(CarrierRefusedError) as caught:
        await api.send_text(to, SHOP, text)
    await api.aclose()

    about = f"https://www.twilio.com/docs/errors/{code}"
    assert str(caught.value) == f"Twilio refused a text message (TwilioRestException, {about})"
    assert carrier.messages == []
