"""A peer's calls until their ACK, and what comes out of order: late offers, reliable ringing, refusals at once."""

import pytest
from sipmessage import Request
from support.sip_pair import events, of, setup, words_of
from support.sip_text import request

from callagent.telephony.sip.offers.audio_line import Codec
from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.session_events import (
    Answered,
    Ended,
    EndReason,
    SendResponse,
)
from callagent.telephony.sip.sessions.session_states import State

SDP = b"""v=0
o=- 5 1 IN IP4 198.51.100.9
s=-
c=IN IP4 198.51.100.9
t=0 0
m=audio 5000 RTP/AVP 8
"""


INVITE = """
INVITE sip:bob@192.0.2.2 SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
From: <sip:alice@192.0.2.1>;tag=theirs
To: <sip:bob@192.0.2.2>
Call-ID: c1@192.0.2.1
CSeq: 1 INVITE
Contact: <sip:alice@192.0.2.1>
"""


def arrives(method: str, number: int, *headers: str, body: bytes = b"", kind: str = "") -> Request:
    """A request of the caller's inside the call."""
    text = INVITE.replace("INVITE", method).replace(f"1 {method}", f"{number} {method}").strip()
    text = text.replace("To: <sip:bob@192.0.2.2>", "To: <sip:bob@192.0.2.2>;tag=tag+2")
    return request("\n".join([text, *headers, *([f"Content-Type: {kind}"] if kind else [])]), body)


def test_answers_carry_the_route_that_proxies_recorded() -> None:
    """Ringing and the 200 alike, as they came, and where we are (RFC 3261 12.1.1)."""
    routes = ["<sip:p2.example.com;lr;x=a+b>", "<sip:p1.example.com;lr>"]
    invite = "\n".join([INVITE.strip(), *(f"Record-Route: {route}" for route in routes)])
    session, _ = InviteSession.called(setup(2), request(invite))

    answers = [one.response for one in of(SendResponse, session.ring(0.0) + session.accept(0.0))]

    assert [one.headers.getlist("Record-Route") for one in answers] == [routes, routes]
    assert [one.headers["Contact"] for one in answers] == ["<sip:2@192.0.2.2:5060>"] * 2
    assert [one.headers["To"] for one in answers] == ["<sip:bob@192.0.2.2>;tag=tag+2"] * 2


def test_who_leaves_the_offer_to_us_gets_it_in_the_200() -> None:
    """And answers in the ACK (RFC 3261 13.2.1)."""
    session, outputs = InviteSession.called(setup(2), request(INVITE))
    assert outputs == []

    (ok,) = session.accept(0.0)
    assert isinstance(ok, SendResponse)
    assert b"m=audio 4000 RTP/AVP 0 8 101" in ok.response.body
    (answered,) = session.receive_request(arrives("ACK", 1, body=SDP, kind="application/sdp"), 0.1)

    assert isinstance(answered, Answered)
    assert answered.agreed.codec is Codec.PCMA


def test_who_never_answers_our_offer_is_hung_up() -> None:
    """An ACK without the answer leaves nothing to send."""
    session, _ = InviteSession.called(setup(2), request(INVITE))
    session.accept(0.0)

    outputs = session.receive_request(arrives("ACK", 1), 0.1)

    assert (words_of(outputs), events(outputs)) == (["BYE"], [Ended(EndReason.NO_MEDIA)])


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"v=1", "application/sdp", 400),
        (SDP.replace(b"AVP 8", b"AVP 9"), "application/sdp", 488),
        (SDP, "text/plain", 415),
    ],
)
def test_a_call_that_can_never_be_heard_is_refused_at_once(body: bytes, kind: str, code: int) -> None:
    """Before anybody is alerted; answering it afterwards does nothing."""
    session, outputs = InviteSession.called(setup(2), request(f"{INVITE.strip()}\nContent-Type: {kind}", body))

    assert words_of(outputs) == [f"{code} INVITE"]
    assert events(outputs) == [Ended(EndReason.NO_MEDIA, code)]
    assert session.accept(0.0) == []
    assert session.finished


