"""The model that says what it was given to say."""

from dataclasses import replace
from typing import Any

import pytest

from callagent.errors import ConfigurationError
from callagent.llm import scripted
from callagent.llm.model import Conversation, Message, ToolCall, ToolRound
from callagent.llm.scripted import ScriptedModel


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every wait, which then takes no time."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(scripted, "sleep", sleep)
    return waited


def turns(count: int) -> Conversation:
    """A conversation in which the caller has spoken this often."""
    exchange = (Message("caller", "and?"), Message("agent", "yes"))
    return Conversation("Be brief.", (exchange * count)[:-1] if count else ())


async def test_words_come_at_the_pace_that_was_set(waits: list[float]) -> None:
    """First after 200 ms, then fifty a second; nothing of the text is lost."""
    model = ScriptedModel(ScriptedModel.Options(replies=(" Two  fans,\nthen. ",)))
    pieces = [piece async for piece in model.reply(turns(1))]

    assert pieces == [" Two", "  fans,", "\nthen. "]
    assert waits == [0.2, 0.02, 0.02]


@pytest.mark.parametrize(("turn", "reply"), [(0, "one"), (1, "one"), (2, "two"), (3, "three"), (4, "one")])
async def test_the_reply_goes_by_the_callers_turn(waits: list[float], turn: int, reply: str) -> None:
    """The n-th turn gets the n-th reply, and then they start over."""
    model = ScriptedModel(ScriptedModel.Options(replies=("one", "two", "three")))

    assert [piece async for piece in model.reply(turns(turn))] == [reply]
    assert waits == [0.2]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"replies": ()}, "has no replies"),
        ({"tokens_per_s": 0.0}, "tokens_per_s above 0"),
        ({"first_token_ms": -1.0}, "first_token_ms of at least 0"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], problem: str) -> None:
    """When the settings are read, not in a call."""
    with pytest.raises(ConfigurationError, match=problem):
        ScriptedModel.Options(**options)


async def pieces_of(model: ScriptedModel, conversation: Conversation) -> list[str | ToolCall]:
    """All that it yields."""
    return [piece async for piece in model.reply(conversation)]


async def test_a_tool_is_called_in_the_middle_of_a_reply(waits: list[float]) -> None:
    """What stands behind the call comes when the result is there; behind the last word nothing does."""
    model = ScriptedModel(ScriptedModel.Options(replies=('Wait. <stock {"product": "fan"}> Two.',)))
    call = ToolCall("call_1", "stock", '{"product": "fan"}')
    round_1 = ToolRound("Wait.", (call,), ('{"stock": "2"}',))

    assert await pieces_of(model, turns(1)) == ["Wait.", call]
    assert await pieces_of(model, replace(turns(1), rounds=(round_1,))) == ["Two."]
    assert await pieces_of(model, replace(turns(1), rounds=(round_1, round_1))) == []


async def test_a_schema_asks_for_what_was_understood(waits: list[float]) -> None:
    """By the caller's words, and an empty object for any other; the replies are for talk."""
    model = ScriptedModel(ScriptedModel.Options(replies=("Hello.",), understands={"a fan": '{"fan": 1}'}))
    asked = replace(turns(0), schema={"type": "object"})

    assert await pieces_of(model, replace(asked, messages=(Message("caller", "I want a fan"),))) == ['{"fan":', " 1}"]
    assert await pieces_of(model, replace(asked, messages=(Message("caller", "I want tea"),))) == ["{}"]
