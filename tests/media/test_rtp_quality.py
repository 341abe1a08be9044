"""Loss, jitter, round trip and what they are worth."""

import pytest

from callagent.media.rtcp import ReportBlock
from callagent.media.rtp_quality import ReceptionStats, line_quality, mos, rating, round_trip_s


def received(sequences: list[int], ssrc: int = 9) -> ReceptionStats:
    """Packets of 20 ms, each in time."""
    stats = ReceptionStats(ssrc)
    for sequence in sequences:
        stats.note(sequence & 0xFFFF, sequence * 160 & 0xFFFFFFFF, sequence * 0.02)
    return stats


def test_what_never_came_is_lost() -> None:
    """Across the wrap, whatever the order."""
    stats = received([65530, 65532, 65531, 65535, 65536, 65539])

    assert (stats.expected, stats.received, stats.lost) == (10, 6, 4)
    assert stats.loss == pytest.approx(0.4)


def test_doubled_packets_make_the_loss_negative_and_the_part_nothing() -> None:
    """As RFC 3550, A.3, has it."""
    stats = received([1, 1, 2, 2])

    assert (stats.lost, stats.loss) == (-2, 0.0)
    assert stats.block(0, 0).fraction_lost == 0


def test_each_report_tells_of_its_own_interval() -> None:
    """A quarter lost in the first, nothing in the second; the whole stays."""
    stats = received([0, 1, 3, 4, 5, 7])
    first = stats.block(5, 6)
    for sequence in range(8, 16):
        stats.note(sequence, sequence * 160, sequence * 0.02)

    assert first == ReportBlock(9, 64, 2, 7, 0, 5, 6)
    assert stats.block(0, 0) == ReportBlock(9, 0, 2, 15, 0, 0, 0)


def test_jitter_is_smoothed_over_sixteen_packets() -> None:
    """Every other packet 10 ms late comes to 80 samples; the sender's time counts, not the number."""
    stats = ReceptionStats(9)
    for number in range(400):
        stats.note(number, number * 160, number * 0.02 + (0.01 if number % 2 else 0))

    assert stats.jitter == pytest.approx(80, rel=0.01)
    assert stats.jitter_ms == pytest.approx(10, rel=0.01)


def test_untimed_packets_and_leaps_of_the_clock_are_no_jitter() -> None:
    """Events share one timestamp, and a new clock says nothing of the line."""
    stats = received(list(range(10)))
    for number in range(10, 15):
        stats.note(number, 1600, number * 0.02, timed=False)
    stats.note(15, 1 << 31, 0.3)
    stats.note(16, (1 << 31) + 160, 0.32)

    assert stats.jitter == pytest.approx(0)
    assert stats.lost == 0


def test_a_stray_number_is_no_loss_and_two_are_a_new_beginning() -> None:
    """RFC 3550, A.1: what was counted stays, and nothing between is lost."""
    stats = received([*range(100), 40_000, 100])
    assert (stats.expected, stats.received) == (101, 101)

    for sequence in (30_000, 30_001, 30_002):
        stats.note(sequence, sequence * 160, 3)
    assert (stats.expected, stats.received) == (103, 103)


def test_a_new_source_loses_nothing() -> None:
    """Its numbers have nothing to do with those before."""
    stats = received(list(range(50)))
    stats.change_source(10)
    stats.note(20_000, 0, 1)
    stats.note(20_001, 160, 1.02)

    assert (stats.ssrc, stats.expected, stats.lost) == (10, 52, 0)


def block(last_report: int, delay: int) -> ReportBlock:
    """A report on us."""
    return ReportBlock(1, 0, 0, 0, 0, last_report, delay)


def test_the_round_trip_of_the_rfc_s_figure() -> None:
    """RFC 3550, figure 2: 6.125 seconds."""
    assert round_trip_s(block(0xB705_2000, 0x0005_4000), 0xB710_8000) == 6.125


@pytest.mark.parametrize(
    ("last_report", "delay", "now"),
    [(0, 0, 5 << 16), (5 << 16, 3 << 16, 6 << 16), (5 << 16, 0, 90 << 16)],
    ids=["no report came", "later than now", "over a minute"],
)
def test_a_round_trip_that_cannot_be_is_none(last_report: int, delay: int, now: int) -> None:
    """A peer may say anything."""
    assert round_trip_s(block(last_report, delay), now) is None


def test_a_round_trip_is_told_across_the_wrap() -> None:
    """Of the 16 bits of seconds."""
    assert round_trip_s(block(0xFFFF_F000, 0), 0x0000_0800) == 0x1800 / 65536


@pytest.mark.parametrize(
    ("loss", "delay_s", "opinion"),
    [(0, 0.05, 4.41), (0.01, 0.05, 4.32), (0.05, 0.05, 3.92), (0, 0.3, 3.96), (0.2, 0.1, 2.66), (1, 2, 1.0)],
)
def test_the_model_s_opinion(loss: float, delay_s: float, opinion: float) -> None:
    """A perfect line is worth 4.4; loss and delay cost what G.107 says."""
    assert mos(rating(loss, delay_s)) == pytest.approx(opinion, abs=0.03)


def test_bursts_cost_more_than_single_losses() -> None:
    """The same part lost."""
    assert rating(0.05, 0.1, burstiness=2) < rating(0.05, 0.1)


def test_a_line_is_summed_up() -> None:
    """Packets too late to be heard are lost as well."""
    quality = line_quality(received([0, 1, 2, 3, 4, 6, 7, 8, 9]), 1, 0.06, 0.08, 0.02)

    assert (quality.packets, quality.loss, quality.round_trip_ms, quality.far_loss) == (9, 0.2, 80.0, 0.02)
    assert quality.mos == pytest.approx(mos(rating(0.2, 0.1)), abs=0.01)


def test_a_line_of_which_nothing_came_has_no_loss() -> None:
    """Nothing was announced, so nothing is missing."""
    quality = line_quality(ReceptionStats(0), 0, 0.0, None, None)

    assert (quality.packets, quality.loss, quality.round_trip_ms) == (0, 0.0, None)