def test_ringing_is_repeated_until_a_caller_that_wants_so_has_heard_it() -> None:
    """100rel: 180 with RSeq, again after 0.5, 1, 2 s; PRACK ends that, one for something else does not (RFC 3262 3)."""
    session, _ = InviteSession.called(setup(2), request(f"{INVITE.strip()}\nRequire: 100rel"))
    (ringing,) = session.ring(0.0)
    assert isinstance(ringing, SendResponse)
    assert (ringing.response.headers["RSeq"], ringing.response.headers["Require"]) == ("1", "100rel")

    repeated = [due for due in (0.5, 1.5, 3.5) if session.next_due_s == due and words_of(session.on_time(due))]
    wrong = session.receive_request(arrives("PRACK", 2, "RAck: 2 1 INVITE"), 4.0)
    right = session.receive_request(arrives("PRACK", 3, "RAck: 1 1 INVITE"), 4.0)

    assert repeated == [0.5, 1.5, 3.5]
    assert (words_of(wrong), words_of(right), session.next_due_s) == (["481 PRACK"], ["200 PRACK"], None)


def test_ringing_may_be_confirmed_after_the_answer() -> None:
    """A PRACK that the 200 overtook is taken, once; its ringing is not repeated meanwhile (RFC 3262 3)."""
    session, _ = InviteSession.called(
        setup(2), request(f"{INVITE.strip()}\nRequire: 100rel\nContent-Type: application/sdp", SDP)
    )
    session.ring(0.0)
    session.accept(0.0)

    again = session.on_time(0.5)
    late = session.receive_request(arrives("PRACK", 2, "RAck: 1 1 INVITE"), 0.6)
    twice = session.receive_request(arrives("PRACK", 3, "RAck: 1 1 INVITE"), 0.7)

    assert (words_of(again), words_of(late), words_of(twice)) == (["200 INVITE"], ["200 PRACK"], ["481 PRACK"])


def test_ringing_that_nobody_hears_ends_the_call() -> None:
    """After 32 s with 504."""
    session, _ = InviteSession.called(setup(2), request(f"{INVITE.strip()}\nRequire: 100rel"))
    session.ring(0.0)

    outputs = session.on_time(32.0)

    assert words_of(outputs)[-1] == "504 INVITE"
    assert session.finished


def test_what_a_peer_sends_out_of_order_is_told_so() -> None:
    """An old number 500, an unknown method 405, anything after the end 481 (RFC 3261 12.2.2)."""
    session, _ = InviteSession.called(setup(2), request(INVITE))
    session.accept(0.0)
    session.receive_request(arrives("ACK", 1, body=SDP, kind="application/sdp"), 0.1)

    answers = [
        session.receive_request(arrives(*each), 1.0)
        for each in (("OPTIONS", 5), ("INFO", 4), ("PUBLISH", 6), ("NOTIFY", 7), ("BYE", 8), ("INFO", 9))
    ]

    codes = ["200 OPTIONS", "500 INFO", "405 PUBLISH", "489 NOTIFY", "200 BYE", "481 INFO"]
    assert [words_of(each) for each in answers] == [[code] for code in codes]


def test_a_cancel_after_the_answer_has_no_effect() -> None:
    """The call goes on (RFC 3261 9.2)."""
    session, _ = InviteSession.called(setup(2), request(INVITE))
    session.accept(0.0)

    assert session.cancelled() == []
    assert session.state is State.ACCEPTED


def test_a_caller_who_leaves_without_a_cancel() -> None:
    """A BYE for a call that rings: both requests are answered (RFC 3261 15.1.2)."""
    session, _ = InviteSession.called(setup(2), request(INVITE))

    outputs = session.receive_request(arrives("BYE", 2), 0.1)

    assert words_of(outputs) == ["200 BYE", "487 INVITE"]
    assert session.finished
