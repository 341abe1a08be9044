"""What callers do while the agent speaks, in whole calls: a cough, "hmm", "stop", an answer."""

from pathlib import Path

import pytest
from support.echo import Echo
from support.phone_call import PhoneCall, Setting, place_call

from callagent.dialogue.actions import CallerSaid, Kind, Listen
from callagent.events import AgentPaused, AgentResumed, AgentSaid, BargedIn, NoMatch
from callagent.simulator.script import parse_script

GREETING = "Hello, what can I do for you today?"


def talk(setting: Setting, steps: str) -> PhoneCall:
    """A call whose caller does `steps`."""
    return place_call(setting, parse_script("steps:\n" + steps))


@pytest.mark.parametrize("sound", ["hmm", "okay okay", "(coughs)"])
def test_the_agent_goes_on_after_a_sound_that_asks_for_nothing(tmp_path: Path, sound: str) -> None:
    """It pauses and goes on; nothing is interrupted, nothing is asked, and all of the sentence is heard."""
    echo = Echo()
    call = talk(
        Setting(tmp_path, dialogue=echo),
        f"- interrupt: {{after: 1 second, say: {sound}}}\n- silent: 4 seconds\n- hang up",
    )
    greeting = call.of(AgentSaid)[0]

    assert len(call.of(AgentPaused)) == len(call.of(AgentResumed)) == 1
    assert call.of(BargedIn) == []
    assert call.summary.pauses == 1
    assert greeting.heard == greeting.text == GREETING
    assert [given for given in echo.given if isinstance(given, CallerSaid)] == []
    assert call.of(NoMatch) == []


def test_no_sample_is_lost_or_doubled(tmp_path: Path) -> None:
    """What was heard before and after a pause is the sentence, but for the milliseconds of fading."""
    plain = talk(Setting(tmp_path, dialogue=Echo()), "- hear\n- hang up")
    paused = talk(
        Setting(tmp_path, dialogue=Echo()),
        "- interrupt: {after: 1 second, say: hmm}\n- silent: 4 seconds\n- hang up",
    )
    assert plain.report is not None
    assert paused.report is not None
    whole = plain.report.heard[0]
    before, after = (turn.rstrip(b"\0") for turn in paused.report.heard[:2])

    # The fade-out repeats 8 ms that come again with the fade-in.
    overlap = len(before) + len(after) - len(whole)
    assert abs(overlap) <= 2 * (8 * 8 + 20 * 8)
    assert whole.startswith(before[: -2 * 8 * 8])
    assert whole.rstrip(b"\0").endswith(after[2 * 8 * 8 + 40 * 8 :])


@pytest.mark.parametrize("words", ["stop", "what is the price of a fan", "price"])
def test_who_wants_the_floor_gets_it(tmp_path: Path, words: str) -> None:
    """An interruption cuts the agent where it paused, and is answered as a turn."""
    echo = Echo()
    call = talk(Setting(tmp_path, dialogue=echo), f"- interrupt: {{after: 1 second, say: {words}}}\n- hear\n- hang up")
    cut = call.of(AgentSaid)[0]
    (barge_in,) = call.of(BargedIn)

    assert cut.text == GREETING
    assert cut.text.startswith(cut.heard)
    assert cut.heard != cut.text
    assert barge_in.latency_s < 0.12
    assert echo.given == [CallerSaid(words, 1.0)]


def test_haan_is_an_answer_once_the_question_was_asked(tmp_path: Path) -> None:
    """The same word over the only sentence, which is the question, and expected as an answer, takes the floor."""
    echo = Echo(Listen(Kind.YES_NO, "en", phrases=("okay", "no")))
    call = talk(Setting(tmp_path, dialogue=echo), "- interrupt: {after: 1 second, say: okay}\n- hear\n- hang up")

    assert echo.given == [CallerSaid("okay", 1.0)]
    assert len(call.of(BargedIn)) == 1


def test_the_agent_breathes_no_longer_than_it_must(tmp_path: Path) -> None:
    """It goes on soon after the caller is silent again."""
    call = talk(
        Setting(tmp_path, dialogue=Echo()),
        "- interrupt: {after: 1 second, say: hmm}\n- silent: 6 seconds\n- hang up",
    )
    (paused,), (resumed,) = call.of(AgentPaused), call.of(AgentResumed)

    assert resumed.at_s - paused.at_s < 1.5
