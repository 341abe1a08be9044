"""TwiML as the simulated carrier reads it."""

import pytest

from callagent.errors import WireError
from callagent.simulator.twiml import ConnectStream, Dial, Hangup, Pause, Redirect, Reject, Say, parse


def test_a_stream_with_parameters_and_what_follows_it() -> None:
    """The usual answer of a voice agent."""
    verbs = parse(
        '<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream url="wss://shop.example/media">'
        '<Parameter name="ticket" value="t1"/></Stream></Connect><Say voice="alice">Sorry.</Say><Hangup/></Response>'
    )

    assert verbs == (ConnectStream("wss://shop.example/media", {"ticket": "t1"}), Say("Sorry."), Hangup())


def test_a_plain_websocket_is_allowed_on_this_machine_only() -> None:
    """There is no certificate for 127.0.0.1."""
    verbs = parse('<Response><Connect><Stream url="ws://127.0.0.1:8080/media"/></Connect></Response>')

    assert verbs == (ConnectStream("ws://127.0.0.1:8080/media"),)


def test_a_call_can_be_rejected() -> None:
    """With or without a reason."""
    assert parse('<Response><Reject reason="busy"/></Response>') == (Reject("busy"),)
    assert parse("<Response><Reject/></Response>") == (Reject("rejected"),)


def test_a_caller_can_be_kept_waiting_and_passed_on() -> None:
    """What a server says that cannot take a call itself."""
    waiting = (
        '<Response><Say>Hold on.</Say><Pause length="7"/><Redirect method="POST">https://x/v?n=1</Redirect></Response>'
    )

    assert parse(waiting) == (Say("Hold on."), Pause(7), Redirect("https://x/v?n=1"))
    assert parse("<Response><Pause/><Dial>+911234567890</Dial></Response>") == (Pause(1), Dial("+911234567890"))


def test_an_empty_response_does_nothing() -> None:
    """Twilio hangs up when it is told nothing."""
    assert parse("<Response/>") == ()


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("Not found", "not XML"),
        ("<Answer/>", "must be one <Response>"),
        ("<Response><Gather/></Response>", "<Gather> is no TwiML that is simulated"),
        ("<Response><Connect/></Response>", "exactly one <Stream>"),
        ("<Response><Connect><Room/></Connect></Response>", "<Room> is not simulated inside <Connect>"),
        ('<Response><Connect><Stream url="https://x"/></Connect></Response>', "wss:// only"),
        ('<Response><Connect><Stream url="ws://shop.example/m"/></Connect></Response>', "wss:// only"),
        ('<Response><Connect><Stream url="wss://x/m?t=1"/></Connect></Response>', "drops the query"),
        (
            '<Response><Connect><Stream url="wss://x"><Parameter value="1"/></Stream></Connect></Response>',
            "needs a name",
        ),
        (
            '<Response><Connect><Stream url="wss://x"><Parameter name="n" value="'
            + "v" * 500
            + '"/></Stream></Connect></Response>',
            "too long",
        ),
        ('<Response><Hangup reason="x"/></Response>', "attribute 'reason'"),
    ],
)
def test_what_is_not_understood_is_an_error(document: str, complaint: str) -> None:
    """Nothing is skipped in silence."""
    with pytest.raises(WireError, match=complaint):
        parse(document)
