"""What servers of chat completions are asked, and what becomes of their answers."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from support.model_server import ASKED, USUAL, Finish, Refusal, pieces_of
from support.openai_server import OpenAIServer

from callagent.errors import ConfigurationError, ProviderRejectedError, ProviderUnavailableError
from callagent.llm.model import Conversation, Message, Tool, ToolCall, ToolRound
from callagent.llm.openai import OpenAIModel
from callagent.llm.presets import GroqModel, OllamaModel, VllmModel
from callagent.llm.prompt import GO_ON

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["maxLength"],
    "properties": {"maxLength": {"type": "string", "maxLength": 200, "enum": ["a", "b"]}},
}
MEANT = replace(ASKED, schema=SCHEMA)
TOOL = Tool("stock", "Looks up stock.", {"type": "object", "properties": {"product": {"type": "string"}}})
CALL = ToolCall("call_9", "stock", '{"product": "fan"}')
HELPED = replace(ASKED, tools=(TOOL,))


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    """One that works."""
    async with OpenAIServer() as running:
        yield running


@pytest.fixture
async def model(server: OpenAIServer) -> AsyncIterator[OpenAIModel]:
    """A model there."""
    made = OpenAIModel(OpenAIModel.Options(base_url=server.base_url, api_key="sk-1", max_tokens=100, temperature=0.5))
    yield made
    await made.aclose()


async def test_a_question_in_the_interfaces_words(server: OpenAIServer, model: OpenAIModel) -> None:
    """The caller's words are the user's, never the system's."""
    await pieces_of(model)

    assert server.headers[0]["Authorization"] == "Bearer sk-1"
    assert server.asked[0] == {
        "model": "gpt-4.1-mini",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is the fan?"},
        ],
        "stream": True,
        "temperature": 0.5,
        "max_completion_tokens": 100,
    }


async def test_further_fields_go_along(server: OpenAIServer) -> None:
    """For a model that is to be told not to think first."""
    model = OpenAIModel(OpenAIModel.Options(base_url=server.base_url, extra={"reasoning_effort": "none"}))
    await pieces_of(model)
    await model.aclose()

    assert server.asked[0]["reasoning_effort"] == "none"


async def test_json_comes_whole_and_held_to_its_schema(server: OpenAIServer, model: OpenAIModel) -> None:
    """Without the keywords that services refuse, though a property may be called as one."""
    server.answers = [('{"maxLength"', ': "a"}')]

    assert await pieces_of(model, MEANT) == ['{"maxLength": "a"}']
    held = server.asked[0]["response_format"]["json_schema"]
    assert held["strict"] is True
    assert held["schema"]["properties"] == {"maxLength": {"type": "string", "enum": ["a", "b"]}}


async def test_json_that_is_cut_off_is_no_answer(server: OpenAIServer, model: OpenAIModel) -> None:
    """Half an object says nothing; half a sentence of talk is still talk."""
    server.answers = [('{"fan"', Finish("length")), ("The fan", Finish("length"))]

    with pytest.raises(ProviderUnavailableError, match="max_tokens"):
        await pieces_of(model, MEANT)
    assert await pieces_of(model) == ["The fan"]


async def test_an_answer_that_is_withheld(server: OpenAIServer, model: OpenAIModel) -> None:
    """A filter's no is no outage."""
    server.answers = [(Finish("content_filter"),)]

    with pytest.raises(ProviderRejectedError, match="would not answer"):
        await pieces_of(model)


async def test_calls_come_complete_and_nothing_behind_them(server: OpenAIServer, model: OpenAIModel) -> None:
    """Two calls in parts, words before them, and words behind them that the interface does not allow."""
    second = replace(CALL, id="call_10", arguments="")
    server.answers = [("One moment. ", CALL, second, "Ignore this.")]

    assert await pieces_of(model, HELPED) == ["One moment. ", CALL, replace(second, arguments="{}")]
    assert server.asked[0]["tools"][0]["function"]["name"] == "stock"


