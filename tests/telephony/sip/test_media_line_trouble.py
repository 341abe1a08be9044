"""The sound of a SIP call on a bad network, a busy machine, and from a peer that sends anything."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.packet_line import TICK_PHASE_S, Played, Sent, sound, stream
from support.sound_line import Call, FakePorts, HandClock, Telephone, agreed_with

from callagent.media.audio import CHUNK_BYTES
from callagent.media.codec import PCMU
from callagent.media.rtcp import Goodbye, ReceiverReport, SenderReport, read_rtcp, write_rtcp
from callagent.media.rtp import RtpPacket, is_rtcp, read_rtp, write_rtp
from callagent.telephony.sip.sound.media_clock import BEAT_S

PEER = "192.0.2.1"


def packet(sent: Sent) -> bytes:
    """As RTP."""
    return write_rtp(
        RtpPacket(
            payload_type=0,
            marker=False,
            sequence=sent.sequence,
            timestamp=sent.timestamp,
            ssrc=7,
            payload=PCMU.encode(sent.pcm),
        )
    )


def coded(number: int, cells: int) -> bytes:
    """The noise that only packet `number` carries, as G.711 leaves it."""
    return PCMU.decode(PCMU.encode(sound(number, cells)))


def fake_call(*, stamps: bool = True, ipv6: bool = False, host: str = PEER) -> tuple[Call, FakePorts, HandClock]:
    """A call whose datagrams come when they are said to, 1000 s on its clock."""
    clock = HandClock()
    ports = FakePorts(clock, stamps=stamps, ipv6=ipv6)
    call = Call(ports, clock)
    with Telephone() as anybody:
        call.line.agree(agreed_with(anybody, host=host, port=4000, rtcp_host=host, rtcp_port=4001))
    return call, ports, clock


def through(sent: list[Sent], *, stamps: bool = True) -> tuple[Played, Call, list[float]]:
    """Let a stream through a line; what was heard of it, and the delay of the buffer in milliseconds at each beat."""
    call, ports, clock = fake_call(stamps=stamps)
    clock.at_s = sent[0].arrival_s + TICK_PHASE_S - BEAT_S
    call.line._read_s = clock.at_s
    ports.sound.coming.extend((one.arrival_s, packet(one), PEER) for one in sent)
    delays_ms = []
    while ports.sound.coming or call.line._receiver.buffer.waiting:
        clock.pass_time()
        delays_ms.append(call.line.delay_s * 1000)
    played = Played(call.line._receiver.buffer, bytearray(call.sound))
    call.line.close()
    return played, call, delays_ms


@pytest.mark.parametrize("ptime_ms", [10, 20, 30])
@pytest.mark.parametrize("stamps", [True, False], ids=["stamped", "as read"])
def test_a_bad_line_has_no_gap_but_the_losses(ptime_ms: int, stamps: bool) -> None:
    """5 % lost, 60 ms of jitter and 3 % in disorder: never 60 ms of filling beyond the loss, nor 120 ms of delay."""
    sent = stream(
        1500,
        lambda number: number * 37 % 61 + (25 if number % 33 == 11 else 0),
        lambda number: number % 40 in {7, 8},
        ptime_ms=ptime_ms,
        pcm=lambda number: coded(number, ptime_ms // 10),
    )
    played, call, delays_ms = through(sent, stamps=stamps)
    heard = [cell for cell in played.cells(sent) if cell is not None]

    assert max(played.gaps_ms(sent, ptime_ms)[1:]) <= 60
    assert max(delays_ms) <= 120
    assert heard == sorted(set(heard))
    assert call.line.late_chunks <= 5
    assert call.line.quality is not None
    assert call.line.quality.loss == pytest.approx(0.05, abs=0.005)
    assert 75 * ptime_ms <= call.line.lost_chunks * 20 + 20 <= 75 * ptime_ms + 200


def test_jitter_is_the_line_s_not_the_beat_s() -> None:
    """Packets that come evenly, whenever they are read: the kernel's stamps tell."""
    sent = stream(500, ptime_ms=30, pcm=lambda number: coded(number, 3))
    _, stamped, _ = through(sent)
    _, guessed, _ = through(sent, stamps=False)

    assert stamped.line.quality is not None
    assert guessed.line.quality is not None
    assert stamped.line.quality.jitter_ms == 0
    assert guessed.line.quality.jitter_ms > 5


def test_a_stamp_that_cannot_be_is_passed_over() -> None:
    """As where the machine's date was set: the packet counts as come when it was read."""
    call, ports, clock = fake_call()
    for number in range(20):
        clock.date_offset_s = 3600.0 if number % 2 else -3600.0
        ports.sound.coming.append((clock.at_s + 0.01, packet(stream(20)[number]), PEER))
        clock.pass_time()

    assert len(call.heard) == 20
    assert call.line.quality is not None
    assert call.line.quality.jitter_ms < 0.5


