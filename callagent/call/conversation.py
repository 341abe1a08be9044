"""The conversation of a call: sound, floor, stages and question, held together.

What happens (voice, keys, time, the agent's last word) goes to the floor; the floor's table answers with duties, and
each duty is one method here. Audio takes the short way (sound.py); only turns go through the pipeline.
"""

import asyncio
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import ClassVar, Final, Literal

from callagent.call.caller_turn import CallerTurn
from callagent.call.deeds import Deeds
from callagent.call.ear import LONGEST_STALL_S
from callagent.call.early import StageJournal
from callagent.call.early_answer import EarlyAnswer
from callagent.call.errands import Errands
from callagent.call.farewell import DISPOSITIONS, say_farewell
from callagent.call.feed import AudioFeed
from callagent.call.frames import Given, InputFrame, Last, TurnOpenedFrame
from callagent.call.hand_over import HandOver
from callagent.call.history import History
from callagent.call.hold import Hold
from callagent.call.journal import Journal
from callagent.call.ladder import Ladder
from callagent.call.lifetime import Lifetime, Limit, Watchdog
from callagent.call.memory import Memory
from callagent.call.message import FINISH, MessageBox
from callagent.call.question import Question
from callagent.call.services import ParkedCall, Services, TurnJudge
from callagent.call.sound import Sound
from callagent.call.stage_keeper import StageKeeper
from callagent.call.stages.dialogue import DialogueStage
from callagent.call.takeover import Takeover, barge_in_latency_s
from callagent.call.tap import Tap
from callagent.call.turn_end import TurnEnd
from callagent.dialogue.actions import (
    MANNERS,
    CallBegan,
    CallerKeyed,
    CallerSilent,
    CallerUnheard,
    HangUp,
    Listen,
    NothingWorks,
    Record,
    Recorded,
    Transfer,
    Transferred,
)
from callagent.events import (
    BargedIn,
    CallerStarted,
    CallerStopped,
    DigitPressed,
    LimitReached,
    StageFailed,
    TurnEnded,
)
from callagent.media.audio import Chunk
from callagent.stt.transcriber import Transcript
from callagent.telephony.leg import Leg, LegEnd
from callagent.turn.barge_in import Manners, Verdict
from callagent.turn.floor import Duty, Floor, Happening, State
from callagent.turn.keypad import KEYS
from callagent.turn.voice import VoiceChange

MASK: Final = "x"
AGENT_PATIENCE_S: Final = 10.0
"""How long the agent may have the floor and say nothing."""
WAITING: Final = (State.AGENT, State.FIRM)
"""States in which the caller waits for the agent."""
GOODBYE_S: Final = 60.0
"""How long the agent's last words may take."""
FAREWELL_S: Final = 15.0
"""How long they may take where a limit ends the call."""
OVERLAP_S: Final = 30.0
"""How long a sound over the agent may stay doubtful."""
LAST_WORD_S: Final = 0.8
"""How long an answer that was begun early waits, from the end of the turn, for the words to be final."""
GO_ON_S: Final = 1.0
"""How long a caller whose answer was lost may go on before they are asked again."""


