"""Several models in order: when one fails, the next goes on where it stopped. Itself a `LanguageModel`.

Talk is given out by whole sentences and long clauses, the first of them a short one: the next model can go on at an
edge, with what has been said before its eyes. Its own words come by whole sentences: what it says over again is cut.
Tool calls are given out when the answer is complete. JSON is of use only as a whole: the next model is simply asked
anew.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from callagent.content.clauses import FIRST_WORDS, LATER_WORDS, clause_end, may_end_clause
from callagent.content.markup import Markup
from callagent.content.sentences import ends_whole, may_end, whole
from callagent.errors import ProviderError, ProviderUnavailableError
from callagent.llm.attempts import Attempt, Attempts
from callagent.llm.model import Conversation, LanguageModel, ModelInfo, ToolCall, written
from callagent.llm.prompt import bare_json
from callagent.llm.repetition import without_repetition
from callagent.resilience.deadlines import Deadlines
from callagent.resilience.lineup import Lineup, Member

DEADLINES: Final = Deadlines(first_s=2.5, stall_s=4.0)
READ_S: Final = 1.0
"""For the beginning of a JSON answer, and again for the rest: whoever asks what a caller meant does not wait long."""
LARGER: Final = 2.0
"""So many times as long may a larger model take that the flow has asked for."""
LONGEST: Final = 4_000
"""Characters; more than this is something else than an answer on the telephone."""


class ModelChain:
    """The models of `lineup`, the first of a language's order before the others.

    `deadlines.first_s` counts until the first word or call, `deadlines.stall_s` from sentence to sentence; the last of
    an order may take so long for each piece. `read_s` stands for both where a schema asks for JSON and another model
    could still be asked. With `hedge`, a model that begins later than it does nine times of ten has the next one asked
    as well, and the first answer is taken; the late one still has until its own deadline to begin, and has failed if it
    does not.
    """

    def __init__(
        self,
        lineup: Lineup[LanguageModel],
        deadlines: Deadlines = DEADLINES,
        *,
        read_s: float = READ_S,
        hedge: bool = False,
    ) -> None:
        self._lineup = lineup
        self._deadlines = deadlines
        self._read_s = read_s
        self._hedge = hedge

    @property
    def lineup(self) -> Lineup[LanguageModel]:
        """Who may be asked."""
        return self._lineup

    @property
    def info(self) -> ModelInfo:
        """What the first one is."""
        return self._lineup.first.provider.info

    async def warm_up(self) -> None:
        """Load all of them at once. Raises ProviderError only when none can be had."""
        await self._lineup.warm_up()

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Answer, whichever model can. Raises the last model's ProviderError when none can."""
        is_json = conversation.schema is not None
        first_within = partial(self._first_within, conversation)
        attempts = Attempts(self._lineup, conversation.language, first_within, hedge=self._hedge)
        said: list[str] = [conversation.said] if conversation.said else []
        while True:
            attempt = await attempts.lead(replace(conversation, said=" ".join(said)) if said else conversation)
            last = attempts.is_last(attempt)
            before = tuple(said)
            by, name = attempt.member.provider.info, attempt.member.name
            by = by if by.name == name else ModelInfo(name, by.version, by.needs_network)
            pieces = (
                self._json(attempt, conversation.within_s, last=last)
                if is_json
                else self._talk(attempt, before, last=last)
            )
            try:
                async for piece in pieces:
                    if isinstance(piece, ToolCall):
                        yield replace(piece, by=by)
                        continue
                    fresh = without_repetition(piece, before)
                    if fresh:
                        said.append(fresh.strip())
                        yield written(fresh, by)
            except ProviderError as error:
                attempts.failed(attempt, error)
            except BaseException:
                attempts.stop()
                raise
            else:
                attempts.succeeded(attempt)
                return
            finally:
                attempt.close()
                await pieces.aclose()

    async def aclose(self) -> None:
        """Close all of them."""
        await self._lineup.aclose()

    def _first_within(self, conversation: Conversation, member: Member[LanguageModel], last: bool) -> float:
        usual_s = self._deadlines.first_s
        if conversation.larger:
            usual_s *= LARGER
        elif not last:
            usual_s = member.pace.limit_s(usual_s if conversation.schema is None else self._read_s)
        return min(conversation.within_s, usual_s)

    async def _talk(
        self, attempt: Attempt, before: Sequence[str], *, last: bool
    ) -> AsyncGenerator[str | ToolCall, None]:
        """Sentences and clauses, and then the calls. Raises ProviderError for an answer that stops, or is none."""
        now = asyncio.get_running_loop().time
        due_s = now() + self._deadlines.stall_s
        calls: list[ToolCall] = []
        markup = Markup()
        text = ""
        length = 0
        least_words = FIRST_WORDS
        # What follows a sign behind which something may have ended is looked at piece by piece; what stands between
        # such signs is not worth being woken for.
        while pieces := await attempt.stretch(
            _anything if _may_end(text) else _is_to_be_read,
            max(0.0, due_s - now()),
            each=last,
        ):
            for piece in pieces:
                if isinstance(piece, ToolCall):
                    calls.append(piece)
                else:
                    text += markup.add(piece)
                    length += len(piece)
            if length > LONGEST:
                raise ProviderUnavailableError(attempt.member.name, "wrote more than an answer can be")
            spoken, text = whole(text) if before else _spoken_and_rest(text, least_words)
            if spoken:
                least_words = LATER_WORDS
                yield spoken
            if spoken or last:
                due_s = now() + self._deadlines.stall_s
        text += markup.end()
        if text.strip():
            yield text
        for call in calls:
            yield call
        if not (length or calls or (before and ends_whole(before[-1]))):
            raise ProviderUnavailableError(attempt.member.name, "had nothing to say")

    async def _json(self, attempt: Attempt, within_s: float, *, last: bool) -> AsyncGenerator[str | ToolCall, None]:
        """One JSON object. Raises ProviderError for anything else."""
        now = asyncio.get_running_loop().time
        due_s = now() + min(within_s - (attempt.first_s or 0.0), self._deadlines.stall_s if last else self._read_s)
        text = ""
        while pieces := await attempt.stretch(_is_book, max(0.0, due_s - now())):
            text += "".join(piece for piece in pieces if isinstance(piece, str))
            if len(text) > LONGEST:
                raise ProviderUnavailableError(attempt.member.name, "wrote more than an answer can be")
        text = bare_json(text)
        if not _is_object(text):
            raise ProviderUnavailableError(attempt.member.name, "wrote no JSON object")
        yield text


def _anything(_: str | ToolCall) -> bool:
    return True


def _is_book(piece: str | ToolCall) -> bool:
    return len(piece) > LONGEST if isinstance(piece, str) else False


def _is_to_be_read(piece: str | ToolCall) -> bool:
    """Whether it may matter for what can be spoken."""
    return isinstance(piece, ToolCall) or _may_end(piece) or len(piece) > LONGEST


def _spoken_and_rest(text: str, least_words: int) -> tuple[str, str]:
    """What of it can be spoken, whole sentences and a clause behind them, and what is yet to be completed."""
    spoken, rest = whole(text)
    end = clause_end(rest, least_words)
    return spoken + rest[:end], rest[end:]


def _may_end(text: str) -> bool:
    return may_end(text) or may_end_clause(text)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