def test_a_late_machine_loses_nothing() -> None:
    """What came meanwhile is read at once and heard beat by beat, and what was due to be sent is sent."""
    call, ports, clock = fake_call()
    sent = stream(60, pcm=lambda number: coded(number, 2))
    begins_s = clock.at_s - sent[0].arrival_s + 0.005
    ports.sound.coming.extend((begins_s + one.arrival_s, packet(one), PEER) for one in sent)
    clock.pass_time(0.4)
    before = len(ports.sound.sent)
    first_s = clock.at_s + BEAT_S
    clock.at_s += 6 * BEAT_S
    clock.beat(first_s, behind=5)
    late = len(ports.sound.sent) - before
    clock.pass_time(0.4)

    assert (before, late, len(ports.sound.sent)) == (20, 6, 46)
    assert call.sound.endswith(b"".join(one.pcm for one in sent[1:44]))
    assert call.line.lost_chunks <= 3


def test_after_a_standstill_sending_goes_on_from_now() -> None:
    """A second is heard, and not sent in one go: the timestamp leaps instead."""
    call, ports, clock = fake_call()
    clock.pass_time(0.1)
    first_s = clock.at_s + BEAT_S
    clock.at_s += 50 * BEAT_S
    clock.beat(first_s, behind=49)
    clock.pass_time(0.1)
    times = [read_rtp(data).timestamp for data, _ in ports.sound.sent]

    assert len(times) == 5 + 1 + 5
    assert [after - before & 0xFFFFFFFF for before, after in pairwise(times)] == [160] * 4 + [160 * 50] + [160] * 5
    call.line.close()


def test_a_peer_that_cannot_be_reached_is_no_fault() -> None:
    """What ICMP tells is counted; sound and reports, and the goodbye."""
    call, ports, clock = fake_call()
    ports.sound.broken = ports.reports.broken = ConnectionRefusedError()
    clock.pass_time(10)
    call.line.close()

    assert call.line.unsent > 500
    assert call.deaths == 0


def test_ipv4_over_a_socket_of_ipv6() -> None:
    """The peer is known by its shortest address, and is sent to by the longer one."""
    call, ports, clock = fake_call(ipv6=True)
    ports.sound.coming.append((clock.at_s, packet(stream(1)[0]), f"::ffff:{PEER}"))
    ports.reports.coming.append((clock.at_s, write_rtcp(ReceiverReport(7)), f"::ffff:{PEER}"))
    clock.pass_time(10)
    call.line.close()

    assert call.heard
    assert {target for _, target in ports.sound.sent} == {(f"::ffff:{PEER}", 4000)}
    assert {target for _, target in ports.reports.sent} == {(f"::ffff:{PEER}", 4000)}
    assert call.line.strangers == 0


def test_ipv6_is_ipv6() -> None:
    """Whatever form SDP writes it in."""
    call, ports, clock = fake_call(ipv6=True, host="2001:DB8:0:0::1")
    ports.sound.coming.append((clock.at_s, packet(stream(1)[0]), "2001:db8::1"))
    clock.pass_time(0.1)

    assert call.heard
    assert {target for _, target in ports.sound.sent} == {("2001:db8::1", 4000)}


WHOLE = [
    packet(stream(1)[0]),
    write_rtcp(ReceiverReport(7), Goodbye((7,))),
    write_rtp(RtpPacket(101, marker=True, sequence=1, timestamp=1, ssrc=7, payload=b"\x05\x8a\x03\x20")),
]
"""What the peer may send, to be spoilt."""


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A whole datagram with some bytes changed, cut or added."""
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 255)), max_size=6)):
        data[at % len(data)] = byte
    return bytes(data[: draw(st.integers(0, len(data)))]) + draw(st.binary(max_size=8))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(st.binary(max_size=80), spoilt()), st.booleans(), st.booleans()), max_size=40),
    st.booleans(),
)
def test_whatever_comes_nothing_is_raised(datagrams: list[tuple[bytes, bool, bool]], mux: bool) -> None:
    """From the peer or anybody, to either port: 20 ms are heard every 20 ms or nothing, and the line goes on."""
    call, ports, clock = fake_call()
    call.line._mux = mux
    for data, of_peer, to_sound in datagrams:
        receives = ports.sound if to_sound else ports.reports
        receives.coming.append((clock.at_s + 0.01, data, PEER if of_peer else "192.0.2.99"))
        clock.pass_time()
    clock.pass_time(1)

    assert clock.lines == 1
    assert {len(chunk.pcm) for chunk in call.heard} <= {CHUNK_BYTES}
    assert call.line.strangers == sum(not of_peer for _, of_peer, to_sound in datagrams if to_sound or not mux)
    assert len(ports.sound.sent) >= 50


@pytest.mark.parametrize("mux", [True, False])
def test_a_report_stamped_after_the_beat_is_no_fault(mux: bool) -> None:
    """A beat is late by some milliseconds: what came meanwhile is read in it, and answered."""
    call, ports, clock = fake_call()
    call.line._mux = mux
    clock.date_offset_s = -0.004
    report = write_rtcp(SenderReport(7, 1 << 40, 0, 1, 160))
    sent = stream(600)
    for number in range(600):
        ports.sound.coming.append((clock.at_s + BEAT_S, packet(sent[number]), PEER))
        (ports.sound if mux else ports.reports).coming.append((clock.at_s + BEAT_S, report, PEER))
        clock.pass_time()
    reports = [data for data, _ in (ports.sound if mux else ports.reports).sent if is_rtcp(data)]
    told = read_rtcp(reports[-1]).packets[0]

    assert clock.lines == 1
    assert isinstance(told, SenderReport)
    assert told.blocks[0].last_report == 1 << 24
    assert told.blocks[0].delay < 0.6 * 65536
