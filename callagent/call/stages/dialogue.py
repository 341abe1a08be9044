"""DIALOGUE: words to what is to be said and done."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, TypeAlias

from pipecat.frames.frames import Frame
from pipecat.utils.string import match_endofsentence

from callagent.call.deeds import Deeds
from callagent.call.frames import AnswerEndFrame, ConverseFrame, InputFrame, SayFrame
from callagent.call.history import History
from callagent.call.journal import Journal
from callagent.call.services import Services
from callagent.call.stages.stage import HIDDEN, Desk, Stage, provider_failed
from callagent.dialogue.actions import (
    CallBegan,
    CallerSaid,
    Consent,
    Converse,
    Decision,
    Entered,
    HangUp,
    Immediate,
    Listen,
    LookedUp,
    LookUp,
    Missed,
    Note,
    Record,
    Remember,
    Say,
    SendText,
    Transfer,
    Understood,
)
from callagent.dialogue.answers import talk_key
from callagent.dialogue.evidence import Fact, facts_in_instructions, facts_of
from callagent.dialogue.grounding import Limits, ground
from callagent.dialogue.guard import Guard
from callagent.errors import ProviderError
from callagent.events import (
    AnswerTaken,
    FactsLookedUp,
    ModelAnswered,
    NoInput,
    NoMatch,
    ProviderUsed,
    SentenceReplaced,
    StepEntered,
    TurnDecided,
)
from callagent.llm.model import Conversation, LanguageModel

MOST_LOOK_UPS: Final = 8
"""In one decision: a flow that asks for more is going in circles."""
MOST_FACTS: Final = 100
"""Look-ups whose facts are kept: a call of two hours must not grow what each sentence is held against."""

Last: TypeAlias = Listen | HangUp | Record | Transfer
"""What an answer ends with."""


class DialogueStage(Stage):
    """Words to what is to be said and done."""

    stage_name = "dialogue"

    def __init__(self, services: Services, journal: Journal, desk: Desk, history: History, deeds: Deeds) -> None:
        super().__init__(services, journal, desk)
        self.history = history
        self.deeds = deeds
        self.place = ""
        """The flow that the call has come to."""
        self.held: Mapping[str, Any] | None = None
        """The state of a call that was cut off, where this one is to go on."""
        self._state: Any = None
        self._facts: dict[tuple[object, ...], frozenset[Fact]] = {}
        """What the look-ups of this call returned, the last answer to each question."""
        self._over = False
        """The dialogue has ended the call: what else the caller says is not for it."""

    async def handle(self, frame: Frame) -> bool:
        """Decide about an input, or let the model speak."""
        match frame:
            case InputFrame() if self._over:
                self._hear(frame, private=self.desk.private)
            case InputFrame():
                await self._decide(frame)
            case ConverseFrame():
                await self._converse(frame)
            case _:
                return False
        return True

    def take_up(self, state: Any) -> None:
        """Go on with a call that was handed over and has come back."""
        self._state = state

    @property
    def state(self) -> Any:
        """Where the conversation stands."""
        return self._state

    def unfinished(self) -> Mapping[str, Any] | None:
        """What a caller who was cut off could come back to."""
        if self._over or self._state is None:
            return None
        return self.services.dialogue.held(self._state)

    async def recover(self, frame: Frame) -> None:
        """Give the floor back to the caller: the silence ladder takes it from there."""
        listening = self.desk.listening
        if isinstance(frame, InputFrame | ConverseFrame) and listening is not None:
            await self.push_frame(AnswerEndFrame(frame.turn, listening))
        elif isinstance(frame, InputFrame):
            hang_up = HangUp("failed")
            await self.push_frame(AnswerEndFrame(self.desk.ending(hang_up), hang_up))

    async def _decide(self, frame: InputFrame) -> None:
        dialogue = self.services.dialogue
        now = self.services.clock.wall()
        if isinstance(frame.given, CallBegan):
            resumed = dialogue.resume(self.held, frame.given) if self.held is not None else None
            decision = resumed or dialogue.begin(frame.given)
        else:
            private = True  # as long as nobody knows better
            try:
                decision = dialogue.advance(self._state, frame.given, now)
                private = self.desk.private or decision.turn_private
            finally:
                self._hear(frame, private=private)
        said: list[Say | Converse] = []
        for _ in range(MOST_LOOK_UPS):
            self._take(decision)
            said += [action for action in decision.actions if isinstance(action, Say | Converse)]
            last = decision.actions[-1] if decision.actions else HangUp("failed")
            if not isinstance(last, LookUp):
                break
            decision = dialogue.advance(self._state, await self._look_up(last), now)
        else:
            last = HangUp("failed")
        self.journal.write(TurnDecided(at_s=self.journal.at_s(), turn=frame.turn))
        await self._answer(frame.turn, said, HangUp("failed") if isinstance(last, LookUp | Immediate) else last)

    def _hear(self, frame: InputFrame, *, private: bool) -> None:
        """Let the caller's words be known, unless they are private."""
        if isinstance(frame.given, CallerSaid):
            self.history.caller_said(HIDDEN if private and frame.given.text else frame.given.text)
        if frame.heard is not None:
            text = HIDDEN if private and frame.heard.text else frame.heard.text
            self.journal.write(replace(frame.heard, text=text))

    def _take(self, decision: Decision[Any]) -> None:
        self._state = decision.state
        for note in decision.notes:
            if isinstance(note, Understood):
                self.history.learned(note.slot, note.value)
            elif isinstance(note, Entered):
                self.place = note.flow
            self.journal.write(_event(self.journal.at_s(), note))
        for action in decision.actions:
            if isinstance(action, SendText | Consent | Remember):
                self.deeds.do(action)

    async def _look_up(self, wanted: LookUp) -> LookedUp:
        began_s = self.services.clock.now_s()
        found = await self.services.look_up(wanted.source, wanted.arguments, wanted.gives)
        took_s = round(self.services.clock.now_s() - began_s, 4)
        self.journal.write(
            FactsLookedUp(at_s=self.journal.at_s(), source=wanted.source, status=found.status, took_s=took_s)
        )
        if found.status == "found":
            asked = (wanted.source, *sorted(wanted.arguments.items()))
            self._facts[asked] = facts_of(wanted.arguments, found.values, self.services.subjects)
            if len(self._facts) > MOST_FACTS:
                del self._facts[next(iter(self._facts))]
        return found

    async def _answer(self, turn: int, said: list[Say | Converse], last: Last) -> None:
        """Send what is to be said on its way, unless the caller has already gone on."""
        if isinstance(last, HangUp):
            self._over = True
            turn = self.desk.ending(last)
            language = self._language()
        else:
            if isinstance(last, Listen):
                self.desk.expect(last)
            language = last.language if isinstance(last, Listen) else self._language()
            if turn != self.desk.turn:
                return
        # Who speaks before the tone, or to the agent that is about to leave, would speak into nothing.
        if isinstance(last, Record | Transfer) or any(isinstance(say, Say) and not say.interruptible for say in said):
            self.desk.must_be_heard()
        pass_on = self.push_frame
        for say in said:
            if isinstance(say, Say):
                await pass_on(_kept(SayFrame(turn, say, language), last))
            else:
                # To this stage itself: a model's words may be interrupted, a decision may not. Whatever follows them
                # goes the same way, so that the order holds.
                pass_on = self.queue_frame
                await pass_on(ConverseFrame(turn, say, language))
        await pass_on(_kept(AnswerEndFrame(turn, last), last))

    def _language(self) -> str:
        """The language that was spoken last."""
        return self.desk.listening.language if self.desk.listening else self.services.dialogue.language

    async def _converse(self, frame: ConverseFrame) -> None:
        if self.services.model is None:
            return
        facts = frozenset[Fact]().union(*self._facts.values())
        guard = self._guard(facts | facts_in_instructions(frame.wanted.instructions))
        instead = frame.wanted.instead
        try:
            async for sentence in self._reply(self.services.model, frame, facts):
                wanted = frame.wanted
                say: Say | None = Say(
                    "", sentence, fixed=False, mood=wanted.mood, pace=wanted.pace, gain_db=wanted.gain_db
                )
                reason = guard.objection(sentence)
                if reason is not None:
                    # Once in a turn: what follows would only say it again.
                    say, instead = instead, None
                    line = say.line if say else ""
                    self.journal.write(
                        SentenceReplaced(at_s=self.journal.at_s(), turn=frame.turn, reason=reason, line=line)
                    )
                if say is not None:
                    await self.push_frame(SayFrame(frame.turn, say, frame.language))
        except ProviderError as error:
            self.journal.write(provider_failed(self.journal.at_s(), "llm", error))

    async def _reply(self, model: LanguageModel, frame: ConverseFrame, facts: frozenset[Fact]) -> AsyncIterator[str]:
        """The model's sentences; those of the same conversation over the same facts are not asked for twice."""
        dialogue, answers = self.services.dialogue, self.services.answers
        heard = [(one.speaker, one.text) for one in self.history.messages()]
        key = talk_key(dialogue.version, frame.language, frame.wanted.instructions, heard, facts)
        kept = answers.get(key)
        if kept is not None:
            self.journal.write(ModelAnswered(at_s=self.journal.at_s(), turn=frame.turn, provider="cache"))
            for sentence in kept:
                yield sentence
            return
        grounding = ground(Limits(frame.wanted.instructions), frame.language, facts, self.history.answers())
        conversation = Conversation(grounding.instructions, self.history.messages(), frame.language)
        said: list[str] = []
        async for sentence in _sentences(model, conversation):
            if not said:
                info = model.info
                self.journal.write(ModelAnswered(at_s=self.journal.at_s(), turn=frame.turn, provider=info.name))
                self.journal.write(
                    ProviderUsed(at_s=self.journal.at_s(), stage="llm", provider=info.name, version=info.version)
                )
            said.append(sentence)
            yield sentence
        answers.keep(key, tuple(said))

    def _guard(self, facts: frozenset[Fact]) -> Guard:
        """The guard of one reply."""
        asked = next((one.text for one in reversed(self.history.messages()) if one.speaker == "caller"), "")
        return Guard(facts, self.services.clock.wall().date(), self.services.subjects, asked)


def _kept(frame: SayFrame | AnswerEndFrame, last: Last) -> SayFrame | AnswerEndFrame:
    """A goodbye is kept even from an interruption that was on its way before it: nothing else would end the call."""
    frame.interruptible = not isinstance(last, HangUp)
    return frame


async def _sentences(model: LanguageModel, conversation: Conversation) -> AsyncIterator[str]:
    """The model's words, a whole sentence at a time."""
    text = ""
    async with aclosing(model.reply(conversation)) as pieces:
        async for piece in pieces:
            text += piece
            while end := match_endofsentence(text):
                yield text[:end].strip()
                text = text[end:]
    if text.strip():
        yield text.strip()


def _event(at_s: float, note: Note) -> StepEntered | AnswerTaken | NoInput | NoMatch:
    """A note of the dialogue as an event of the call."""
    match note:
        case Entered(flow, step, action):
            return StepEntered(at_s=at_s, flow=flow, step=step, action=action)
        case Understood(slot, value, by):
            return AnswerTaken(at_s=at_s, slot=slot, value=value, by=by)
        case Missed("no input", step, count):
            return NoInput(at_s=at_s, step=step, count=count)
        case Missed(_, step, count):
            return NoMatch(at_s=at_s, step=step, count=count)
