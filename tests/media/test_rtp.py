"""RTP packets, well and badly formed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callagent.errors import WireError
from callagent.media.rtp import RtpPacket, is_rtcp, read_rtp, sequence_step, timestamp_step, write_rtp

PLAIN = bytes.fromhex("80 80 1234 00000100 DEADBEEF") + b"sound"
PACKET = RtpPacket(0, marker=True, sequence=0x1234, timestamp=0x100, ssrc=0xDEADBEEF, payload=b"sound")


def test_a_plain_packet_is_read_and_written() -> None:
    """Twelve bytes of header, then the payload."""
    assert read_rtp(PLAIN) == PACKET
    assert write_rtp(PACKET) == PLAIN


@pytest.mark.parametrize(
    ("first", "between", "after"),
    [
        ("a0", "", "00 00 03"),
        ("90", "BEDE 0001 01020304", ""),
        ("90", "BEDE 0000", ""),
        ("82", "00000001 00000002", ""),
        ("b1", "00000001 BEDE 0002 0102030405060708", "01"),
    ],
    ids=["padding", "extension", "empty extension", "two contributing sources", "all of them"],
)
def test_what_surrounds_a_payload_is_taken_off(first: str, between: str, after: str) -> None:
    """Padding, header extension and contributing sources are no audio."""
    data = bytes.fromhex(first) + PLAIN[1:12] + bytes.fromhex(between) + b"sound" + bytes.fromhex(after)

    assert read_rtp(data) == PACKET


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (PLAIN[:11], "11 bytes is shorter than its header"),
        (b"\x40" + PLAIN[1:], "version 1"),
        (b"\x8f" + PLAIN[1:], "announces more header and padding"),
        (b"\x90" + PLAIN[1:12] + b"\xbe\xde\x00", "ends inside its header's extension"),
        (b"\x90" + PLAIN[1:12] + b"\xbe\xde\x00\x09" + bytes(8), "announces more header and padding"),
        (b"\xa0" + PLAIN[1:] + b"\x00", "padded, by no byte"),
        (b"\xa0" + PLAIN[1:] + b"\x07", "announces more header and padding"),
    ],
)
def test_a_broken_packet_is_an_error_of_ours(data: bytes, problem: str) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(WireError, match=problem):
        read_rtp(data)


def test_padding_may_be_all_there_is() -> None:
    """A packet of nothing but padding keeps a NAT open."""
    assert read_rtp(b"\xa0" + PLAIN[1:12] + b"\0\0\0\4").payload == b""


@given(st.binary(max_size=80))
def test_any_bytes_are_a_packet_or_our_error(data: bytes) -> None:
    """No input raises anything else, nor gives a payload that was not there."""
    try:
        packet = read_rtp(data)
    except WireError:
        return

    assert packet.payload in data


@given(
    st.builds(
        RtpPacket,
        st.integers(0, 127),
        st.booleans(),
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.binary(max_size=200),
    )
)
def test_what_is_written_is_read_again(packet: RtpPacket) -> None:
    """For every packet that can be."""
    assert read_rtp(write_rtp(packet)) == packet


def test_steps_are_counted_across_the_wrap() -> None:
    """A sequence number of 16 bits and a timestamp of 32, forwards and backwards."""
    assert (sequence_step(2, 0xFFFE), sequence_step(0xFFFE, 2)) == (4, -4)
    assert (timestamp_step(100, 0xFFFFFF9C), timestamp_step(0xFFFFFF9C, 100)) == (200, -200)


def test_rtcp_is_told_from_rtp_on_one_port() -> None:
    """By its second byte, as RFC 5761 has it."""
    assert [is_rtcp(data) for data in (b"\x80\xc8\0\0", PLAIN, b"\x80", b"")] == [True, False, False, False]
