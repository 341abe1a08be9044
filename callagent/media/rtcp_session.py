"""RTCP of one call: when to report what (RFC 3550, section 6), and what the peer's reports tell of the line.

Pure: time is an argument, on the clock that arrivals are told by. Reports carry it as their NTP time, as those without
a wall clock may (RFC 3550, section 4).
"""

from typing import Final

from callagent.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    RtcpPacket,
    SenderReport,
    SourceDescription,
    read_rtcp,
    write_rtcp,
)
from callagent.media.rtp_quality import NTP_FRACTION, LineQuality, ReceptionStats, line_quality, round_trip_s
from callagent.media.rtp_receiver import RtpReceiver
from callagent.media.rtp_sender import RtpSender

INTERVAL_S: Final = 5.0
"""Between two reports on average (section 6.2)."""
_GOLDEN: Final = 0x9E3779B9


class RtcpSession:
    """Reports on what `sender` sends and `receiver` receives; `cname` names us to the peer, and nobody else."""

    def __init__(self, sender: RtpSender, receiver: RtpReceiver, cname: str) -> None:
        self.malformed = 0
        """Datagrams that could not be read to their end."""
        self.peer_left = False
        """Whether the source that we hear has said goodbye."""
        self._sender = sender
        self._receiver = receiver
        self._cname = cname
        self._next_s: float | None = None
        self._reports = 0
        self._packets_reported = 0
        self._heard: tuple[int, int, float] | None = None
        """Source, the middle of its NTP time and our own time at its last report."""
        self._round_trip_s: float | None = None
        self._far_loss: float | None = None

    def due(self, now_s: float) -> bytes | None:
        """The report to send now, if any; to be asked every second or so, or at `next_due_s`."""
        if self._next_s is None:
            self._next_s = now_s + self._interval_s() / 2
        if now_s < self._next_s:
            return None
        self._next_s = now_s + self._interval_s()
        return write_rtcp(*self._report(now_s))

    @property
    def next_due_s(self) -> float | None:
        """When the next report is due; None before `due` was first asked."""
        return self._next_s

    def goodbye(self, now_s: float) -> bytes:
        """The last report of all."""
        return write_rtcp(*self._report(now_s), Goodbye((self._sender.ssrc,)))

    def receive(self, data: bytes, arrival_s: float) -> None:
        """A datagram came. Never raises."""
        compound = read_rtcp(data)
        self.malformed += compound.malformed
        for packet in compound.packets:
            match packet:
                case SenderReport():
                    self._heard = (packet.ssrc, packet.ntp >> 16 & 0xFFFFFFFF, arrival_s)
                    self._learn(packet.blocks, arrival_s)
                case ReceiverReport():
                    self._learn(packet.blocks, arrival_s)
                case Goodbye():
                    stats = self._receiver.stats
                    self.peer_left = self.peer_left or (stats is not None and stats.ssrc in packet.ssrcs)
                case SourceDescription():
                    pass

    def quality(self) -> LineQuality:
        """The line so far."""
        stats = self._receiver.stats or ReceptionStats(0)
        buffer = self._receiver.buffer
        return line_quality(stats, buffer.counts.late, buffer.delay_s, self._round_trip_s, self._far_loss)

    def _learn(self, blocks: tuple[ReportBlock, ...], arrival_s: float) -> None:
        for block in blocks:
            if block.ssrc == self._sender.ssrc:
                trip_s = round_trip_s(block, _ntp(arrival_s) >> 16 & 0xFFFFFFFF)
                self._round_trip_s = self._round_trip_s if trip_s is None else trip_s
                sent = max(1, self._sender.packets)
                self._far_loss = round(min(1.0, max(0, block.lost) / sent), 4)

    def _report(self, now_s: float) -> tuple[RtcpPacket, RtcpPacket]:
        blocks = self._blocks(now_s)
        sender = self._sender
        description = SourceDescription(sender.ssrc, self._cname)
        if sender.packets == self._packets_reported:
            return ReceiverReport(sender.ssrc, blocks), description
        self._packets_reported = sender.packets
        clock = sender.timestamp_at(now_s)
        return SenderReport(sender.ssrc, _ntp(now_s), clock, sender.packets, sender.octets, blocks), description

    def _blocks(self, now_s: float) -> tuple[ReportBlock, ...]:
        stats = self._receiver.stats
        if stats is None or not stats.received:
            return ()
        if self._heard is None or self._heard[0] != stats.ssrc:
            return (stats.block(0, 0),)
        _, last_report, heard_s = self._heard
        return (stats.block(last_report, max(0, round((now_s - heard_s) * NTP_FRACTION))),)

    def _interval_s(self) -> float:
        """Between half and one and a half of the average, so that no two sources keep step (section 6.3.1)."""
        self._reports += 1
        spread = (self._sender.ssrc + self._reports * _GOLDEN & 0xFFFFFFFF) / (1 << 32)
        return INTERVAL_S * (0.5 + spread)


def _ntp(now_s: float) -> int:
    """64 bits: seconds, and their fraction in the lower 32."""
    return int(now_s * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
