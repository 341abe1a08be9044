"""What Anthropic's service is asked, and what becomes of its answers."""

import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from support.anthropic_server import AnthropicServer
from support.model_server import ASKED, Finish, Refusal, pieces_of

from callagent.errors import ConfigurationError, ProviderRejectedError, ProviderUnavailableError
from callagent.llm.anthropic import AnthropicModel
from callagent.llm.model import Message, Tool, ToolCall, ToolRound
from callagent.llm.prompt import GO_ON

MEANT = replace(ASKED, schema={"type": "object", "properties": {"fan": {"type": "string", "maxLength": 9}}})
CALL = ToolCall("toolu_1", "stock", '{"product": "fan"}')
HELPED = replace(ASKED, tools=(Tool("stock", "Looks up stock.", {"type": "object", "properties": {}}),))


@pytest.fixture
async def server() -> AsyncIterator[AnthropicServer]:
    """One that works."""
    async with AnthropicServer() as running:
        yield running


@pytest.fixture
async def model(server: AnthropicServer) -> AsyncIterator[AnthropicModel]:
    """A model there."""
    made = AnthropicModel(AnthropicModel.Options(base_url=server.url, api_key="sk-1", max_tokens=100))
    yield made
    await made.aclose()


async def test_a_question_in_the_interfaces_words(server: AnthropicServer, model: AnthropicModel) -> None:
    """The caller's words are the user's; the model is told not to think first."""
    await pieces_of(model)

    assert server.headers[0]["Authorization"] == "Bearer sk-1"
    assert server.asked[0] == {
        "model": "claude-haiku-4-5",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "What is the fan?"}],
        "max_tokens": 100,
        "thinking": {"type": "disabled"},
        "stream": True,
    }


async def test_the_caller_is_first_and_last(server: AnthropicServer, model: AnthropicModel) -> None:
    """A call that the agent began, and a caller who said nothing."""
    greeted = (Message("agent", "Hello."), Message("caller", "Hi."), Message("agent", "Well?"))
    await pieces_of(model, replace(ASKED, messages=greeted))
    await pieces_of(model, replace(ASKED, messages=()))

    roles = [[message["role"] for message in body["messages"]] for body in server.asked]
    assert roles == [["user", "assistant", "user", "assistant", "user"], ["user"]]


async def test_json_comes_whole_and_held_to_its_schema(server: AnthropicServer, model: AnthropicModel) -> None:
    """Without the keywords that the service refuses."""
    server.answers = [('{"fan"', ': "a"}')]

    assert await pieces_of(model, MEANT) == ['{"fan": "a"}']
    held = server.asked[0]["output_config"]["format"]
    assert held == {"type": "json_schema", "schema": {"type": "object", "properties": {"fan": {"type": "string"}}}}


@pytest.mark.parametrize("field", ["thinking", "output_config"])
async def test_what_a_model_does_not_take_is_left_out(
    server: AnthropicServer, model: AnthropicModel, field: str
) -> None:
    """Once and for all calls of the process."""
    server.answers = [Refusal(400, {"message": f"{field}: not supported by this model"}), ('{"fan": "a"}',)]
    answer = await pieces_of(model, MEANT)
    await pieces_of(model, MEANT)

    assert answer == ['{"fan": "a"}']
    assert [field in body for body in server.asked] == [True, False, False]


async def test_calls_come_complete_and_go_back_with_their_results(
    server: AnthropicServer, model: AnthropicModel
) -> None:
    """Words, a call in parts, and a call of nothing; then all of it with ids of our own."""
    bare = replace(CALL, id="toolu_2", arguments="")
    server.answers = [("One moment. ", CALL, bare, "Ignore this.")]
    pieces = await pieces_of(model, HELPED)
    done = ToolRound("One moment.", (CALL,), ('{"stock": 2}',))
    await pieces_of(model, replace(HELPED, rounds=(done,), said="There are two."))

    assert pieces == ["One moment. ", CALL, replace(bare, arguments="{}")]
    _, called, result, said, go_on = server.asked[1]["messages"]
    assert called["content"][0] == {"type": "text", "text": "One moment."}
    assert called["content"][1]["input"] == {"product": "fan"}
    assert called["content"][1]["id"] == result["content"][0]["tool_use_id"]
    assert (said["content"], go_on["content"]) == ("There are two.", GO_ON)


async def test_answers_that_are_withheld_or_cut_off(server: AnthropicServer, model: AnthropicModel) -> None:
    """A refusal is no outage, and half an object no answer."""
    server.answers = [(Finish("refusal"),), ('{"fan"', Finish("max_tokens"))]

    with pytest.raises(ProviderRejectedError, match="would not answer"):
        await pieces_of(model)
    with pytest.raises(ProviderUnavailableError, match="max_tokens"):
        await pieces_of(model, MEANT)


async def test_without_the_package(model: AnthropicModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator is told what to install."""
    monkeypatch.setitem(sys.modules, "anthropic", None)

    with pytest.raises(ConfigurationError, match=r"pip install 'callagent\[anthropic\]'"):
        await model.warm_up()