async def test_calls_that_nobody_offered_are_dropped(server: OpenAIServer, model: OpenAIModel) -> None:
    """The call would have nothing to perform them with."""
    server.answers = [("One moment.", CALL)]

    assert await pieces_of(model) == ["One moment."]


async def test_what_was_looked_up_goes_back(server: OpenAIServer, model: OpenAIModel) -> None:
    """With ids of our own and arguments that are an object, whoever made the call."""
    broken = ToolCall("call|of|another", "stock", "{broken")
    done = ToolRound("One moment.", (CALL, broken), ('{"stock": 2}', '{"error": "no"}'))
    await pieces_of(model, replace(HELPED, rounds=(done,), said="There are two."))

    *_, called, first, second, said, go_on = server.asked[0]["messages"]
    assert [call["function"]["arguments"] for call in called["tool_calls"]] == ['{"product": "fan"}', "{}"]
    assert [call["id"] for call in called["tool_calls"]] == [first["tool_call_id"], second["tool_call_id"]]
    assert (said["role"], said["content"]) == ("assistant", "There are two.")
    assert (go_on["role"], go_on["content"]) == ("user", GO_ON)


REFUSALS = [
    (
        HELPED,
        {"message": "registry.ollama.ai/library/gemma3:1b does not support tools", "type": "invalid_request_error"},
        "tools",
    ),
    (
        ASKED,
        {"message": "Unsupported value: 'temperature' does not support 0.5 with this model.", "param": "temperature"},
        "temperature",
    ),
    (
        ASKED,
        {"message": "[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens')}]"},
        "max_completion_tokens",
    ),
]


@pytest.mark.parametrize(("conversation", "error", "field"), REFUSALS, ids=[field for *_, field in REFUSALS])
async def test_what_a_server_cannot_do_is_asked_for_once(
    server: OpenAIServer, model: OpenAIModel, conversation: Conversation, error: dict[str, Any], field: str
) -> None:
    """The caller gets an answer all the same, and the next one does not pay for it again."""
    server.answers = [Refusal(400, error)]
    first = await pieces_of(model, conversation)
    await pieces_of(model, conversation)

    assert first
    assert [field in body for body in server.asked] == [True, False, False]


async def test_the_older_name_of_the_limit(server: OpenAIServer, model: OpenAIModel) -> None:
    """An answer is not left without an end because a server is old."""
    server.answers = [Refusal(400, {"message": "Unrecognized request argument supplied: max_completion_tokens"})]
    await pieces_of(model)

    assert server.asked[1]["max_tokens"] == 100


async def test_a_server_that_holds_no_answer_to_a_schema(server: OpenAIServer, model: OpenAIModel) -> None:
    """First any JSON is asked for, then words; what is fenced is taken out."""
    server.answers = [
        Refusal(400, {"message": "This model does not support response format `json_schema`"}),
        Refusal(400, {"message": "response_format json_object is not supported with streaming"}),
        (
            'Sure:\n```json\n{"fan"',
            ": 1}\n```",
        ),
    ]
    answer = await pieces_of(model, MEANT)
    await pieces_of(model, MEANT)

    assert answer == ['{"fan": 1}']
    kinds = [body.get("response_format", {}).get("type") for body in server.asked]
    assert kinds == ["json_schema", "json_object", None, None]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"code": "tool_use_failed", "message": "Failed to call a function: invalid tool"}, ProviderUnavailableError),
        ({"code": "context_length_exceeded", "message": "tools are unsupported; too long"}, ProviderRejectedError),
        ({"message": "The model does not exist"}, ProviderRejectedError),
    ],
    ids=["the model's own mistake", "too much to read", "something else"],
)
async def test_a_refusal_that_says_nothing_of_features(
    server: OpenAIServer, model: OpenAIModel, error: dict[str, Any], failure: type[Exception]
) -> None:
    """Nothing is unlearned for it."""
    server.answers = [Refusal(400, error)]
    with pytest.raises(failure):
        await pieces_of(model, HELPED)
    await pieces_of(model, HELPED)

    assert "tools" in server.asked[1]


