"""What a telephone sends and hears over RTP."""

import pytest

from callagent.media.audio import CHUNK_SAMPLES, SILENCE
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.rtp import RtpPacket, read_rtp
from callagent.media.telephone_event import KeysReader
from callagent.simulator.earpiece import MOST_LATE, Earpiece
from callagent.simulator.mouthpiece import Mouthpiece

QUIET = b"\xff" * CHUNK_SAMPLES


def coded(number: int, size: int = CHUNK_SAMPLES) -> bytes:
    """µ-law that only this packet has; never silence."""
    return bytes([number % 100 + 1]) * size


def packet(number: int, payload: bytes | None = None, *, marker: bool = False, ssrc: int = 1) -> RtpPacket:
    """The n-th of a stream whose timestamps wrap at once."""
    timestamp = 0xFFFFFF00 + number * CHUNK_SAMPLES & 0xFFFFFFFF
    return RtpPacket(0, marker, number, timestamp, ssrc, coded(number) if payload is None else payload)


def play(arrivals: list[tuple[float, RtpPacket]], ticks: int, earpiece: Earpiece | None = None) -> list[bytes | None]:
    """What is heard at ticks of 20 ms from 0 on, as µ-law."""
    earpiece = earpiece or Earpiece()
    waiting = sorted(arrivals, key=lambda one: one[0])
    heard: list[bytes | None] = []
    for tick in range(ticks):
        while waiting and waiting[0][0] <= tick * 0.02:
            earpiece.put(waiting[0][1], waiting.pop(0)[0])
        pcm = earpiece.take(tick * 0.02)
        heard.append(None if pcm is None else ulaw_encode(pcm))
    return heard


def test_all_is_heard_in_order_after_a_delay() -> None:
    """40 ms after the first packet came, without a gap."""
    earpiece = Earpiece()
    heard = play([(number * 0.02, packet(number)) for number in range(50)], 50, earpiece)

    assert heard == [None, None, *(coded(number) for number in range(48))]
    assert earpiece.counts.gap_ms == earpiece.counts.late_ms == ()
    assert earpiece.counts.in_time == 50


def test_packets_in_disorder_are_put_in_order() -> None:
    """The third and fourth change places."""
    times = [0.0, 0.02, 0.065, 0.061, *(number * 0.02 for number in range(4, 20))]
    heard = play([(at_s, packet(number)) for number, at_s in enumerate(times)], 20)

    assert heard[2:] == [coded(number) for number in range(18)]


def test_a_lost_packet_is_one_gap() -> None:
    """What comes after it is heard in time."""
    earpiece = Earpiece()
    heard = play([(number * 0.02, packet(number)) for number in range(50) if number not in {10, 11}], 50, earpiece)

    assert (heard[12], heard[13], heard[14]) == (None, None, coded(12))
    assert earpiece.counts.gap_ms == (40.0,)
    assert earpiece.gaps == 1


def test_a_pause_that_the_sender_marks_is_no_gap() -> None:
    """A sender may fall silent, and says so with the packet after it (RFC 3551, section 4.1)."""
    earpiece = Earpiece()
    spoken = [(number * 0.02, packet(number, marker=number == 20)) for number in (*range(10), *range(20, 30))]
    heard = play(spoken, 35, earpiece)

    assert heard[22] == coded(20)
    assert earpiece.gaps == 0


def test_silence_between_sounds_is_a_pause() -> None:
    """Of up to a second; what is longer is the end of an answer."""
    earpiece = Earpiece()
    quiet = {*range(10, 20), *range(40, 100)}
    play([(n * 0.02, packet(n, QUIET if n in quiet else None)) for n in range(120)], 122, earpiece)

    assert earpiece.counts.pause_ms == (200.0,)


def test_what_is_too_late_is_counted_and_not_heard() -> None:
    """By how much, too."""
    earpiece = Earpiece()
    heard = play([(number * 0.02 + 0.05 * (number == 9), packet(number)) for number in range(30)], 30, earpiece)

    assert coded(9) not in heard
    assert heard[12] == coded(10)
    assert earpiece.counts.late_ms == pytest.approx((10.0,))
    assert earpiece.counts.gap_ms == (20.0,)


