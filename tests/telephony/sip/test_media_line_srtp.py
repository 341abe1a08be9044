"""The encrypted sound of a SIP call, over real sockets of the loopback."""

import secrets
import sys

import pytest
from support.sound_line import Call, Telephone, agreed_with, received, talk, voice

from callagent.errors import ConfigurationError, WireError
from callagent.media.codec import PCMU
from callagent.media.rtcp import ReceiverReport, SenderReport, read_rtcp, write_rtcp
from callagent.media.rtp import read_rtp
from callagent.media.srtp import SrtpStreams
from callagent.telephony.sip.offers.sdes import CryptoSuite, SrtpKeys


def keys() -> SrtpKeys:
    """Of one side; the other has them crosswise."""
    return SrtpKeys(CryptoSuite.SHA1_80, secrets.token_bytes(30), secrets.token_bytes(30))


def srtp_of(theirs: SrtpKeys) -> SrtpStreams:
    """The peer's side of it."""
    return SrtpStreams(theirs.suite, theirs.receive_key, theirs.send_key)


def test_encrypted_both_ways() -> None:
    """Sound and reports; what is not of the peer's key is counted, as is what is played again."""
    ours = keys()
    theirs = srtp_of(ours)
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer, srtp=ours))
        call.line.play(voice(77))
        protected = b""
        for number in range(20):
            protected = theirs.protect(peer.packet(PCMU.encode(voice(number))))
            peer.sound.sendto(protected, ("127.0.0.1", call.line.port))
            peer.timestamp += 160
            call.clock.pass_time()
        packets = [read_rtp(theirs.unprotect(data)) for data in received(peer.sound)]
        for bad in (protected, bytes(180), peer.packet(bytes(160)), srtp_of(keys()).protect(peer.packet(bytes(160)))):
            peer.sound.sendto(bad, ("127.0.0.1", call.line.port))
        report = theirs.protect_rtcp(write_rtcp(ReceiverReport(7)))
        for data in (report, report, write_rtcp(ReceiverReport(7))):
            peer.reports.sendto(data, ("127.0.0.1", call.line.rtcp_port))
        call.clock.pass_time(10)
        reports = [read_rtcp(theirs.unprotect_rtcp(data)) for data in received(peer.reports)]

        assert voice(5) + voice(6) + voice(7) in call.sound
        assert PCMU.decode(packets[0].payload) == voice(77)
        assert call.line.malformed == 4 + 2
        assert isinstance(reports[0].packets[0], SenderReport)


def test_keys_that_stay_count_on_and_new_ones_begin_anew() -> None:
    """Of each direction by itself: with an old key no packet's number may be used twice."""
    ours = keys()
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer, srtp=ours))
        before = call.line._protect, call.line._unprotect
        call.line.agree(agreed_with(peer, srtp=SrtpKeys(ours.suite, ours.send_key, ours.receive_key)))
        same = call.line._protect, call.line._unprotect
        call.line.agree(agreed_with(peer, srtp=SrtpKeys(ours.suite, ours.send_key, bytes(30))))
        half = call.line._protect, call.line._unprotect
        call.line.agree(agreed_with(peer, srtp=SrtpKeys(CryptoSuite.SHA1_32, ours.send_key, bytes(30))))
        suite = call.line._protect, call.line._unprotect
        call.line.agree(agreed_with(peer))

        assert same == before
        assert half[0] is before[0]
        assert half[1] not in before
        assert suite[0] not in half
        assert (call.line._protect, call.line._unprotect) == (None, None)


def test_keys_that_cannot_be_are_refused_and_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so is SRTP without its package, which the operator is told."""
    with Call() as call, Telephone() as peer:
        call.line.agree(agreed_with(peer))
        with pytest.raises(WireError, match="30"):
            call.line.agree(agreed_with(peer, srtp=SrtpKeys(CryptoSuite.SHA1_80, b"short", bytes(30))))
        monkeypatch.setitem(sys.modules, "pylibsrtp", None)
        with pytest.raises(ConfigurationError, match="srtp"):
            call.line.agree(agreed_with(peer, srtp=keys()))
        talk(call, peer, 10)

        assert len(call.heard) == len(peer.hears()) == 10
