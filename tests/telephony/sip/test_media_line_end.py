"""A SIP call's reports, and the ends that its sound may come to."""

import secrets
from pathlib import Path

from structlog.testing import capture_logs
from support.sound_line import Call, HandClock, Telephone, agreed_with, own_range, received, talk, voice

from callagent.media.audio import Chunk
from callagent.media.rtcp import Goodbye, ReceiverReport, SenderReport, SourceDescription, read_rtcp, write_rtcp
from callagent.media.telephone_event import key_packets
from callagent.telephony.sip.offers.audio_line import Direction
from callagent.telephony.sip.offers.sdes import CryptoSuite, SrtpKeys
from callagent.telephony.sip.sound.media_line import DEAD_S, MediaLine


def keys() -> SrtpKeys:
    """Of one side; the other has them crosswise."""
    return SrtpKeys(CryptoSuite.SHA1_80, secrets.token_bytes(30), secrets.token_bytes(30))


def test_reports_go_both_ways_and_goodbye_at_the_end() -> None:
    """Where SDP says, under no name of ours; and the quality has what was learnt."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        for second in range(20):
            talk(call, peer, 50, second)
        packets = peer.hears()
        reports = [read_rtcp(data).packets for data in received(peer.reports)]
        call.line.close()
        last = [read_rtcp(data).packets for data in received(peer.reports)]

        assert 3 <= len(reports) <= 8
        report, described = reports[-1]
        assert isinstance(report, SenderReport)
        assert isinstance(described, SourceDescription)
        assert (report.ssrc, report.blocks[0].ssrc) == (packets[0].ssrc, 7)
        assert described.cname.isalnum()
        assert isinstance(last[0][-1], Goodbye)
        assert call.line.quality is not None
        assert (call.line.quality.packets, call.line.quality.loss) == (1000, 0)


def test_a_report_tells_how_far_away_the_peer_is() -> None:
    """From the time that our own took to come back; past a NAT, reports go where the peer's come from."""
    with Call() as call, Telephone() as peer, Telephone() as inside:
        call.line.agree(agreed_with(peer, rtcp_port=inside.rtcp_port))
        talk(call, peer, 500)
        ours = read_rtcp(received(inside.reports)[-1]).packets[0]
        assert isinstance(ours, SenderReport)
        stats = call.line._receiver.stats
        assert stats is not None
        block = stats.block(ours.ntp >> 16 & 0xFFFFFFFF, 0)
        told = block.__class__(ours.ssrc, 0, 25, 0, 0, block.last_report, 0)
        peer.reports.sendto(write_rtcp(ReceiverReport(7, (told,))), ("127.0.0.1", call.line.rtcp_port))
        talk(call, peer, 500)

        assert call.line.quality is not None
        assert call.line.quality.round_trip_ms is not None
        assert call.line.quality.far_loss is not None
        assert received(peer.reports) != []


def test_reports_may_share_the_port_of_the_sound() -> None:
    """RTCP multiplexed: one socket for both, at both ends."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer, rtcp_mux=True))
        talk(call, peer, 10)
        peer.sound.sendto(write_rtcp(ReceiverReport(7)), ("127.0.0.1", call.line.port))
        peer.sound.sendto(b"\x80\xc8\x00\x09", ("127.0.0.1", call.line.port))
        call.clock.pass_time(10)
        kinds = {type(packet) for data in received(peer.sound) for packet in read_rtcp(data).packets if data[1] > 127}

        assert SenderReport in kinds
        assert received(peer.reports) == []
        assert call.line.malformed == 1


def test_a_line_without_sound_is_dead_and_told_once() -> None:
    """The first packet has as long as any other."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        call.clock.pass_time(DEAD_S - 1)
        talk(call, peer, 1)
        call.clock.pass_time(DEAD_S - 1)
        before = call.deaths
        call.clock.pass_time(3)
        after = call.deaths
        call.clock.pass_time(2 * DEAD_S)

        assert (before, after, call.deaths) == (0, 1, 1)


