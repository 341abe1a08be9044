"""REFER of both sides (RFC 3515, RFC 3891), its NOTIFYs, and digits by INFO."""

import pytest
from support.sip_pair import Pair, allowing, events, of, words_of

from callagent.errors import WireError
from callagent.telephony.sip.sessions.dialog import DialogId
from callagent.telephony.sip.sessions.session_events import (
    DigitPressed,
    Ended,
    EndReason,
    SendRequest,
    TransferAsked,
    TransferDone,
    TransferProgress,
)
from callagent.telephony.sip.sessions.transferring import replaced, replaces

CAROL = "sip:carol@example.org"


def test_a_blind_transfer_tells_how_it_goes() -> None:
    """REFER, 202, and a NOTIFY for each step; then we hang up."""
    pair = Pair(caller=allowing(1, CAROL)).up()

    pair.run(pair.callee, pair.callee.call.transfer(CAROL, 1.0))
    pair.run(pair.caller, pair.caller.call.report_transfer(180))
    pair.run(pair.caller, pair.caller.call.report_transfer(200))
    pair.run(pair.caller, pair.caller.call.report_transfer(200))

    notified = ["> NOTIFY", "< 200 NOTIFY"]
    assert sorted(pair.wire) == sorted(["< REFER", "> 202 REFER", *notified * 3])
    assert pair.caller.heard == [TransferAsked(CAROL, "")]
    assert pair.callee.heard == [TransferProgress(180), TransferDone(200)]


def test_an_attended_transfer_names_the_call_to_be_replaced() -> None:
    """As who reads it knows it: its own tag is the to-tag (RFC 3891 3)."""
    ours = DialogId("c9@192.0.2.2", "our+tag", "their tag")
    pair = Pair(caller=allowing(1, CAROL)).up()

    pair.run(pair.callee, pair.callee.call.transfer(CAROL, 1.0, replaces=replaces(ours)))

    assert pair.caller.heard == [TransferAsked(CAROL, "c9@192.0.2.2;to-tag=their tag;from-tag=our+tag")]
    assert replaced(replaces(ours)) == DialogId("c9@192.0.2.2", "their tag", "our+tag")


@pytest.mark.parametrize("value", ["", "c1", "c1;to-tag=a", "c1;from-tag=a", ";to-tag=a;from-tag=b"])
def test_a_replaces_that_names_no_call(value: str) -> None:
    """It needs the Call-ID and both tags."""
    assert replaced(value) is None


def test_a_transfer_that_nobody_allowed_is_refused() -> None:
    """A peer's REFER moves nothing by itself, whatever it says."""
    pair = Pair(callee=allowing(2, CAROL)).up()

    pair.run(pair.callee, pair.callee.call.transfer(CAROL, 1.0))
    pair.run(pair.caller, pair.caller.call.transfer("sip:+900123@example.org", 2.0))

    assert pair.wire == ["< REFER", "> 403 REFER", "> REFER", "< 403 REFER"]
    assert pair.caller.heard == pair.callee.heard == [TransferDone(403)]


@pytest.mark.parametrize(
    "target",
    [
        f"{CAROL};method=SUBSCRIBE",
        f"{CAROL}?Replaces=a%0d%0aX:b",
        "http://example.org",
        f"{CAROL}>, <sip:dave@example.org",
        "",
    ],
)
def test_a_refer_to_that_is_no_call_is_refused(target: str) -> None:
    """Also where the target itself would be allowed."""
    pair = Pair(caller=allowing(1, CAROL, f"{CAROL};method=SUBSCRIBE")).up()

    (refer,) = of(SendRequest, pair.callee.call.transfer(CAROL, 1.0))
    refer.request.headers.set("Refer-To", f"<{target}>")

    pair.run(pair.callee, [refer])

    assert pair.wire == ["< REFER", "> 400 REFER"]


def test_we_refer_to_addresses_only() -> None:
    """A mistake of ours is no message."""
    with pytest.raises(WireError):
        Pair().up().callee.call.transfer("carol>\r\nX: y", 1.0)


