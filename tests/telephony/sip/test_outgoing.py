"""Our calls until they are answered: forks, early media, credentials, reliable ringing, refusals."""

from dataclasses import replace

import pytest
from sipmessage import Request, Response
from support.sip_pair import TO, events, of, setup, words_of
from support.sip_text import response

from callagent.telephony.sip.offers.audio_line import Codec
from callagent.telephony.sip.sessions.invite import InviteSession
from callagent.telephony.sip.sessions.session_events import (
    Answered,
    Ended,
    EndReason,
    Ringing,
    SendAck,
    SendCancel,
    SendRequest,
)
from callagent.telephony.sip.sessions.session_states import State

PROGRESS = """
SIP/2.0 {code}
Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1
From: <sip:alice@192.0.2.1>;tag=tag+1
To: <sip:bob@192.0.2.2>;tag={tag}
Call-ID: c1@192.0.2.1
CSeq: {cseq}
Contact: <sip:{tag}@192.0.2.2>
"""

SDP = b"""v=0
o=- 5 1 IN IP4 198.51.100.9
s=-
c=IN IP4 198.51.100.9
t=0 0
m=audio 5000 RTP/AVP 8
"""


def progress(code: str, tag: str, *headers: str, body: bytes = b"", cseq: str = "1 INVITE") -> Response:
    """An answer of one branch."""
    lines = "\n".join([*headers, "Content-Type: application/sdp"] if body else headers)
    return response(PROGRESS.format(code=code, tag=tag, cseq=cseq) + lines, body)


def test_of_two_branches_that_answer_the_second_is_hung_up() -> None:
    """The first 200 is the call; each other gets ACK and BYE in its own dialog (RFC 3261 13.2.2.4)."""
    session, _ = InviteSession.call(setup(1), TO)
    session.receive_response(progress("180 Ringing", "one"), 0.0)
    session.receive_response(progress("180 Ringing", "two"), 0.0)

    first = session.receive_response(progress("200 OK", "two", body=SDP), 1.0)
    second = session.receive_response(progress("200 OK", "one", body=SDP), 1.1)
    again = session.receive_response(progress("200 OK", "one", body=SDP), 1.6)

    assert (words_of(first), words_of(second), words_of(again)) == (["ACK"], ["ACK", "BYE"], ["ACK"])
    assert (len(of(Answered, first)), events(second)) == (1, [])
    bye = of(SendRequest, second)[0].request
    assert (bye.uri.user, bye.headers["To"].partition("tag=")[2], bye.headers["CSeq"]) == ("one", "one", "2 BYE")
    goodbye = session.hang_up(5.0)
    assert of(SendRequest, goodbye)[0].request.uri.user == "two"
    session.receive_response(progress("200 OK", "one", cseq="2 BYE"), 5.1)
    assert session.state is State.LEAVING, "the other branch's goodbye is not ours"
    session.receive_response(progress("200 OK", "two", cseq="2 BYE"), 5.1)
    session.on_time(40.0)
    assert session.finished


def test_early_media_is_told_and_its_answer_holds() -> None:
    """A 183 says where the tone comes from; the 200 may leave its description out (RFC 3261 13.2.1)."""
    session, _ = InviteSession.call(setup(1), TO)

    (ringing,) = session.receive_response(progress("183 Progress", "one", body=SDP), 0.0)
    (_, answered) = session.receive_response(progress("200 OK", "one"), 1.0)

    assert isinstance(ringing, Ringing)
    assert isinstance(answered, Answered)
    assert ringing.early == answered.agreed
    assert answered.agreed.codec is Codec.PCMA


def test_broken_early_media_is_no_reason_to_end_the_call() -> None:
    """It rings without them."""
    session, _ = InviteSession.call(setup(1), TO)

    assert session.receive_response(progress("183 Progress", "one", body=b"v=1"), 0.0) == [Ringing(183, None)]


