"""Messages read and written: what a peer may send, and what goes out."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sipmessage import Request, Response
from support.sip_network import outgoing
from support.sip_torture import DROPPED, INVITE, OPTIONS, REFUSED, SDP, SDP_TYPE, TAKEN, UNMATCHED, UNTAKEN, VALID, sip

from callagent.errors import MalformedMessageError
from callagent.telephony.sip.messages.framing import LARGEST_MESSAGE
from callagent.telephony.sip.messages.message import answer, write
from callagent.telephony.sip.messages.reading import MOST_HEADERS, MOST_VALUES, read
from callagent.telephony.sip.transactions.matching import Hop
from callagent.telephony.sip.transactions.transactions import TransactionLayer

SEEDS = [
    *VALID.values(),
    *DROPPED.values(),
    *TAKEN.values(),
    *UNMATCHED.values(),
    *(data for _, data in REFUSED.values()),
    *(data for _, data, _ in UNTAKEN.values()),
]
PIECES = [
    b"\r\n", b"\r\n ", b"\r", b"\0", b'"', b"\\", b"<", b">", b",", b";", b";self=1", b";;", b":", b"@", b"%", b"%4",
    b"[::1]", b"\xff", b"\xf0\x9f", b"sip:", b"tel:+1", b"tel:", b"Contact: *", b"v: ", b"m: <", b"l: 5", b"0", b"=",
    b"Content-Type: a/b;self=c", b"Expires: \xd9\xa1", b"SIP/2.0", b"-1", b"99999999999999999999", b" ", b"\t",
]  # fmt: skip


def promised(message: Request | Response) -> list[object]:
    """All that may be asked of a message that was read."""
    return [
        message.via,
        message.from_address,
        message.to_address,
        message.cseq,
        message.call_id,
        message.contact,
        message.route,
        message.record_route,
        message.max_forwards,
        message.expires,
        message.min_expires,
        message.content_type,
        *(str(each) for each in (*message.via, *message.contact, message.from_address, message.to_address)),
    ]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A message with some pieces cut out and others put in."""
    data = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(PIECES)) + data[at + draw(st.integers(0, 12)) :]
    return data


@settings(max_examples=500)
@given(damaged() | st.binary(max_size=400), st.booleans())
def test_no_bytes_raise_anything_but_our_own_error(data: bytes, stream: bool) -> None:
    """What is read keeps its promises, can be written and read again, and does a transaction layer no harm."""
    try:
        message = read(data, stream=stream)
    except MalformedMessageError:
        return
    asked = [str(each) for each in promised(message)]

    again = read(write(message))
    assert [str(each) for each in promised(again)] == asked
    assert again.body == message.body
    layer = TransactionLayer()
    layer.receive(message, Hop("UDP", "192.0.2.2", 5060), 0.0)
    layer.on_time(100.0)


def test_addresses_come_back_as_they_were() -> None:
    """A tag is compared letter by letter by those who gave it: no "+" becomes "%2B"."""
    message = read(sip(INVITE, "From: <sip:a@pbx1:5080;x=[::1]>;tag=34+1+6e*~'", "Contact: <sip:a@pbx_2>;+g.x"))

    assert str(message.from_address) == "<sip:a@pbx1:5080;x=[::1]>;tag=34+1+6e*~'"
    assert message.from_address.uri.host == "pbx1"
    assert str(message.contact[0]) == "<sip:a@pbx_2>;+g.x"


def test_lists_are_one_value_for_each_line() -> None:
    """Whether they came in one header or in many; commas in quotes and brackets part nothing."""
    message = read(sip(INVITE, 'm: "Rao, Asha" <sip:a,1@x>, <sip:b@x>', "Contact: sip:c@x ,sip:d@x"))

    assert [each.uri.user for each in message.contact] == ["a,1", "b", "c", "d"]
    assert message.contact[0].name == "Rao, Asha"
    assert message.headers.getlist("Contact")[1] == "<sip:b@x>"


def test_a_telephone_number_is_an_address() -> None:
    """RFC 3966."""
    message = read(sip("INVITE tel:+91-22-5550100;phone-context=x SIP/2.0"))

    assert isinstance(message, Request)
    assert (message.uri.scheme, message.uri.user, message.uri.global_phone_number) == (
        "tel",
        "+91-22-5550100",
        "+91225550100",
    )