class Conversation:
    """Everything between one caller and the agent; a `KeptDesk` to the stages."""

    def __init__(
        self,
        leg: Leg,
        services: Services,
        journal: Journal,
        tap: Tap,
        lifetime: Lifetime,
        parked: ParkedCall | None = None,
    ) -> None:
        history = History()
        self.leg = leg
        self.services = services
        self.journal = journal
        self.disposition: str | None = None
        """Set when the dialogue ends the call."""
        self.sound = Sound(leg, services, journal, tap, history, self._voice_changed)
        self.ladder = Ladder(journal)
        self._hold = Hold(services, self.sound.mouth)
        self._floor = Floor()
        self._turn = CallerTurn()
        self._question = Question(services.dialogue)
        manners = Manners.of(*(services.dialogue.phrases(name) for name in MANNERS))
        self._turn_end = TurnEnd(self._question, manners)
        self._takeover = Takeover(self.sound.ear, self.sound.mouth, self._question, manners, self._transcribe)
        self._messages = MessageBox(journal, tap)
        self._memory = Memory(services, journal, leg.info.caller)
        self._deeds = Deeds(leg, services, journal, tap, self._memory)
        stage_journal = StageJournal(journal)
        dialogue = DialogueStage(services, stage_journal, self, history, self._deeds)
        self._stages = StageKeeper(leg.info.call_id, services, stage_journal, self, dialogue, self.sound.mouth)
        self._early = EarlyAnswer(
            services.clock, self._turn, self._turn_end, self._question, self.sound, self._stages, stage_journal
        )
        self._hand_over = HandOver(leg, services, self._deeds, self._memory, self._stages, parked)
        self._errands = Errands(leg.info.call_id, journal)
        self._lifetime = lifetime
        self._watchdog = Watchdog(services.limits, services.clock.now_s())
        self._first: Given = Transferred("nobody")
        """What the dialogue is told first."""
        self._leave: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Greet the caller, or go on where a handed-over call comes back."""
        self.sound.ear.begin(self.services.clock.now_s())
        await self._stages.start()
        self._leave = self.services.heartbeat.join(self._beat)
        if not self._hand_over.take_up():
            info = self.leg.info
            began = CallBegan(self.services.clock.wall(), info.caller, seed=zlib.crc32(info.call_id.encode()))
            self._first = await self._memory.recall(began)
            self._stages.dialogue.held = self._memory.held
        self._floor.extend(self._agent_until_s())
        self._takeover.be_alert(over_agent=True)
        self._hold.greet(self.services.clock.now_s())
        self._send(self._first)

    async def hold(self) -> None:
        """Keep what the caller was in the middle of, for when they call again. After the call; never raises."""
        await self._memory.hold(self._stages.dialogue.unfinished())

    async def remember(self, disposition: str) -> None:
        """Keep what the caller agreed to be known by. After the call; never raises."""
        await self._memory.remember(self._question.language, disposition, self._stages.dialogue.place)

    async def stop(self, within_s: float) -> bool:
        """Let go of everything; False when the pipeline had to be left behind."""
        self._leave()
        self._messages.close()
        self.sound.stop(self.services.clock.now_s())
        self._errands.stop()
        stopped, _ = await asyncio.gather(self._stages.stop(within_s), self._deeds.finish(within_s))
        return stopped

    def _send(self, given: Given) -> None:
        self._stages.send(InputFrame(self._turn.number, given))

    # --- what comes from the leg -----------------------------------------------------------------------------------

    def hear(self, received: Chunk) -> None:
        """20 ms from the caller."""
        now_s = self.services.clock.now_s()
        self._watchdog.audio_came(now_s)
        chunk = self.sound.hear(received, now_s)
        if self._messages.hear(chunk, speaking=self.sound.ear.speaking):
            self._end_message()

    def key(self, digit: str) -> None:
        """The caller pressed a key; A to D are no answer to anything."""
        if digit not in KEYS:
            return
        now_s = self.services.clock.now_s()
        self._watchdog.caller_acted()
        # What is yet to be asked may be private as well.
        hidden = self.private or self._question.deciding
        self.journal.write(DigitPressed(at_s=self.journal.at_s(), digit=MASK if hidden else digit))
        if self._floor.state is State.OVER or self._hand_over.under_way:
            return
        if self._floor.state is State.MESSAGE:
            if digit == FINISH:
                self._end_message("keys")
            return
        if self._floor.state is not State.KEYS:
            self._begin_turn()
            self._turn.forget_audio()
        self._turn.stopped_at_s = now_s
        self._question.keypad.press(digit)
        until_s = now_s + self._question.patience.key_gap_s
        self._do(self._floor.on(Happening.KEY_PRESSED, until_s=until_s), by="keys")
        self._check_keys()

    def marked(self, name: str) -> None:
        """The carrier played up to a mark."""
        self.sound.mouth.marked(name, self.services.clock.now_s())

    def _voice_changed(self, change: VoiceChange) -> None:
        """The ear is sure of it, with the caller's last 20 ms or some milliseconds after them."""
        if change is VoiceChange.STARTED:
            began = self.sound.ear.speech_began
            self.journal.write(CallerStarted(at_s=self.journal.at_s(), position=began))
            self._voice_started(self.services.clock.now_s())
        else:
            self._voice_stopped()

    def _voice_started(self, now_s: float) -> None:
        self._watchdog.caller_acted()
        happening = Happening.VOICE_STARTED
        if self._takeover.under_way:
            self._takeover.goes_on()
        elif self._floor.state is State.PAUSE:
            # A turn that goes on after a pause gets no more time than one without.
            self._caller_goes_on()
        else:
            self._turn.until_s = now_s + self._question.patience.longest_turn_s
        if self._floor.state is State.AGENT and self._turn.audio is not None:
            happening = Happening.CALLER_WENT_ON
        until_s = now_s + OVERLAP_S if happening is Happening.VOICE_STARTED else self._turn.until_s
        if self._floor.state in {State.OPEN, State.PAUSE}:
            until_s = self._turn.until_s
        duties = self._floor.on(happening, until_s=until_s)
        if Duty.OPEN_TURN in duties:
            self._begin_turn()
        self._do(duties, by="voice")

    def _voice_stopped(self) -> None:
        ended = self.sound.ear.speech_ended
        ended_s = self.sound.ear.time_of(ended)
        self.journal.write(CallerStopped(at_s=self.journal.at_s(), position=ended))
        if self._takeover.under_way:
            self._takeover.stops()
            self._floor.on(Happening.VOICE_STOPPED, until_s=ended_s + OVERLAP_S)
            return
        if self._floor.state is State.CALLER:
            self._turn.stopped_at_s = ended_s
            self._early.consider()
            self._ask_judge()
        self._do(self._floor.on(Happening.VOICE_STOPPED, until_s=self._turn_end.due_s(self._turn, ended_s)))

    def _ask_judge(self) -> None:
        """Have the sound of the turn judged, where nothing else tells whether it is over."""
        judge, audio = self.services.turn_judge, self._turn.audio
        if judge is not None and audio is not None and self._turn_end.is_doubtful(self._turn):
            self._errands.run(self._hear_judge(judge, audio))

    async def _hear_judge(self, judge: TurnJudge, audio: AudioFeed) -> None:
        stopped_at_s = self._turn.stopped_at_s
        over = await judge.completeness(b"".join(chunk.pcm for chunk in audio.chunks))
        if audio is self._turn.audio and stopped_at_s == self._turn.stopped_at_s:
            self._turn.over = over
            self._words_known()

    def _caller_goes_on(self) -> None:
        """It was a pause within the turn."""
        ear = self.sound.ear
        self._turn_end.went_on(ear.time_of(ear.speech_began) - self._turn.stopped_at_s)
        self._early.forget()
        self._turn.over = None
        if self._turn.audio is None or self._turn.audio.ended:
            self._turn.forget_words()
            self._open_turn()

    def _check_keys(self) -> None:
        if self._floor.state is State.KEYS and self._question.keys_complete:
            self._do(self._floor.on(Happening.KEYS_COMPLETE, until_s=self._agent_until_s()))

    def _beat(self, now_s: float) -> None:
        """Every 20 ms: audio out, timers."""
        self.sound.beat(now_s)
        if self._takeover.under_way:
            self._judge(now_s)
        elif self._early.under_way:
            self._await_words(now_s)
        elif self._floor.state is State.CALLER and self._turn.transcript is not None:
            # They have stopped, it may be, though the voice detector is not sure yet.
            self._early.consider()
        if self._floor.state is State.PAUSE and now_s - self._turn.stopped_at_s >= self._question.patience.early_s:
            self.sound.ear.close_feed()
        if self._floor.state in WAITING:
            self._hold.beat(now_s, self.turn, self._question.language)
        if self._floor.tick(now_s):
            if self._floor.state is State.CALLER:
                # Still speaking, but for too long: the turn ends here.
                self._turn.stopped_at_s = now_s
            self._do(self._floor.on(Happening.TIMED_OUT, until_s=self._agent_until_s()))
        if self._floor.state is not State.OVER and not self._hand_over.under_way:
            limit = self._watchdog.look(now_s)
            if limit is not None:
                self.end_politely(limit)

    def _agent_until_s(self) -> float:
        """When to look whether the agent, who has the floor now, is doing anything with it."""
        return self.services.clock.now_s() + AGENT_PATIENCE_S

    # --- what the floor's table asks for ------------------------------------------------------------------------------

    def _do(self, duties: tuple[Duty, ...], by: Literal["voice", "keys"] = "voice") -> None:
        self._takeover.be_alert(over_agent=self._floor.state is State.AGENT)
        for duty in duties:
            if duty is Duty.INTERRUPT:
                self._interrupt(by)
            else:
                self._DUTIES[duty](self)

    def _interrupt(self, by: Literal["voice", "keys"]) -> None:
        """The agent falls silent now, or has; the stages hear of it after the caller does."""
        now_s = self.services.clock.now_s()
        ear, turn = self.sound.ear, self._turn
        self._early.forget()
        was_heard = self.sound.mouth.stop(now_s)
        began_s = ear.time_of(ear.speech_began) if by == "voice" else now_s
        taken = self._takeover.take()
        latency_s = barge_in_latency_s(by, taken, began_s, now_s if was_heard else None)
        if taken is not None and by == "keys":
            ear.close_feed()
            taken.audio.drop()
        elif taken is not None:
            # What was said over the agent is the beginning of the turn.
            self._begin_turn()
            turn.audio = taken.audio
            if taken.transcript is not None:
                turn.hears(taken.transcript, taken.said, taken.final)
        if latency_s is not None:
            self.journal.write(BargedIn(at_s=self.journal.at_s(), by=by, latency_s=latency_s))
        self._stages.interrupt()

    def _hold_agent(self) -> None:
        self._takeover.begin(self.services.clock.now_s())

    def _release_agent(self) -> None:
        self._takeover.release(self.services.clock.now_s())

    def _judge(self, now_s: float) -> None:
        """Whether what the caller does over the agent takes the floor, from what is known by now."""
        verdict = self._takeover.verdict(now_s)
        if verdict is Verdict.RESUME and self._takeover.under_way:
            self._do(self._floor.on(Happening.FLOOR_LEFT, until_s=self._agent_until_s()))
        elif verdict is Verdict.RESUME:
            self._takeover.settle()
        elif verdict is Verdict.INTERRUPT:
            self._turn.until_s = now_s + self._question.patience.longest_turn_s
            self._do(self._floor.on(Happening.FLOOR_TAKEN, until_s=self._turn.until_s))
            if self._floor.state is State.PAUSE:
                self._turn.stopped_at_s = self.sound.ear.time_of(self.sound.ear.speech_ended)
                self._floor.extend(self._turn_end.due_s(self._turn, self._turn.stopped_at_s))
                if self.sound.ear.speaking:
                    self._voice_started(now_s)  # the agent had gone on, and so have they

    def _transcribe(self, audio: AudioFeed) -> None:
        self._stages.send(TurnOpenedFrame(audio, self._question.hints))

    def _open_turn(self) -> None:
        """Begin to transcribe; a turn whose words are not known yet goes on in the new one."""
        before = self._turn.audio
        audio = self._turn.audio = self.sound.ear.open_feed(before=before)
        if before is not None:
            before.drop()
        self._transcribe(audio)

    def _close_turn(self) -> None:
        final = self._turn.final
        if final is not None and not self._early.is_to(final):
            self._early.forget()
        self._end_turn("voice")
        self.sound.ear.close_feed()
        if final is not None:
            self._understood(final)

    def _understood(self, said: InputFrame) -> None:
        """Give the dialogue the words of a turn that is over, unless it has begun to answer them already.

        From the front, behind an interruption that may be on its way: else that would silence the answer.
        """
        heard = said.heard
        is_answered = self._early.is_to(said)
        self._turn.forget_audio()
        self._question.deciding = True
        if self._floor.state is State.AGENT:
            self._floor.extend(self._agent_until_s())  # what is made of the words has its own time
        if is_answered and heard is not None:
            self._early.keep(heard)
            return
        if self._early.under_way:
            # The words came after the end of the turn, and are others than those that an answer was begun to.
            self._early.forget()
            self._end_turn("voice")
        if heard is not None:
            heard = replace(heard, at_s=self.journal.at_s(), turn=self._turn.number)
        self._stages.send(InputFrame(self._turn.number, said.given, heard))

    def _await_words(self, now_s: float) -> None:
        """A recogniser whose last word is late may be failing: the caller who waits for it is told so, not kept."""
        if self._floor.state is State.AGENT and now_s - self._turn.closed_at_s >= LAST_WORD_S:
            self._early.forget()
            self._end_turn("voice")

    def _begin_turn(self) -> None:
        """Whatever is being made for the turn so far is void."""
        self._early.forget()
        self._turn.begin()
        self._takeover.begin_answer()

    def _look_up(self) -> None:
        self._hold.looking_up(self.services.clock.now_s(), begun=True)

    def _think(self) -> None:
        self._hold.thinking(self.services.clock.now_s())

    def _drop_turn(self) -> None:
        self.sound.ear.close_feed()
        self._turn.forget_audio()
        self._stages.interrupt()

    def _take_keys(self) -> None:
        self._question.deciding = True
        self._end_turn("keys")
        self._send(CallerKeyed(self._question.keypad.take()))

    def _report_silence(self) -> None:
        if self._watchdog.caller_silent(self.listening.silence_s if self.listening else AGENT_PATIENCE_S):
            self.end_politely("silence")
            return
        self._begin_silent_turn("silence")
        self._send(CallerSilent())

    def _begin_silent_turn(self, by: Literal["keys", "silence"]) -> None:
        """A turn of the caller's in which nothing was said, or nothing that is to be understood."""
        self._begin_turn()
        self._question.deciding = True
        self._turn.stopped_at_s = self.services.clock.now_s()
        self._end_turn(by)

    def _hang_up(self) -> None:
        self._errands.run(self.leg.hang_up())
        self._lifetime.cut(within_s=self.services.limits.stuck_s)

    def _close_ear(self) -> None:
        self.sound.ear.close_feed()

    def _end_turn(self, by: Literal["voice", "keys", "silence"]) -> None:
        self._turn.closed_at_s = self.services.clock.now_s()
        self._hold.begin(self.services.clock.now_s(), self._turn.stopped_at_s)
        self.journal.write(
            TurnEnded(
                at_s=self.journal.at_s(),
                turn=self._turn.number,
                stopped_at_s=self.journal.at_s(self._turn.stopped_at_s),
                by=by,
            )
        )

    def _check_agent(self) -> None:
        """An agent that has not been heard for long gives the floor back, whatever became of its answer."""
        now_s = self.services.clock.now_s()
        left_s = AGENT_PATIENCE_S - self.sound.mouth.quiet_s(now_s)
        if left_s > 0:
            self._floor.extend(now_s + left_s)
            return
        unheard = self._turn.audio is not None
        self._forget_answer()
        if unheard:
            self.ladder.failed("stt")
            self._question.deciding = True
            self._floor.extend(self._agent_until_s())
            self._send(NothingWorks() if self.ladder.gives_up() else CallerUnheard())
            return
        self.journal.write(StageFailed(at_s=self.journal.at_s(), stage="pipeline", error="NoAnswer"))
        self._give_floor(self.listening.silence_s if self.listening else AGENT_PATIENCE_S)

    def _forget_answer(self) -> None:
        """Whatever the stages still bring for the turn so far is void."""
        self.sound.mouth.stop(self.services.clock.now_s())
        self._takeover.forget()
        self._begin_turn()
        self._turn.forget_audio()
        self._stages.interrupt()

    # --- what ends a call, or mends it -----------------------------------------------------------------------------

    def end_politely(self, limit: Limit) -> None:
        """The call has reached a limit: say so in the caller's language, and hang up; once."""
        if self._floor.state is State.OVER:
            return
        self.journal.write(LimitReached(at_s=self.journal.at_s(), limit=limit))
        if limit == "no media":
            self._lifetime.cut(LegEnd.LINE_LOST)  # there is nobody to say anything to
            return
        self.disposition = DISPOSITIONS[limit]
        self._stages.dialogue.close()
        self._forget_answer()
        self._do(self._floor.on(Happening.ENDING, until_s=self.services.clock.now_s() + FAREWELL_S))
        say_farewell(limit, self._question.language, self.turn, self.services.stored, self.sound.mouth)
        self.sound.mouth.when_silent(self._hang_up)

    def out_of_order(self) -> None:
        """The stages died once too often."""
        self.end_politely("restarts")

    def renewed(self) -> None:
        """What the dead stages were at is done again, or asked again."""
        self._early.forget()
        state = self._floor.state
        if self._stages.dialogue.state is None:
            self._send(self._first)
        elif state is State.OVER:
            self.sound.mouth.when_silent(self._hang_up)
        elif self._turn.audio is not None and state in {State.CALLER, State.PAUSE, State.AGENT}:
            self._open_turn()
            if state is State.AGENT:  # the caller has finished, and is to be understood all the same
                self._close_ear()
        elif state in {State.AGENT, State.FIRM}:
            self._forget_answer()
            self._give_floor(GO_ON_S)

    async def _ring(self, wanted: Transfer) -> None:
        before, self.disposition = self.disposition, f"transferred to {' or '.join(one.name for one in wanted.people)}"
        if not await self._hand_over.ring(wanted, self._question.hints.language):
            self.disposition = before
            self._send(Transferred("nobody"))
            return
        # A carrier that has taken the call and keeps its line here must not keep the call.
        self._lifetime.cut(LegEnd.HANDED_OVER, self.services.limits.stuck_s)

    def _begin_message(self, wanted: Record) -> None:
        self._messages.open(wanted)
        # A line that brings no audio must not make it endless.
        self._floor.on(Happening.MESSAGE_BEGAN, until_s=self.services.clock.now_s() + wanted.limit_s + LONGEST_STALL_S)

    def _end_message(self, by: Literal["keys", "silence"] = "silence") -> None:
        self._begin_silent_turn(by)
        seconds = self._messages.close()
        self._do(self._floor.on(Happening.MESSAGE_ENDED, until_s=self._agent_until_s()))
        self._send(Recorded(seconds))

    _DUTIES: ClassVar[Mapping[Duty, Callable[["Conversation"], None]]] = {
        Duty.OPEN_TURN: _open_turn,
        Duty.CLOSE_TURN: _close_turn,
        Duty.DROP_TURN: _drop_turn,
        Duty.HOLD_AGENT: _hold_agent,
        Duty.RELEASE_AGENT: _release_agent,
        Duty.CLOSE_EAR: _close_ear,
        Duty.TAKE_KEYS: _take_keys,
        Duty.REPORT_SILENCE: _report_silence,
        Duty.CHECK_AGENT: _check_agent,
        Duty.END_MESSAGE: _end_message,
        Duty.HANG_UP: _hang_up,
    }

    def _give_floor(self, silence_s: float) -> None:
        now_s = self.services.clock.now_s()
        self._question.deciding = False
        self._do(self._floor.on(Happening.AGENT_FINISHED, until_s=now_s + silence_s))
        if self.sound.ear.speaking:
            # They began while the floor could not be taken; what they are saying counts from here.
            self._voice_started(now_s)

    # --- what the stages ask and tell (the Desk) -------------------------------------------------------------------

    @property
    def turn(self) -> int:
        """The caller's turn that is being answered, or is open."""
        return self._turn.number

    @property
    def listening(self) -> Listen | None:
        """What the caller was last asked."""
        return self._question.listen

    @property
    def private(self) -> bool:
        """Whether the answer to it must be hidden."""
        return self._question.private

    def thinking(self, *, begun: bool) -> None:
        """A language model has begun to think for the caller who waits, or has done so."""
        if self._early.waits("model", self._think, begun=begun):
            return
        if begun:
            self._think()
        else:
            self._hold.answered()

    def looking_up(self, *, begun: bool) -> None:
        """The shop's data is asked for the caller who waits, or has answered."""
        if not self._early.waits("data", self._look_up, begun=begun):
            self._hold.looking_up(self.services.clock.now_s(), begun=begun)

    def give_up(self) -> None:
        """Nothing works: let the dialogue leave the caller to a person."""
        self._early.later(lambda: self._send(NothingWorks()))

    def later(self, effect: Callable[[], object]) -> None:
        """Have something done that cannot be taken back: now, or when the answer that it is for is kept."""
        self._early.later(effect)

    async def settled(self) -> bool:
        """Wait until the answer that is being made is known to be kept; False when it is thrown away."""
        return await self._early.settled()

    def words_came(self, audio: AudioFeed, transcript: Transcript) -> None:
        """What was said so far, of what is still being said."""
        if self._takeover.heard(audio, transcript):
            self._judge(self.services.clock.now_s())
        elif audio is self._turn.audio:
            self._turn.hears(transcript, self._question.so_far(transcript.text))
            self._words_known()

    def transcribed(self, audio: AudioFeed, transcript: Transcript, said: InputFrame) -> None:
        """All that came through a feed was recognized, or could not be."""
        if self._takeover.heard(audio, transcript, said):
            self._judge(self.services.clock.now_s())
            return
        if audio is not self._turn.audio:
            return  # the caller has gone on, and the words are void
        if self._floor.state in {State.CALLER, State.PAUSE}:
            # They may go on: then this was not all.
            self._turn.hears(transcript, self._question.so_far(transcript.text), said)
            self._words_known()
            return
        self._understood(said)

    def _words_known(self) -> None:
        """More is known of what was said: that may be all, or not yet."""
        if self._floor.state in {State.CALLER, State.PAUSE}:
            self._early.consider()
        if self._floor.state is State.PAUSE:
            self._floor.extend(self._turn_end.due_s(self._turn, self._turn.stopped_at_s))

    def expect(self, listen: Listen) -> None:
        """The dialogue knows what the caller can say next."""
        self._question.expect(listen)
        self._check_keys()

    def ending(self, hang_up: HangUp) -> int:
        """The dialogue wants to end the call: nothing that the caller says changes that any more."""
        self.disposition = hang_up.disposition
        self._do(self._floor.on(Happening.ENDING, until_s=self.services.clock.now_s() + GOODBYE_S))
        return self.turn

    def must_be_heard(self) -> None:
        """The caller's voice must not cut what is said now."""
        self._floor.on(Happening.AGENT_FIRM, until_s=self._agent_until_s())

    def answered(self, then: Last) -> None:
        """Everything that was to be said has been heard."""
        if isinstance(then, HangUp):
            self._hang_up()
        elif isinstance(then, Record):
            self._begin_message(then)
        elif isinstance(then, Transfer):
            self._hand_over.under_way = True
            self._errands.run(self._ring(then))
        elif self._takeover.under_way:
            # The question is asked, but of what is heard now it is not known yet whether it is the caller's.
            self.sound.mouth.when_silent(lambda: self.answered(then))
        else:
            self._give_floor(then.silence_s)
