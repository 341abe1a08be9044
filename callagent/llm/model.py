"""The contract of a language model: instructions and a conversation in, text out as it is written."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One side's turn, as it was heard."""

    speaker: Literal["caller", "agent"]
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the model reads. The caller's words are untrusted: they are never put among the instructions."""

    instructions: str
    messages: tuple[Message, ...]
    language: str = "en"
    """The language to answer in."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is, as data."""

    name: str
    version: str
    needs_network: bool


class LanguageModel(Protocol):
    """A model, shared by all calls of the process."""

    @property
    def info(self) -> ModelInfo:
        """What it is."""
        ...

    async def warm_up(self) -> None:
        """Load whatever the first caller should not wait for. Raises ProviderError."""
        ...

    def reply(self, conversation: Conversation) -> AsyncGenerator[str, None]:
        """Answer; yields pieces of text as they are written. May be cancelled, or closed, at any await.

        Raises ProviderError, before or in the middle of the text.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
