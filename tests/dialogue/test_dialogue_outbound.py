"""Where a call starts that the shop makes, and what is said to a machine that answers it."""

from datetime import datetime
from typing import TYPE_CHECKING

from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, HangUp, Listen, Say
from callagent.dialogue.engine import Engine, State
from callagent.dialogue.flow import Flow
from callagent.workshop.picture import picture_of

if TYPE_CHECKING:
    from dialogue.conftest import Desk

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
OURS = """\
  ours:
    - say: hello
    - menu: pick
      choices: {tea: {press: 1, end: bye}}
"""
UNSAID = "Nothing says the line 'leave_message'."


def written(desk: "Desk", outbound: str = "start outbound: ours\n", more: str = OURS) -> str:
    """The small flow with one for outbound calls."""
    top = desk.FLOW.replace("when finished:", f"{outbound}when finished:")
    return top + "  main:\n    - end: bye\n" + more


def begun(flow: Flow, *, outbound: bool = False, machine: bool = False) -> tuple[list[str], object]:
    """What is said first, and what comes after it."""
    decision = Engine(flow).begin(CallBegan(NOW, "+919800000001", outbound=outbound, machine=machine))
    assert isinstance(decision.state, State)
    said = [action.line for action in decision.actions if isinstance(action, Say)]
    return said, decision.actions[-1]


def test_a_call_of_ours_starts_elsewhere(desk: "Desk") -> None:
    """One that comes starts where it always did."""
    flow = desk.load(flow=written(desk))

    said, then = begun(flow, outbound=True)
    assert said == ["hello", "pick"]
    assert isinstance(then, Listen)
    assert begun(flow)[0] == ["bye"]


def test_without_a_start_of_its_own_it_starts_as_every_call(desk: "Desk") -> None:
    """The word may be left out."""
    flow = desk.load()

    assert begun(flow, outbound=True) == begun(flow)


def test_a_machine_is_left_a_message(desk: "Desk") -> None:
    """Whatever the flow would have asked, and the call is over."""
    flow = desk.load(flow=written(desk), prompts="  leave_message: We are on {phone}.\n")
    decision = Engine(flow).begin(CallBegan(NOW, "+919800000001", outbound=True, machine=True))

    assert decision.actions[0] == Say(
        "leave_message", "We are on zero one one, four five five five, zero one two three.", fixed=True
    )
    assert decision.actions[1:] == (HangUp("voicemail"),)
    assert UNSAID not in [one.what for one in flow.warnings]


def test_where_there_is_no_message_a_machine_hears_nothing(desk: "Desk") -> None:
    """The call is over at once."""
    assert begun(desk.load(flow=written(desk)), outbound=True, machine=True) == ([], HangUp("voicemail"))


def test_a_message_for_machines_needs_calls_of_ours(desk: "Desk") -> None:
    """Else nothing says the line."""
    warnings = desk.load(prompts="  leave_message: We are on {phone}.\n").warnings

    assert UNSAID in [one.what for one in warnings]


def test_a_start_that_is_no_flow_is_found(desk: "Desk") -> None:
    """At its line, with what was meant."""
    (problem,) = desk.problems(flow=written(desk, "start outbound: our\n"))

    assert (problem.line, problem.what, problem.remedy) == (13, "'our' is not a flow.", "Did you mean 'ours'?")


def test_a_flow_that_only_our_calls_reach_is_reached(desk: "Desk") -> None:
    """Without the start nothing leads there."""
    unreached = "Nothing leads to the flow 'ours'."

    assert unreached not in [one.what for one in desk.load(flow=written(desk)).warnings]
    assert unreached in [one.what for one in desk.load(flow=written(desk, "")).warnings]


def test_a_recording_that_our_calls_reach_unasked_is_found(desk: "Desk") -> None:
    """Though whoever calls is asked before."""
    asks = "  main:\n    - consent: recording\n    - go to: note\n"
    notes = "  note:\n    - record: code\n    - end: bye\n  ours:\n    - go to: note\n"
    flow = written(desk).split("  main:")[0] + asks + notes
    problems = desk.problems(flow=flow, prompts="  recording: May we tape it?\n")

    assert "A way comes here past every 'consent'." in [one.what for one in problems]


def test_the_picture_shows_both_starts(desk: "Desk") -> None:
    """Each with its sign."""
    picture = picture_of(desk.load(flow=written(desk)))

    assert [card.name for card in picture.cards if card.begins] == ["main", "ours"]
