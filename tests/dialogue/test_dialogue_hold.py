"""A caller who needs a moment gets it."""

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from dialogue.conftest import PROMPTS

from callagent.clock import IST
from callagent.dialogue.actions import CallBegan, CallerSaid, CallerSilent, Listen, Say
from callagent.dialogue.engine import Engine
from callagent.dialogue.repairing import HOLD_S

if TYPE_CHECKING:
    from dialogue.conftest import Desk

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
FLOW = """\
  main:
    - ask: code
      type: digits 4
    - end: bye
"""
LINES = """\
  waiting: Take your time.
"""


@pytest.fixture
def engine(desk: "Desk") -> Engine:
    """A flow that asks for a code, and waits when it is asked to."""
    flow = desk.FLOW.replace("anytime:\n", "anytime:\n  hold: {do: wait}\n")
    prompts = PROMPTS.replace("words:\n", LINES + "words:\n  hold: [one minute, hold on]\n")
    return Engine(desk.load(flow=flow + FLOW, prompts=prompts))


def test_a_minute_of_silence_is_no_trouble(engine: Engine) -> None:
    """The same question waits on, for longer; only then does the ladder begin."""
    began = engine.begin(CallBegan(NOW))
    held = engine.advance(began.state, CallerSaid("one minute"), NOW)
    *said, listen = held.actions
    silent = engine.advance(held.state, CallerSilent(), NOW)
    *asked, usual = silent.actions

    assert [say.text for say in said if isinstance(say, Say)] == ["Take your time."]
    assert isinstance(listen, Listen)
    assert listen.silence_s == HOLD_S
    assert held.state.misses == held.state.silences == 0
    assert isinstance(usual, Listen)
    assert usual.silence_s < HOLD_S
    assert silent.state.silences == 1
    assert asked


def test_the_answer_is_heard_after_a_moment(engine: Engine) -> None:
    """What comes then answers the question."""
    held = engine.advance(engine.begin(CallBegan(NOW)).state, CallerSaid("hold on"), NOW)
    answered = engine.advance(held.state, CallerSaid("four five one two"), NOW)

    assert dict(answered.state.slots)["code"] == "4512"
