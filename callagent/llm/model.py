"""The contract of a language model: instructions and a conversation in, text or JSON out as it is written.

Two kinds of requests are made of a model. With a `schema` the answer is one JSON text that fits it, and no tools are
offered. With `tools` the model may ask for look-ups between its words: each reply that ends with `ToolCall`s is
followed, when they are done, by another request that is the same but for one more `ToolRound`.

What this becomes at the providers there are::

    here            chat completions                                    messages with content blocks
    instructions    a message of role "system"                          "system"
    Message         role "user" or "assistant"                          likewise
    ToolRound       an "assistant" message with "tool_calls",           an "assistant" message of "text" and "tool_use",
                    and a "tool" message for each of them               and a "user" message of "tool_result" blocks
    Tool            {"type": "function", "function": {...}}             {"name", "description", "input_schema"}
    schema          "response_format" of type "json_schema"             a JSON schema as the output's format
    said            an "assistant" message, and one that asks to go on  likewise
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One side's turn, as it was heard."""

    speaker: Literal["caller", "agent"]
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that the model may ask for while it answers."""

    name: str
    """Letters, digits and underscores, 64 at most."""
    description: str
    """For the model to choose by."""
    parameters: Mapping[str, Any]
    """JSON schema of its arguments: an object."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is, as data."""

    name: str
    version: str
    needs_network: bool


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What the model asked for; name and arguments are its own words, to be checked by whoever performs it."""

    id: str
    """The provider's, by which the result is told apart from others."""
    name: str
    arguments: str
    """JSON as it was written, complete; it may be broken."""
    by: ModelInfo | None = field(default=None, compare=False)
    """As for `Words`."""


class Words(str):
    """A piece of text of which it is known which model of several wrote it."""

    __slots__ = ("by",)
    by: ModelInfo


@dataclass(frozen=True, slots=True)
class ToolRound:
    """A reply that ended with tool calls, and what came of them."""

    said: str
    """The words before the calls; empty for none."""
    calls: tuple[ToolCall, ...]
    results: tuple[str, ...]
    """JSON, one for each call, in the same order."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the model reads. The caller's words are untrusted: they are never put among the instructions."""

    instructions: str
    messages: tuple[Message, ...]
    language: str = "en"
    """The language to answer in."""
    schema: Mapping[str, Any] | None = None
    """JSON schema that the answer is held to; None for free words.

    Whoever asks checks the answer as well: a provider may leave out keywords that its service does not know, or all.
    """
    tools: tuple[Tool, ...] = ()
    """What may be asked for; a provider without tools ignores them."""
    rounds: tuple[ToolRound, ...] = ()
    """What was asked for in this very answer, after the last message."""
    said: str = ""
    """Whole sentences of this very answer, after the last round, that another model has given out before it failed.

    The answer goes on behind them; whoever asks cuts what repeats them all the same.
    """
    larger: bool = False
    """Whether a provider that has a larger model takes that one: its answer is worth a longer wait."""
    within_s: float = float("inf")
    """What comes later is of no use to whoever asks: a model that takes longer has failed, and was not interrupted."""


def written(text: str, by: ModelInfo) -> Words:
    """A text with the model that wrote it."""
    words = Words(text)
    words.by = by
    return words


def written_by(piece: str | ToolCall, model: "LanguageModel") -> ModelInfo:
    """Which model a piece is from, when `model` was asked for it."""
    by = piece.by if isinstance(piece, Words | ToolCall) else None
    return by or model.info


class LanguageModel(Protocol):
    """A model, shared by all calls of the process."""

    @property
    def info(self) -> ModelInfo:
        """What it is."""
        ...

    async def warm_up(self) -> None:
        """Load whatever the first caller should not wait for. Raises ProviderError."""
        ...

    def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Answer; yields pieces of text as they are written, and tool calls as soon as each is complete.

        Tool calls come only for `conversation.tools`, and no text follows them. May be cancelled, or closed, at any
        await. Raises ProviderError, before or in the middle of the answer. Whatever is yielded is untrusted: neither
        schema nor tool list is a promise that the answer keeps to it.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
