"""SIP as text: what a telephone writes and reads."""

import pytest
from sipmessage import Message, Request

from callagent.errors import WireError
from callagent.simulator.sip_text import EVENTS, Sound, offer, read, read_sound, response

INVITE = b"\r\n".join(
    (
        b"INVITE sip:shop@127.0.0.1 SIP/2.0",
        b"v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1",
        b"Via: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bK0",
        b"Record-Route: <sip:127.0.0.3;lr>",
        b"f: <sip:a@127.0.0.1>;tag=from",
        b"t: <sip:b@127.0.0.1>",
        b"i: one",
        b"CSeq: 7  INVITE",
        b"Subject: folded",
        b"  in two",
        b"m: <sip:a@127.0.0.1:5062>;expires=5",
        b"l: 2",
        b"",
        b"ab",
    )
)


def test_a_request_is_read_whatever_its_names() -> None:
    """Short names, two Vias and a folded line."""
    text = read(INVITE)

    assert (text.method, text.status, text.sequence, text.branch) == ("INVITE", 0, "7", "z9hG4bK1")
    assert (text.tag("from"), text.tag("to"), text.contact) == ("from", "", "sip:a@127.0.0.1:5062")
    assert text.first("subject") == "folded in two"
    assert text.body == "ab"


def test_an_answer_is_what_another_library_reads() -> None:
    """Both Vias and the route come back, and To gets our tag once."""
    answer = Message.parse(response(read(INVITE), "200 OK", "ours", (("Contact", "<sip:b@127.0.0.1>"),), "sdp"))

    assert not isinstance(answer, Request)
    assert (answer.code, answer.phrase, answer.body) == (200, "OK", b"sdp")
    assert [via.host for via in answer.via] == ["127.0.0.1", "127.0.0.2"]
    assert answer.to_address.parameters["tag"] == "ours"
    assert answer.headers["Record-Route"] == "<sip:127.0.0.3;lr>"
    assert answer.headers["Content-Length"] == "3"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\x80\x00 no SIP", "no SIP message"),
        (INVITE.replace(b"SIP/2.0\r\nv", b"HTTP/1.1\r\nv"), "no SIP message"),
        (INVITE.replace(b"i: one", b"i one"), "no colon"),
        (INVITE.replace(b"i: one\r\n", b""), "no call-id"),
        (INVITE.replace(b"7  INVITE", b"INVITE"), "no readable CSeq"),
        (INVITE.replace(b"l: 2", b"l: 3"), "announces 3 bytes and has 2"),
        (INVITE.replace(b"l: 2", b"l: two"), "announces"),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, complaint: str) -> None:
    """And said why, without quoting it."""
    with pytest.raises(WireError, match=complaint):
        read(data)


def test_an_offer_is_understood_by_its_own_reader() -> None:
    """µ-law and keys, at our address; of an answer the far end's direction counts."""
    assert read_sound(offer("127.0.0.1", 4000)) == Sound("127.0.0.1", 4000, EVENTS, "sendrecv")
    assert read_sound(offer("127.0.0.1", 4000, "sendonly")).direction == "sendonly"
    assert read_sound(offer("127.0.0.1", 4000).replace("0 101", "8 0")).event_type is None


@pytest.mark.parametrize("change", [("RTP/AVP 0", "RTP/AVP 8"), ("m=audio", "m=video"), ("c=IN", "x=IN")])
def test_sdp_without_usable_sound_is_refused(change: tuple[str, str]) -> None:
    """No µ-law, no audio, or nowhere to send it."""
    with pytest.raises(WireError):
        read_sound(offer("127.0.0.1", 4000).replace(*change))
