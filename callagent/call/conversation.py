"""Who has the floor of one call, and what is done about it.

What happens (voice, keys, time, the agent's last word) goes to the floor; the floor's table answers with duties, and
each duty is one method here or of the caller's turns. Audio takes the short way (sound.py); only turns go through the
pipeline.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Literal

from callagent.call.away import Away
from callagent.call.deeds import Deeds
from callagent.call.ear import LONGEST_STALL_S
from callagent.call.early import Pending
from callagent.call.ending import Ending
from callagent.call.errands import Errands
from callagent.call.feed import AudioFeed
from callagent.call.frames import InputFrame, Last
from callagent.call.hand_over import HandOver
from callagent.call.history import History
from callagent.call.hold import Hold
from callagent.call.journal import Journal
from callagent.call.ladder import Ladder
from callagent.call.lifetime import Lifetime, Limit
from callagent.call.memory import Memory
from callagent.call.message import FINISH, MessageBox
from callagent.call.opening import Opening
from callagent.call.pickup import Pickup
from callagent.call.question import Question
from callagent.call.services import ParkedCall, Services
from callagent.call.sound import Sound
from callagent.call.stage_keeper import StageKeeper
from callagent.call.stages.dialogue import DialogueStage
from callagent.call.takeover import barge_in_latency_s
from callagent.call.tap import Tap
from callagent.call.turns import Turns
from callagent.call.waiting import Waiting
from callagent.dialogue.actions import (
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
from callagent.events import BargedIn, CallerStarted, CallerStopped, DigitPressed, StageFailed
from callagent.media.audio import Chunk
from callagent.stt.transcriber import Transcript
from callagent.telephony.leg import Leg
from callagent.turn.barge_in import Verdict
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
GO_ON_S: Final = 1.0
"""How long a caller whose answer was lost may go on before they are asked again."""


class Conversation:
    """One per call; a `KeptDesk` to the stages. Whatever reads or moves the floor is here, and nothing else is."""

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
        self.services = services
        self.journal = journal
        self.sound = Sound(leg, services, journal, tap, history, self._voice_changed)
        self.ladder = Ladder(journal)
        self.pending = Pending(journal)
        self._hold = Hold(services, self.sound.mouth)
        self.waiting = Waiting(self._hold, self.pending, services.clock)
        self._floor = Floor()
        self._question = Question(services.dialogue)
        self._messages = MessageBox(journal, tap)
        self._errands = Errands(leg.info.call_id, journal)
        memory = Memory(services, journal, leg.info.caller)
        self._deeds = Deeds(leg, services, journal, tap, memory)
        to_stages = self.pending.journal
        dialogue = DialogueStage(services, to_stages, self, history, self._deeds)
        self._stages = StageKeeper(leg.info.call_id, services, to_stages, self, dialogue, self.sound.mouth)
        self._turns = Turns(
            services, journal, self._question, self.sound, self._stages, self._errands, self._hold, self.pending
        )
        self._takeover = self._turns.takeover
        hand_over = HandOver(leg, services, self._deeds, memory, self._stages, parked)
        self.opening = Opening(leg.info, services, memory, hand_over, self._stages, self._question)
        self.ending = Ending(leg, services, journal, self._question, self.sound, self._errands, lifetime, hand_over)
        self._away = Away(journal, self.sound, self._floor, self.ending.watchdog)
        self._duties: dict[Duty, Callable[[], None]] = {
            Duty.OPEN_TURN: self._turns.open,
            Duty.CLOSE_TURN: self._turns.close,
            Duty.DROP_TURN: self._turns.drop,
            Duty.HOLD_AGENT: self._hold_agent,
            Duty.RELEASE_AGENT: self._release_agent,
            Duty.CLOSE_EAR: self.sound.ear.close_feed,
            Duty.TAKE_KEYS: self._take_keys,
            Duty.REPORT_SILENCE: self._report_silence,
            Duty.CHECK_AGENT: self._check_agent,
            Duty.END_MESSAGE: self._end_message,
            Duty.HANG_UP: self.ending.hang_up,
        }
        """What is done for each; all but the interruption."""
        self._leave: Callable[[], None] = lambda: None
        self._waits = leg.info.outbound and parked is None
        """Whether whoever was rung speaks first."""
        self._pickup: Pickup | None = None
        """While it is waited for that."""

    async def start(self) -> None:
        """Greet the caller, or go on where a handed-over call comes back; or wait for the greeting of who was rung."""
        self.sound.begin(self.services.clock.now_s())
        await self._stages.start()
        self._leave = self.services.heartbeat.join(self._beat)
        await self.opening.begin()
        if self._waits:
            now_s = self.services.clock.now_s()
            self._pickup = Pickup(self.sound.ear, self.journal, self.opening, self.ending, self._picked_up, now_s)
        else:
            self._greet()

    def _picked_up(self, machine: bool) -> None:
        """Whoever was rung has greeted; a machine must hear to the end what it is told."""
        self._pickup = None
        self._greet()
        if machine:
            self.must_be_heard()

    def _greet(self) -> None:
        """The agent speaks first, or now."""
        self._floor.extend(self._agent_until_s())
        self._takeover.be_alert(over_agent=True)
        self._hold.greet(self.services.clock.now_s())
        self._turns.send(self.opening.first)

    async def stop(self, within_s: float) -> bool:
        """Let go of everything; False when the pipeline had to be left behind."""
        self._leave()
        self._messages.close()
        self.sound.stop(self.services.clock.now_s())
        self._errands.stop()
        stopped, _ = await asyncio.gather(self._stages.stop(within_s), self._deeds.finish(within_s))
        return stopped

    # --- what comes from the leg -----------------------------------------------------------------------------------

    def hear(self, received: Chunk) -> None:
        """20 ms from the caller."""
        now_s = self.services.clock.now_s()
        self.ending.watchdog.audio_came(now_s)
        chunk = self.sound.hear(self._away.instead_of(received) if self._away.is_on else received, now_s)
        if self._pickup is not None:
            self._pickup.hear(chunk, now_s)
            return
        if self._messages.hear(chunk, speaking=self.sound.ear.speaking):
            self._end_message()

    def key(self, digit: str) -> None:
        """The caller pressed a key; A to D are no answer to anything."""
        if digit not in KEYS or self._pickup is not None:
            return
        now_s = self.services.clock.now_s()
        self.ending.watchdog.caller_acted()
        # What is yet to be asked may be private as well.
        hidden = self.private or self._question.deciding
        self.journal.write(DigitPressed(at_s=self.journal.at_s(), digit=MASK if hidden else digit))
        if self._floor.state is State.OVER or self.ending.handing_over:
            return
        if self._floor.state is State.MESSAGE:
            if digit == FINISH:
                self._end_message("keys")
            return
        if self._floor.state is not State.KEYS:
            self._turns.begin()
            self._turns.now.forget_audio()
        self._turns.now.stopped_at_s = now_s
        self._question.keypad.press(digit)
        until_s = now_s + self._question.patience.key_gap_s
        self._do(self._floor.on(Happening.KEY_PRESSED, until_s=until_s), by="keys")
        self._check_keys()

    def hold_changed(self, *, held: bool) -> None:
        """The caller has put the line on hold, or has taken it up again."""
        self._away.change(self.services.clock.now_s(), held=held)

    def marked(self, name: str) -> None:
        """The carrier played up to a mark."""
        self.sound.mouth.marked(name, self.services.clock.now_s())

    def _voice_changed(self, change: VoiceChange) -> None:
        """The ear is sure of it, with the caller's last 20 ms or some milliseconds after them."""
        if self._pickup is not None:
            self._pickup.changed(change)
            return
        if change is VoiceChange.STARTED:
            began = self.sound.ear.speech_began
            self.journal.write(CallerStarted(at_s=self.journal.at_s(), position=began))
            self._voice_started(self.services.clock.now_s())
        else:
            self._voice_stopped()

    def _voice_started(self, now_s: float) -> None:
        self.ending.watchdog.caller_acted()
        turn = self._turns.now
        happening = Happening.VOICE_STARTED
        if self._takeover.under_way:
            self._takeover.goes_on()
        elif self._floor.state is State.PAUSE:
            # A turn that goes on after a pause gets no more time than one without.
            self._turns.go_on()
        else:
            turn.until_s = now_s + self._question.patience.longest_turn_s
        if self._floor.state is State.AGENT and turn.audio is not None:
            happening = Happening.CALLER_WENT_ON
        until_s = now_s + OVERLAP_S if happening is Happening.VOICE_STARTED else turn.until_s
        if self._floor.state in {State.OPEN, State.PAUSE}:
            until_s = turn.until_s
        duties = self._floor.on(happening, until_s=until_s)
        if Duty.OPEN_TURN in duties:
            self._turns.begin()
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
            self._turns.now.stopped_at_s = ended_s
            self._turns.early.consider()
            self._turns.ask_judge(self._words_known)
        self._do(self._floor.on(Happening.VOICE_STOPPED, until_s=self._turns.due_s(ended_s)))

    def _check_keys(self) -> None:
        if self._floor.state is State.KEYS and self._question.keys_complete:
            self._do(self._floor.on(Happening.KEYS_COMPLETE, until_s=self._agent_until_s()))

    # --- time ------------------------------------------------------------------------------------------------------

    def _beat(self, now_s: float) -> None:
        """Every 20 ms: audio out, timers."""
        self.sound.beat(now_s)
        if self._away.is_on:
            self._away.beat(now_s)
        elif self._pickup is not None:
            self._pickup.beat(now_s)
        else:
            self._beat_turn(now_s)
            if self._floor.state in WAITING:
                self._hold.beat(now_s, self.turn, self._question.language)
            self._beat_floor(now_s)
        if self._floor.state is not State.OVER and not self.ending.handing_over:
            limit = self.ending.watchdog.look(now_s)
            if limit is not None:
                self.end_politely(limit)

    def _beat_turn(self, now_s: float) -> None:
        turns = self._turns
        if self._takeover.under_way:
            self._judge(now_s)
        elif turns.early.under_way:
            if self._floor.state is State.AGENT:
                turns.await_words(now_s)
        elif self._floor.state is State.CALLER and turns.now.transcript is not None:
            # They have stopped, it may be, though the voice detector is not sure yet.
            turns.early.consider()
        if self._floor.state is State.PAUSE and now_s - turns.now.stopped_at_s >= self._question.patience.early_s:
            self.sound.ear.close_feed()

    def _beat_floor(self, now_s: float) -> None:
        if self._floor.tick(now_s):
            if self._floor.state is State.CALLER:
                # Still speaking, but for too long: the turn ends here.
                self._turns.now.stopped_at_s = now_s
            self._do(self._floor.on(Happening.TIMED_OUT, until_s=self._agent_until_s()))

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
                self._duties[duty]()

    def _interrupt(self, by: Literal["voice", "keys"]) -> None:
        """The agent falls silent now, or has; the stages hear of it after the caller does."""
        now_s = self.services.clock.now_s()
        ear = self.sound.ear
        self._turns.early.forget()
        was_heard = self.sound.mouth.stop(now_s)
        began_s = ear.time_of(ear.speech_began) if by == "voice" else now_s
        taken = self._takeover.take()
        latency_s = barge_in_latency_s(by, taken, began_s, now_s if was_heard else None)
        if taken is not None and by == "keys":
            ear.close_feed()
            taken.audio.drop()
        elif taken is not None:
            self._turns.take_over(taken)
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
            turn = self._turns.now
            turn.until_s = now_s + self._question.patience.longest_turn_s
            self._do(self._floor.on(Happening.FLOOR_TAKEN, until_s=turn.until_s))
            if self._floor.state is State.PAUSE:
                turn.stopped_at_s = self.sound.ear.time_of(self.sound.ear.speech_ended)
                self._await_more()
                if self.sound.ear.speaking:
                    self._voice_started(now_s)  # the agent had gone on, and so have they

    def _await_more(self) -> None:
        """The caller is silent: until when they may go on, from what is known by now."""
        self._floor.extend(self._turns.due_s())

    def _take_keys(self) -> None:
        self._question.deciding = True
        self._turns.end("keys")
        self._turns.send(CallerKeyed(self._question.keypad.take()))

    def _report_silence(self) -> None:
        if self.ending.watchdog.caller_silent(self._silence_s):
            self.end_politely("silence")
            return
        self._turns.pass_by("silence")
        self._turns.send(CallerSilent())

    def _check_agent(self) -> None:
        """An agent that has not been heard for long gives the floor back, whatever became of its answer."""
        now_s = self.services.clock.now_s()
        left_s = AGENT_PATIENCE_S - self.sound.mouth.quiet_s(now_s)
        if left_s > 0:
            self._floor.extend(now_s + left_s)
            return
        unheard = self._turns.now.audio is not None
        self._turns.forget_answer()
        if unheard:
            self.ladder.failed("stt")
            self._question.deciding = True
            self._floor.extend(self._agent_until_s())
            self._turns.send(NothingWorks() if self.ladder.gives_up() else CallerUnheard())
            return
        self.journal.write(StageFailed(at_s=self.journal.at_s(), stage="pipeline", error="NoAnswer"))
        self._give_floor(self._silence_s)

    @property
    def _silence_s(self) -> float:
        """How long the caller may be silent after what was asked."""
        return self.listening.silence_s if self.listening else AGENT_PATIENCE_S

    def _give_floor(self, silence_s: float) -> None:
        now_s = self.services.clock.now_s()
        self._question.deciding = False
        self._do(self._floor.on(Happening.AGENT_FINISHED, until_s=now_s + silence_s))
        if self.sound.ear.speaking:
            # They began while the floor could not be taken; what they are saying counts from here.
            self._voice_started(now_s)

    def _begin_message(self, wanted: Record) -> None:
        self._messages.open(wanted)
        # A line that brings no audio must not make it endless.
        self._floor.on(Happening.MESSAGE_BEGAN, until_s=self.services.clock.now_s() + wanted.limit_s + LONGEST_STALL_S)

    def _end_message(self, by: Literal["keys", "silence"] = "silence") -> None:
        self._turns.pass_by(by)
        seconds = self._messages.close()
        self._do(self._floor.on(Happening.MESSAGE_ENDED, until_s=self._agent_until_s()))
        self._turns.send(Recorded(seconds))

    # --- what ends a call, or mends it -----------------------------------------------------------------------------

    def end_politely(self, limit: Limit) -> None:
        """The call has reached a limit: say so in the caller's language, and hang up; once."""
        if self._floor.state is State.OVER or not self.ending.reached(limit):
            return
        self._pickup = None
        self._stages.dialogue.close()
        self._turns.forget_answer()
        self._do(self._floor.on(Happening.ENDING, until_s=self.services.clock.now_s() + FAREWELL_S))
        self.ending.say_farewell(limit, self.turn)

    def out_of_order(self) -> None:
        """The stages died once too often."""
        self.end_politely("restarts")

    def renewed(self) -> None:
        """What the dead stages were at is done again, or asked again."""
        if self._pickup is not None:  # nothing was asked of them yet
            return
        self._turns.early.forget()
        state = self._floor.state
        if self._stages.dialogue.state is None:
            self._turns.send(self.opening.first)
        elif state is State.OVER:
            self.sound.mouth.when_silent(self.ending.hang_up)
        elif self._turns.now.audio is not None and state in {State.CALLER, State.PAUSE, State.AGENT}:
            self._turns.open()
            if state is State.AGENT:  # the caller has finished, and is to be understood all the same
                self.sound.ear.close_feed()
        elif state in WAITING:
            self._turns.forget_answer()
            self._give_floor(GO_ON_S)

    # --- what the stages ask and tell (the Desk) -------------------------------------------------------------------

    @property
    def turn(self) -> int:
        """The caller's turn that is being answered, or is open."""
        return self._turns.now.number

    @property
    def listening(self) -> Listen | None:
        """What the caller was last asked."""
        return self._question.listen

    @property
    def private(self) -> bool:
        """Whether the answer to it must be hidden."""
        return self._question.private

    def give_up(self) -> None:
        """Nothing works: let the dialogue leave the caller to a person."""
        self.pending.later(lambda: self._turns.send(NothingWorks()))

    def words_came(self, audio: AudioFeed, transcript: Transcript) -> None:
        """What was said so far, of what is still being said."""
        if self._takeover.heard(audio, transcript):
            self._judge(self.services.clock.now_s())
        elif audio is self._turns.now.audio:
            self._turns.now.hears(transcript, self._question.so_far(transcript.text))
            self._words_known()

    def transcribed(self, audio: AudioFeed, transcript: Transcript, said: InputFrame) -> None:
        """All that came through a feed was recognized, or could not be."""
        if self._takeover.heard(audio, transcript, said):
            self._judge(self.services.clock.now_s())
            return
        if audio is not self._turns.now.audio:
            return  # the caller has gone on, and the words are void
        if self._floor.state in {State.CALLER, State.PAUSE}:
            # They may go on: then this was not all.
            self._turns.now.hears(transcript, self._question.so_far(transcript.text), said)
            self._words_known()
            return
        if self._floor.state is State.AGENT:
            self._floor.extend(self._agent_until_s())  # what is made of the words has its own time
        self._turns.understood(said)

    def _words_known(self) -> None:
        """More is known of what was said: that may be all, or not yet."""
        if self._floor.state in {State.CALLER, State.PAUSE}:
            self._turns.early.consider()
        if self._floor.state is State.PAUSE:
            self._await_more()

    def expect(self, listen: Listen) -> None:
        """The dialogue knows what the caller can say next."""
        self._question.expect(listen)
        self._check_keys()

    def goodbye(self, wanted: HangUp) -> int:
        """The dialogue wants to end the call: nothing that the caller says changes that any more."""
        self.ending.wanted(wanted)
        self._do(self._floor.on(Happening.ENDING, until_s=self.services.clock.now_s() + GOODBYE_S))
        return self.turn

    def must_be_heard(self) -> None:
        """The caller's voice must not cut what is said now."""
        self._floor.on(Happening.AGENT_FIRM, until_s=self._agent_until_s())

    def answered(self, then: Last) -> None:
        """Everything that was to be said has been heard."""
        if isinstance(then, HangUp):
            self.ending.hang_up()
        elif isinstance(then, Record):
            self._begin_message(then)
        elif isinstance(then, Transfer):
            self.ending.transfer(then, lambda: self._turns.send(Transferred("nobody")))
        elif self._takeover.under_way:
            # The question is asked, but of what is heard now it is not known yet whether it is the caller's.
            self.sound.mouth.when_silent(lambda: self.answered(then))
        else:
            self._give_floor(then.silence_s)