def refused(data: bytes, *, stream: bool = False) -> MalformedMessageError:
    """Why this cannot be read."""
    with pytest.raises(MalformedMessageError) as error:
        read(data, stream=stream)
    return error.value


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n", None),
        (b"", None),
        (b"\r\n\r\n", None),
        (b"hello", None),
        (sip("ACK sip:shop@example.com SIP/2.0", "CSeq: 1 INVITE"), None),
        (sip(OPTIONS, drop="via"), None),
        (sip(OPTIONS, drop="cseq"), None),
        (sip(OPTIONS, drop="call-id"), 400),
        (sip(OPTIONS, "Max-Forwards: 256"), 400),
        (sip(OPTIONS, "CSeq: OPTIONS"), 400),
        (sip(OPTIONS, "Call-ID: two words"), 400),
        (sip(OPTIONS, "Content-Type: sdp"), 400),
        (sip(OPTIONS, ": no name"), 400),
        (sip(OPTIONS, "Subject: half a\rline break"), 400),
        (sip("OPTIONS sip:@ SIP/2.0"), 400),
        (sip(OPTIONS, "Subject: x").replace(b"x", b"\xff", 1), None),
        (sip(OPTIONS, "Max-Forwards: -1"), 400),
        (sip(OPTIONS, "CSeq: 2147483648 OPTIONS"), 400),
        (sip("SIP/2.0 099 Low"), None),
        (sip("SIP/2.0 700 High"), None),
        (sip("SIP/3.0 200 OK"), None),
        (sip(OPTIONS, "From: <sip:a@x>;tag=1;tag=2"), 400),
        (sip(OPTIONS, "Contact: <sip:a@x:99999>"), 400),
        (sip(OPTIONS, "Contact: *"), 400),
        (sip(OPTIONS, *(f"X-{n}: y" for n in range(MOST_HEADERS))), None),
        (sip(OPTIONS, f"X: {'y' * 9000}"), 400),
        (sip(OPTIONS, f"X: {'y' * 33000}"), None),
        (sip(OPTIONS, "Route: " + ", ".join(["<sip:a@x;lr>"] * (MOST_VALUES + 1))), 400),
        (sip(OPTIONS, body=b"x" * LARGEST_MESSAGE), None),
        (sip(OPTIONS, "Subject: the end is missing")[:-4], 400),
    ],
)
def test_what_cannot_be_read_is_answered_only_where_somebody_waits(data: bytes, status: int | None) -> None:
    """An ACK, a response and what is no SIP never are."""
    error = refused(data)

    assert error.status == status
    assert bool(error.answer) == (status is not None)


def test_a_streams_message_must_have_its_length() -> None:
    """A datagram need not: it ends where it ends."""
    data = sip(INVITE, SDP_TYPE, body=SDP, drop="content-length")

    assert read(data).body == SDP
    assert refused(data, stream=True).status == 400


def test_an_error_quotes_nothing_of_the_peer() -> None:
    """It goes into a log."""
    error = refused(sip(OPTIONS, "From: <sip:+919800000001@x", "Contact: secret secret"))

    assert str(error) == "SIP message refused: From: an address is not valid"


def test_nothing_that_is_written_breaks_a_line() -> None:
    """A name with a line break in it could else add headers of its own."""
    request = outgoing("INVITE")
    request.headers.set("Via", "SIP/2.0/UDP x;branch=z9hG4bK1")
    request.headers.set("Subject", "tea\r\nRoute: <sip:evil@x>")
    message = read(write(request))

    assert message.route == []
    assert message.subject == "tea Route: <sip:evil@x>"


def test_an_answer_takes_over_what_it_must() -> None:
    """Section 8.2.6.2: the headers, and our tag where none is; a 100 has none; Record-Route makes a dialog's route."""
    request = read(sip(INVITE, "Via: SIP/2.0/UDP a;branch=z9hG4bK1", "Via: SIP/2.0/UDP b", "Record-Route: <sip:p;lr>"))
    assert isinstance(request, Request)
    trying, ringing, busy = (answer(request, code, to_tag="us") for code in (100, 180, 486))

    assert ringing.headers.getlist("Via") == ["SIP/2.0/UDP a;branch=z9hG4bK1", "SIP/2.0/UDP b"]
    assert [each.headers["To"].endswith(";tag=us") for each in (trying, ringing, busy)] == [False, True, True]
    assert [each.headers.get("Record-Route") for each in (trying, ringing, busy)] == [None, "<sip:p;lr>", None]
    assert read(write(busy)).cseq == request.cseq


@pytest.mark.parametrize(
    "piece", ['"', '"<', '\\"', "<", ",", ";a=", ';a="', "a-", "%41", "(", ";a", "[", " ", "\t", ":"]
)
def test_no_header_takes_long(piece: str) -> None:
    """The longest header there may be, of whatever repeats: a pattern that looks back would take minutes."""
    text = piece * (7900 // len(piece))
    began_s = time.process_time()
    for name in ("From", "Contact", "Via", "Route", "Content-Type", "CSeq", "X"):
        try:
            read(sip(OPTIONS, f"{name}: {text}"))
            read(sip(OPTIONS, f"{name}: <sip:a@b>{text}"))
        except MalformedMessageError:
            continue

    assert time.process_time() - began_s < 2.0
