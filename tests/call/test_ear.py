"""Where the caller's audio lies in time."""

from callagent.call.ear import Ear
from callagent.media.audio import CHUNK_SAMPLES, SILENCE, Chunk
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.turn.voice import VoiceChange


def placed(*arrivals: tuple[float, int]) -> list[float]:
    """Seconds at which chunks lie that arrived at a time, with a position counted in chunks."""
    ear = Ear(VoicePool(load_voice_model()), list[VoiceChange]().append)
    ear.begin(100.0)
    return [
        ear.place(Chunk(SILENCE, number * CHUNK_SAMPLES), 100.0 + at_s).position / 8000 for at_s, number in arrivals
    ]


def test_chunks_in_time_stay_where_they_are() -> None:
    """A line without trouble needs no moving."""
    assert placed((0.02, 0), (0.04, 1), (0.06, 2)) == [0.0, 0.02, 0.04]


def test_jitter_and_stalls_move_nothing() -> None:
    """What comes in a burst after a stall was said when its position says."""
    assert placed((0.02, 0), (0.9, 1), (0.9, 2), (0.9, 3)) == [0.0, 0.02, 0.04, 0.06]


def test_a_line_that_begins_late_is_placed_late() -> None:
    """The first sound two seconds after the answer lies two seconds in."""
    assert placed((2.02, 0), (2.04, 1)) == [2.0, 2.02]


def test_a_long_gap_without_positions_is_a_gap() -> None:
    """Audio that goes on after 12 s as if nothing had been lies where it was said."""
    assert placed((0.02, 0), (12.04, 1), (12.06, 2)) == [0.0, 12.02, 12.04]


def test_positions_never_go_back() -> None:
    """Whatever the arrival times, a later chunk lies later."""
    places = placed((0.02, 0), (5.0, 1), (3.0, 2), (9.0, 3), (9.0, 4))

    assert places == sorted(places)


def test_sound_that_waited_for_the_beginning_was_not_said_after_now() -> None:
    """A process that was busy begins to listen late, and finds a quarter of a second of sound: now is after all of it.

    Else what the agent says now would lie before it, where the recording has been written already.
    """
    ear = Ear(VoicePool(load_voice_model()), list[VoiceChange]().append)
    ear.begin(100.25)

    newest = max(ear.place(Chunk(SILENCE, number * CHUNK_SAMPLES), 100.25).end for number in range(12))

    assert newest == 1920
    assert ear.position_at(100.25) >= newest
