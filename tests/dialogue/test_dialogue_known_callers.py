"""Callers who called before, seen from the flow; and the line for what a model must not say."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, CallerKeyed, CallerSaid, Consent, Converse, Listen, LookedUp, Say
from callagent.dialogue.engine import Engine
from callagent.dialogue.flow import Flow
from callagent.dialogue.state import State

if TYPE_CHECKING:
    from dialogue.conftest import Desk

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
ASKS = """\
- menu: pick
  choices: {tea: {press: 1}, coffee: {press: 2, end: bye}}
- ask: code
  type: digits 4
- say: code_is
- end: bye
"""
LINES = "  code_is: The code is {code}.\n  taken_up: Welcome back.\n"


def said(flow: Flow, **known: str) -> list[str]:
    """What a caller of whom this is known hears first."""
    decision = Engine(flow).begin(
        CallBegan(NOW, "+919800000001", known={name.replace("_", " "): known[name] for name in known})
    )
    return [action.text for action in decision.actions if isinstance(action, Say)]


def test_a_flow_tells_new_callers_from_known_ones(desk: "Desk") -> None:
    """By "caller", which is new unless somebody says otherwise."""
    flow = desk.load("- {when: caller is new, say: hello}\n- end: bye")

    assert said(flow) == ["Hello there.", "Goodbye."]
    assert said(flow, caller="known") == ["Goodbye."]


def test_a_flow_knows_how_the_last_call_ended(desk: "Desk") -> None:
    """Of a new caller nothing is known, so nothing is so."""
    flow = desk.load("- {when: caller's last call is no_answer, say: hello}\n- end: bye")
    last = {"caller": "known", "caller's last call": "no_answer"}

    assert said(flow) == ["Goodbye."]
    assert said(flow, **last) == ["Hello there.", "Goodbye."]


def test_a_slip_in_the_name_of_a_kind_is_found(desk: "Desk") -> None:
    """A caller is new or known."""
    (problem,) = desk.problems("- {when: caller is knew, say: hello}\n- end: bye")

    assert problem.what == "'knew' is not a value of 'caller'."


def test_a_remembered_language_is_spoken_if_it_still_can_be(desk: "Desk") -> None:
    """Else the flow's first."""
    engine = Engine(desk.load())

    assert engine.begin(CallBegan(NOW, known={"language": "ta"})).state.language == "en"
    assert engine.begin(CallBegan(NOW, known={"language": "en"})).state.language == "en"


def cut_off(engine: Engine) -> State:
    """A call that was lost while the code was asked for, after two stumbles."""
    state = engine.begin(CallBegan(NOW, "+919800000001")).state
    for given in (CallerKeyed("1"), CallerSaid("what"), CallerSaid("hm")):
        state = engine.advance(state, given, NOW).state
    return State.from_record(json.loads(json.dumps(state.as_record())))


def test_a_call_that_was_cut_off_goes_on(desk: "Desk") -> None:
    """The question is asked as if for the first time, and its answer leads on."""
    engine = Engine(desk.load(ASKS, prompts=LINES))
    decision = engine.resume(cut_off(engine), CallBegan(NOW, "+919800000001"))

    assert decision is not None
    assert [action.text for action in decision.actions if isinstance(action, Say)] == [
        "Welcome back.",
        "What is the code?",
    ]
    assert isinstance(decision.actions[-1], Listen)
    assert (decision.state.misses, decision.state.stumbles) == (0, 0)
    answered = engine.advance(decision.state, CallerKeyed("4512"), NOW)
    assert (
        next(action.text for action in answered.actions if isinstance(action, Say)) == "The code is four five one two."
    )


def test_without_a_line_for_it_only_the_question_is_asked(desk: "Desk") -> None:
    """Staff need not write one."""
    engine = Engine(desk.load(ASKS, prompts="  code_is: The code is {code}.\n"))
    decision = engine.resume(cut_off(engine), CallBegan(NOW))

    assert decision is not None
    assert [action.text for action in decision.actions if isinstance(action, Say)] == ["What is the code?"]


def test_a_menu_or_an_end_is_nothing_to_come_back_to(desk: "Desk") -> None:
    """The caller had begun nothing, or was done."""
    engine = Engine(desk.load(ASKS, prompts=LINES))
    menu = engine.begin(CallBegan(NOW)).state
    over = engine.advance(menu, CallerKeyed("2"), NOW).state

    assert not engine.can_resume(menu)
    assert engine.resume(menu, CallBegan(NOW)) is None
    assert engine.resume(over, CallBegan(NOW)) is None
    assert engine.resume(State((), (("language", "en"),)), CallBegan(NOW)) is None


def test_the_line_instead_of_the_models_words_holds_what_was_looked_up(desk: "Desk") -> None:
    """With the values of the call; sentences whose values are not known are left out."""
    steps = """\
    - ask: product
      type: catalogue item
    - lookup: catalogue
      with: [product]
      gives: [price]
      down: operator
      not found: operator
    - talk: helper
      may open: [main]
      at most: 2 turns
    - end: bye
    """
    line = "  cannot_say: The {product} costs {price as rupees}. That I would have to look up.\n"
    engine = Engine(desk.load(steps, prompts=f"{line}talk:\n  helper: Be short.\n"))
    state = engine.begin(CallBegan(NOW)).state
    state = engine.advance(state, CallerSaid("fan"), NOW).state
    decision = engine.advance(state, LookedUp("found", {"price": "1249"}), NOW)
    (converse,) = [action for action in decision.actions if isinstance(action, Converse)]

    assert converse.instead is not None
    assert converse.instead.text == (
        "The ceiling fan costs one thousand two hundred and forty-nine rupees. That I would have to look up."
    )


def test_what_was_refused_before_the_line_was_lost_is_refused_still(desk: "Desk") -> None:
    """The call that goes on does not ask again, so it is told."""
    flow = desk.load("- consent: recording\n" + ASKS, prompts=LINES + "  recording: We record this call.\n")
    engine = Engine(flow)
    state = engine.begin(CallBegan(NOW, "+919800000001")).state
    for key in ("9", "1"):
        state = engine.advance(state, CallerKeyed(key), NOW).state
    decision = engine.resume(State.from_record(json.loads(json.dumps(state.as_record()))), CallBegan(NOW, "+91"))

    assert decision is not None
    assert decision.actions[0] == Consent("recording", allowed=False)
