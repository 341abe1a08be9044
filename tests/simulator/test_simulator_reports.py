"""What a telephone and the server tell each other of the line."""

from callagent.media.audio import SILENCE
from callagent.media.rtcp import Goodbye, ReportBlock, SenderReport, read_rtcp, write_rtcp
from callagent.media.rtp import RtpPacket
from callagent.media.rtp_quality import NTP_FRACTION
from callagent.simulator.mouthpiece import Mouthpiece
from callagent.simulator.reports import EVERY_S, FIRST_S, Reports


def sender_report(data: bytes) -> SenderReport:
    """The first packet of a datagram."""
    first = read_rtcp(data).packets[0]
    assert isinstance(first, SenderReport)
    return first


def test_a_report_tells_what_was_sent_and_lost() -> None:
    """One of ten packets never came; the server's last report was half a second ago."""
    mouthpiece = Mouthpiece(ssrc=7, sequence=0, timestamp=0)
    reports = Reports(mouthpiece)
    assert reports.due(100.0) is None
    for number in range(10):
        mouthpiece.tick(SILENCE)
        if number != 4:
            reports.note(RtpPacket(0, False, number, number * 160, 9, b""), 100 + number * 0.02)  # noqa: FBT003
    reports.receive(write_rtcp(SenderReport(9, 0x1234_5678_9ABC_DEF0, 0, 1, 1)), 102.0)
    report = reports.due(102.5)

    assert report is not None
    told = sender_report(report)
    assert (told.ssrc, told.timestamp, told.packets, told.octets) == (7, 1600, 10, 1600)
    assert (told.blocks[0].ssrc, told.blocks[0].lost, told.blocks[0].highest_sequence) == (9, 1, 9)
    assert (told.blocks[0].last_report, told.blocks[0].delay) == (0x5678_9ABC, NTP_FRACTION // 2)


def test_reports_are_five_seconds_apart() -> None:
    """After a first one half as soon."""
    reports = Reports(Mouthpiece(ssrc=7, sequence=0, timestamp=0))
    due = [tick * 0.02 for tick in range(1000) if reports.due(tick * 0.02)]

    assert due == [FIRST_S, FIRST_S + EVERY_S, FIRST_S + 2 * EVERY_S, FIRST_S + 3 * EVERY_S]


def test_what_the_server_tells_is_kept() -> None:
    """Of our stream, not of another's; and its goodbye."""
    reports = Reports(Mouthpiece(ssrc=7, sequence=0, timestamp=0))
    ours, others = (ReportBlock(ssrc, 1, 2, 3, 4, 5, 6) for ssrc in (7, 8))
    reports.receive(write_rtcp(SenderReport(9, 0, 0, 0, 0, (ours, others)), Goodbye((9,))), 1.0)
    reports.receive(b"\x80", 1.0)

    assert (reports.told, reports.goodbyes, reports.malformed) == (ours, 1, 1)
    assert any(isinstance(one, Goodbye) for one in read_rtcp(reports.goodbye(2.0)).packets)
