"""Offer and answer (RFC 3264): what two sides settle on, in tables, and what is refused."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callagent.errors import CarrierError, WireError
from callagent.telephony.sip.offers.agreement import AudioPlan, NotAcceptableError, SrtpPolicy
from callagent.telephony.sip.offers.audio_line import Codec, Direction
from callagent.telephony.sip.offers.offer_answer import Negotiation
from callagent.telephony.sip.offers.sdes import KEY_BYTES
from callagent.telephony.sip.offers.sdp import parse_sdp

OUR_KEY = bytes(range(KEY_BYTES))
THEIR_KEY = bytes(reversed(range(KEY_BYTES)))
INLINE = "inline:" + base64.b64encode(THEIR_KEY).decode()


def side(srtp: SrtpPolicy = SrtpPolicy.REFUSED, host: str = "192.0.2.1", port: int = 4000) -> Negotiation:
    """Our side of a session, with a known key."""
    return Negotiation(AudioPlan(host, port, port + 1, srtp=srtp), session_id=7, new_key=lambda: OUR_KEY)


def theirs(*lines: str, address: str = "198.51.100.9", version: int = 1) -> bytes:
    """A peer's description: its m= and a= lines."""
    head = ["v=0", f"o=- 5 {version} IN IP4 198.51.100.9", "s=-", f"c=IN IP4 {address}", "t=0 0"]
    return "\r\n".join([*head, *lines, ""]).encode()


AUDIO = ("m=audio 5000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15")

OFFERS: list[tuple[str, tuple[str, ...], tuple[Codec, int, int | None, int]]] = [
    ("usual", AUDIO, (Codec.PCMU, 0, 101, 20)),
    ("static types need no rtpmap", ("m=audio 5000 RTP/AVP 8",), (Codec.PCMA, 8, None, 20)),
    ("the peer's order counts", ("m=audio 5000 RTP/AVP 8 0",), (Codec.PCMA, 8, None, 20)),
    ("unknown codecs are passed over", ("m=audio 5000 RTP/AVP 9 18 0",), (Codec.PCMU, 0, None, 20)),
    (
        "events under any number",
        ("m=audio 5000 RTP/AVP 111 0 96", "a=rtpmap:111 opus/48000/2", "a=rtpmap:96 TELEPHONE-EVENT/8000"),
        (Codec.PCMU, 0, 96, 20),
    ),
    (
        "events at another rate are no events",
        ("m=audio 5000 RTP/AVP 0 97 98", "a=rtpmap:97 telephone-event/16000", "a=rtpmap:98 telephone-event/8000"),
        (Codec.PCMU, 0, 98, 20),
    ),
    (
        "events without the digits are no events",
        ("m=audio 5000 RTP/AVP 0 97", "a=rtpmap:97 telephone-event/8000", "a=fmtp:97 32-35,66"),
        (Codec.PCMU, 0, None, 20),
    ),
    (
        "events as RFC 4733 writes them",
        ("m=audio 5000 RTP/AVP 0 100", "a=rtpmap:100 telephone-event/8000", "a=fmtp:100 0-15,66,70"),
        (Codec.PCMU, 0, 100, 20),
    ),
    (
        "G.711 under a dynamic number",
        ("m=audio 5000 RTP/AVP 96", "a=rtpmap:96 pcma/8000/1"),
        (Codec.PCMA, 96, None, 20),
    ),
    (
        "a number taken for something else",
        ("m=audio 5000 RTP/AVP 0 8", "a=rtpmap:0 G729/8000"),
        (Codec.PCMA, 8, None, 20),
    ),
    ("packets of 30 ms", ("m=audio 5000 RTP/AVP 0", "a=ptime:30"), (Codec.PCMU, 0, None, 30)),
    ("packets at most so long", ("m=audio 5000 RTP/AVP 0", "a=ptime:60", "a=maxptime:40"), (Codec.PCMU, 0, None, 40)),
    ("packets longer than we make", ("m=audio 5000 RTP/AVP 0", "a=ptime:200"), (Codec.PCMU, 0, None, 60)),
    ("packets between steps", ("m=audio 5000 RTP/AVP 0", "a=ptime:25"), (Codec.PCMU, 0, None, 20)),
    ("packets shorter than we make", ("m=audio 5000 RTP/AVP 0", "a=ptime:5"), (Codec.PCMU, 0, None, 10)),
    ("a length that is none", ("m=audio 5000 RTP/AVP 0", "a=ptime:soon", "a=maxptime:0"), (Codec.PCMU, 0, None, 20)),
]


