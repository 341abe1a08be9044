"""Encrypted RTP and RTCP, SRTP (RFC 3711), with keys from SDP (SDES, RFC 4568).

The work is done by libsrtp through the pylibsrtp package, which the extra `srtp` installs.
"""

from typing import Final

from callagent.errors import ConfigurationError, WireError

KEY_BYTES: Final = 30
"""Master key and salt together, of both suites (RFC 4568, section 6.2)."""
SUITES: Final = ("AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32")
"""As SDP names them, the better one first."""
WINDOW: Final = 256
"""Packets back to which one that comes late is told from one that is played again."""


class SrtpStreams:
    """One call's both directions: `ours` is the key that we gave in SDP, `theirs` the peer's; each has KEY_BYTES."""

    def __init__(self, suite: str, ours: bytes, theirs: bytes) -> None:
        """Raises ConfigurationError without pylibsrtp, WireError for a suite or key that SDP should have refused."""
        try:
            import pylibsrtp
        except ImportError as missing:
            raise ConfigurationError(
                "encrypted calls need the pylibsrtp package; install callagent with the extra: callagent[srtp]"
            ) from missing
        if suite not in SUITES:
            raise WireError(f"SRTP suite {suite!r}; there are {' and '.join(SUITES)}")
        if len(ours) != KEY_BYTES or len(theirs) != KEY_BYTES:
            raise WireError(f"SRTP keys of {len(ours)} and {len(theirs)} bytes, where {suite} has {KEY_BYTES}")
        policy = pylibsrtp.Policy
        profile = (policy.SRTP_PROFILE_AES128_CM_SHA1_80, policy.SRTP_PROFILE_AES128_CM_SHA1_32)[SUITES.index(suite)]
        outgoing = policy(key=ours, ssrc_type=policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
        incoming = policy(key=theirs, ssrc_type=policy.SSRC_ANY_INBOUND, srtp_profile=profile)
        incoming.window_size = WINDOW
        self._error = pylibsrtp.Error
        self._outgoing, self._incoming = pylibsrtp.Session(outgoing), pylibsrtp.Session(incoming)

    def protect(self, packet: bytes) -> bytes:
        """An RTP packet for the wire. Raises WireError for one that cannot be encrypted."""
        try:
            return self._outgoing.protect(packet)
        except (self._error, ValueError) as refused:
            raise WireError(f"RTP of {len(packet)} bytes cannot be encrypted: {refused}") from refused

    def protect_rtcp(self, packet: bytes) -> bytes:
        """An RTCP datagram for the wire. Raises WireError for one that cannot be encrypted."""
        try:
            return self._outgoing.protect_rtcp(packet)
        except (self._error, ValueError) as refused:
            raise WireError(f"RTCP of {len(packet)} bytes cannot be encrypted: {refused}") from refused

    def unprotect(self, packet: bytes) -> bytes:
        """The RTP in a packet from the wire. Raises WireError for a forged, repeated or broken one."""
        try:
            return self._incoming.unprotect(packet)
        except (self._error, ValueError) as refused:
            raise WireError(f"SRTP of {len(packet)} bytes is not from the peer: {refused}; drop it.") from refused

    def unprotect_rtcp(self, packet: bytes) -> bytes:
        """The RTCP in a datagram from the wire. Raises WireError for a forged, repeated or broken one."""
        try:
            return self._incoming.unprotect_rtcp(packet)
        except (self._error, ValueError) as refused:
            raise WireError(f"SRTCP of {len(packet)} bytes is not from the peer: {refused}; drop it.") from refused
