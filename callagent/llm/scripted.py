"""A language model that says what it was given to say, at the pace of a real one: for tests, demos and the bench."""

import re
from asyncio import sleep
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field

from callagent.errors import ConfigurationError
from callagent.llm.model import Conversation, ModelInfo, ToolCall

WORDS = re.compile(r"\s*\S+\s*$|\s*\S+")
"""A word with the space before it; the last one with what follows too."""
CALL = re.compile(r"\s*<(\w+) (\{.*?\})>\s*")
"""A tool call as it stands in a reply."""
NOTHING_UNDERSTOOD = "{}"
"""Fits no schema of ours."""


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """What to say, and how fast."""

    first_token_ms: float = 200.0
    tokens_per_s: float = 50.0
    replies: tuple[str, ...] = ("I am sorry, I do not know that. May I take a message?",)
    """The n-th answer of a conversation is the n-th of these; after the last it starts over.

    ``One moment. <catalogue {"product": "ceiling fan"}> It is a good one.`` calls a tool in the middle: what stands
    behind the call is said when its result is there.
    """
    understands: Mapping[str, str] = field(default_factory=dict)
    """Where a schema asks for JSON: words of the caller's, and the answer to the letter; else an empty object."""

    def __post_init__(self) -> None:
        if not self.replies:
            raise ConfigurationError("The scripted model has no replies; give at least one under `replies`.")
        if self.tokens_per_s <= 0 or self.first_token_ms < 0:
            raise ConfigurationError("The scripted model needs tokens_per_s above 0 and first_token_ms of at least 0.")


class ScriptedModel:
    """Answers by the number of the caller's turn, so that parallel calls do not disturb each other."""

    Options = ScriptedOptions

    def __init__(self, options: ScriptedOptions) -> None:
        self._options = options

    @property
    def info(self) -> ModelInfo:
        """What it is."""
        return ModelInfo(name="scripted", version="1", needs_network=False)

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """The reply for this turn, word by word; the pieces put together are the reply to the letter."""
        text, call = self._part(conversation)
        wait_s = self._options.first_token_ms / 1000
        for word in WORDS.findall(text):
            await sleep(wait_s)
            yield word
            wait_s = 1 / self._options.tokens_per_s
        if call is not None:
            await sleep(wait_s)
            yield call

    def _part(self, conversation: Conversation) -> tuple[str, ToolCall | None]:
        """What is to be written now, and the tool call that it ends with."""
        if conversation.schema is not None:
            return self._understood(conversation), None
        replies = self._options.replies
        turn = sum(message.speaker == "caller" for message in conversation.messages)
        texts_and_calls = CALL.split(replies[max(0, turn - 1) % len(replies)])
        here = 3 * len(conversation.rounds)
        text, *rest = texts_and_calls[here:] or [""]
        return text, ToolCall(f"call_{here // 3 + 1}", rest[0], rest[1]) if rest else None

    def _understood(self, conversation: Conversation) -> str:
        said = conversation.messages[-1].text if conversation.messages else ""
        answers = (answer for words, answer in self._options.understands.items() if words in said)
        return next(answers, NOTHING_UNDERSTOOD)

    async def aclose(self) -> None:
        """There is nothing to let go of."""
