"""RTCP as bytes and back: reports, names and goodbyes of RFC 3550, sections 6.1 and 6.4 to 6.6.

A datagram is a compound of packets. What is malformed ends the reading of its datagram and is counted, what is of an
unknown type is passed over: reports are worth having, and never worth a call.
"""

import struct
from dataclasses import dataclass
from typing import Final, TypeAlias

_HEADER: Final = struct.Struct("!BBH")
_SENDER: Final = struct.Struct("!IQIII")
_BLOCK: Final = struct.Struct("!IIIIII")
_SSRC: Final = struct.Struct("!I")
_SENDER_REPORT, _RECEIVER_REPORT, _DESCRIPTION, _GOODBYE = 200, 201, 202, 203
_CNAME: Final = 1
_MOST_BLOCKS: Final = 31
_LONGEST_TEXT: Final = 255


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How one stream arrives, as its receiver tells it."""

    ssrc: int
    """The stream."""
    fraction_lost: int
    """Of the packets since the report before, in 1/256."""
    lost: int
    """Packets since the beginning; negative where more came than were sent, doubled on the way."""
    highest_sequence: int
    """Of all that came, with the count of wraps in the upper 16 bits."""
    jitter: int
    """Between arrivals, in units of the timestamp: samples."""
    last_report: int
    """The middle 32 bits of the NTP time in the sender's last report; 0 when there was none."""
    delay: int
    """Since that report, in 1/65536 s."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """From one who sends: what was sent, and how others arrive there."""

    ssrc: int
    ntp: int
    """64 bits: seconds, and their fraction in the lower 32."""
    timestamp: int
    """The same moment on the clock of the stream."""
    packets: int
    octets: int
    """Of payload."""
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """From one who does not send."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """The lasting name of a source; all else that one may tell is passed over."""

    ssrc: int
    cname: str
    """Empty where the source gave none."""


@dataclass(frozen=True, slots=True)
class Goodbye:
    """Sources that leave."""

    ssrcs: tuple[int, ...]
    reason: str = ""


RtcpPacket: TypeAlias = SenderReport | ReceiverReport | SourceDescription | Goodbye


@dataclass(frozen=True, slots=True)
class Compound:
    """What was in one datagram."""

    packets: tuple[RtcpPacket, ...]
    malformed: int
    """0, or 1 where the rest could not be read."""


def read_rtcp(data: bytes) -> Compound:
    """All packets of a datagram up to the first that is malformed. Never raises."""
    packets: list[RtcpPacket] = []
    at = 0
    while at < len(data):
        if len(data) - at < _HEADER.size:
            return Compound(tuple(packets), 1)
        first, kind, words = _HEADER.unpack_from(data, at)
        ends = at + 4 * (words + 1)
        if first >> 6 != 2 or ends > len(data):
            return Compound(tuple(packets), 1)
        body = data[at + _HEADER.size : ends]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                return Compound(tuple(packets), 1)
            body = body[: -body[-1]]
        try:
            packets += _read_one(kind, first & 0x1F, body)
        except (struct.error, IndexError):
            return Compound(tuple(packets), 1)
        at = ends
    return Compound(tuple(packets), 0)


def write_rtcp(*packets: RtcpPacket) -> bytes:
    """The datagram of a compound; RFC 3550, section 6.1, wants a report first and a description in it."""
    return b"".join(map(_write_one, packets))


def _read_one(kind: int, count: int, body: bytes) -> list[RtcpPacket]:
    match kind:
        case 200:
            ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
            blocks = _read_blocks(body[_SENDER.size :], count)
            return [SenderReport(ssrc, ntp, timestamp, packets, octets, blocks)]
        case 201:
            (ssrc,) = _SSRC.unpack_from(body)
            return [ReceiverReport(ssrc, _read_blocks(body[_SSRC.size :], count))]
        case 202:
            return _read_descriptions(body, count)
        case 203:
            ssrcs = struct.unpack_from(f"!{count}I", body)
            reason = body[4 * count + 1 :][: body[4 * count]] if len(body) > 4 * count else b""
            return [Goodbye(ssrcs, reason.decode(errors="replace"))]
    return []


def _read_blocks(body: bytes, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for number in range(count):
        ssrc, losses, highest, jitter, last, delay = _BLOCK.unpack_from(body, number * _BLOCK.size)
        lost = (losses & 0xFFFFFF ^ 0x800000) - 0x800000
        blocks.append(ReportBlock(ssrc, losses >> 24, lost, highest, jitter, last, delay))
    return tuple(blocks)


def _read_descriptions(body: bytes, count: int) -> list[RtcpPacket]:
    found: list[RtcpPacket] = []
    at = 0
    for _ in range(count):
        (ssrc,) = _SSRC.unpack_from(body, at)
        at += _SSRC.size
        cname = ""
        while item := body[at]:
            text = body[at + 2 : at + 2 + body[at + 1]]
            if item == _CNAME:
                cname = text.decode(errors="replace")
            at += 2 + body[at + 1]
        found.append(SourceDescription(ssrc, cname))
        # The end of the list fills its word.
        at += 4 - at % 4
    return found


def _write_one(packet: RtcpPacket) -> bytes:
    match packet:
        case SenderReport(ssrc, ntp, timestamp, packets, octets, blocks):
            octets, packets, timestamp = octets & 0xFFFFFFFF, packets & 0xFFFFFFFF, timestamp & 0xFFFFFFFF
            kind, body = _SENDER_REPORT, _SENDER.pack(ssrc, ntp, timestamp, packets, octets) + _write_blocks(blocks)
            count = min(len(blocks), _MOST_BLOCKS)
        case ReceiverReport(ssrc, blocks):
            kind, body = _RECEIVER_REPORT, _SSRC.pack(ssrc) + _write_blocks(blocks)
            count = min(len(blocks), _MOST_BLOCKS)
        case SourceDescription(ssrc, cname):
            text = cname.encode()[:_LONGEST_TEXT]
            kind, body = _DESCRIPTION, _SSRC.pack(ssrc) + bytes([_CNAME, len(text)]) + text + b"\0"
            count = 1
        case Goodbye(ssrcs, reason):
            text = reason.encode()[:_LONGEST_TEXT]
            kind, body = _GOODBYE, b"".join(map(_SSRC.pack, ssrcs)) + (bytes([len(text)]) + text if text else b"")
            count = len(ssrcs)
    body += bytes(-len(body) % 4)
    return _HEADER.pack(0x80 | count, kind, len(body) // 4) + body


def _write_blocks(blocks: tuple[ReportBlock, ...]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost << 24 | max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF,
            block.highest_sequence & 0xFFFFFFFF,
            min(block.jitter, 0xFFFFFFFF),
            block.last_report,
            min(block.delay, 0xFFFFFFFF),
        )
        for block in blocks[:_MOST_BLOCKS]
    )