@pytest.mark.parametrize("body", [b"", b"v=1", SDP.replace(b"5000", b"0"), SDP.replace(b"AVP 8", b"AVP 9")])
def test_a_200_without_usable_audio_is_acknowledged_and_hung_up(body: bytes) -> None:
    """Nothing could be heard."""
    session, _ = InviteSession.call(setup(1), TO)

    outputs = session.receive_response(progress("200 OK", "one", body=body), 0.0)

    assert (words_of(outputs), events(outputs)) == (["ACK", "BYE"], [Ended(EndReason.NO_MEDIA)])


def test_a_200_that_cannot_be_read_ends_the_call() -> None:
    """There is no dialog to say anything in."""
    session, _ = InviteSession.call(setup(1), TO)

    assert session.receive_response(progress("200 OK", "one", "Record-Route: <http://x>"), 0.0) == [
        Ended(EndReason.LOST, 200)
    ]


def signed(request: Request, challenge: Response) -> bool:
    """Credentials, as the trunk's digest would be answered."""
    request.headers.set("Proxy-Authorization", f"{challenge.code} {request.method}")
    return True


def test_a_trunk_that_asks_who_we_are_is_told() -> None:
    """The INVITE goes again, with credentials and a new number; the ACK has them too."""
    asked = replace(setup(1), authorize=signed)
    session, _ = InviteSession.call(asked, TO)

    (again,) = of(SendRequest, session.receive_response(progress("407 Who", "x"), 0.0))
    (ack, _) = session.receive_response(progress("200 OK", "one", body=SDP, cseq="2 INVITE"), 1.0)

    assert (again.request.headers["CSeq"], again.request.headers["Proxy-Authorization"]) == ("2 INVITE", "407 INVITE")
    assert again.request.body
    assert isinstance(ack, SendAck)
    assert (ack.request.headers["CSeq"], ack.request.headers["Proxy-Authorization"]) == ("2 ACK", "407 INVITE")


def test_a_trunk_that_keeps_asking_is_given_up() -> None:
    """Two tries are enough, and none without a password."""
    asked = replace(setup(1), authorize=signed)
    session, _ = InviteSession.call(asked, TO)
    answers = [session.receive_response(progress("401 Who", "x", cseq=f"{n} INVITE"), 0.0) for n in (1, 2, 3)]
    unknown, _ = InviteSession.call(setup(1), TO)

    assert [words_of(each) for each in answers] == [["INVITE"], ["INVITE"], []]
    assert answers[-1] == unknown.receive_response(progress("401 Who", "x"), 0.0) == [Ended(EndReason.REFUSED, 401)]


def test_a_cancel_is_of_the_invite_with_credentials() -> None:
    """Of the last one sent, not the first."""
    asked = replace(setup(1), authorize=signed)
    session, _ = InviteSession.call(asked, TO)
    session.receive_response(progress("401 Who", "x"), 0.0)
    session.receive_response(progress("180 Ringing", "one", cseq="2 INVITE"), 0.0)

    (cancel,) = of(SendCancel, session.hang_up(1.0))

    assert cancel.invite.headers["CSeq"] == "2 INVITE"


def test_reliable_ringing_is_acknowledged_once_and_in_order() -> None:
    """PRACK in the early dialog; a repetition or a gap gets none (RFC 3262 4)."""
    session, _ = InviteSession.call(setup(1), TO)
    reliable = "Require: 100rel"

    first, again, gap, following = (
        session.receive_response(progress("180 Ringing", "one", reliable, f"RSeq: {rseq}"), 0.0)
        for rseq in (7, 7, 9, 8)
    )

    (prack, _) = first
    assert isinstance(prack, SendRequest)
    assert (prack.request.headers["RAck"], prack.request.headers["CSeq"]) == ("7 1 INVITE", "2 PRACK")
    assert [words_of(each) for each in (again, gap, following)] == [[], [], ["PRACK"]]


@pytest.mark.parametrize("code", ["401 Who", "422 Short"])
def test_a_call_that_was_given_up_is_not_made_again(code: str) -> None:
    """Whatever its answer asks for."""
    session, _ = InviteSession.call(replace(setup(1), authorize=signed), TO)
    session.hang_up(0.1)

    assert session.receive_response(progress(code, "x", "Min-SE: 3600"), 0.2) == []
    assert session.finished
