"""Whose sound a SIP call hears, and where its own goes: over real sockets of the loopback."""

from support.sound_line import Call, Telephone, agreed_with, talk, voice

from callagent.media.codec import PCMU
from callagent.media.rtcp import Goodbye, write_rtcp
from callagent.media.telephone_event import key_packets
from callagent.telephony.sip.sound.media_line import MOST_READ


def test_a_peer_behind_a_nat_is_answered_where_it_sends_from() -> None:
    """Only its port differs from what SDP says."""
    with Call() as call, Telephone() as peer, Telephone() as inside:
        call.line.agree(agreed_with(inside))
        talk(call, peer, 10)

        assert len(call.heard) == 10
        assert len(peer.hears()) == 10
        assert inside.hears() == []


def test_a_stranger_changes_nothing() -> None:
    """Another address, with the very stream of the peer, keys, reports and goodbyes: nothing of it is heard."""
    with Call() as call, Telephone() as peer, Telephone("127.0.0.2") as stranger:
        call.line.agree(agreed_with(peer))
        talk(call, peer, 10)
        stranger.sequence, stranger.timestamp = peer.sequence, peer.timestamp
        for number in range(30):
            stranger.sound.sendto(stranger.packet(PCMU.encode(voice(900 + number))), ("127.0.0.1", call.line.port))
            for key in key_packets("5", 800, 160):
                stranger.sound.sendto(stranger.packet(key.payload, 101), ("127.0.0.1", call.line.port))
            stranger.reports.sendto(write_rtcp(Goodbye((7,))), ("127.0.0.1", call.line.rtcp_port))
            talk(call, peer, 1, 10 + number)

        assert call.sound.endswith(b"".join(voice(number) for number in range(1, 38)))
        assert (call.keys, call.line.malformed) == ("", 0)
        assert call.line.strangers > 200
        assert len(peer.hears()) == 40
        assert stranger.hears() == []
        assert call.line.quality is not None
        assert call.line.quality.packets == 40


def test_garbage_from_the_peer_s_address_is_not_the_peer() -> None:
    """Who sends no RTP of use is sent none; it is counted."""
    with Call() as call, Telephone() as peer, Telephone() as other:
        call.line.agree(agreed_with(peer))
        for garbage in (b"", b"\x80", bytes(200), b"\x80\x00" + bytes(8), other.packet(bytes(160), 96)):
            other.sound.sendto(garbage, ("127.0.0.1", call.line.port))
        call.clock.pass_time(0.1)

        assert len(peer.hears()) == 5
        assert other.hears() == []
        assert call.heard == []
        assert call.line.malformed == 4


def test_a_peer_that_moves_to_another_port_is_followed_once_the_old_one_is_silent() -> None:
    """As when a NAT forgets it; before two seconds are over it is a stranger."""
    with Call() as call, Telephone() as peer, Telephone() as moved:
        call.line.agree(agreed_with(peer))
        talk(call, peer, 10)
        moved.sequence, moved.timestamp = peer.sequence, peer.timestamp
        talk(call, moved, 50, 100)
        before = len(moved.hears())
        call.clock.pass_time(1)
        moved.timestamp += 8000
        said = talk(call, moved, 50, 200)

        assert before == 0
        assert len(moved.hears()) == 50
        assert call.sound.endswith(b"".join(said[10:48]))


def test_where_nat_hides_the_address_the_first_who_sends_is_the_peer() -> None:
    """And nobody after it."""
    with Call(any_source=True) as call, Telephone("127.0.0.2") as peer, Telephone("127.0.0.3") as late:
        call.line.agree(agreed_with(peer, host="192.0.2.1", rtcp_host="192.0.2.1"))
        for number in range(10):
            peer.sound.sendto(peer.packet(PCMU.encode(voice(number))), ("127.0.0.1", call.line.port))
            late.sound.sendto(late.packet(PCMU.encode(voice(number))), ("127.0.0.1", call.line.port))
            peer.timestamp += 160
            call.clock.pass_time()

        assert len(peer.hears()) == 10
        assert late.hears() == []
        assert call.line.strangers == 10


def test_a_flood_is_read_in_parts() -> None:
    """One beat takes no more than its part, and the sound goes on."""
    with Call() as call, Telephone() as peer, Telephone("127.0.0.2") as stranger:
        call.line.agree(agreed_with(peer))
        for _ in range(MOST_READ + 20):
            stranger.sound.sendto(bytes(20), ("127.0.0.1", call.line.port))
        call.clock.pass_time()
        first = call.line.strangers
        call.clock.pass_time()

        assert (first, call.line.strangers) == (MOST_READ, MOST_READ + 20)
        assert len(peer.hears()) == 2