def test_a_line_that_becomes_slower_is_waited_for_longer() -> None:
    """After some packets in a row were too late; from then on all are heard again."""
    earpiece = Earpiece()
    spoken = [(number * 0.02 + 0.1 * (number >= 10), packet(number)) for number in range(60)]
    heard = play(spoken, 70, earpiece)

    assert len(earpiece.counts.late_ms) == MOST_LATE
    assert [one for one in heard if one][-46:] == [coded(number) for number in range(14, 60)]


def test_a_line_that_was_slow_for_a_time_is_quick_again() -> None:
    """The longer wait is given up in silences, a packet at a time."""
    earpiece = Earpiece()
    spoken = [(n * 0.02 + 0.1 * (10 <= n < 30), packet(n, QUIET if n % 10 else None)) for n in range(400)]
    heard = play(spoken, 402, earpiece)

    assert heard[2] == coded(0)
    assert heard.index(coded(60), 50) - 60 > 6
    assert heard.index(coded(390), 380) - 390 <= 4


def test_packets_of_any_length_are_heard() -> None:
    """30 ms each, cut into ticks of 20."""
    size = 240
    spoken = [
        (number * 0.03, RtpPacket(0, False, number, number * size, 1, coded(number, size)))  # noqa: FBT003
        for number in range(20)
    ]
    heard = b"".join(one for one in play(spoken, 28) if one)

    assert heard == b"".join(coded(number, size) for number in range(20))[: len(heard)]
    assert len(heard) == 26 * CHUNK_SAMPLES


def test_another_source_goes_on_where_the_first_was() -> None:
    """Its timestamps say nothing about those before."""
    earpiece = Earpiece()
    other = [(n * 0.02, RtpPacket(0, True, n, 12345 + n * 160, 2, coded(n))) for n in range(10, 20)]  # noqa: FBT003
    heard = play([(number * 0.02, packet(number)) for number in range(10)] + other, 22, earpiece)

    assert heard[2:] == [coded(number) for number in range(20)]
    assert earpiece.gaps == 0


def test_speech_is_sent_in_even_steps() -> None:
    """Number and timestamp go on, and the first packet is marked."""
    mouthpiece = Mouthpiece(ssrc=7, sequence=65534, timestamp=0)
    sent = [read_rtp(data) for _ in range(3) for data in mouthpiece.tick(SILENCE)]

    assert [(one.sequence, one.timestamp, one.marker) for one in sent] == [
        (65535, 160, True), (0, 320, False), (1, 480, False),
    ]  # fmt: skip
    assert {(one.ssrc, one.payload) for one in sent} == {(7, QUIET)}
    assert mouthpiece.packets == 3


def test_keys_are_sent_one_after_the_other() -> None:
    """As events that a reader of callagent's tells once each; the same key twice is two."""
    mouthpiece = Mouthpiece(ssrc=7, sequence=0, timestamp=0)
    mouthpiece.event_type = 101
    for key in "055#":
        mouthpiece.press(key)
    sent = [read_rtp(data) for _ in range(60) for data in mouthpiece.tick(SILENCE)]
    reader = KeysReader()

    assert "".join(key for one in sent if one.payload_type == 101 for key in reader.read(one)) == "055#"
    assert [one.sequence for one in sent] == list(range(1, len(sent) + 1))
    # Sound goes on where it would be without the keys.
    assert next(one for one in reversed(sent) if one.payload_type == 0).timestamp == 60 * CHUNK_SAMPLES


def test_keys_that_the_far_end_does_not_take_are_not_sent() -> None:
    """Its answer named no type for them."""
    mouthpiece = Mouthpiece(ssrc=7, sequence=0, timestamp=0)
    mouthpiece.press("1")

    assert {read_rtp(data).payload_type for _ in range(9) for data in mouthpiece.tick(SILENCE)} == {0}


def test_what_is_heard_is_the_coding_of_what_was_sent() -> None:
    """Of all 256 bytes."""
    every = bytes(range(256)).replace(b"\x7f", b"\xff")[:160]
    heard = play([(0.0, packet(0, every))], 4)

    assert heard[2] == ulaw_encode(ulaw_decode(every))
