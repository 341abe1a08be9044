"""Encrypted RTP with keys from SDP."""

import sys

import pytest

from callagent.errors import ConfigurationError, WireError
from callagent.media.rtcp import ReceiverReport, write_rtcp
from callagent.media.rtp import RtpPacket, write_rtp
from callagent.media.srtp import KEY_BYTES, SUITES, SrtpStreams

OURS, THEIRS = bytes(range(KEY_BYTES)), bytes(range(100, 100 + KEY_BYTES))


def packet(sequence: int) -> bytes:
    """20 ms of audio."""
    return write_rtp(RtpPacket(0, marker=False, sequence=sequence & 0xFFFF, timestamp=0, ssrc=9, payload=bytes(160)))


def ends(suite: str = SUITES[0]) -> tuple[SrtpStreams, SrtpStreams]:
    """Both ends of a call."""
    pytest.importorskip("pylibsrtp", reason="the extra srtp is not installed")
    return SrtpStreams(suite, OURS, THEIRS), SrtpStreams(suite, THEIRS, OURS)


@pytest.mark.parametrize(("suite", "tag"), [(SUITES[0], 10), (SUITES[1], 4)])
def test_what_one_end_encrypts_the_other_reads(suite: str, tag: int) -> None:
    """Both ways, RTP across the wrap of its sequence, and RTCP; with the suite's length of tag."""
    one, other = ends(suite)
    report = write_rtcp(ReceiverReport(9))

    for sequence in range(65_500, 65_600):
        coded = one.protect(packet(sequence))
        assert len(coded) == len(packet(sequence)) + tag
        assert coded[12:] != packet(sequence)[12:] + coded[-tag:]
        assert other.unprotect(coded) == packet(sequence)
    assert other.unprotect_rtcp(one.protect_rtcp(report)) == report
    assert one.unprotect(other.protect(packet(1))) == packet(1)


def test_forged_repeated_and_plain_packets_are_refused() -> None:
    """Each with an error of ours; what comes late is read all the same."""
    one, other = ends()
    coded = [one.protect(packet(sequence)) for sequence in range(10)]
    assert other.unprotect(coded[9]) == packet(9)
    assert other.unprotect(coded[3]) == packet(3)

    for bad in (coded[3], bytes([*coded[4][:-1], coded[4][-1] ^ 1]), packet(5), b"", b"\x80", bytes(2000)):
        with pytest.raises(WireError, match="not from the peer"):
            other.unprotect(bad)
        with pytest.raises(WireError, match="not from the peer"):
            other.unprotect_rtcp(bad)


def test_what_cannot_be_encrypted_is_an_error() -> None:
    """Too long for a datagram."""
    one, _ = ends()

    with pytest.raises(WireError, match="cannot be encrypted"):
        one.protect(bytes(1500))
    with pytest.raises(WireError, match="cannot be encrypted"):
        one.protect_rtcp(bytes(1500))


@pytest.mark.parametrize(
    ("suite", "key", "problem"),
    [("F8_128_HMAC_SHA1_80", OURS, "there are AES_CM_128"), (SUITES[0], OURS[:-1], "30 and 29 bytes")],
)
def test_other_suites_and_keys_are_refused(suite: str, key: bytes, problem: str) -> None:
    """SDP should not have let them by."""
    pytest.importorskip("pylibsrtp", reason="the extra srtp is not installed")

    with pytest.raises(WireError, match=problem):
        SrtpStreams(suite, OURS, key)


def test_without_the_package_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator knows what to install."""
    monkeypatch.setitem(sys.modules, "pylibsrtp", None)

    with pytest.raises(ConfigurationError, match=r"callagent\[srtp\]"):
        SrtpStreams(SUITES[0], OURS, THEIRS)
