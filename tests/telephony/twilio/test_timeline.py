"""Positions of the caller's audio."""

from callagent.media.audio import CHUNK_SAMPLES, SILENCE
from callagent.telephony.leg import LegCounters
from callagent.telephony.twilio.timeline import Timeline


def place(*timestamps_ms: int) -> tuple[list[int | None], LegCounters]:
    """Where 20 ms at each timestamp end up, in chunks."""
    counters = LegCounters()
    timeline = Timeline(counters)
    chunks = [timeline.place(timestamp_ms, SILENCE) for timestamp_ms in timestamps_ms]
    return [chunk.position // CHUNK_SAMPLES if chunk else None for chunk in chunks], counters


def test_chunks_follow_each_other() -> None:
    """Without loss, positions count up by one chunk, from zero."""
    assert place(1000, 1020, 1040) == ([0, 1, 2], LegCounters())


def test_a_gap_is_counted_and_kept() -> None:
    """Three lost chunks leave their room in time."""
    assert place(0, 20, 100) == ([0, 1, 5], LegCounters(lost_chunks=3))


def test_what_comes_late_is_dropped() -> None:
    """A chunk that belongs before the last one is not played out of order."""
    assert place(0, 20, 40, 0, 60) == ([0, 1, 2, None, 3], LegCounters(late_chunks=1))


def test_jitter_of_one_chunk_is_no_gap() -> None:
    """Timestamps that wobble by up to 20 ms are taken as they come."""
    assert place(0, 25, 38, 60) == ([0, 1, 2, 3], LegCounters())


def test_a_broken_clock_is_no_gap() -> None:
    """A leap of an hour, or back, does not tear the recording apart."""
    assert place(0, 20, 3_600_020, 3_600_040) == ([0, 1, 2, 3], LegCounters())
    assert place(3_600_000, 3_600_020, 0, 20) == ([0, 1, 2, 3], LegCounters())
