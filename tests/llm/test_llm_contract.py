"""What every language model of the registry must do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from support.anthropic_server import AnthropicServer
from support.model_server import Answer
from support.openai_server import OpenAIServer

from callagent.errors import ConfigurationError
from callagent.llm.model import Conversation, LanguageModel, Message, Tool
from callagent.llm.registry import MODELS
from callagent.registry import resolve
from callagent.resilience.incidents import Connected, Incident, reporting

WORDS: Answer = ("A ceiling fan ", "moves ", "the air.")
BOOLEAN = {"type": "boolean"}
ASKED = Conversation("You work in a shop.", (Message("caller", "What is a ceiling fan?"),))


@pytest.fixture(params=sorted(MODELS))
async def model(request: pytest.FixtureRequest) -> AsyncIterator[LanguageModel]:
    """Each of them, built as the registry says, with its service on loopback."""
    provider = resolve("language model", request.param, MODELS)
    async with OpenAIServer(usual=WORDS) as openai, AnthropicServer(usual=WORDS) as anthropic:
        fast: dict[str, dict[str, Any]] = {
            "scripted": {"first_token_ms": 0.0, "tokens_per_s": 1e6},
            "anthropic": {"base_url": anthropic.url},
        }
        options = fast.get(request.param, {"base_url": openai.base_url})
        made: LanguageModel = provider(provider.Options(**options))
        yield made
        await made.aclose()


async def answer(model: LanguageModel, conversation: Conversation) -> list[str]:
    """All pieces of a reply."""
    return [piece async for piece in model.reply(conversation) if isinstance(piece, str)]


async def test_it_goes_by_its_registry_name(model: LanguageModel) -> None:
    """And has a version, for the records."""
    await model.warm_up()

    assert model.info.name in MODELS
    assert model.info.version


async def test_an_answer_comes_in_pieces(model: LanguageModel) -> None:
    """None is empty, and together they are words."""
    pieces = await answer(model, ASKED)

    assert len(pieces) > 1
    assert all(pieces)
    assert "".join(pieces).strip()


async def test_calls_do_not_disturb_each_other(model: LanguageModel) -> None:
    """Five at the same time get what one gets."""
    first, *others = await asyncio.gather(*(answer(model, ASKED) for _ in range(5)))

    assert all(first == other for other in others)


async def test_it_may_be_cancelled_in_the_middle(model: LanguageModel) -> None:
    """After a barge-in the next answer is whole."""
    task = asyncio.create_task(answer(model, ASKED))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    again = await answer(model, ASKED)

    assert task.cancelled()
    assert again


async def test_it_takes_a_schema_and_tools(model: LanguageModel) -> None:
    """A schema is answered with text and no call; a call is of a tool that was offered."""
    shape = {"type": "object", "additionalProperties": False, "required": ["fan"], "properties": {"fan": BOOLEAN}}
    held = [piece async for piece in model.reply(replace(ASKED, schema=shape))]
    free = [piece async for piece in model.reply(replace(ASKED, tools=(Tool("stock", "Looks up stock.", shape),)))]

    assert held
    assert all(isinstance(piece, str) for piece in held)
    assert all(isinstance(piece, str) or piece.name == "stock" for piece in free)


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"scripted"}))
async def test_the_larger_model_answers_only_where_it_is_asked_for(name: str) -> None:
    """The fast one is the rule; who has no larger one answers as always."""
    provider = resolve("language model", name, MODELS)
    server = AnthropicServer(usual=WORDS) if name == "anthropic" else OpenAIServer(usual=WORDS)
    async with server:
        options = {"base_url": server.url if isinstance(server, AnthropicServer) else server.base_url, "model": "fast"}
        for larger_model in ("clever", ""):
            made: LanguageModel = provider(provider.Options(**options, larger_model=larger_model))
            for larger in (False, True):
                await answer(made, replace(ASKED, larger=larger))
            await made.aclose()

    assert [one["model"] for one in server.asked] == ["fast", "clever", "fast", "fast"]


async def test_after_the_warm_up_connections_are_open(model: LanguageModel) -> None:
    """Twenty turns one after another find one; a call hears of each."""
    await model.warm_up()
    told: list[Incident] = []
    with reporting(told.append):
        for _ in range(20):
            await answer(model, ASKED)

    remote = model.info.name != "scripted"
    assert told == [Connected("llm", model.info.name, ready=True)] * (20 if remote else 0)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    """For whoever mistypes a setting."""
    with pytest.raises(ConfigurationError, match="'scriptd' is not a language model; did you mean 'scripted'"):
        resolve("language model", "scriptd", MODELS)
