"""A call's outgoing packets: when, what, and what was heard of them."""

import pytest

from callagent.errors import MediaError
from callagent.media.audio import silence
from callagent.media.codec import PCMA, PCMU, Codec
from callagent.media.g711 import ulaw_encode
from callagent.media.rtp import RtpPacket, read_rtp
from callagent.media.rtp_sender import RtpSender
from callagent.media.telephone_event import KeysReader, read_events

SOUND = b"".join(level.to_bytes(2, "little", signed=True) for level in range(1000, 9000))
"""One second of which no two samples are alike."""


def sender(
    *, ptime_ms: int = 20, continuous: bool = True, event_type: int | None = 101, codec: Codec = PCMU
) -> RtpSender:
    """One that is about to wrap both of its counters."""
    return RtpSender(
        codec,
        ssrc=5,
        sequence=65_534,
        timestamp=(1 << 32) - 320,
        ptime_ms=ptime_ms,
        event_type=event_type,
        continuous=continuous,
    )


def pcm(ms: int, at_ms: int = 0) -> bytes:
    """A stretch of the sound."""
    return SOUND[at_ms * 16 : (at_ms + ms) * 16]


def sent(of: RtpSender, now_s: float) -> list[RtpPacket]:
    """What leaves by then."""
    return [read_rtp(packet) for packet in of.due(now_s).packets]


def ms(of: RtpSender) -> float:
    """When it is to be asked next, in milliseconds."""
    assert of.next_due_s is not None
    return round(of.next_due_s * 1000, 6)


def test_packets_leave_on_absolute_deadlines() -> None:
    """However late each was noticed, the next is due 20 ms after the one before."""
    one = sender()
    one.play(pcm(80))
    times, packets = [], []
    for late_s in (0.0, 0.004, 0.011, 0.0):
        now_s = (one.next_due_s or 1.0) + late_s
        packets += sent(one, now_s)
        times.append(ms(one))

    assert times == [1020, 1040, 1060, 1080]
    assert [packet.sequence for packet in packets] == [65_534, 65_535, 0, 1]
    assert [packet.timestamp for packet in packets] == [(1 << 32) - 320, (1 << 32) - 160, 0, 160]
    assert [packet.marker for packet in packets] == [True, False, False, False]
    assert b"".join(packet.payload for packet in packets) == ulaw_encode(pcm(80))


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 40, 50, 60])
def test_packets_have_the_length_that_was_agreed(ptime_ms: int) -> None:
    """Whatever the pieces in which audio was played; not a sample is lost or doubled."""
    one = sender(ptime_ms=ptime_ms)
    packets = []
    for number in range(30):
        one.play(pcm(20, number * 20))
        packets += sent(one, number * 0.02 + 0.001)
    packets += sent(one, 0.66)

    payload = b"".join(packet.payload for packet in packets)
    assert {len(packet.payload) for packet in packets} == {8 * ptime_ms}
    assert ulaw_encode(pcm(600)) == payload.strip(b"\xff")


def test_nothing_is_sent_early() -> None:
    """What was played waits for its time."""
    one = sender()
    one.play(pcm(120))

    assert len(sent(one, 2.0)) == 1
    assert sent(one, 2.0199) == []
    assert one.ahead_s == pytest.approx(0.1)


def test_a_beginning_is_filled_up_before_and_an_end_behind() -> None:
    """With packets of 60 ms, an answer that comes in steps of 40 has no gap in it."""
    one = sender(ptime_ms=60)
    one.play(pcm(40))
    first = sent(one, 1.0)
    one.play(pcm(40, 40))
    one.play(pcm(40, 80))
    rest = sent(one, 1.06) + sent(one, 1.12)
    payload = b"".join(packet.payload for packet in first + rest)

    assert payload == b"\xff" * 160 + ulaw_encode(pcm(120)) + b"\xff" * (3 * 480 - 960 - 160)


