"""RTP packets as bytes and back: RFC 3550, section 5.1.

Reading takes whatever a peer sends and either understands it or raises; writing makes only what callagent sends: no
padding, no extension, no contributing sources.
"""

import struct
from typing import Final, NamedTuple

from callagent.errors import WireError

VERSION_BITS: Final = 0x80
HEADER_BYTES: Final = 12
_HEADER: Final = struct.Struct("!BBHII")
_EXTENSION: Final = struct.Struct("!HH")
_PADDED: Final = 0x20
_EXTENDED: Final = 0x10
_SOURCES: Final = 0x0F
_RTCP_TYPES: Final = range(192, 224)
"""Second bytes that RFC 5761, section 4, leaves to RTCP."""


class RtpPacket(NamedTuple):
    """One packet without what surrounds its payload."""

    payload_type: int
    """0 to 127."""
    marker: bool
    """For audio: the first packet after silence (RFC 3551, section 4.1)."""
    sequence: int
    """16 bits, one more with every packet."""
    timestamp: int
    """32 bits, in samples for telephone codings."""
    ssrc: int
    """32 bits: whose stream this is."""
    payload: bytes


def read_rtp(data: bytes) -> RtpPacket:
    """The packet in a datagram. Raises WireError for anything that is none."""
    if len(data) < HEADER_BYTES:
        raise WireError(f"RTP of {len(data)} bytes is shorter than its header of {HEADER_BYTES}; drop it.")
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    payload = data[HEADER_BYTES:] if first == VERSION_BITS else _payload(data, first)
    return RtpPacket(second & 0x7F, second > 0x7F, sequence, timestamp, ssrc, payload)


def write_rtp(packet: RtpPacket) -> bytes:
    """The datagram of a packet; all numbers are cut to their width."""
    return (
        _HEADER.pack(
            VERSION_BITS,
            packet.payload_type & 0x7F | packet.marker << 7,
            packet.sequence & 0xFFFF,
            packet.timestamp & 0xFFFFFFFF,
            packet.ssrc & 0xFFFFFFFF,
        )
        + packet.payload
    )


def is_rtcp(data: bytes) -> bool:
    """Whether a datagram on a port for both is RTCP (RFC 5761, section 4)."""
    return len(data) > 1 and data[1] in _RTCP_TYPES


def sequence_step(now: int, before: int) -> int:
    """How far sequence number `now` is ahead of `before`, across the wrap: -32768 to 32767."""
    return (now - before + 0x8000 & 0xFFFF) - 0x8000


def timestamp_step(now: int, before: int) -> int:
    """How many samples timestamp `now` is ahead of `before`, across the wrap: a signed number of 32 bits."""
    return (now - before + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def _payload(data: bytes, first: int) -> bytes:
    """What is between the optional parts of the header and the padding."""
    if first >> 6 != VERSION_BITS >> 6:
        raise WireError(f"RTP of version {first >> 6}, where 2 is the only one; drop it.")
    begins = HEADER_BYTES + 4 * (first & _SOURCES)
    if first & _EXTENDED:
        if len(data) < begins + _EXTENSION.size:
            raise WireError("RTP ends inside its header's extension; drop it.")
        begins += _EXTENSION.size + 4 * _EXTENSION.unpack_from(data, begins)[1]
    ends = len(data)
    if first & _PADDED:
        padding = data[-1]
        if not padding:
            raise WireError("RTP says that it is padded, by no byte; drop it.")
        ends -= padding
    if begins > ends:
        raise WireError(f"RTP of {len(data)} bytes announces more header and padding than that; drop it.")
    return data[begins:ends]
