"""A call whose first language model fails, and another goes on: what the caller hears."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.faulty import FaultyModel, Written
from support.phone_call import PhoneCall, Setting, place_call

from callagent.call.services import Limits
from callagent.clock import ManualClock
from callagent.errors import ProviderUnavailableError
from callagent.events import AgentSaid, ProviderFailed
from callagent.llm.chain import ModelChain
from callagent.llm.model import Conversation, LanguageModel
from callagent.resilience.lineup import Lineup
from callagent.simulator.script import parse_script

TALK_S = 8.0
"""Longer than a model may stall and the next one takes to begin: the chain is to decide, not the call."""
QUESTION = "- hear\n- say: can you help me choose something\n- hear\n- silent: 6 seconds\n- hang up"
FIRST, SECOND = "That depends on the room.", "A small one wants a small fan."
REFUSED = ProviderUnavailableError("one", "refused")


def good(_: Conversation) -> Written:
    """Both sentences, whatever has been said."""
    return [0.2, f"{FIRST} ", 0.1, SECOND]


def ask(folder: Path, script: Callable[[Conversation], Written]) -> tuple[PhoneCall, FaultyModel]:
    """A call in which the first of two models follows `script`."""
    one, two = FaultyModel("one", script), FaultyModel("two", good)
    members: list[tuple[str, LanguageModel]] = [(model.name, model) for model in (one, two)]
    chain = ModelChain(Lineup(members, ManualClock()))
    return place_call(
        Setting(folder, model=chain, limits=Limits(talk_s=TALK_S)), parse_script("steps:\n" + QUESTION)
    ), two


@pytest.mark.parametrize(
    "script",
    [
        good,
        lambda _: [REFUSED],
        lambda _: [60.0],
        lambda _: [0.2, f"{FIRST} A small", REFUSED],
        lambda _: [0.2, f"{FIRST} A small", 60.0],
    ],
    ids=["works", "refuses", "hangs", "breaks off in a sentence", "hangs in a sentence"],
)
def test_the_answer_is_heard_whole_and_once(tmp_path: Path, script: Callable[[Conversation], Written]) -> None:
    """The shop's own line is not needed: whatever fails, fails in the first model alone."""
    call, _ = ask(tmp_path, script)
    words = [one.heard for one in call.of(AgentSaid) if not one.line]

    assert words == [FIRST, SECOND]
    assert {failure.provider for failure in call.of(ProviderFailed)} <= {"one"}
