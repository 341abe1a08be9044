"""The floor's table, read as stories."""

import pytest

from callagent.turn.floor import TABLE, Duty, Floor, Happening, State


def story(*happenings: Happening) -> tuple[State, list[Duty]]:
    """Where a new floor ends up, and all that had to be done on the way."""
    floor = Floor()
    duties = [duty for happening in happenings for duty in floor.on(happening)]
    return floor.state, duties


def test_a_question_and_an_answer() -> None:
    """The agent finishes, the caller speaks and stops, and after the pause it is the agent's turn."""
    state, duties = story(
        Happening.AGENT_FINISHED, Happening.VOICE_STARTED, Happening.VOICE_STOPPED, Happening.TIMED_OUT
    )

    assert state is State.AGENT
    assert duties == [Duty.OPEN_TURN, Duty.CLOSE_TURN]


def test_a_barge_in() -> None:
    """A caller who speaks over the agent makes it pause at once, and has the floor when it is known to be wanted."""
    assert story(Happening.VOICE_STARTED) == (State.OVERLAP, [Duty.HOLD_AGENT])
    assert story(Happening.VOICE_STARTED, Happening.FLOOR_TAKEN) == (
        State.CALLER,
        [Duty.HOLD_AGENT, Duty.INTERRUPT],
    )


def test_a_cough() -> None:
    """A sound that asks for nothing leaves the agent the floor, and it goes on."""
    assert story(Happening.VOICE_STARTED, Happening.VOICE_STOPPED, Happening.FLOOR_LEFT) == (
        State.AGENT,
        [Duty.HOLD_AGENT, Duty.RELEASE_AGENT],
    )


def test_a_short_interruption() -> None:
    """Who has said what they wanted by the time it is known to be one is given the time of a pause."""
    assert story(Happening.VOICE_STARTED, Happening.VOICE_STOPPED, Happening.FLOOR_TAKEN) == (
        State.PAUSE,
        [Duty.HOLD_AGENT, Duty.INTERRUPT],
    )


def test_a_key_over_a_doubtful_sound() -> None:
    """Keys interrupt at once, and what was being transcribed is forgotten."""
    assert story(Happening.VOICE_STARTED, Happening.KEY_PRESSED) == (
        State.KEYS,
        [Duty.HOLD_AGENT, Duty.INTERRUPT, Duty.DROP_TURN],
    )


def test_who_goes_on_before_being_understood() -> None:
    """A caller whose words are not known yet has the floor back without a doubt."""
    assert story(Happening.CALLER_WENT_ON) == (State.CALLER, [Duty.INTERRUPT, Duty.OPEN_TURN])


def test_a_caller_who_pauses_keeps_the_turn() -> None:
    """Speaking on within the pause is the same turn."""
    state, duties = story(
        Happening.AGENT_FINISHED,
        Happening.VOICE_STARTED,
        Happening.VOICE_STOPPED,
        Happening.VOICE_STARTED,
        Happening.VOICE_STOPPED,
    )

    assert state is State.PAUSE
    assert duties == [Duty.OPEN_TURN]


def test_keys_win_over_speech() -> None:
    """A key while the caller speaks drops the speech and is answered."""
    state, duties = story(
        Happening.AGENT_FINISHED, Happening.VOICE_STARTED, Happening.KEY_PRESSED, Happening.KEYS_COMPLETE
    )

    assert state is State.AGENT
    assert duties == [Duty.OPEN_TURN, Duty.DROP_TURN, Duty.TAKE_KEYS]


def test_silence_is_reported_once() -> None:
    """A caller who says nothing gives the floor back."""
    assert story(Happening.AGENT_FINISHED, Happening.TIMED_OUT) == (State.AGENT, [Duty.REPORT_SILENCE])


def test_what_must_be_heard_is_not_cut_by_a_voice() -> None:
    """While the agent speaks firmly the caller's voice changes nothing."""
    assert story(Happening.AGENT_FIRM, Happening.VOICE_STARTED) == (State.FIRM, [])


@pytest.mark.parametrize("happening", [each for each in Happening if each is not Happening.TIMED_OUT])
def test_nothing_follows_the_end(happening: Happening) -> None:
    """Once the call is ending, nothing takes the floor any more."""
    assert story(Happening.ENDING, happening) == (State.OVER, [])


def test_an_end_that_does_not_come_is_made() -> None:
    """Last words that are never heard to their end do not hold the line for ever."""
    assert story(Happening.ENDING, Happening.TIMED_OUT) == (State.OVER, [Duty.HANG_UP])


def test_an_agent_that_keeps_the_floor_is_looked_after() -> None:
    """When nothing has come of it for long, somebody looks whether anything still will."""
    assert story(Happening.TIMED_OUT) == (State.AGENT, [Duty.CHECK_AGENT])


@pytest.mark.parametrize("state", [state for state in State if state is not State.OVER])
def test_a_call_can_end_from_everywhere(state: State) -> None:
    """Every state leads to the end."""
    assert TABLE[state, Happening.ENDING][0] is State.OVER


def test_every_state_that_waits_for_the_caller_has_an_end() -> None:
    """No state in which the caller is waited for can last for ever."""
    waiting = {State.OPEN, State.CALLER, State.PAUSE, State.KEYS}

    assert all((state, Happening.TIMED_OUT) in TABLE for state in waiting)


def test_a_timer_fires_once_and_belongs_to_its_state() -> None:
    """A deadline is due once, and a new state has its own."""
    floor = Floor()
    floor.on(Happening.AGENT_FINISHED, until_s=6.0)

    assert [floor.tick(5.9), floor.tick(6.0), floor.tick(6.1)] == [False, True, False]

    floor.on(Happening.VOICE_STARTED, until_s=30.0)
    floor.on(Happening.VOICE_STOPPED, until_s=7.0)

    assert floor.tick(7.0)


def test_a_happening_without_meaning_leaves_the_timer_alone() -> None:
    """The agent's end while the caller speaks does not stop the caller's clock."""
    floor = Floor()
    floor.on(Happening.VOICE_STARTED, until_s=30.0)
    floor.on(Happening.AGENT_FINISHED, until_s=1.0)

    assert not floor.tick(2.0)
    assert floor.tick(30.0)
