"""Changes of a call that is up: hold and resume of both sides, offers that cross, and session timers (RFC 4028)."""

from dataclasses import replace

import pytest
from sipmessage import Request, Response
from support.sip_pair import TO, End, Pair, events, of, setup, words_of
from support.sip_text import request, response

from callagent.telephony.sip.offers.audio_line import Direction
from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.session_events import (
    Answered,
    ChangeRefused,
    Ended,
    EndReason,
    Held,
    MediaChanged,
    Resumed,
    SendRequest,
    SendResponse,
)
from callagent.telephony.sip.sessions.session_states import State

SDP = b"""v=0
o=- 5 1 IN IP4 198.51.100.9
s=-
c=IN IP4 198.51.100.9
t=0 0
m=audio 5000 RTP/AVP 0
"""


def inside(method: str, number: int, *headers: str, body: bytes = b"") -> Request:
    """A request of the caller's inside a call that we took."""
    lines = [
        f"{method} sip:2@192.0.2.2 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        "From: <sip:alice@192.0.2.1>;tag=theirs",
        "To: <sip:bob@192.0.2.2>" + (";tag=tag+2" if number > 1 or method == "ACK" else ""),
        "Call-ID: c1",
        f"CSeq: {number} {method}",
        *([] if any(one.startswith("Contact") for one in headers) else ["Contact: <sip:alice@192.0.2.1>"]),
        *headers,
    ]
    return request("\n".join([*lines, "Content-Type: application/sdp"] if body else lines), body)


def taken(*headers: str) -> tuple[InviteSession, SendResponse]:
    """A call that we took, and our 200."""
    session, _ = InviteSession.called(setup(2), inside("INVITE", 1, *headers, body=SDP))
    (ok,) = of(SendResponse, session.accept(0.0))
    session.receive_request(inside("ACK", 1), 0.0)
    return session, ok


def offered(direction: str) -> bytes:
    """The caller's next offer."""
    return SDP.replace(b"5 1 IN", b"5 2 IN") + f"a={direction}\n".encode()


def test_we_hold_and_resume() -> None:
    """A re-INVITE each; the peer's leg is told not to speak and to speak again, ours that it is done."""
    pair = Pair().up()

    pair.run(pair.caller, pair.caller.call.hold(1.0))
    pair.run(pair.caller, pair.caller.call.resume(2.0))

    assert pair.wire == ["> INVITE", "< 200 INVITE", "> ACK"] * 2
    held, resumed = pair.callee.heard
    assert isinstance(held, Held)
    assert held.agreed.direction is Direction.RECVONLY
    assert isinstance(resumed, Resumed)
    assert [one.agreed.direction for one in of(MediaChanged, pair.caller.heard)] == [
        Direction.SENDONLY,
        Direction.SENDRECV,
    ]
    pair.wait(40)
    assert pair.caller.call.state is State.UP


@pytest.mark.parametrize(("direction", "answer"), [("sendonly", b"a=recvonly"), ("inactive", b"a=inactive")])
def test_the_peer_holds_and_resumes(direction: str, answer: bytes) -> None:
    """Our leg may not send until it resumes; the 200 is repeated until its ACK."""
    session, _ = taken()

    hold = session.receive_request(inside("INVITE", 2, body=offered(direction)), 1.0)
    repeated = session.on_time(1.5)
    session.receive_request(inside("ACK", 2), 1.6)
    resume = session.receive_request(inside("INVITE", 3, body=offered("sendrecv")), 2.0)

    assert (words_of(hold), words_of(repeated), session.next_due_s) == (["200 INVITE"], ["200 INVITE"], 2.5)
    assert answer in of(SendResponse, hold)[0].response.body
    assert isinstance(events(hold)[0], Held)
    assert isinstance(events(resume)[0], Resumed)


def test_a_change_by_update_needs_no_ack() -> None:
    """Offer and answer in two messages (RFC 3311)."""
    session, _ = taken()

    held = session.receive_request(inside("UPDATE", 2, body=offered("sendonly")), 1.0)

    assert (words_of(held), session.next_due_s) == (["200 UPDATE"], None)
    assert isinstance(events(held)[0], Held)