def test_a_continuous_sender_fills_pauses_with_silence() -> None:
    """In the coding at hand, without markers."""
    one = sender(codec=PCMA)
    packets = sent(one, 1.0) + sent(one, 1.02) + sent(one, 1.04)

    assert [packet.payload for packet in packets] == [b"\xd5" * 160] * 3
    assert [(packet.payload_type, packet.marker) for packet in packets] == [(8, True), (8, False), (8, False)]


def test_another_sender_is_silent_in_pauses_and_marks_what_follows() -> None:
    """The timestamp counts the pause, the sequence does not."""
    one = sender(continuous=False)
    assert (sent(one, 1.0), one.next_due_s) == ([], None)

    one.play(pcm(20))
    (first,) = sent(one, 1.0)
    assert sent(one, 1.02) == []
    assert one.next_due_s is None
    one.play(pcm(20))
    (second,) = sent(one, 1.5)

    assert (first.marker, second.marker) == (True, True)
    assert second.sequence == first.sequence + 1
    assert (second.timestamp - first.timestamp) & 0xFFFFFFFF == 4000


def test_marks_are_reached_when_their_audio_has_had_its_time() -> None:
    """Not when it was sent: 20 ms later; in order, and one after nothing at once."""
    one = sender()
    one.mark("before")
    one.play(pcm(40))
    one.mark("middle")
    one.play(pcm(20, 40))
    one.mark("end-1")

    assert [one.due(1 + at_ms / 1000).marks for at_ms in (0, 20, 39, 40, 59, 60)] == [
        ("before",),
        (),
        (),
        ("middle",),
        (),
        ("end-1",),
    ]


def test_marks_of_a_sender_that_pauses_come_as_well() -> None:
    """At the end of the last packet, and at once while there is none."""
    one = sender(continuous=False)
    one.play(pcm(20))
    one.mark("end")
    one.due(1.0)
    assert ms(one) == 1020
    assert one.due(1.02).marks == ("end",)

    one.mark("again")
    assert one.next_due_s is not None
    assert one.due(3.0).marks == ("again",)


def test_clearing_stops_the_sound_and_gives_the_marks_back() -> None:
    """What has left cannot be called back; the next packet is silent."""
    one = sender()
    one.play(pcm(120))
    one.mark("a")
    one.mark("b")
    sent(one, 1.0)

    assert one.clear() == ("a", "b")
    assert one.ahead_s == 0
    assert [packet.payload for packet in sent(one, 1.02)] == [b"\xff" * 160]
    assert one.due(1.04).marks == ()


def test_what_is_played_after_a_clear_counts_for_its_own_marks() -> None:
    """Nothing of what was thrown away is waited for."""
    one = sender()
    one.play(pcm(120))
    sent(one, 1.0)
    one.clear()
    one.play(pcm(20))
    one.mark("new")

    assert one.due(1.02).marks == ()
    assert one.due(1.04).marks == ("new",)


def test_a_short_stall_is_caught_up_with() -> None:
    """Five packets at once, and time goes on as it was."""
    one = sender()
    one.play(pcm(120))
    sent(one, 1.0)

    assert len(sent(one, 1.1)) == 5
    assert ms(one) == 1120


def test_a_long_stall_is_not() -> None:
    """The audio goes on from now; its timestamp leaps by what was missed, and the marker says so."""
    one = sender()
    one.play(pcm(120))
    (first,) = sent(one, 1.0)
    (second,) = sent(one, 1.5)

    assert (second.timestamp - first.timestamp) & 0xFFFFFFFF == 4000
    assert second.marker
    assert second.payload == ulaw_encode(pcm(20, 20))


