"""Whatever a peer says, and whenever, a session answers it or drops it, and comes to its end."""

from collections.abc import Callable
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from sipmessage import Request, Response
from support.sip_pair import TO, allowing, of

from callagent.errors import WireError
from callagent.telephony.sip.messages.verbatim import read_uri
from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.session_events import Ended, Output, SendRequest

Happening: TypeAlias = tuple[str | int, int, str, dict[str, int]] | str

SDP = "v=0\r\no=- 5 1 IN IP4 198.51.100.9\r\ns=-\r\nc=IN IP4 198.51.100.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"
CAROL = "sip:carol@example.org"

HEADERS = {
    "Contact": ["<sip:a@192.0.2.9>", "*", "<sip:a@192.0.2.9", "<tel:1>", "sip:a@b;self=1, <sip:c@d>"],
    "Record-Route": ["<sip:p@192.0.2.3;lr>", "<sip:p>, <http://x>", "<>", '"'],
    "Content-Type": ["application/sdp", "application/dtmf-relay", "application/dtmf", "message/sipfrag", ";"],
    "Require": ["100rel", "timer", ","],
    "Supported": ["timer", "100rel, timer"],
    "RSeq": ["1", "2", "x", "99999999999"],
    "RAck": ["1 1 INVITE", "1", "x y z"],
    "Session-Expires": ["90;refresher=uac", "30", "90;refresher=uas", "x", "9999999999"],
    "Min-SE": ["100", "600", "x"],
    "Refer-To": [f"<{CAROL}>", f"<{CAROL}?Replaces=a%3Bto-tag%3Db>", "<>", "x"],
    "Event": ["refer", "presence", ""],
    "Subscription-State": ["active", "terminated;reason=x", ""],
    "Reason": ["Q.850;cause=16", ";cause=", "x"],
    "Expires": ["1", "x"],
}
BODIES = ["", SDP, SDP.replace("sendrecv", "inactive"), "v=1", "Signal=1", "SIP/2.0 200 OK\r\n", "\xff\x00"]
METHODS = ["INVITE", "ACK", "BYE", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY", "OPTIONS", "X"]
COMMANDS = ["ring", "accept", "refuse", "hang_up", "hold", "resume", "transfer", "report", "digit", "cancelled", "time"]

headers = st.dictionaries(st.sampled_from(sorted(HEADERS)), st.integers(0, 4), max_size=5)
requests = st.tuples(st.sampled_from(METHODS), st.integers(0, 6), st.sampled_from(BODIES), headers)
codes = st.sampled_from([100, 180, 183, 200, 202, 401, 408, 422, 481, 487, 491, 500, 699])
responses = st.tuples(codes, st.integers(0, 9), st.sampled_from(BODIES), headers)
happenings = st.lists(st.one_of(requests, responses, st.sampled_from(COMMANDS)), max_size=14)


def filled(message: Request | Response, to: str, cseq: str, body: str, chosen: dict[str, int]) -> None:
    """The headers that every message has by the time it gets here, and some others."""
    for name, value in (("From", "<sip:a@b>;tag=theirs"), ("To", to), ("Call-ID", TO.call_id), ("CSeq", cseq)):
        message.headers.set(name, value)
    for name, number in chosen.items():
        values = HEADERS[name]
        message.headers.set(name, values[number % len(values)])
    message.body = body.encode("utf-8")


def command(session: InviteSession, name: str, now_s: float) -> list[Output]:
    """What a leg may ask for at any time."""
    commands: dict[str, Callable[[], list[Output]]] = {
        "ring": lambda: session.ring(now_s),
        "accept": lambda: session.accept(now_s),
        "refuse": session.refuse,
        "hang_up": lambda: session.hang_up(now_s),
        "hold": lambda: session.hold(now_s),
        "resume": lambda: session.resume(now_s),
        "transfer": lambda: session.transfer(CAROL, now_s),
        "report": lambda: session.report_transfer(200),
        "digit": lambda: session.send_digit("1"),
        "cancelled": session.cancelled,
        "time": lambda: session.on_time(now_s + 20),
    }
    return commands[name]()


def sent(said: list[Output]) -> list[Request]:
    """The requests that went out so far."""
    return [one.request for one in of(SendRequest, said)]


def happens(session: InviteSession, happening: Happening, said: list[Output], now_s: float) -> list[Output]:
    """A command, a request, or an answer to something that was asked before."""
    if isinstance(happening, str):
        return command(session, happening, now_s)
    what, number, body, chosen = happening
    if isinstance(what, str):
        request = Request(what, read_uri(TO.uri))
        filled(request, "<sip:us@b>;tag=tag+1", f"{number} {what}", body, chosen)
        return session.receive_request(request, now_s)
    asked = sent(said)
    if not asked:
        return []
    response = Response(what, "x")
    filled(response, f"<sip:us@b>;tag=t{number % 3}", asked[number % len(asked)].headers["CSeq"], body, chosen)
    return session.receive_response(response, now_s)


def ended(session: InviteSession, said: list[Output], now_s: float) -> list[Output]:
    """Hang up, and let all time pass in which nobody answers any more."""
    session_said = session.hang_up(now_s) + session.refuse()
    for _ in range(10):
        now_s += 40.0
        session_said += session.on_time(now_s)
        for request in sent(said + session_said):
            session_said += session.timed_out(request, now_s)
    return session_said


@settings(max_examples=400, deadline=None)
@given(st.booleans(), headers, st.sampled_from(BODIES), happenings)
def test_no_peer_brings_a_session_down(
    calling: bool,
    first: dict[str, int],
    body: str,
    rest: list[Happening],
) -> None:
    """No exception but ours, and only at its beginning; one Ended, and nothing left when all is answered."""
    if calling:
        session, said = InviteSession.call(allowing(1, CAROL), TO)
    else:
        invite = Request("INVITE", read_uri(TO.uri))
        filled(invite, "<sip:us@b>", "1 INVITE", body, {"Contact": 0, **first})
        try:
            session, said = InviteSession.called(allowing(1, CAROL), invite)
        except WireError:
            return
    for number, happening in enumerate(rest):
        said += happens(session, happening, said, 0.3 * number)

    said += ended(session, said, 0.3 * len(rest))

    assert session.finished
    assert len(of(Ended, said)) == 1