def test_reports_show_that_a_silent_peer_is_there() -> None:
    """As of a telephone that sends nothing while nobody speaks."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        for _ in range(20):
            peer.reports.sendto(write_rtcp(ReceiverReport(7)), ("127.0.0.1", call.line.rtcp_port))
            call.clock.pass_time(5)
        assert call.deaths == 0
        for _ in range(20):
            peer.reports.sendto(b"\x80garbage", ("127.0.0.1", call.line.rtcp_port))
            call.clock.pass_time(5)
        assert call.deaths == 1


def test_after_a_hold_the_wait_begins_anew() -> None:
    """Silence of the hold is not the line's."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer, direction=Direction.INACTIVE))
        call.clock.pass_time(2 * DEAD_S)
        call.line.agree(agreed_with(peer))
        call.clock.pass_time(DEAD_S - 1)
        before = call.deaths
        call.clock.pass_time(2)

        assert (before, call.deaths) == (0, 1)


def test_a_closed_line_says_and_does_nothing() -> None:
    """Closing twice is harmless, and the ports are free."""
    with Telephone() as peer:
        call = Call()
        call.line.agree(agreed_with(peer))
        talk(call, peer, 5)
        peer.hears()
        call.line.close()
        call.line.close()
        call.line.play(voice(0))
        call.line.mark("never")
        call.line.agree(agreed_with(peer))
        assert not call.line.press("1")
        call.line.tick(0.0, 0.0)
        call.clock.pass_time(DEAD_S + 1)

        assert (len(call.heard), call.marks, call.deaths) == (5, [], 0)
        assert (call.ports.in_use, call.clock.lines) == (0, 0)
        assert peer.hears() == []
        assert call.line.quality is not None


def test_a_line_may_be_closed_from_its_own_callbacks() -> None:
    """Nothing is told after it."""
    ports, clock = own_range(), HandClock()
    told: list[str] = []

    def ends(what: object) -> None:
        told.append(what if isinstance(what, str) else "sound")
        line.close()

    with Telephone() as peer:
        for way in ("key", "sound", "mark", "death"):
            line = MediaLine(ports, clock, ends, ends, ends, lambda: ends("dead"))
            line.agree(agreed_with(peer))
            if way == "key":
                for key in key_packets("5", 160, 160):
                    peer.sound.sendto(peer.packet(key.payload + key.payload, 101), ("127.0.0.1", line.port))
            elif way == "sound":
                peer.say(line, voice(0))
                line.mark("m")
            elif way == "mark":
                line.mark("m1")
                line.mark("m2")
            clock.pass_time(DEAD_S + 1)

    assert told == ["5", "sound", "m1", "dead"]
    assert (ports.in_use, clock.lines) == (0, 0)


def test_one_call_s_fault_is_not_the_other_s() -> None:
    """It is told that its line is dead, which is then closed; the other hears on."""
    ports, clock = own_range(), HandClock()
    deaths: list[str] = []

    def fails(chunk: Chunk) -> None:
        raise LookupError(chunk)

    with Telephone() as one, Telephone() as other, Call(ports, clock) as whole, capture_logs() as logs:
        broken = MediaLine(ports, clock, fails, deaths.append, deaths.append, lambda: deaths.append("dead"))
        broken.agree(agreed_with(one))
        whole.line.agree(agreed_with(other))
        one.say(broken, voice(0))
        talk(whole, other, 10)

        assert deaths == ["dead"]
        assert len(logs) == 1
        assert (ports.in_use, clock.lines) == (1, 1)
        assert len(whole.heard) == 10


def test_two_hundred_calls_leave_nothing_behind() -> None:
    """No port, no socket, no beat; agreed on or not, encrypted or not."""
    ports, clock = own_range(3), HandClock()

    def sockets() -> int:
        files = Path("/proc/self/fd").iterdir()
        return sum(file.exists() and str(file.readlink()).startswith("socket:") for file in files)

    with Telephone() as peer:
        before = sockets()
        for number in range(200):
            call = Call(ports, clock)
            if number % 10:
                call.line.agree(agreed_with(peer, srtp=keys() if number % 3 else None))
                talk(call, peer, 2)
            call.line.close()
            peer.hears()

        assert (ports.in_use, clock.lines, sockets()) == (0, 0, before)