def test_keys_are_sent_as_events_while_the_audio_waits() -> None:
    """One after the other with a pause, in the audio's own sequence; no sample of the audio is lost."""
    one = sender()
    one.play(pcm(60))
    assert one.press("1")
    assert one.press("1")
    packets = [packet for step in range(30) for packet in sent(one, 1 + step * 0.02)]
    events = [packet for packet in packets if packet.payload_type == 101]
    reader = KeysReader()

    assert "".join(key for packet in events for key in reader.read(packet)) == "11"
    assert [packet.sequence for packet in packets] == [65_534 + n & 0xFFFF for n in range(len(packets))]
    assert [packet.marker for packet in events] == [True, *[False] * 6] * 2
    assert [read_events(packet.payload)[0].duration for packet in events[:7]] == [160, 320, 480, 640, 800, 800, 800]
    assert (events[7].timestamp - events[0].timestamp) & 0xFFFFFFFF == 800 + 480
    audio = b"".join(packet.payload for packet in packets if packet.payload_type == 0)
    assert audio.rstrip(b"\xff") == ulaw_encode(pcm(60))


def test_a_peer_that_takes_no_keys_gets_none() -> None:
    """And what is no key is a mistake of ours."""
    one = sender(event_type=None)

    assert not one.press("1")
    with pytest.raises(ValueError, match="no key"):
        one.press("x")


def test_a_peer_that_stops_taking_keys_hears_the_audio_again() -> None:
    """A negotiation in the middle of a key ends it."""
    one = sender()
    one.play(pcm(40))
    one.press("5")
    assert sent(one, 1.0)[0].payload_type == 101
    one.negotiate(PCMU, 20)
    packets = sent(one, 1.02) + sent(one, 1.04) + sent(one, 1.06)

    assert {packet.payload_type for packet in packets} == {0}
    assert b"".join(packet.payload for packet in packets).startswith(ulaw_encode(pcm(40)))


def test_a_new_negotiation_keeps_what_waits() -> None:
    """Another coding, packet length and event type from the next packet on."""
    one = sender()
    one.play(silence(0.02) + pcm(40))
    sent(one, 1.0)
    one.negotiate(PCMA, 40, None)
    (packet,) = sent(one, 1.02)

    assert packet.payload_type == 8
    assert packet.payload == PCMA.encode(PCMU.decode(PCMU.encode(pcm(40))))
    assert ms(one) == 1060


def test_on_hold_nothing_is_sent_and_marks_go_on() -> None:
    """The first packet afterwards is marked."""
    one = sender()
    sent(one, 1.0)
    one.active = False
    one.play(pcm(20))
    one.mark("held")
    assert (sent(one, 1.02), one.due(1.04).marks) == ([], ("held",))

    one.due(1.06)
    one.active = True
    (packet,) = sent(one, 1.08)
    assert packet.sequence == 65_535
    assert (packet.timestamp + 320) & 0xFFFFFFFF == 640


def test_half_a_sample_is_refused() -> None:
    """And nothing of it is kept."""
    one = sender()
    with pytest.raises(MediaError, match="half a sample"):
        one.play(b"\0\0\0")

    assert one.ahead_s == 0


def test_packets_of_15_ms_are_refused() -> None:
    """No telephone sends them."""
    with pytest.raises(ValueError, match="15 ms; they may have 10, 20"):
        sender(ptime_ms=15)


def test_two_seconds_are_the_most_that_waits() -> None:
    """Of a call that plays without end the newest is kept, and its marks come no later."""
    one = sender()
    for _ in range(200):
        one.play(pcm(20))
    one.mark("end")

    assert one.ahead_s == 2.0
    one.due(1.0)
    steps = [step for step in range(110) if one.due(1.001 + step * 0.02).marks]
    assert steps == [100]


def test_the_clock_of_the_stream_runs_between_packets_and_in_pauses() -> None:
    """For the reports."""
    one = sender(continuous=False)
    one.play(pcm(20))
    one.due(1.0)
    assert one.timestamp_at(1.01) == (1 << 32) - 320 + 80

    one.due(1.02)
    assert one.timestamp_at(2.0) == 8000 - 320
