"""A language model that writes what was written in the recording."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from itertools import count

from callagent.call.witness import asked_of, told
from callagent.errors import ProviderUnavailableError
from callagent.evidence import ModelReplied
from callagent.llm.model import Conversation, ModelInfo, ToolCall, written
from callagent.recording.redaction import restore
from callagent.replay.players.notes import Notes
from callagent.replay.players.pacing import STOPPED_S, Pace, fault
from callagent.replay.players.retold import Retold

NAME = "recording"
"""Who fails where the recording holds no answer."""


class RecordedModel:
    """A `LanguageModel` for one replay: each recorded answer is given once, to whoever asks the same."""

    def __init__(
        self,
        recorded: Iterable[ModelReplied],
        notes: Notes,
        like: ModelInfo,
        retold: Retold,
    ) -> None:
        self._retold = retold
        self._recorded = [(one, restore(one.asked)) for one in recorded]
        self._notes = notes
        self._info = like
        self._calls = count(1)
        self.told_otherwise = 0
        """How many answers were given to whoever gave other instructions than then."""

    @property
    def info(self) -> ModelInfo:
        """Of the one that it stands for, as far as that is known."""
        return self._info

    async def warm_up(self) -> None:
        """Ready at once."""

    async def aclose(self) -> None:
        """Nothing to let go of."""

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """The pieces at their times. Raises ProviderUnavailableError where the same was not asked."""
        answer = self._take(conversation)
        if answer is None:
            self._notes.miss("model", asked_of(conversation), "failed")
            raise ProviderUnavailableError(NAME, "holds no answer to this question")
        by = ModelInfo(answer.provider or self._info.name, answer.version, self._info.needs_network)
        pace, telling = Pace(), self._retold.of(answer)
        for piece in answer.pieces:
            await telling.before(piece.after_s, pace)
            await pace.until(piece.after_s)
            if piece.tool:
                yield ToolCall(f"r{next(self._calls)}", piece.tool, restore(piece.arguments), by)
            else:
                yield written(restore(piece.text), by)
        await telling.rest(pace)
        ended_s = round(answer.at_s - answer.began_s, 4)
        if answer.outcome == "stopped":
            await pace.until(ended_s)
            await asyncio.sleep(STOPPED_S)
            self._notes.miss("rest", answer.asked, "no more was written")
        elif answer.outcome == "failed":
            await pace.until(ended_s)
            raise fault(answer.error, by.name)

    def _take(self, conversation: Conversation) -> ModelReplied | None:
        """The recorded answer to the same, rather one whose instructions were the same as well."""
        purpose = "talk" if conversation.schema is None else "commands"
        asked = purpose, asked_of(conversation), len(conversation.rounds)
        same = [one for one in self._recorded if (one[0].purpose, one[1], one[0].round) == asked]
        instructions = told(conversation)
        found = next((one for one in same if one[0].instructions == instructions), same[0] if same else None)
        if found is None:
            return None
        self._recorded.remove(found)
        self.told_otherwise += found[0].instructions != instructions
        return found[0]