@pytest.mark.parametrize(("lines", "settled"), [row[1:] for row in OFFERS], ids=[row[0] for row in OFFERS])
def test_what_an_offer_leads_to(lines: tuple[str, ...], settled: tuple[Codec, int, int | None, int]) -> None:
    """Codec, payload types and packet length that both sides can use; the answer says the same numbers."""
    ours = side()

    answer = parse_sdp(ours.answer(theirs(*lines)))

    agreed = ours.agreed
    assert agreed is not None
    assert (agreed.codec, agreed.send_type, agreed.send_event_type, agreed.send_ptime_ms) == settled
    numbers = [str(number) for number in (agreed.send_type, agreed.send_event_type) if number is not None]
    assert list(answer.media[0].formats) == numbers
    assert (agreed.host, agreed.port, agreed.rtcp_port) == ("198.51.100.9", 5000, 5001)


@pytest.mark.parametrize(
    ("offered", "wish", "answered"),
    [
        ("sendrecv", Direction.SENDRECV, Direction.SENDRECV),
        ("sendonly", Direction.SENDRECV, Direction.RECVONLY),
        ("recvonly", Direction.SENDRECV, Direction.SENDONLY),
        ("inactive", Direction.SENDRECV, Direction.INACTIVE),
        ("sendrecv", Direction.SENDONLY, Direction.SENDONLY),
        ("sendonly", Direction.SENDONLY, Direction.INACTIVE),
    ],
)
def test_the_answer_mirrors_the_direction(offered: str, wish: Direction, answered: Direction) -> None:
    """The table of RFC 3264 6.1, with both sides' wishes."""
    ours = side()

    answer = parse_sdp(ours.answer(theirs(*AUDIO, f"a={offered}"), wish))

    assert answer.media[0].has(str(answered))
    assert ours.agreed is not None
    assert ours.agreed.direction is answered


def test_an_address_of_nowhere_is_hold() -> None:
    """c=0.0.0.0 wants nothing sent (RFC 3264 8.4); the next offer resumes."""
    ours = side()

    ours.answer(theirs(*AUDIO, address="0.0.0.0"))
    held = ours.agreed
    ours.answer(theirs(*AUDIO, version=2))

    assert held is not None
    assert held.direction is Direction.RECVONLY
    assert ours.agreed is not None
    assert ours.agreed.direction is Direction.SENDRECV


def test_one_audio_line_is_taken_and_the_others_refused() -> None:
    """An answer has as many lines as the offer; all but one have port 0 (RFC 3264 6)."""
    ours = side()

    answer = parse_sdp(
        ours.answer(
            theirs(
                "m=video 6000 RTP/AVP 31",
                "m=audio 0 RTP/AVP 0",
                "m=audio 5000 RTP/AVP 0",
                "m=audio 5010 RTP/AVP 8",
                "m=image 7000 udptl t38",
            )
        )
    )

    assert [(one.kind, one.port, one.formats) for one in answer.media] == [
        ("video", 0, ("31",)),
        ("audio", 0, ("0",)),
        ("audio", 4000, ("0",)),
        ("audio", 0, ("8",)),
        ("image", 0, ("t38",)),
    ]
    again = parse_sdp(ours.offer())
    assert [one.port for one in again.media] == [0, 0, 4000, 0, 0]


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("m=video 6000 RTP/AVP 31",),
        ("m=audio 0 RTP/AVP 0",),
        ("m=audio 5000 RTP/AVP 9",),
        ("m=audio 5000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"),
        ("m=audio 5000 UDP/TLS/RTP/SAVPF 0",),
        ("m=audio 5000 RTP/SAVP 0", f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {INLINE}"),
    ],
)
def test_an_offer_without_usable_audio_changes_nothing(lines: tuple[str, ...]) -> None:
    """It is refused, and what was agreed before still holds."""
    ours = side()
    ours.answer(theirs(*AUDIO))
    before = ours.agreed

    with pytest.raises(NotAcceptableError):
        ours.answer(theirs(*lines, version=2))

    assert ours.agreed is before


def test_two_of_us_settle_and_hold_and_resume() -> None:
    """An offer of ours is one that we can answer; numbers and versions follow RFC 3264 8."""
    caller, callee = side(host="192.0.2.1"), side(host="192.0.2.2", port=4100)

    first = caller.offer()
    caller.take_answer(callee.answer(first))
    hold = callee.offer(Direction.SENDONLY)
    callee.take_answer(caller.answer(hold))

    assert caller.agreed is not None
    assert callee.agreed is not None
    assert (caller.agreed.direction, callee.agreed.direction) == (Direction.RECVONLY, Direction.SENDONLY)
    assert (caller.agreed.host, caller.agreed.port) == ("192.0.2.2", 4100)
    assert [parse_sdp(each).origin.version for each in (first, hold)] == [0, 1]
    assert parse_sdp(callee.offer(Direction.SENDONLY)).origin.version == 1, "the same description has the same version"


