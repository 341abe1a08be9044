"""SDP: what peers send is read, what they break is refused in our words, and what we write can be read again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callagent.errors import WireError
from callagent.telephony.sip.offers.sdp import parse_sdp

OFFER = b"""v=0
o=alice 2890844526 2890844526 IN IP4 host.anywhere.com
s=A call
i=ignored
c=IN IP4 192.0.2.101
b=AS:64
t=2873397496 2873404696
a=recvonly
m=audio 49170 RTP/AVP 0 8 97
a=rtpmap:0 PCMU/8000
a=ptime:20
m=video 51372/2 RTP/AVP 31
c=IN IP6 2001:db8::1
a=sendonly
"""


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_description_is_read_line_by_line(ending: bytes) -> None:
    """Origin, addresses, media and attributes are found, whichever way lines end."""
    described = parse_sdp(OFFER.replace(b"\n", ending))

    assert (described.origin.username, described.origin.session_id) == ("alice", 2890844526)
    audio, video = described.media
    assert (audio.kind, audio.port, audio.protocol, audio.formats) == ("audio", 49170, "RTP/AVP", ("0", "8", "97"))
    assert (audio.first_of("rtpmap"), audio.first_of("fmtp"), audio.has("sendonly")) == ("0 PCMU/8000", None, False)
    assert (described.address_of(audio), described.address_of(video)) == ("192.0.2.101", "2001:db8::1")
    assert [one.name for one in described.attributes] == ["recvonly"]


def test_a_user_with_spaces_is_one_user() -> None:
    """Some telephones write their product's name there."""
    assert parse_sdp(OFFER.replace(b"o=alice", b"o=My SIP UA")).origin.username == "My SIP UA"


def test_what_is_written_reads_the_same() -> None:
    """Writing a description and reading it gives the same one."""
    described = parse_sdp(OFFER)

    assert parse_sdp(bytes(described)) == described
    assert bytes(described).startswith(b"v=0\r\no=alice 2890844526 2890844526 IN IP4 host.anywhere.com\r\ns=A call\r\n")


@pytest.mark.parametrize("missing", [b"s=A call\n", b"t=2873397496 2873404696\n", b"a=ptime:20\n"])
def test_lines_that_nobody_needs_may_be_missing(missing: bytes) -> None:
    """Real telephones leave out s= and t=."""
    assert len(parse_sdp(OFFER.replace(missing, b"")).media) == 2


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"", "form x="),
        (OFFER[4:], "v=0"),
        (OFFER.replace(b"v=0", b"v=1"), "v=0"),
        (OFFER.replace(b"o=alice", b"x=alice"), "o= must be there once"),
        (OFFER.replace(b"o=alice ", b"o="), "six parts"),
        (OFFER.replace(b" 2890844526 ", b" " + b"9" * 21 + b" "), "session id"),
        (OFFER.replace(b"IN IP4 192.0.2.101", b"IN IP4"), "IN IP4 or IN IP6"),
        (OFFER.replace(b"IN IP4 192", b"ATM IP4 192"), "IN IP4 or IN IP6"),
        (OFFER.replace(b"192.0.2.101", b"192.0.2.101;rm"), "host name"),
        (OFFER.replace(b"c=IN IP4 192.0.2.101\n", b""), "no c= line"),
        (OFFER.replace(b"49170", b"65536"), "port"),
        (OFFER.replace(b"49170", b"-1"), "port"),
        (OFFER.replace(b"49170", "٣".encode()), "port"),
        (OFFER.replace(b"RTP/AVP 0 8 97", b"RTP/AVP"), "m= needs"),
        (OFFER.replace(b"RTP/AVP 31", b"RTP//AVP 31"), "a word that is none"),
        (OFFER.replace(b"RTP/AVP 31", b"RTP/AVP" + b" 31" * 65), "formats"),
        (OFFER.replace(b"a=sendonly", b"a= sendonly"), "a= line has no name"),
        (OFFER.replace(b"a=ptime:20", b"a=ptime\x00:20"), "control character"),
        (OFFER.replace(b"a=ptime:20", b"ptime:20"), "form x="),
        (OFFER + b"\xff", "UTF-8"),
        (OFFER + b"m=audio 1 RTP/AVP 0\n" * 20, "media lines"),
        (OFFER + b"a=x\n" * 600, "lines"),
        (OFFER + b"a=" + b"x" * 20_000, "bytes"),
    ],
)
def test_a_broken_description_is_refused_in_our_words(broken: bytes, reason: str) -> None:
    """Each fault has its own reason, and never another exception."""
    with pytest.raises(WireError, match=reason):
        parse_sdp(broken)


PIECES = [
    *OFFER.split(b"\n"),
    b"=",
    b":",
    b" ",
    b"\r",
    b"\n",
    b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
    b"a=rtcp:1",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=12)), max_size=30))
def test_no_bytes_bring_the_reader_down(pieces: list[bytes]) -> None:
    """Whatever arrives is read, or refused with our own error; what is read can be written and read again."""
    try:
        described = parse_sdp(b"\n".join([b"v=0", *pieces]))
    except WireError:
        return
    assert parse_sdp(bytes(described)) == described
