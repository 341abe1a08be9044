"""Whether another call is taken, second by second."""

import pytest

from callagent.resilience.admission import Admission

EARLY, MIDDLING, LATE = 0.001, 0.03, 0.06


class Loop:
    """A process whose ticks are as late as a test says."""

    def __init__(self, late_s: float = 0.04) -> None:
        self.ticks = 0
        self.admission = Admission(late_s)

    def run(self, seconds: int, lag_s: float, late_ticks: int = 50) -> bool:
        """So many seconds of 50 ticks, of which the last ones are late; whether another call is taken then."""
        for _ in range(seconds):
            for tick in range(50):
                self.admission.note(self.ticks / 50, lag_s if tick >= 50 - late_ticks else EARLY)
                self.ticks += 1
        self.admission.note(self.ticks / 50, EARLY)
        return self.admission.is_open


def test_a_call_is_turned_away_after_three_late_seconds() -> None:
    """Two are not enough, and a second in time makes a fresh start."""
    loop = Loop()

    assert [loop.run(2, LATE), loop.run(1, EARLY), loop.run(2, LATE), loop.run(1, LATE)] == [True, True, True, False]


def test_a_hiccup_turns_nobody_away() -> None:
    """Two late ticks of fifty are none of the process's steady state, however late they are."""
    assert Loop().run(20, 0.5, late_ticks=2)


def test_the_next_call_is_taken_when_it_has_been_well_in_time() -> None:
    """Just below the limit is not enough, and five good seconds on end are."""
    loop = Loop()
    loop.run(3, LATE)

    assert [loop.run(30, MIDDLING), loop.run(4, EARLY), loop.run(1, MIDDLING), loop.run(4, EARLY)] == [False] * 4
    assert loop.run(1, EARLY)


def test_just_below_the_limit_calls_go_on_being_taken() -> None:
    """Between the two limits nothing changes."""
    assert Loop().run(60, MIDDLING)


def test_a_loop_that_stood_still_is_late_for_as_long() -> None:
    """There is one tick in all that time."""
    loop = Loop()
    loop.run(2, EARLY)
    loop.admission.note(6.5, 4.5)
    loop.admission.note(7.0, EARLY)

    assert not loop.admission.is_open


@pytest.mark.parametrize("late_s", [0.0, 0.04])
def test_what_the_start_took_does_not_count(late_s: float) -> None:
    """Nor does anything without a limit."""
    loop = Loop(late_s)
    closed = loop.run(9, LATE) is False
    loop.admission.forget()

    assert closed is bool(late_s)
    assert loop.run(2, LATE)