def test_a_transfer_that_goes_silent_ends_by_time() -> None:
    """The leg hears of it while the call lasts."""
    pair = Pair(caller=allowing(1, CAROL)).up()

    pair.run(pair.callee, pair.callee.call.transfer(CAROL, 1.0))
    pair.wait(185)

    assert pair.callee.heard == [TransferDone(408)]


def test_a_second_transfer_waits_for_the_first() -> None:
    """One of each direction at a time."""
    pair = Pair(caller=allowing(1, CAROL)).up()
    pair.run(pair.callee, pair.callee.call.transfer(CAROL, 1.0))

    assert pair.callee.call.transfer(CAROL, 2.0) == []


def test_a_peer_that_hangs_up_after_a_refer_ends_the_call() -> None:
    """Many do, without a word of how it went."""
    pair = Pair(caller=allowing(1, CAROL)).up()
    pair.run(pair.callee, pair.callee.call.transfer(CAROL, 1.0))

    pair.run(pair.caller, pair.caller.call.hang_up(2.0))

    assert pair.callee.heard == [Ended(EndReason.PEER_HUNG_UP)]


def test_a_notify_that_ends_without_a_word_is_a_failure() -> None:
    """Nobody is left waiting for the third party."""
    pair = Pair(caller=allowing(1, CAROL)).up()
    pair.run(pair.callee, pair.callee.call.transfer(CAROL, 1.0))
    (notify,) = of(SendRequest, pair.caller.call.report_transfer(486))
    notify.request.body = b"nonsense"

    pair.run(pair.caller, [notify])

    assert pair.callee.heard == [TransferDone(500)]


@pytest.mark.parametrize(
    ("kind", "body", "key"),
    [
        ("application/dtmf-relay", b"Signal=5\r\nDuration=160\r\n", "5"),
        ("application/dtmf-relay", b"Signal= *\nDuration= 100", "*"),
        ("Application/DTMF-Relay; x=y", b"Duration=100\r\nsignal = 11\r\n", "#"),
        ("application/dtmf", b"7", "7"),
        ("application/dtmf", b" d\r\n", "D"),
    ],
)
def test_digits_by_info(kind: str, body: bytes, key: str) -> None:
    """As telephones and PBXs write them."""
    pair = Pair().up()
    (info,) = of(SendRequest, pair.caller.call.send_digit("1"))
    info.request.body = body
    info.request.headers.set("Content-Type", kind)

    pair.run(pair.caller, [info])

    assert pair.wire == ["> INFO", "< 200 INFO"]
    assert pair.callee.heard == [DigitPressed(key)]


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("application/dtmf-relay", b"Duration=160", 200),
        ("application/dtmf", b"55", 200),
        ("application/dtmf", b"\xff\x00", 200),
        ("application/dtmf-relay", b"", 200),
        ("application/media_control+xml", b"<x/>", 415),
    ],
)
def test_an_info_that_holds_no_digit(kind: str, body: bytes, code: int) -> None:
    """It is answered, and nothing was pressed."""
    pair = Pair().up()
    (info,) = of(SendRequest, pair.caller.call.send_digit("1"))
    info.request.body = body
    info.request.headers.set("Content-Type", kind)

    pair.run(pair.caller, [info])

    assert (pair.wire, pair.callee.heard) == (["> INFO", f"< {code} INFO"], [])


def test_our_digits_arrive() -> None:
    """Both sides of INFO understand each other; what is no key is refused at once."""
    pair = Pair().up()

    for key in "0#D":
        pair.run(pair.callee, pair.callee.call.send_digit(key))

    assert pair.caller.heard == [DigitPressed(key) for key in "0#D"]
    with pytest.raises(ValueError, match="0-9"):
        pair.callee.call.send_digit("x")


def test_a_peer_that_forgot_the_call_is_noticed_by_any_request() -> None:
    """A 481 to an INFO ends it."""
    pair = Pair().up()
    (info,) = of(SendRequest, pair.caller.call.send_digit("1"))

    outputs = pair.caller.call.timed_out(info.request, 33.0)

    assert (words_of(outputs), events(outputs)) == (["BYE"], [Ended(EndReason.LOST, 408)])
