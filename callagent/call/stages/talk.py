"""The language model's free speech: grounded on look-ups, held against them sentence by sentence, bounded in all ways.

What it says reaches the caller a sentence at a time, after the guard; a beginning that claims nothing goes ahead, and
the rest follows when the guard has seen the whole. What it asks for with its tools is a look-up of the flow's list or
one of the flow's own paths; anything else is told to be not allowed. It may ask a few times for one answer, and be
silent for a few seconds; a model that says nothing then is spoken for by the shop's own line.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final

from callagent.call.history import History
from callagent.call.journal import EventLog
from callagent.call.look_ups import LookUps
from callagent.call.services import KeptAnswer, Services
from callagent.call.stages.pieces import Piece, Pieces
from callagent.call.stages.stage import provider_failed
from callagent.call.witness import recalled
from callagent.dialogue.actions import Converse, Say
from callagent.dialogue.answers import talk_key
from callagent.dialogue.commands import ModelCommand
from callagent.dialogue.evidence import facts_in_instructions
from callagent.dialogue.grounding import Grounding, Limits, flow_wanted, ground, look_up_wanted, result_of
from callagent.dialogue.guard import Guard
from callagent.dialogue.lead_in import is_lead_in
from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.events import ModelAnswered, ProviderUsed, SentenceReplaced
from callagent.llm.model import Conversation, LanguageModel, ModelInfo, Tool, ToolCall, ToolRound, written_by

MOST_ROUNDS: Final = 3
"""How often the model may ask for look-ups in one answer."""
MOST_CALLS: Final = 4
"""Look-ups at a time; what is asked for besides is not allowed."""


MOST_SENTENCES: Final = 6
MOST_CHARACTERS: Final = 800
"""Of one answer: what a model says beyond either is not waited for."""


class Talk:
    """One answer of the model."""

    def __init__(
        self,
        services: Services,
        journal: EventLog,
        history: History,
        look_ups: LookUps,
        turn: int,
        wanted: Converse,
        language: str,
    ) -> None:
        self._services = services
        self._journal = journal
        self._heard = history.messages()
        """Until the model began: what it says itself comes back to it with the look-ups."""
        self._learned = history.answers()
        self._look_ups = look_ups
        self._turn = turn
        self._wanted = wanted
        self._language = language
        self._instead: Say | None = wanted.instead
        """What is yet to be said in the model's place: once in an answer, what follows would only say it again."""
        self._by: ModelInfo | None = None
        """Who wrote what came last."""
        self._used: set[str] = set()
        """Names of the models that were reported."""
        self.is_down = False
        """Whether no model could be had, or not to the end."""
        self._helped = False
        """Whether the caller has heard something since the model began, or last asked for a look-up."""

    async def speak(self, model: LanguageModel) -> AsyncGenerator[Say | ModelCommand, None]:
        """What is to be said; last of all, it may be, the flow that the model wants to open."""
        facts = self._look_ups.facts | facts_in_instructions(self._wanted.instructions)
        asked = next((one.text for one in reversed(self._heard) if one.speaker == "caller"), "")
        guard = Guard(facts, self._services.clock.wall().date(), self._services.subjects, asked)
        try:
            sentences = characters = 0
            async with aclosing(self._answer(model)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, ModelCommand):
                        yield piece
                        return
                    sentences, characters = sentences + (not piece.before), characters + len(piece.text)
                    too_much = sentences > MOST_SENTENCES or (sentences > 1 and characters > MOST_CHARACTERS)
                    if too_much and not piece.before:
                        break
                    if not piece.whole:
                        yield self._spoken(piece.text)
                        continue
                    guard.learn(self._look_ups.facts)
                    say = self._checked(guard, piece)
                    if say is not None:
                        self._helped = True
                        yield say
        except ProviderError as error:
            self._journal.write(provider_failed(self._journal.at_s(), "llm", error))
            self.is_down = True
        if not self._helped and self._instead is not None:
            yield self._instead

    def _spoken(self, text: str) -> Say:
        wanted = self._wanted
        return Say("", text, fixed=False, mood=wanted.mood, pace=wanted.pace, gain_db=wanted.gain_db)

    def _may_lead(self, beginning: str) -> bool:
        """Whether a sentence may be begun: should the rest be refused, the line in its place goes on from there."""
        return self._instead is not None and is_lead_in(beginning, self._services.subjects)

    def _checked(self, guard: Guard, piece: Piece) -> Say | None:
        """The rest of a sentence, or what is said in its place."""
        reason = guard.objection(piece.sentence)
        if reason is None:
            return self._spoken(piece.text)
        say, self._instead = self._instead, None
        line = say.line if say else ""
        self._journal.write(SentenceReplaced(at_s=self._journal.at_s(), turn=self._turn, reason=reason, line=line))
        return say

    async def _answer(self, model: LanguageModel) -> AsyncGenerator[Piece | ModelCommand, None]:
        """The model's words; those of the same conversation over the same facts are not asked for twice."""
        wanted, facts = self._wanted, self._look_ups.facts
        limits = Limits(wanted.instructions, wanted.knows, wanted.given, wanted.may_open, turns_left=wanted.turns_left)
        grounding = ground(limits, self._language, facts, self._learned)
        heard = [(one.speaker, one.text) for one in self._heard]
        key = talk_key(self._services.dialogue.version, self._language, grounding.instructions, heard, facts)
        kept = self._services.answers.get(key)
        if kept is not None and await self._still_holds(kept, grounding):
            at_s = self._journal.at_s()
            conversation = Conversation(grounding.instructions, self._heard, self._language)
            self._journal.write(recalled(at_s, conversation, kept.said))
            self._journal.write(ModelAnswered(at_s=at_s, turn=self._turn, provider="cache"))
            for sentence in kept.said:
                yield Piece(sentence)
            return
        said: list[str] = []
        rounds: list[ToolRound] = []
        async with aclosing(self._rounds(model, grounding)) as pieces:
            async for piece in pieces:
                self._report(spoken=isinstance(piece, Piece) and not said)
                if isinstance(piece, ToolRound):
                    rounds.append(piece)
                    continue
                yield piece
                if isinstance(piece, ModelCommand):
                    return
                said[len(said) - bool(piece.before) :] = [piece.sentence]
        if said:
            self._services.answers.keep(key, KeptAnswer(tuple(said), tuple(rounds)))

    async def _still_holds(self, kept: KeptAnswer, grounding: Grounding) -> bool:
        """Whether the look-ups behind an answer come to the same today, for this caller."""
        for done in kept.rounds:
            if await self._look_up(done.calls, grounding) != done.results:
                return False
        return True

    def _report(self, *, spoken: bool) -> None:
        """Tell who answers; of a chain of models another one may go on with an answer."""
        by, at_s = self._by, self._journal.at_s()
        if by is None:
            return
        if spoken:
            self._journal.write(ModelAnswered(at_s=at_s, turn=self._turn, provider=by.name))
        if by.name not in self._used:
            self._used.add(by.name)
            self._journal.write(ProviderUsed(at_s=at_s, stage="llm", provider=by.name, version=by.version))

    async def _rounds(
        self, model: LanguageModel, grounding: Grounding
    ) -> AsyncGenerator[Piece | ModelCommand | ToolRound, None]:
        """The model's words and what it did between them, until it asks for nothing more."""
        tools = tuple(Tool(*offer) for offer in grounding.offers)
        rounds: tuple[ToolRound, ...] = ()
        while True:
            conversation = Conversation(
                grounding.instructions,
                self._heard,
                self._language,
                tools=tools,
                rounds=rounds,
                larger=self._wanted.larger,
            )
            words: list[str] = []
            calls: list[ToolCall] = []
            async with aclosing(self._pieces(model, conversation)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, ToolCall):
                        calls.append(piece)
                    else:
                        words.append(piece.text)
                        yield piece
            if not calls:
                return
            opened = (flow_wanted(call.name, call.arguments, grounding.may_open) for call in calls)
            flow = next((one for one in opened if one is not None), None)
            if flow is not None:
                yield flow
                return
            if len(rounds) == MOST_ROUNDS:
                raise ProviderUnavailableError(model.info.name, "wants more look-ups than one answer may take")
            self._helped = False
            done = ToolRound(" ".join(words), tuple(calls), await self._look_up(calls, grounding))
            rounds = (*rounds, done)
            yield done

    async def _look_up(self, calls: Sequence[ToolCall], grounding: Grounding) -> tuple[str, ...]:
        """What the calls come to, as JSON each."""
        results = []
        for number, call in enumerate(calls):
            wanted = look_up_wanted(call.name, call.arguments, grounding.tools) if number < MOST_CALLS else None
            results.append(result_of(None if wanted is None else await self._look_ups.for_model(wanted)))
        return tuple(results)

    async def _pieces(self, model: LanguageModel, conversation: Conversation) -> AsyncGenerator[Piece | ToolCall, None]:
        """The model's words as they can be spoken, then its tool calls. Raises ProviderError."""
        words = Pieces(self._may_lead)
        calls: list[ToolCall] = []
        async with aclosing(model.reply(conversation)) as pieces:
            while (piece := await self._next(pieces, model)) is not None:
                self._by = written_by(piece, model)
                if isinstance(piece, ToolCall):
                    calls.append(piece)
                    continue
                for ready in words.add(piece):
                    yield ready
                if words.waiting > MOST_CHARACTERS:
                    break  # a sentence without end: the guard refuses it
        for ready in words.end():
            yield ready
        for call in calls:
            yield call

    async def _next(self, pieces: AsyncGenerator[str | ToolCall, None], model: LanguageModel) -> str | ToolCall | None:
        within_s = self._services.limits.talk_s
        try:
            async with asyncio.timeout(within_s):
                return await anext(pieces, None)
        except TimeoutError:
            raise ProviderTimeoutError(model.info.name, f"nothing more within {within_s:g} s") from None
