"""The sound of a SIP call, over real sockets of the loopback."""

import asyncio
from functools import partial

import pytest
from support.sound_line import Call, Telephone, agreed_with, own_range, talk, voice

from callagent.errors import WireError
from callagent.media.audio import CHUNK_BYTES, SILENCE, Chunk
from callagent.media.codec import PCMA, PCMU
from callagent.media.telephone_event import key_packets, read_events
from callagent.telephony.sip.offers.audio_line import Codec, Direction
from callagent.telephony.sip.sound.media_clock import MediaClock
from callagent.telephony.sip.sound.media_line import DEAD_S, MediaLine


def test_both_sides_are_heard() -> None:
    """To the bit, 20 ms every 20 ms, without a break in the positions; the peer gets a packet every 20 ms."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        ours = [voice(1000 + number) for number in range(100)]
        call.line.play(b"".join(ours[:10]))
        for number in range(100):
            if number >= 10:
                call.line.play(ours[number])
            peer.say(call.line, voice(number))
            call.clock.pass_time()
        packets = peer.hears()

        assert call.sound.endswith(b"".join(voice(number) for number in range(1, 98)))
        assert [chunk.position for chunk in call.heard] == list(range(0, 160 * 100, 160))
        assert [PCMU.decode(packet.payload) for packet in packets] == ours
        assert [packet.marker for packet in packets] == [True] + [False] * 99
        assert {(packet.sequence - packets[0].sequence) & 0xFFFF for packet in packets} == set(range(100))
        assert packets[0].sequence < 1 << 15


@pytest.mark.parametrize("ptime_ms", [10, 20, 30, 60])
def test_packets_of_any_length_are_sent_and_heard(ptime_ms: int) -> None:
    """As the peer asks for them, and as it sends them."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer, send_ptime_ms=ptime_ms))
        ours = b"".join(voice(1000 + number) for number in range(60))
        call.line.play(ours)
        said = b"".join(talk(call, peer, 1200 // ptime_ms, ms=ptime_ms))
        payloads = [packet.payload for packet in peer.hears()]

        assert {len(payload) for payload in payloads} == {8 * ptime_ms}
        assert ours.startswith(PCMU.decode(b"".join(payloads)))
        assert len(b"".join(payloads)) >= 8 * (1200 - 10)
        heard = call.sound[3 * CHUNK_BYTES :]
        assert heard[: 50 * CHUNK_BYTES] in said
        assert call.line.lost_chunks <= 3


def test_nothing_is_heard_before_an_agreement() -> None:
    """What came meanwhile is nobody's, and what is said is kept."""
    with Call() as call, Telephone() as peer:
        peer.say(call.line, voice(0))
        call.line.play(voice(1))
        call.clock.pass_time(1)
        call.line.agree(agreed_with(peer))
        call.clock.pass_time()

        assert call.heard == []
        assert call.line.quality is None
        assert [PCMU.decode(packet.payload) for packet in peer.hears()] == [voice(1)]


def test_marks_come_when_all_before_them_was_sent_and_clear_returns_the_rest() -> None:
    """In order."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        for number in range(4):
            call.line.play(voice(number))
            call.line.mark(str(number))
        call.clock.pass_time(0.06)
        marks = list(call.marks)

        assert call.line.clear() == ("2", "3")
        call.clock.pass_time(0.2)
        assert marks == call.marks == ["0", "1"]
        assert [PCMU.decode(packet.payload) for packet in peer.hears()][3:] == [SILENCE] * 10


def test_keys_go_both_ways() -> None:
    """Each is told once; where the peer takes none, it is said so."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        talk(call, peer, 5)
        began = peer.timestamp
        for key in key_packets("#", 800, 160):
            peer.sound.sendto(peer.packet(key.payload, 101, began), ("127.0.0.1", call.line.port))
            call.clock.pass_time()
        assert call.line.press("5")
        call.clock.pass_time(0.3)
        pressed = [read_events(packet.payload)[0] for packet in peer.hears() if packet.payload_type == 101]

        assert call.keys == "#"
        assert (pressed[0].code, pressed[-1].ended) == (5, True)
        call.line.agree(agreed_with(peer, send_event_type=None))
        assert not call.line.press("5")
        with pytest.raises(ValueError, match="no key"):
            call.line.press("x")


def test_hold_and_resume() -> None:
    """On hold nothing is sent, heard or pressed, however long; then both go on, and time has passed."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        talk(call, peer, 20)
        peer.hears()
        call.line.agree(agreed_with(peer, direction=Direction.INACTIVE, host="0.0.0.0"))
        call.line.play(voice(1))
        call.line.mark("said")
        talk(call, peer, 20)
        peer.sound.sendto(peer.packet(next(key_packets("1", 160, 160)).payload, 101), ("127.0.0.1", call.line.port))
        call.clock.pass_time(2 * DEAD_S)
        held = (len(call.heard), call.keys, call.deaths, len(peer.hears()))
        peer.timestamp += round(2 * DEAD_S * 8000)
        call.line.agree(agreed_with(peer))
        said = talk(call, peer, 20, 500)

        assert held == (20, "", 0, 0)
        assert call.marks == ["said"]
        assert len(call.heard) == 40
        assert call.heard[20].position == (20 + 20 + 3000) * 160
        assert said[5] + said[6] in call.sound
        assert len(peer.hears()) == 20


def test_a_peer_that_only_listens_or_only_speaks() -> None:
    """One direction is open."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer, direction=Direction.RECVONLY))
        talk(call, peer, 5)
        listening = (len(call.heard), len(peer.hears()))
        call.line.agree(agreed_with(peer, direction=Direction.SENDONLY))
        talk(call, peer, 5)

        assert listening == (5, 0)
        assert (len(call.heard), len(peer.hears())) == (5, 5)


def test_another_agreement_goes_on_with_the_same_stream() -> None:
    """Another coding under another number, length and address; what was played and not sent is sent there."""
    with Call() as call, Telephone() as peer, Telephone(ssrc=8) as other:
        call.line.agree(agreed_with(peer))
        call.line.play(b"".join(voice(number) for number in range(6)))
        talk(call, peer, 4)
        before = peer.hears()
        changes = {"codec": Codec.PCMA, "send_type": 97, "send_ptime_ms": 40, "receives": ((97, Codec.PCMA),)}
        call.line.agree(agreed_with(other, **changes))
        for number in range(10):
            other.sound.sendto(other.packet(PCMA.encode(voice(100 + number)), 97), ("127.0.0.1", call.line.port))
            other.timestamp += 160
            call.clock.pass_time()
        after = other.hears()

        assert peer.hears() == []
        assert {packet.payload_type for packet in after} == {97}
        assert {len(packet.payload) for packet in after} == {320}
        assert after[0].payload == PCMA.encode(PCMU.decode(PCMU.encode(voice(4) + voice(5))))
        assert {packet.ssrc for packet in after} == {before[0].ssrc}
        assert after[0].sequence == before[-1].sequence + 1
        assert PCMA.decode(PCMA.encode(voice(105))) in call.sound


def test_a_host_name_is_refused_and_changes_nothing() -> None:
    """The call goes on as it was."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        for changes in ({"host": "media.example.invalid"}, {"rtcp_host": "media.example.invalid"}):
            with pytest.raises(WireError, match="host name"):
                call.line.agree(agreed_with(peer, codec=Codec.PCMA, **changes))
        talk(call, peer, 5)

        assert {packet.payload_type for packet in peer.hears()} == {0}


async def test_two_lines_on_the_loop_s_own_time_hear_each_other() -> None:
    """The real clock, sockets and stamps: nothing is missing."""
    ports, clock = own_range(), MediaClock()
    loop = asyncio.get_running_loop()
    heard: list[list[Chunk]] = [[], []]
    enough: list[asyncio.Future[None]] = [loop.create_future(), loop.create_future()]

    def hears(number: int, chunk: Chunk) -> None:
        heard[number].append(chunk)
        if len(heard[number]) == 15:
            enough[number].set_result(None)

    lines = [
        MediaLine(ports, clock, partial(hears, number), str, str, lambda: None)  # type: ignore[arg-type]
        for number in (0, 1)
    ]
    for line, other in (lines, reversed(lines)):
        with Telephone() as anybody:
            line.agree(agreed_with(anybody, port=other.port, rtcp_port=other.rtcp_port))
        line.play(b"".join(voice(other.port + number) for number in range(5)))
    await asyncio.gather(*enough)
    for line in lines:
        line.close()

    for line, chunks in zip(lines, heard, strict=True):
        assert voice(line.port + 3) in b"".join(chunk.pcm for chunk in chunks)
        assert line.malformed == line.strangers == line.unsent == 0
    assert (ports.in_use, clock.lines) == (0, 0)
