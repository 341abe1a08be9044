"""RTCP, well and badly formed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callagent.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    read_rtcp,
    write_rtcp,
)

BLOCK = ReportBlock(
    ssrc=7, fraction_lost=25, lost=-3, highest_sequence=0x1_0005, jitter=40, last_report=0xB7052000, delay=0x54000
)
SENT = SenderReport(ssrc=1, ntp=0xB44DB705_20000000, timestamp=160, packets=2, octets=320, blocks=(BLOCK,))
NAMED = SourceDescription(1, "caller@example.invalid")
NUMBERS = st.integers(0, 0xFFFFFFFF)
BLOCKS = st.lists(
    st.builds(
        ReportBlock,
        ssrc=NUMBERS,
        fraction_lost=st.integers(0, 255),
        lost=st.integers(-0x800000, 0x7FFFFF),
        highest_sequence=NUMBERS,
        jitter=NUMBERS,
        last_report=NUMBERS,
        delay=NUMBERS,
    ),
    max_size=31,
).map(tuple)


def test_a_compound_as_others_send_it_is_read() -> None:
    """A receiver report and a description, byte by byte as RFC 3550 draws them."""
    data = bytes.fromhex(
        "81c90007 00000001 00000007 19fffffd 00010005 00000028 b7052000 00054000"  # one block
        "81ca0005 00000001 0105 6140622e63 0603 746f6f 00000000"  # CNAME a@b.c, TOOL too
    )

    compound = read_rtcp(data)

    assert compound.packets == (ReceiverReport(1, (BLOCK,)), SourceDescription(1, "a@b.c"))
    assert compound.malformed == 0


def test_all_that_is_written_is_read_again() -> None:
    """Reports of both kinds, a name and a goodbye in one datagram."""
    packets = (SENT, ReceiverReport(9), NAMED, Goodbye((1, 9), "call over"), Goodbye((1,)))

    assert read_rtcp(write_rtcp(*packets)).packets == packets


@given(NUMBERS, BLOCKS)
def test_every_block_survives(ssrc: int, blocks: tuple[ReportBlock, ...]) -> None:
    """Whatever its numbers are."""
    assert read_rtcp(write_rtcp(ReceiverReport(ssrc, blocks))).packets == (ReceiverReport(ssrc, blocks),)


def test_numbers_too_large_for_their_field_are_cut() -> None:
    """A report is never refused for a call that went on too long or too badly."""
    worst = ReportBlock(7, 255, -9_000_000, 1 << 33, 1 << 40, 1, 1 << 40)

    (report,) = read_rtcp(write_rtcp(ReceiverReport(1, (worst,)))).packets

    assert isinstance(report, ReceiverReport)
    assert report.blocks == (ReportBlock(7, 255, -0x800000, 0, 0xFFFFFFFF, 1, 0xFFFFFFFF),)


@pytest.mark.parametrize(
    "rest",
    ["80", "80c90002 00000001", "40c90001 00000001", "81c90001 00000001", "81ca0001 00000001", "a0cb0001 00000009"],
    ids=["cut header", "cut body", "version 1", "block missing", "no end of names", "padding too long"],
)
def test_what_is_malformed_ends_the_datagram_and_is_counted(rest: str) -> None:
    """What came before it still counts."""
    compound = read_rtcp(write_rtcp(NAMED) + bytes.fromhex(rest))

    assert compound.packets == (NAMED,)
    assert compound.malformed == 1


def test_unknown_types_are_passed_over() -> None:
    """Application packets and feedback are others' business."""
    compound = read_rtcp(bytes.fromhex("80cc0002 00000001 6e616d65") + write_rtcp(NAMED))

    assert (compound.packets, compound.malformed) == ((NAMED,), 0)


def test_padding_is_taken_off() -> None:
    """As an encrypting sender adds it."""
    assert read_rtcp(bytes.fromhex("a1cb0002 00000005 00000004")).packets == (Goodbye((5,)),)


@given(st.binary(max_size=120))
def test_no_bytes_raise(data: bytes) -> None:
    """At worst a datagram is malformed."""
    assert read_rtcp(data).malformed in {0, 1}


@given(st.integers(0, 91), st.integers(0, 255))
def test_a_damaged_compound_does_not_raise(at: int, instead: int) -> None:
    """Any byte of a good one replaced."""
    data = bytearray(write_rtcp(SENT, NAMED, Goodbye((1,), "over")))
    data[at % len(data)] = instead

    assert read_rtcp(bytes(data)).malformed in {0, 1}