def test_a_change_that_cannot_be_changes_nothing() -> None:
    """488, 400 or 481; the call goes on as it was."""
    session, _ = taken()

    moved = "Contact: <sip:alice@192.0.2.99>"
    answers = [
        session.receive_request(inside("INVITE", number, moved, body=body), 1.0)
        for number, body in ((2, SDP.replace(b"AVP 0", b"AVP 9")), (3, b"v=1"))
    ]

    assert [words_of(each) for each in answers] == [["488 INVITE"], ["400 INVITE"]]
    assert session.state is State.UP
    assert of(SendRequest, session.hang_up(2.0))[0].request.uri.host == "192.0.2.1"


def test_a_re_invite_without_an_offer_gets_ours() -> None:
    """With all that we can, in a new version; the answer comes in the ACK."""
    session, _ = taken()

    (again,) = of(SendResponse, session.receive_request(inside("INVITE", 2), 1.0))
    moved = session.receive_request(inside("ACK", 2, body=SDP.replace(b"5000", b"6000")), 1.1)

    assert again.response.body.splitlines()[1] == b"o=- 2 1 IN IP4 192.0.2.2", "it holds more than the answer before"
    (changed,) = of(MediaChanged, moved)
    assert changed.agreed.port == 6000


def test_a_re_invite_whose_200_is_never_acknowledged_ends_the_call() -> None:
    """After 32 s with a BYE (RFC 3261 14.2)."""
    session, _ = taken()
    session.receive_request(inside("INVITE", 2, body=offered("sendonly")), 1.0)

    outputs = session.on_time(33.0)

    assert words_of(outputs)[-1] == "BYE"
    assert events(outputs) == [Ended(EndReason.NOT_ACKNOWLEDGED)]


def test_offers_that_cross_are_both_refused_and_come_again_one_by_one() -> None:
    """491 for both; the callee tries again within 2 s, the caller after more than 2 (RFC 3261 14.1)."""
    pair = Pair().up()
    ours, theirs = pair.caller.call.hold(1.0), pair.callee.call.hold(1.0)

    pair.send(pair.caller, ours)
    pair.run(pair.callee, theirs)
    assert sorted(pair.wire) == ["< 491 INVITE", "< INVITE", "> 491 INVITE", "> INVITE"]
    pair.wire.clear()
    pair.wait(5)

    assert pair.wire == ["< INVITE", "> 200 INVITE", "< ACK", "> INVITE", "< 200 INVITE", "> ACK"]
    agreed = [of(Held, end.heard)[-1].agreed.direction for end in (pair.caller, pair.callee)]
    assert agreed == [Direction.INACTIVE, Direction.INACTIVE]


def test_a_hold_that_is_refused_changes_nothing() -> None:
    """The leg is told the code; the call goes on."""
    pair = Pair().up()
    (invite,) = of(SendRequest, pair.caller.call.hold(1.0))

    outputs = pair.caller.call.receive_response(answer_to(pair.caller, invite.request, "488 No"), 1.1)

    assert outputs == [ChangeRefused(488)]
    assert words_of(pair.caller.call.resume(2.0)) == ["INVITE"]


@pytest.mark.parametrize("code", ["481 Who", "408 Late"])
def test_a_peer_that_does_not_know_the_call_any_more(code: str) -> None:
    """The call is over, and it is told goodbye all the same (RFC 3261 12.2.1.2)."""
    pair = Pair().up()
    (invite,) = of(SendRequest, pair.caller.call.hold(1.0))

    outputs = pair.caller.call.receive_response(answer_to(pair.caller, invite.request, code), 1.1)

    assert (words_of(outputs), events(outputs)) == (["BYE"], [Ended(EndReason.LOST, int(code[:3]))])


