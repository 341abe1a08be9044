"""DIALOGUE: words to what is to be said and done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from pipecat.frames.frames import Frame

from callagent.call.ahead import likely
from callagent.call.deeds import Deeds
from callagent.call.frames import (
    AnswerEndFrame,
    AskModelFrame,
    ConverseFrame,
    EarlyInputFrame,
    Given,
    InputFrame,
    Last,
    SayFrame,
)
from callagent.call.history import History
from callagent.call.journal import EventLog
from callagent.call.look_ups import LookUps
from callagent.call.services import Services
from callagent.call.stages.minutes import advanced, event_of, is_plain
from callagent.call.stages.reader import Reader
from callagent.call.stages.stage import HIDDEN, Desk, Stage
from callagent.call.stages.talk import Talk
from callagent.dialogue.actions import (
    Action,
    AskModel,
    CallBegan,
    CallerSaid,
    Consent,
    Converse,
    Decision,
    Entered,
    HangUp,
    Immediate,
    Input,
    Listen,
    LookUp,
    ModelFailed,
    ModelUnderstood,
    Record,
    Remember,
    Say,
    SendText,
    Transfer,
    Understood,
)
from callagent.dialogue.commands import ModelCommand
from callagent.dialogue.privacy import tells_of_a_customer
from callagent.events import TranscriptReceived, TurnDecided
from callagent.tts.synthesizer import Speech

MOST_LOOK_UPS: Final = 8
"""In one decision: a flow that asks for more is going in circles."""


class DialogueStage(Stage):
    """Words to what is to be said and done."""

    stage_name = "dialogue"

    def __init__(self, services: Services, journal: EventLog, desk: Desk, history: History, deeds: Deeds) -> None:
        super().__init__(services, journal, desk)
        self.history = history
        self.deeds = deeds
        self.place = ""
        """The flow that the call has come to."""
        self.cut_off: Mapping[str, Any] | None = None
        """The state of a call that was cut off, where this one is to go on."""
        self._state: Any = None
        self._came_from: Mapping[str, Any] | None = None
        """The state that the conversation goes on from; None once that is told, and where it begins."""
        self._look_ups = LookUps(services, journal, desk.waiting.looking_up)
        self._reader = Reader(services, journal)
        self._said = CallerSaid("")
        """What the caller said last."""
        self._unread: CallerSaid | None = None
        """What the model was asked about and, since the caller went on, has not told."""
        self._over = False
        """The dialogue has ended the call: what else the caller says is not for it."""
        self._undo: Callable[[], None] | None = None
        """Takes back an answer that was begun early; None where there is none, or it was kept."""
        self._undone = 0
        """How many were taken back."""
        self._hidden = False
        """Whether what the caller said last is private."""

    async def handle(self, frame: Frame) -> bool:
        """Decide about an input, have the model tell what was meant, or let it speak."""
        match frame:
            case InputFrame() if self._over:
                self._hear(frame, private=self.desk.private)
            case EarlyInputFrame() if self._over or frame.turn != self.desk.turn:
                pass  # too late
            case EarlyInputFrame():
                self._remember_how_it_stands()
                await self._decide(frame)
            case InputFrame(given=ModelUnderstood() | ModelFailed()) if frame.turn != self.desk.turn:
                pass  # the caller has gone on
            case InputFrame():
                await self._decide(frame)
            case ConverseFrame():
                await self._converse(frame)
            case AskModelFrame():
                await self._ask_model(frame)
            case _:
                return False
        return True

    def take_up(self, state: Any) -> None:
        """Go on with a call that was handed over and has come back."""
        self._state = state
        self._came_from = self.services.dialogue.snapshot(state)

    def successor(self) -> "DialogueStage":
        """Another one that goes on where this one stands, for another pipeline."""
        self.undo()
        new = DialogueStage(self.services, self.journal, self.desk, self.history, self.deeds)
        new.place, new.cut_off = self.place, self.cut_off
        new._state, new._said, new._unread, new._over = self._state, self._said, self._unread, self._over
        new._came_from = self._came_from
        return new

    @property
    def answers_early(self) -> bool:
        """Whether there is an answer that was begun early, to be kept or taken back."""
        return self._undo is not None

    def keep(self, heard: TranscriptReceived) -> TranscriptReceived:
        """The answer that was begun early is the one; the event of its words as it may be known."""
        self._undo = None
        return replace(heard, text=HIDDEN) if self._hidden and heard.text else heard

    def undo(self) -> None:
        """It is none: everything is as it was before."""
        if self._undo is not None:
            self._undo()
            self._undo = None
            self._undone += 1

    def _remember_how_it_stands(self) -> None:
        state, place, said, unread = self._state, self.place, self._said, self._unread
        heard, asked = self.history.mark(), self._look_ups.mark()

        def undo() -> None:
            self._state, self.place, self._said, self._unread = state, place, said, unread
            self.history.back(heard)
            self._look_ups.back(asked)

        self._undo = undo

    def close(self) -> None:
        """The call is being ended: nothing is decided any more."""
        self._over = True

    @property
    def state(self) -> Any:
        """Where the conversation stands."""
        return self._state

    def unfinished(self) -> Mapping[str, Any] | None:
        """What a caller who was cut off could come back to."""
        if self._over or self._state is None:
            return None
        return self.services.dialogue.unfinished(self._state)

    async def recover(self, frame: Frame) -> None:
        """Give the floor back to the caller: the silence ladder takes it from there."""
        listening = self.desk.listening
        if isinstance(frame, AskModelFrame):
            await self.queue_frame(InputFrame(frame.turn, ModelUnderstood((), frame.asked.said)))
        elif isinstance(frame, InputFrame | ConverseFrame) and listening is not None:
            await self.push_frame(AnswerEndFrame(frame.turn, listening))
        elif isinstance(frame, InputFrame):
            hang_up = HangUp("failed")
            await self.push_frame(AnswerEndFrame(self.desk.goodbye(hang_up), hang_up))

    async def _decide(self, frame: InputFrame | EarlyInputFrame) -> None:
        dialogue, undone = self.services.dialogue, self._undone
        given, self._unread = _joined(self._unread, frame.given), None
        now, began_s = self.services.clock.wall(), self.services.clock.now_s()
        private = False
        if isinstance(given, CallBegan):
            resumed = dialogue.resume(self.cut_off, given) if self.cut_off is not None else None
            self._came_from = self.cut_off if resumed else None
            decision = resumed or dialogue.begin(given)
        else:
            private = True  # as long as nobody knows better
            try:
                decision = dialogue.advance(self._state, given, now)
                private = self.desk.private or decision.turn_private
            finally:
                self._hear(frame, private=private)
        plain = is_plain(given, dialogue, self.desk.listening)
        took_s = self.services.clock.now_s() - began_s
        self._minute(frame.turn, given, now, decision, private=private, plain=plain, took_s=took_s)
        said: list[Say | Converse] = []
        for _ in range(MOST_LOOK_UPS):
            last = decision.actions[-1] if decision.actions else HangUp("failed")
            if _cannot_be_undone(decision.actions) and not await self.desk.pending.settled():
                return
            self._take(decision)
            said += [action for action in decision.actions if isinstance(action, Say | Converse)]
            if isinstance(last, AskModel):
                await self._wonder(frame.turn, last)
                return
            if not isinstance(last, LookUp):
                break
            found = await self._look_ups.for_flow(last)
            if undone != self._undone:
                return
            began_s = self.services.clock.now_s()
            decision = dialogue.advance(self._state, found, now)
            self._minute(frame.turn, found, now, decision, took_s=self.services.clock.now_s() - began_s)
        else:
            last = HangUp("failed")
        self.journal.write(TurnDecided(at_s=self.journal.at_s(), turn=frame.turn))
        await self._answer(
            frame.turn, said, HangUp("failed") if isinstance(last, LookUp | AskModel | Immediate) else last
        )

    def _minute(
        self,
        turn: int,
        given: CallBegan | Input,
        now: datetime,
        decision: Decision[Any],
        *,
        private: bool = False,
        plain: bool = False,
        took_s: float = 0.0,
    ) -> None:
        """Put down what was decided, and from what."""
        came_from, self._came_from = self._came_from, None
        at_s = self.journal.at_s()
        event = advanced(at_s, turn, given, now, decision, state=came_from, private=private, plain=plain)
        self.journal.write(replace(event, took_s=round(took_s, 4)))

    async def _wonder(self, turn: int, asked: AskModel) -> None:
        """Have the model asked, unless the caller has gone on."""
        if self.desk.listening is not None:
            # The question is the same as before: whoever keys an answer meanwhile is not to wait for the model.
            self.desk.pending.later(partial(self.desk.expect, self.desk.listening))
        if turn == self.desk.turn:
            # To this stage itself: the model may be interrupted, a decision may not.
            self._unread = asked.said
            await self.queue_frame(AskModelFrame(turn, asked))

    async def _ask_model(self, frame: AskModelFrame) -> None:
        self.desk.waiting.thinking(begun=True)
        commands = await self._reader.read(frame.turn, frame.asked)
        self.desk.waiting.thinking(begun=False)
        await self.queue_frame(InputFrame(frame.turn, ModelUnderstood(commands, frame.asked.said)))

    def _hear(self, frame: InputFrame | EarlyInputFrame, *, private: bool) -> None:
        """Let the caller's words be known, unless they are private."""
        if isinstance(frame.given, CallerSaid):
            self._said = CallerSaid("") if private else frame.given
            self._hidden = private
            self.history.caller_said(HIDDEN if private and frame.given.text else frame.given.text)
        if isinstance(frame, InputFrame) and frame.heard is not None:
            text = HIDDEN if private and frame.heard.text else frame.heard.text
            self.journal.write(replace(frame.heard, text=text))

    def _take(self, decision: Decision[Any]) -> None:
        self._state = decision.state
        for note in decision.notes:
            if isinstance(note, Understood):
                self.history.learned(note.slot, note.value)
            elif isinstance(note, Entered):
                self.place = note.flow
            self.journal.write(event_of(self.journal.at_s(), note))
        for action in decision.actions:
            if isinstance(action, SendText | Consent | Remember):
                self.deeds.do(action)

    async def _answer(self, turn: int, said: list[Say | Converse], last: Last) -> None:
        """Send what is to be said on its way, unless the caller has already gone on."""
        if not isinstance(last, Listen) and not await self.desk.pending.settled():
            return
        if isinstance(last, HangUp):
            self._over = True
            turn = self.desk.goodbye(last)
            language = self._language()
        else:
            if isinstance(last, Listen):
                self.desk.pending.later(partial(self.desk.expect, last))
            language = last.language if isinstance(last, Listen) else self._language()
            if turn != self.desk.turn:
                return
        # Who speaks before the tone, or to the agent that is about to leave, would speak into nothing.
        if isinstance(last, Record | Transfer) or any(isinstance(say, Say) and not say.interruptible for say in said):
            self.desk.must_be_heard()
        for say in said:
            if isinstance(say, Converse):
                # To this stage itself: a model's words may be interrupted, a decision may not.
                await self.queue_frame(ConverseFrame(turn, say, language, last))
                return
            await self.push_frame(_kept(SayFrame(turn, say, language), last))
        await self.push_frame(_kept(AnswerEndFrame(turn, last, self._soon(last)), last))

    def _soon(self, last: Last) -> Iterable[Speech]:
        """What may be said next."""
        if not isinstance(last, Listen):
            return ()
        prompts = likely(self.services.dialogue, self._state, last, self.services.clock.wall())
        return (self.services.speech(say, language) for say, language in prompts)

    def _language(self) -> str:
        """The language that was spoken last."""
        return self.desk.listening.language if self.desk.listening else self.services.dialogue.language

    async def _converse(self, frame: ConverseFrame) -> None:
        """Let the model speak; what it opens goes on as a decision of its own."""
        model = self.services.model
        opened: ModelCommand | None = None
        is_down = False
        if model is not None:
            self.desk.waiting.thinking(begun=True)
            talk = Talk(
                self.services,
                self.journal,
                self.history,
                self._look_ups,
                frame.turn,
                frame.wanted,
                frame.language,
            )
            async with aclosing(talk.speak(model)) as pieces:
                async for piece in pieces:
                    self.desk.waiting.thinking(begun=False)
                    if isinstance(piece, ModelCommand):
                        opened = piece
                    else:
                        await self.push_frame(SayFrame(frame.turn, piece, frame.language))
            self.desk.waiting.thinking(begun=False)
            is_down = talk.is_down
            (self.desk.ladder.failed if is_down else self.desk.ladder.works)("llm")
        if opened is not None:
            await self.queue_frame(InputFrame(frame.turn, ModelUnderstood((opened,), self._said)))
        elif is_down and isinstance(frame.then, Listen):
            await self.queue_frame(InputFrame(frame.turn, ModelFailed()))
        else:
            await self.push_frame(_kept(AnswerEndFrame(frame.turn, frame.then, self._soon(frame.then)), frame.then))


def _cannot_be_undone(actions: Sequence[Action]) -> bool:
    """Whether a decision does more than to look something up, to say something, and to listen."""
    return not all(
        isinstance(action, Listen | Converse | AskModel)
        or (isinstance(action, Say) and action.interruptible)
        or (isinstance(action, LookUp) and not tells_of_a_customer(action.arguments))
        for action in actions
    )


def _joined(unread: CallerSaid | None, given: Given) -> Given:
    """What the caller said, with the beginning of it that was not understood yet when they went on."""
    if unread is None or not isinstance(given, CallerSaid):
        return given
    if not given.text:
        return unread
    return replace(given, text=f"{unread.text} {given.text}", confidence=min(unread.confidence, given.confidence))


def _kept(frame: SayFrame | AnswerEndFrame, last: Last) -> SayFrame | AnswerEndFrame:
    """A goodbye is kept even from an interruption that was on its way before it: nothing else would end the call."""
    frame.interruptible = not isinstance(last, HangUp)
    return frame
