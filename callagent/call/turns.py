"""The caller's turns: begun, transcribed, ended, answered."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from callagent.call.caller_turn import CallerTurn
from callagent.call.early import Pending
from callagent.call.early_answer import EarlyAnswer
from callagent.call.errands import Errands
from callagent.call.feed import AudioFeed
from callagent.call.frames import Given, InputFrame, TurnOpenedFrame
from callagent.call.hold import Hold
from callagent.call.interjection import Interjection
from callagent.call.journal import Journal
from callagent.call.question import Question
from callagent.call.services import Services, TurnJudge
from callagent.call.sound import Sound
from callagent.call.stage_keeper import StageKeeper
from callagent.call.takeover import Takeover
from callagent.call.turn_end import TurnEnd
from callagent.dialogue.actions import MANNERS
from callagent.events import TurnEnded
from callagent.turn.barge_in import Manners

LAST_WORD_S: Final = 0.8
"""How long an answer that was begun early waits, from the end of the turn, for the words to be final."""


class Turns:
    """Those of one call. Who has the floor is not known here: whoever calls has asked."""

    def __init__(
        self,
        services: Services,
        journal: Journal,
        question: Question,
        sound: Sound,
        stages: StageKeeper,
        errands: Errands,
        hold: Hold,
        pending: Pending,
    ) -> None:
        manners = Manners.of(*(services.dialogue.phrases(name) for name in MANNERS))
        self._services = services
        self._journal = journal
        self._question = question
        self._sound = sound
        self._stages = stages
        self._errands = errands
        self._hold = hold
        self.now = CallerTurn()
        """The one that is open, or is being answered."""
        self._turn_end = TurnEnd(question, manners)
        self.early = EarlyAnswer(services.clock, self.now, self._turn_end, question, sound, stages, pending)
        """The answer that is begun before it is over."""
        self.takeover = Takeover(sound.ear, sound.mouth, question, manners, self._transcribe)
        """The sound over the agent that may be the beginning of the next one."""

    def send(self, given: Given) -> None:
        """Give the dialogue what the caller did in this turn."""
        self._stages.send(InputFrame(self.now.number, given))

    def due_s(self, stopped_s: float | None = None) -> float:
        """When it is over if the caller says nothing more.

        They were last heard at `stopped_s`; None for where the turn was taken to stop.
        """
        return self._turn_end.due_s(self.now, self.now.stopped_at_s if stopped_s is None else stopped_s)

    # --- begun ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Another one: whatever is being made for the last is void."""
        self.early.forget()
        self.now.begin()
        self.takeover.begin_answer()

    def take_over(self, taken: Interjection) -> None:
        """Begin another one with what was said over the agent."""
        self.begin()
        self.now.audio = taken.audio
        if taken.transcript is not None:
            self.now.hears(taken.transcript, taken.said, taken.final)

    def open(self) -> None:
        """Begin to transcribe; a turn whose words are not known yet goes on in the new feed."""
        before = self.now.audio
        audio = self.now.audio = self._sound.ear.open_feed(before=before)
        if before is not None:
            before.drop()
        self._transcribe(audio)

    def go_on(self) -> None:
        """The caller speaks again: it was a pause within the turn."""
        ear = self._sound.ear
        self._turn_end.went_on(ear.time_of(ear.speech_began) - self.now.stopped_at_s)
        self.early.forget()
        self.now.over = None
        if self.now.audio is None or self.now.audio.ended:
            self.now.forget_words()
            self.open()

    def drop(self) -> None:
        """What was said is not worth being understood: the caller keys instead."""
        self._sound.ear.close_feed()
        self.now.forget_audio()
        self._stages.interrupt()

    # --- ended ------------------------------------------------------------------------------------------------------

    def ask_judge(self, heard: Callable[[], None]) -> None:
        """Have the sound of it judged, where nothing else tells whether it is over; `heard` is called when it is."""
        judge, audio = self._services.turn_judge, self.now.audio
        if judge is not None and audio is not None and self._turn_end.is_doubtful(self.now):
            self._errands.run(self._hear_judge(judge, audio, heard))

    async def _hear_judge(self, judge: TurnJudge, audio: AudioFeed, heard: Callable[[], None]) -> None:
        stopped_at_s = self.now.stopped_at_s
        over = await judge.completeness(b"".join(chunk.pcm for chunk in audio.chunks))
        if audio is self.now.audio and stopped_at_s == self.now.stopped_at_s:
            self.now.over = over
            heard()

    def end(self, by: Literal["voice", "keys", "silence"]) -> None:
        """It is over: the caller waits from now on."""
        now_s = self._services.clock.now_s()
        self.now.closed_at_s = now_s
        self._hold.begin(now_s, self.now.stopped_at_s)
        self._journal.write(
            TurnEnded(
                at_s=self._journal.at_s(),
                turn=self.now.number,
                stopped_at_s=self._journal.at_s(self.now.stopped_at_s),
                by=by,
            )
        )

    def close(self) -> None:
        """It is over, and is answered as soon as its words are known."""
        final = self.now.final
        if final is not None and not self.early.is_to(final):
            self.early.forget()
        self.end("voice")
        self._sound.ear.close_feed()
        if final is not None:
            self.understood(final)

    def pass_by(self, by: Literal["keys", "silence"]) -> None:
        """Begin and end one in which nothing was said, or nothing that is to be understood."""
        self.begin()
        self._question.deciding = True
        self.now.stopped_at_s = self._services.clock.now_s()
        self.end(by)

    # --- answered ---------------------------------------------------------------------------------------------------

    def understood(self, said: InputFrame) -> None:
        """Give the dialogue the words of a turn that is over, unless it has begun to answer them already.

        From the front, behind an interruption that may be on its way: else that would silence the answer.
        """
        heard = said.heard
        is_answered = self.early.is_to(said)
        self.now.forget_audio()
        self._question.deciding = True
        if is_answered and heard is not None:
            self.early.keep(heard)
            return
        if self.early.under_way:
            # The words came after the end of the turn, and are others than those that an answer was begun to.
            self.early.forget()
            self.end("voice")
        if heard is not None:
            heard = replace(heard, at_s=self._journal.at_s(), turn=self.now.number)
        self._stages.send(InputFrame(self.now.number, said.given, heard))

    def await_words(self, now_s: float) -> None:
        """A recogniser whose last word is late may be failing: the caller who waits for it is told so, not kept."""
        if now_s - self.now.closed_at_s >= LAST_WORD_S:
            self.early.forget()
            self.end("voice")

    def forget_answer(self) -> None:
        """Whatever the stages still bring for it is void, and what is being said of it."""
        self._sound.mouth.stop(self._services.clock.now_s())
        self.takeover.forget()
        self.begin()
        self.now.forget_audio()
        self._stages.interrupt()

    def _transcribe(self, audio: AudioFeed) -> None:
        self._stages.send(TurnOpenedFrame(audio, self._question.hints))