def answer_to(end: End, sent: Request, code: str, *headers: str) -> Response:
    """The peer's answer to a request of ours."""
    copied = [f"{name}: {sent.headers[name]}" for name in ("From", "To", "Call-ID", "CSeq")]
    return response("\n".join([f"SIP/2.0 {code}", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", *copied, *headers]))


def test_the_caller_refreshes_a_session_at_half_its_time() -> None:
    """1800 s are asked for and granted; a re-INVITE with the same description at 900 s keeps it alive."""
    pair = Pair().up()

    pair.wait(899)
    assert pair.wire == []
    pair.wait(2)
    assert pair.wire == ["> INVITE", "< 200 INVITE", "> ACK"]
    pair.wait(3600)

    assert pair.wire.count("> INVITE") == 5
    assert pair.caller.heard == pair.callee.heard == []


def test_a_session_that_is_not_refreshed_ends() -> None:
    """The other side waits until 32 s before its end, then says goodbye (RFC 4028 10)."""
    session, ok = taken("Session-Expires: 120;refresher=uac", "Supported: timer")
    assert ok.response.headers["Session-Expires"] == "120;refresher=uac"
    assert ok.response.headers["Require"] == "timer"

    assert session.on_time(87.9) == []
    outputs = session.on_time(88.1)

    assert (words_of(outputs), events(outputs)) == (["BYE"], [Ended(EndReason.NOT_REFRESHED)])


def test_a_refresh_starts_the_time_anew() -> None:
    """By UPDATE without a description, too."""
    session, _ = taken("Session-Expires: 120;refresher=uac", "Supported: timer")

    refreshed = session.receive_request(
        inside("UPDATE", 2, "Session-Expires: 120;refresher=uac", "Supported: timer"), 60.0
    )

    assert words_of(refreshed) == ["200 UPDATE"]
    assert session.next_due_s == 60.0 + 88.0


def test_who_knows_no_timer_is_refreshed_by_us() -> None:
    """We are the refresher then, or when the caller wants so."""
    wanted, ok = taken("Session-Expires: 200;refresher=uas", "Supported: timer")
    unaware, _ = taken("Session-Expires: 200")

    assert ok.response.headers["Session-Expires"] == "200;refresher=uas"
    assert [words_of(session.on_time(100.0)) for session in (wanted, unaware)] == [["INVITE"], ["INVITE"]]


def test_a_time_that_is_too_short_is_refused() -> None:
    """422 with the shortest that is allowed: for the call, and for a change of it."""
    short = ("Session-Expires: 30", "Supported: timer")
    session, outputs = InviteSession.called(setup(2), inside("INVITE", 1, *short, body=SDP))
    up, _ = taken()

    (refused,) = of(SendResponse, outputs)
    assert (refused.response.code, refused.response.headers["Min-SE"], session.state) == (422, "90", State.OVER)
    assert words_of(up.receive_request(inside("INVITE", 2, *short, body=SDP), 1.0)) == ["422 INVITE"]


def test_a_trunk_that_wants_a_longer_time_gets_it() -> None:
    """The INVITE goes again with what its 422 says; one that cannot be satisfied is a refusal."""
    session, outputs = InviteSession.call(replace(setup(1), session_expires_s=300), TO)
    (first,) = of(SendRequest, outputs)
    end = End(setup(1), session)

    (again,) = of(SendRequest, session.receive_response(answer_to(end, first.request, "422 Short", "Min-SE: 600"), 0.0))
    refused = session.receive_response(answer_to(end, again.request, "422 Short", "Min-SE: 600"), 0.0)

    assert (again.request.headers["Session-Expires"], again.request.headers["Min-SE"]) == ("600", "600")
    assert refused == [Ended(EndReason.REFUSED, 422)]


def test_a_trunk_that_always_wants_a_longer_time_is_given_up() -> None:
    """One second more each time: after a few tries it is a refusal."""
    session, outputs = InviteSession.call(replace(setup(1), session_expires_s=300), TO)
    end, asked = End(setup(1), session), 0
    while sent := of(SendRequest, outputs):
        asked += 1
        short = answer_to(end, sent[0].request, "422 Short", f"Min-SE: {600 + asked}")
        outputs = session.receive_response(short, 0.0)

    assert asked == 6
    assert outputs == [Ended(EndReason.REFUSED, 422)]


def test_a_hold_before_the_ack_comes_after_it() -> None:
    """A re-INVITE may not overtake the call's own (RFC 3261 14.1)."""
    session, _ = InviteSession.called(setup(2), inside("INVITE", 1, body=SDP))
    session.accept(0.0)

    assert session.hold(0.1) == []
    outputs = session.receive_request(inside("ACK", 1), 0.2)

    assert words_of(outputs) == ["INVITE"]
    assert b"a=sendonly" in of(SendRequest, outputs)[0].request.body


def test_a_change_before_the_ack_waits() -> None:
    """500 and when to try again (RFC 3261 14.2)."""
    session, _ = InviteSession.called(setup(2), inside("INVITE", 1, body=SDP))
    accepted = session.accept(0.0)

    outputs = session.receive_request(inside("INVITE", 2, body=offered("sendonly")), 0.1)

    assert of(Answered, accepted)
    assert words_of(outputs) == ["500 INVITE"]