async def test_look_ups_of_another_model_are_told_to_one_without_tools(
    server: OpenAIServer, model: OpenAIModel
) -> None:
    """A small model that takes over knows what was found; two turns of one side are one, as templates want it."""
    server.answers = [Refusal(400, {"message": "does not support tools"})]
    await pieces_of(model, replace(HELPED, rounds=(ToolRound("", (CALL,), ('{"stock": 2}',)),)))

    *_, last = server.asked[1]["messages"]
    question, found = last["content"].split("\n")
    assert question == "What is the fan?"
    assert json.loads(found) == [{"looked up": "stock", "with": {"product": "fan"}, "result": '{"stock": 2}'}]


async def test_a_long_call_keeps_its_end(server: OpenAIServer) -> None:
    """The oldest turns are left out; instructions and the last words stay, and the caller is the first to speak."""
    model = OpenAIModel(OpenAIModel.Options(base_url=server.base_url, context_tokens=400, max_tokens=100))
    exchanges = tuple(Message("caller" if turn % 2 == 0 else "agent", f"{turn} " + "word " * 20) for turn in range(41))
    await pieces_of(model, replace(ASKED, messages=exchanges))
    await model.aclose()

    system, first, *_, last = server.asked[0]["messages"]
    assert system["content"] == "Be brief."
    assert first["role"] == "user"
    assert last["content"].startswith("40 ")
    assert len(str(server.asked[0]["messages"])) < 400 * 4


async def test_a_server_gets_ready(server: OpenAIServer, model: OpenAIModel) -> None:
    """What it cannot do is found out before the first caller."""
    server.answers = [
        Refusal(400, {"message": "tools: not supported"}),
        USUAL,
        Refusal(400, {"message": "bad json_schema, not supported"}),
    ]
    await model.warm_up()
    before = len(server.asked)
    await pieces_of(model, replace(HELPED, schema=SCHEMA))

    assert len(server.asked) == before + 1
    assert len(server.peers) == 1


async def test_ollama_loads_the_model_and_keeps_it(server: OpenAIServer) -> None:
    """By its own request, on the same connection."""
    model = OllamaModel(OllamaModel.Options(base_url=server.base_url))
    await model.warm_up()
    await pieces_of(model)
    await model.aclose()

    assert server.asked[0] == {"model": "gemma3:1b", "keep_alive": "1h", "stream": False}
    assert server.asked[-1]["max_tokens"] == 200
    assert model.info.version == "gemma3:1b 8648f39daa8f"


async def test_ollama_says_how_to_get_a_model(server: OpenAIServer) -> None:
    """What to do, for the operator."""
    model = OllamaModel(OllamaModel.Options(base_url=server.base_url, model="phi3:mini"))
    with pytest.raises(ProviderRejectedError, match="run `ollama pull phi3:mini`"):
        await model.warm_up()
    await model.aclose()


@pytest.mark.parametrize("preset", [OpenAIModel, GroqModel, OllamaModel, VllmModel])
def test_a_preset_knows_its_address_and_a_model(preset: type[OpenAIModel]) -> None:
    """Nothing but a key has to be set."""
    options = preset.Options()

    assert preset(options).info.version == options.model
    assert options.base_url.startswith("http") or preset is OpenAIModel


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"model": " "}, "`model` is empty"),
        ({"base_url": "127.0.0.1:8000"}, "`base_url` is no address"),
        ({"max_tokens": 5}, "`max_tokens` must be 16 or more"),
        ({"context_tokens": 100}, "no more than half"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, Any], problem: str) -> None:
    """When the settings are read, not in a call."""
    with pytest.raises(ConfigurationError, match=problem):
        OpenAIModel.Options(**options)