def test_each_side_sends_under_the_other_sides_number() -> None:
    """The answer may use another number for events: that one is sent, ours is received (RFC 3264 5.1)."""
    ours = side()
    ours.offer()

    agreed = ours.take_answer(theirs("m=audio 5000 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000"))

    assert (agreed.codec, agreed.send_event_type, agreed.receive_event_type) == (Codec.PCMA, 96, 101)
    assert agreed.receives == ((0, Codec.PCMU), (8, Codec.PCMA))


def test_a_number_keeps_its_meaning() -> None:
    """What the peer's offer called 96 is 96 in our next offer; a number in use is not taken for events."""
    ours = side()
    ours.answer(theirs("m=audio 5000 RTP/AVP 101 96", "a=rtpmap:101 PCMU/8000", "a=rtpmap:96 telephone-event/8000"))

    assert parse_sdp(ours.offer()).media[0].formats == ("101", "8", "96")


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ((), WireError),
        ((*AUDIO, "m=video 0 RTP/AVP 31"), WireError),
        (("m=video 5000 RTP/AVP 0",), WireError),
        (("m=audio 5000 RTP/SAVP 0",), WireError),
        (("m=audio 0 RTP/AVP 0",), NotAcceptableError),
        (("m=audio 5000 RTP/AVP 18",), NotAcceptableError),
    ],
)
def test_an_answer_that_is_none(lines: tuple[str, ...], error: type[CarrierError]) -> None:
    """It agrees on nothing; the offer can be withdrawn and another one made."""
    ours = side()
    ours.offer()

    with pytest.raises(error):
        ours.take_answer(theirs(*lines))

    assert ours.offering
    assert ours.agreed is None
    ours.withdraw()
    assert parse_sdp(ours.offer(Direction.INACTIVE)).origin.version == 1


@pytest.mark.parametrize(
    ("lines", "rtcp"),
    [
        (("a=rtcp:53020",), ("198.51.100.9", 53020)),
        (("a=rtcp:53020 IN IP4 203.0.113.4",), ("203.0.113.4", 53020)),
        (("a=rtcp:0",), ("198.51.100.9", 5001)),
        (("a=rtcp-mux", "a=rtcp:53020"), ("198.51.100.9", 5000)),
    ],
)
def test_where_reports_go(lines: tuple[str, ...], rtcp: tuple[str, int]) -> None:
    """The next port, the one that is named (RFC 3605), or the same (RFC 5761)."""
    ours = side()

    answer = parse_sdp(ours.answer(theirs(*AUDIO, *lines)))

    assert ours.agreed is not None
    assert (ours.agreed.rtcp_host, ours.agreed.rtcp_port) == rtcp
    assert answer.media[0].has("rtcp-mux") == ("a=rtcp-mux" in lines)


def test_early_media_is_only_looked_at() -> None:
    """A preview tells what an answer would agree on; the offer is out still."""
    ours = side()
    ours.offer()

    assert ours.preview(theirs(*AUDIO)).port == 5000
    assert (ours.agreed, ours.offering) == (None, True)


SECURE = "m=audio 5000 RTP/SAVP 0"
PIECES = [
    "0",
    "8",
    "101",
    "-",
    ",",
    "/",
    "PCMU",
    "telephone-event",
    "8000",
    " ",
    "sendonly",
    "inline:",
    "|",
    "=",
    ":",
    "IN IP4 ",
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["rtpmap", "fmtp", "ptime", "maxptime", "rtcp", "crypto", "rtcp-mux", "inactive"]),
            st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=6).map("".join),
        ),
        max_size=8,
    ),
    st.sampled_from(SrtpPolicy),
)
def test_no_attributes_bring_the_answer_down(attributes: list[tuple[str, str]], policy: SrtpPolicy) -> None:
    """Whatever is offered is answered with one line, or refused with our own error."""
    lines = [f"a={name}:{value}" for name, value in attributes]
    try:
        answer = side(policy).answer(theirs("m=audio 5000 RTP/AVP 0 8 101", *lines, SECURE, *lines))
    except CarrierError:
        return
    assert sorted(one.port for one in parse_sdp(answer).media) == [0, 4000]
