"""Keys as RTP events, in and out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callagent.errors import WireError
from callagent.media.rtp import RtpPacket
from callagent.media.telephone_event import KEYS, KeysReader, TelephoneEvent, key_packets, read_events, write_event


def event(code: int, duration: int, *, ended: bool = False) -> TelephoneEvent:
    """As we send it."""
    return TelephoneEvent(code, ended, 10, duration)


def packet_of(timestamp: int, payload: bytes) -> RtpPacket:
    """The first of an event."""
    return RtpPacket(101, marker=True, sequence=0, timestamp=timestamp, ssrc=1, payload=payload)


def told(digit: str, timestamp: int, duration: int = 800, *, step: int = 160, ssrc: int = 1) -> list[RtpPacket]:
    """The packets of one press."""
    return [
        RtpPacket(101, packet.marker, 0, timestamp + packet.offset & 0xFFFFFFFF, ssrc, packet.payload)
        for packet in key_packets(digit, duration, step)
    ]


def read(packets: list[RtpPacket]) -> str:
    """The keys of all packets."""
    reader = KeysReader()
    return "".join(key for packet in packets for key in reader.read(packet))


def test_the_example_of_the_rfc_is_read_as_its_number() -> None:
    """RFC 4733, section 5: a 9, a 1 and another 1, of which the last is still held down."""
    table = [
        (True, 0, 9, False, 400),
        (False, 0, 9, False, 800),
        (False, 0, 9, False, 1200),
        (False, 0, 9, True, 1600),
        (False, 0, 9, True, 1600),
        (False, 0, 9, True, 1600),
        (True, 3200, 1, False, 400),
        (False, 3200, 1, False, 800),
        (False, 3200, 1, True, 1600),
        (False, 3200, 1, True, 1600),
        (False, 3200, 1, True, 1600),
        (True, 5600, 1, False, 400),
    ]
    packets = [
        RtpPacket(97, marker, 0, timestamp, 5, write_event(event(code, duration, ended=ended)))
        for marker, timestamp, code, ended, duration in table
    ]

    assert read(packets) == "911"


def test_every_key_is_sent_and_read() -> None:
    """One after the other, with pauses."""
    assert read([packet for at, key in enumerate(KEYS) for packet in told(key, at * 1600)]) == KEYS


@pytest.mark.parametrize("lost", [{0}, {0, 1, 2, 3, 4, 5}, {1, 2, 3, 4}, {4, 5, 6}, {0, 4, 5, 6}])
def test_a_key_is_told_once_whatever_is_lost(lost: set[int]) -> None:
    """Beginning, end or all but one of its packets, and the next key after it."""
    packets = [packet for number, packet in enumerate(told("5", 0)) if number not in lost]

    assert read(packets + told("5", 1600)) == "55"


def test_packets_that_come_late_or_twice_tell_nothing_new() -> None:
    """The end of the first key overtaken by the second."""
    first, second = told("1", 0), told("2", 1600)

    assert read([*first[:4], *second[:2], *first[3:], *second[1:], *first]) == "12"


def test_a_long_press_is_one_key() -> None:
    """20 seconds take three segments (section 2.5.1.3), and another press is another key."""
    packets = told("#", 0xFFFFF000, duration=160_000)

    assert len({packet.timestamp for packet in packets}) == 3
    assert max(event.duration for packet in packets for event in read_events(packet.payload)) == 0xFFFF
    assert [read_events(packet.payload)[0].ended for packet in packets[-4:]] == [False, True, True, True]
    assert read(packets + told("#", 170_000)) == "##"


def test_several_events_in_one_packet_are_several_keys() -> None:
    """They follow each other without a break (section 2.5.1.5)."""
    payload = write_event(event(4, 800, ended=True)) + write_event(event(4, 800, ended=True))

    assert read([packet_of(5, payload)]) == "44"


def test_two_sources_at_the_same_moment_are_two_keys() -> None:
    """A press is known by its source as well."""
    assert read(told("7", 0) + told("7", 0, ssrc=2)) == "77"


def test_events_that_are_no_keys_are_passed_over() -> None:
    """A hook flash, and a fax's tone."""
    assert read([packet_of(at, write_event(event(at, 160))) for at in (16, 36)]) == ""


def test_a_packet_says_when_it_began_how_long_it_lasts_and_that_it_ended() -> None:
    """50 ms at 20 ms a packet: the marker first, then the end three times."""
    packets = list(key_packets("A", 400, 160))

    assert [read_events(packet.payload)[0] for packet in packets] == [
        event(12, 160),
        event(12, 320),
        *[event(12, 400, ended=True)] * 3,
    ]
    assert [packet.marker for packet in packets] == [True, False, False, False, False]
    assert [packet.repeats for packet in packets] == [False, False, False, True, True]


@pytest.mark.parametrize("digit", ["E", "", "12", " "])
def test_what_is_no_key_cannot_be_pressed(digit: str) -> None:
    """The error names what is."""
    with pytest.raises(ValueError, match="there are 0 1 2"):
        next(key_packets(digit, 800, 160))


@given(st.binary(max_size=24), st.booleans(), st.integers(0, 0xFFFFFFFF))
def test_any_payload_is_events_or_our_error(payload: bytes, marker: bool, timestamp: int) -> None:
    """Only whole reports are read, and only known keys told."""
    reader = KeysReader()
    try:
        keys = reader.read(RtpPacket(101, marker, 0, timestamp, 1, payload))
    except WireError:
        assert len(payload) % 4 or not payload
    else:
        assert set(keys) <= set(KEYS)
