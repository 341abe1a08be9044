"""What a telephone tells the server of the line, and is told: RTCP (RFC 3550, section 6). Pure."""

from typing import Final

from callagent.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    read_rtcp,
    write_rtcp,
)
from callagent.media.rtp import RtpPacket
from callagent.media.rtp_quality import NTP_FRACTION, ReceptionStats
from callagent.simulator.mouthpiece import Mouthpiece

EVERY_S: Final = 5.0
FIRST_S: Final = 2.5


class Reports:
    """One call's; times are the event loop's, which is the only clock that they tell of."""

    def __init__(self, mouthpiece: Mouthpiece) -> None:
        self.told: ReportBlock | None = None
        """What the server last said of how our sound arrives there."""
        self.malformed = 0
        self.goodbyes = 0
        self._mouthpiece = mouthpiece
        self._stats: ReceptionStats | None = None
        self._heard: tuple[int, float] | None = None
        """The middle of the NTP time in the server's last report, and when that came."""
        self._due_s: float | None = None

    def note(self, packet: RtpPacket, at_s: float) -> None:
        """A packet of the server's sound came."""
        if self._stats is None or self._stats.ssrc != packet.ssrc:
            self._stats = ReceptionStats(packet.ssrc)
        self._stats.note(packet.sequence, packet.timestamp, at_s)

    def due(self, at_s: float) -> bytes | None:
        """The report to be sent now, if any; to be asked at every tick."""
        if self._due_s is None:
            self._due_s = at_s + FIRST_S
        if at_s < self._due_s:
            return None
        self._due_s += EVERY_S
        return write_rtcp(*self._report(at_s))

    def goodbye(self, at_s: float) -> bytes:
        """The last one."""
        return write_rtcp(*self._report(at_s), Goodbye((self._mouthpiece.ssrc,)))

    def receive(self, data: bytes, at_s: float) -> None:
        """The server's report came."""
        compound = read_rtcp(data)
        self.malformed += compound.malformed
        for packet in compound.packets:
            if isinstance(packet, Goodbye):
                self.goodbyes += 1
            if isinstance(packet, SenderReport):
                self._heard = (packet.ntp >> 16 & 0xFFFFFFFF, at_s)
            if isinstance(packet, SenderReport | ReceiverReport):
                for block in packet.blocks:
                    self.told = block if block.ssrc == self._mouthpiece.ssrc else self.told

    def _report(self, at_s: float) -> tuple[SenderReport, SourceDescription]:
        blocks: tuple[ReportBlock, ...] = ()
        if self._stats is not None:
            last, heard_s = self._heard or (0, at_s)
            blocks = (self._stats.block(last, round((at_s - heard_s) * NTP_FRACTION)),)
        mouthpiece = self._mouthpiece
        ntp = int(at_s * (1 << 32)) & 0xFFFFFFFFFFFFFFFF
        report = SenderReport(mouthpiece.ssrc, ntp, mouthpiece.timestamp, mouthpiece.packets, mouthpiece.octets, blocks)
        return report, SourceDescription(mouthpiece.ssrc, "telephone")
