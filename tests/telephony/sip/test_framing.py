"""Messages cut out of a stream, however it is split."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.sip_torture import INVITE, OPTIONS, SDP, SDP_TYPE, sip

from callagent.errors import MalformedMessageError
from callagent.telephony.sip.messages.framing import LARGEST_HEAD, Ping, StreamFraming, is_keepalive

MESSAGES = [sip(INVITE, SDP_TYPE, body=SDP), sip(OPTIONS), sip("SIP/2.0 200 OK", body=b"\r\n\r\nblank lines\r\n\r\n")]


@given(st.lists(st.integers(1, len(b"".join(MESSAGES)) - 1), max_size=12))
def test_it_does_not_matter_how_a_stream_is_split(cuts: list[int]) -> None:
    """Headers, bodies and line ends may come in any pieces, and many messages in one."""
    stream = b"".join(MESSAGES)
    framing = StreamFraming()
    edges = [0, *sorted(cuts), len(stream)]

    found = [item for begin, end in pairwise(edges) for item in framing.feed(stream[begin:end])]

    assert found == MESSAGES
    assert framing.held == 0


def test_pings_between_messages_are_told() -> None:
    """Two empty lines ask for a sign of life; one alone is nothing."""
    framing = StreamFraming()

    assert framing.feed(b"\r\n\r\n" + MESSAGES[1] + b"\r\n" + MESSAGES[1]) == [Ping(), MESSAGES[1], MESSAGES[1]]
    assert framing.feed(b"\r\n") == []
    assert framing.feed(b"\r\n") == [Ping()]
    assert framing.held == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (sip(OPTIONS, drop="content-length"), 400),
        (sip(OPTIONS, "Content-Length: -1"), 400),
        (sip(OPTIONS, "Content-Length: 4", add=("Content-Length: 5",)), 400),
        (sip(OPTIONS, "Content-Length: 99999999"), 513),
        (b"OPTIONS sip:x SIP/2.0\r\nX: " + b"x" * LARGEST_HEAD, 513),
    ],
)
def test_a_stream_that_cannot_be_cut_is_an_error(data: bytes, status: int) -> None:
    """After which it takes nothing more, and holds nothing."""
    framing = StreamFraming()

    with pytest.raises(MalformedMessageError) as broken:
        framing.feed(data)

    assert broken.value.status == status
    assert framing.feed(MESSAGES[0]) == []
    assert framing.held == 0


def test_short_and_folded_lengths_are_read() -> None:
    """As the grammar allows; a length inside a body or another header is none."""
    framing = StreamFraming()
    message = b"OPTIONS sip:x SIP/2.0\r\nX: content-length: 9\r\nL :\r\n  4\r\n\r\nl: 7"

    assert framing.feed(message) == [message]


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """Only our own error, and never more is held than came."""
    framing = StreamFraming(largest_message=200, largest_head=100)
    try:
        framing.feed(data)
    except MalformedMessageError:
        assert framing.held == 0
    assert framing.held <= len(data)


def test_a_great_many_empty_lines_are_taken() -> None:
    """However many: without a depth of calls that grows with them."""
    assert StreamFraming().feed(b"\r\n" * 20001 + MESSAGES[1])[-1] == MESSAGES[1]
    assert StreamFraming().feed(b"\r" * 20001 + MESSAGES[1]) == [MESSAGES[1]]


@pytest.mark.parametrize("data", [b"", b"\r\n\r\n", b"\0", b"\r\n"])
def test_a_datagram_may_hold_nothing(data: bytes) -> None:
    """It keeps a NAT's binding open."""
    assert is_keepalive(data)
    assert not is_keepalive(MESSAGES[0])
