"""Asks the language model what a caller meant, where the rules are unsure."""

import asyncio
from contextlib import aclosing
from typing import Final

from callagent.call.journal import EventLog
from callagent.call.services import KeptAnswer, Services
from callagent.call.stages.stage import provider_failed
from callagent.call.witness import recalled
from callagent.dialogue.actions import AskModel
from callagent.dialogue.answers import command_key
from callagent.dialogue.commands import (
    CANNOT_TELL,
    LONGEST_ANSWER,
    ModelCommand,
    caller_message,
    instructions,
    parse,
    schema,
)
from callagent.errors import ProviderError, ProviderTimeoutError
from callagent.events import CommandsChosen, ProviderUsed
from callagent.llm.model import Conversation, LanguageModel, Message, ModelInfo, written_by

SHARE: Final = 0.95
"""Of the time that there is: by then a chain of models is to say that they failed, before it is interrupted."""


class Reader:
    """One per call. May be cancelled at any time: then nothing was chosen."""

    def __init__(self, services: Services, journal: EventLog) -> None:
        self._services = services
        self._journal = journal

    async def read(self, turn: int, asked: AskModel) -> tuple[ModelCommand, ...]:
        """What the model picked from the list; "cannot tell" for all that is late, broken or not on it."""
        began_s = self._services.clock.now_s()
        provider, text = await self._answer(asked)
        commands = parse(text, asked.context)
        self._journal.write(
            CommandsChosen(
                at_s=self._journal.at_s(),
                turn=turn,
                provider=provider,
                commands=tuple(map(str, commands)),
                took_s=round(self._services.clock.now_s() - began_s, 4),
            )
        )
        return commands

    async def _answer(self, asked: AskModel) -> tuple[str, str]:
        """Who answered, and the answer as it was written; empty for none."""
        model, answers = self._services.model, self._services.answers
        if model is None:
            return "", ""
        told = instructions(asked.context)
        key = command_key(told, asked.language, asked.said.text, self._services.dialogue.version)
        conversation = Conversation(
            told,
            (Message("caller", caller_message(asked.said.text)),),
            asked.language,
            schema=schema(asked.context),
            within_s=SHARE * self._services.limits.understand_s,
        )
        kept = answers.get(key)
        if kept is not None:
            self._journal.write(recalled(self._journal.at_s(), conversation, kept.said))
            return "cache", kept.said[0]
        try:
            by, text = await self._ask(model, conversation)
        except ProviderError as error:
            self._journal.write(provider_failed(self._journal.at_s(), "llm", error))
            return error.provider, ""
        self._journal.write(ProviderUsed(at_s=self._journal.at_s(), stage="llm", provider=by.name, version=by.version))
        if parse(text, asked.context) != CANNOT_TELL:
            answers.keep(key, KeptAnswer((text,)))
        return by.name, text

    async def _ask(self, model: LanguageModel, conversation: Conversation) -> tuple[ModelInfo, str]:
        """Who answered, and the answer. Raises ProviderError."""
        within_s = self._services.limits.understand_s
        text, by = "", model.info
        try:
            async with asyncio.timeout(within_s), aclosing(model.reply(conversation)) as pieces:
                async for piece in pieces:
                    by = written_by(piece, model)
                    text += piece if isinstance(piece, str) else ""
                    if len(text) > LONGEST_ANSWER:
                        break
        except TimeoutError:
            raise ProviderTimeoutError(model.info.name, f"no answer within {within_s:g} s") from None
        return by, text
