"""The carrier's playback buffer."""

import pytest

from callagent.media.playback import PlaybackBuffer, merged

CHUNK = bytes(range(1, 161))
QUIET = b"\xff" * 160


def test_what_was_queued_is_heard_in_order_and_silence_after_it() -> None:
    """Audio is heard chunk by chunk, then nothing."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK, 0.0)

    assert buffer.tick(0.0).audio == CHUNK
    assert buffer.tick(0.02).audio == QUIET
    assert not buffer.tick(0.04).played


def test_payloads_of_any_length_are_joined() -> None:
    """A payload need not be 20 ms long."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK[:100], 0.0)
    buffer.queue(CHUNK[100:] + CHUNK[:40], 0.0)

    assert buffer.tick(0.0).audio == CHUNK
    assert buffer.tick(0.02).audio == CHUNK[:40] + QUIET[:120]


def test_a_mark_comes_back_when_its_audio_has_been_played_out() -> None:
    """The echo comes after the last chunk, not when that chunk begins."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK, 0.0)
    buffer.mark("greeting")

    assert buffer.tick(0.0).marks == ()
    assert buffer.tick(0.02).marks == ("greeting",)


def test_a_mark_in_an_empty_buffer_comes_back_at_the_next_tick() -> None:
    """Nothing is waiting, so there is nothing to wait for."""
    buffer = PlaybackBuffer()
    buffer.mark("at once")

    assert buffer.tick(0.0).marks == ("at once",)


def test_clear_returns_all_pending_marks_and_leaves_silence() -> None:
    """After clear nothing of the old audio is heard."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK * 5, 0.0)
    buffer.mark("one")
    buffer.mark("two")

    assert buffer.clear() == ("one", "two")
    assert buffer.tick(0.0).audio == QUIET
    assert buffer.counts.cleared_bytes == 800


def test_running_dry_inside_an_utterance_is_a_gap() -> None:
    """Two silent ticks between two chunks are one gap of 40 ms."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK, 0.0)
    for tick in range(3):
        buffer.tick(tick * 0.02)
    buffer.queue(CHUNK, 0.055)

    assert buffer.counts.gap_ms == (40.0,)
    assert [round(late) for late in buffer.counts.late_ms] == [35]


def test_a_chunk_that_comes_just_in_time_is_no_gap() -> None:
    """An empty buffer is harmless until a tick finds it empty."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK, 0.0)
    buffer.tick(0.0)
    buffer.queue(CHUNK, 0.019)
    buffer.queue(CHUNK, 0.019)

    assert buffer.counts.gap_ms == ()
    assert buffer.counts.in_time == 2


def dry_for(ticks: int, *marks: str) -> PlaybackBuffer:
    """A buffer that was fed a chunk and the marks, was dry for so many ticks, and was fed again."""
    buffer = PlaybackBuffer()
    buffer.mark("end0")
    buffer.queue(CHUNK, 0.0)
    for mark in marks:
        buffer.mark(mark)
    for tick in range(ticks + 1):
        buffer.tick(tick * 0.02)
    buffer.queue(CHUNK, ticks * 0.02 + 0.02)
    return buffer


def test_silence_between_two_utterances_is_a_pause() -> None:
    """The mark after the last chunk says that the sentence was complete: nothing came too late inside it."""
    counts = dry_for(10, "m1", "end2").counts

    assert (counts.gap_ms, counts.pause_ms, counts.late_ms) == ((), (200.0,), ())


@pytest.mark.parametrize(("ticks", "marks"), [(2, []), (10, ["m1"]), (100, []), (100, ["m1"])])
def test_silence_before_the_end_of_an_utterance_is_a_gap(ticks: int, marks: list[str]) -> None:
    """However long or short, and whatever other marks there are."""
    counts = dry_for(ticks, *marks).counts

    assert (counts.gap_ms, counts.pause_ms) == ((ticks * 20.0,), ())


def test_an_end_that_is_told_late_is_still_an_end() -> None:
    """The mark may come without audio when the buffer is dry already."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK, 0.0)
    buffer.tick(0.0)
    buffer.tick(0.02)
    buffer.mark("end1")
    buffer.queue(CHUNK, 0.04)

    assert (buffer.counts.gap_ms, buffer.counts.pause_ms) == ((), (20.0,))


def test_a_long_silence_after_an_utterance_is_the_end_of_an_answer() -> None:
    """A second without audio is the caller's, not a pause of the speaker."""
    counts = dry_for(50, "end1").counts

    assert (counts.gap_ms, counts.pause_ms) == ((), ())


@pytest.mark.parametrize(("ticks", "gaps"), [(49, 1), (50, 0)])
def test_without_marks_only_the_length_of_a_silence_counts(ticks: int, gaps: int) -> None:
    """A sender that never marks an end: a second may be the end of anything, less is held against it."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK, 0.0)
    for tick in range(ticks + 1):
        buffer.tick(tick * 0.02)
    buffer.queue(CHUNK, ticks * 0.02 + 0.02)

    assert len(buffer.counts.gap_ms) == gaps


def test_silence_after_clear_is_no_gap() -> None:
    """The agent was interrupted and soon speaks again."""
    buffer = PlaybackBuffer()
    buffer.queue(CHUNK * 2, 0.0)
    buffer.tick(0.0)
    buffer.clear()
    buffer.tick(0.02)
    buffer.queue(CHUNK, 0.03)

    assert buffer.counts.gap_ms == ()


def test_the_most_that_was_ever_waiting_is_kept() -> None:
    """The peak stays when the audio has gone."""
    buffer = PlaybackBuffer(chunk_bytes=320, silence=b"\0")
    buffer.queue(bytes(320) * 3, 0.0)
    buffer.tick(0.0)

    assert buffer.counts.ahead_peak_ms == 60.0
    assert buffer.counts.queued_bytes == 960


def test_nothing_queued_changes_nothing() -> None:
    """An empty payload is not the start of an utterance."""
    buffer = PlaybackBuffer()
    buffer.queue(b"", 0.0)
    buffer.tick(0.0)

    assert buffer.counts.ahead_peak_ms == 0.0


def test_counts_of_several_calls_add_up() -> None:
    """Sums for what adds up, the highest for the peak."""
    one, two = PlaybackBuffer(), PlaybackBuffer()
    one.queue(CHUNK, 0.0)
    two.queue(CHUNK * 2, 0.0)

    both = merged([one.counts, two.counts])

    assert both.queued_bytes == 480
    assert both.ahead_peak_ms == 40.0
