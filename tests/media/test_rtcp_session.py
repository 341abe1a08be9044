"""When RTCP is sent, and what is learnt from the peer's."""

from itertools import pairwise

import pytest

from callagent.media.audio import SILENCE
from callagent.media.codec import PCMU
from callagent.media.rtcp import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    read_rtcp,
    write_rtcp,
)
from callagent.media.rtcp_session import RtcpSession
from callagent.media.rtp_receiver import RtpReceiver
from callagent.media.rtp_sender import RtpSender


class Side:
    """One of two ends of a call."""

    def __init__(self, ssrc: int) -> None:
        self.sender = RtpSender(PCMU, ssrc=ssrc, sequence=0, timestamp=0)
        self.receiver = RtpReceiver({0: PCMU})
        self.rtcp = RtcpSession(self.sender, self.receiver, f"{ssrc}@example.invalid")


def call(seconds: float, one_way_s: float = 0.0, lost: int = 0) -> tuple[Side, Side]:
    """Two ends that talk; every `lost`th packet of the first does not reach the second."""
    one, other = Side(1), Side(2)
    on_the_way: list[tuple[float, Side, bytes, bool]] = []
    for step in range(round(seconds * 50)):
        now_s = 10 + step * 0.02
        for sender, receiver in ((one, other), (other, one)):
            audio = sender.sender.due(now_s).packets
            if not (lost and sender is one and step % lost == lost - 1):
                on_the_way.extend((now_s + one_way_s, receiver, data, False) for data in audio)
            if report := sender.rtcp.due(now_s):
                on_the_way.append((now_s + one_way_s, receiver, report, True))
        for arrival_s, receiver, data, is_report in [item for item in on_the_way if item[0] <= now_s]:
            if is_report:
                receiver.rtcp.receive(data, arrival_s)
            else:
                receiver.receiver.receive(data, arrival_s)
        on_the_way = [item for item in on_the_way if item[0] > now_s]
        one.receiver.tick(now_s)
        other.receiver.tick(now_s)
    return one, other


def test_reports_come_about_every_five_seconds_and_not_in_step() -> None:
    """Between 2.5 and 7.5 s apart, the first sooner; each source has times of its own."""
    times: dict[int, list[float]] = {}
    for ssrc in (0x12345678, 0x9ABCDEF0):
        side = Side(ssrc)
        times[ssrc] = [step for step in range(600) if side.rtcp.due(step * 1.0)]

    for when in times.values():
        apart = [later - earlier for earlier, later in pairwise(when)]
        assert when[0] <= 4
        assert 3 <= min(apart) <= max(apart) <= 8
        assert sum(apart) / len(apart) == pytest.approx(5.5, abs=0.5)
    assert len(set(map(tuple, times.values()))) == 2


def test_one_who_sends_tells_what_was_sent() -> None:
    """Packets, bytes, the stream's clock beside our own, and our name; who sends nothing more only tells what came."""
    side = Side(1)
    for step in range(100):
        side.sender.due(10 + step * 0.02)
    side.rtcp.due(10.0)
    data = side.rtcp.due(15.0)
    assert data is not None
    report, name = read_rtcp(data).packets

    assert report == SenderReport(1, 15 << 32, 40_000, 100, 16_000)
    assert name == SourceDescription(1, "1@example.invalid")
    assert read_rtcp(side.rtcp.goodbye(16.0)).packets == (ReceiverReport(1), name, Goodbye((1,)))


def test_both_ends_learn_the_round_trip_and_the_loss() -> None:
    """80 ms there and back, one packet in ten lost on one way."""
    one, other = call(30, one_way_s=0.04, lost=10)

    assert one.rtcp.quality().round_trip_ms == pytest.approx(80, abs=1)
    assert other.rtcp.quality().round_trip_ms == pytest.approx(80, abs=1)
    assert other.rtcp.quality().loss == pytest.approx(0.1, abs=0.005)
    assert one.rtcp.quality().far_loss == pytest.approx(0.1, abs=0.02)
    assert (one.rtcp.quality().loss, other.rtcp.quality().far_loss) == (0, 0)
    assert one.rtcp.quality().mos > 4.3
    assert other.rtcp.quality().mos < 3.6


def test_reports_on_others_say_nothing_of_us() -> None:
    """A block about a stream that is not ours."""
    side = Side(1)
    side.rtcp.receive(write_rtcp(ReceiverReport(9, (ReportBlock(77, 255, 1000, 0, 0, 1 << 16, 0),))), 2.0)

    assert (side.rtcp.quality().round_trip_ms, side.rtcp.quality().far_loss) == (None, None)


def test_a_goodbye_counts_only_from_the_source_that_is_heard() -> None:
    """Before any audio nobody can leave."""
    one, other = call(1)
    stranger = write_rtcp(ReceiverReport(9), Goodbye((9,)))
    one.rtcp.receive(stranger, 12.0)
    assert not one.rtcp.peer_left

    one.rtcp.receive(other.rtcp.goodbye(12.0), 12.0)
    assert one.rtcp.peer_left


def test_malformed_reports_are_counted() -> None:
    """And do no harm."""
    side = Side(1)
    side.rtcp.receive(b"\x80\xc8", 1.0)
    side.rtcp.receive(SILENCE, 1.0)

    assert side.rtcp.malformed == 2
    assert side.rtcp.quality().packets == 0
