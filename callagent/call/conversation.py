"""The conversation of a call: ear, floor, stages and mouth, held together.

What happens (voice, keys, time, the agent's last word) goes to the floor; the floor's table answers with duties, and
each duty is one method here. Audio takes the short way, from the leg into the ear and from the mouth into the leg; only
turns go through the pipeline.
"""

import asyncio
import zlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Literal

import structlog

from callagent.call.callers import HeldCall
from callagent.call.deeds import Deeds
from callagent.call.ear import LONGEST_STALL_S, Ear
from callagent.call.faults import fault
from callagent.call.feed import AudioFeed
from callagent.call.frames import InputFrame, TurnOpenedFrame
from callagent.call.history import History
from callagent.call.journal import Journal
from callagent.call.message import FINISH, Message
from callagent.call.mouth import Mouth
from callagent.call.pipeline import CallPipeline
from callagent.call.services import ParkedCall, Services
from callagent.call.stages.dialogue import DialogueStage
from callagent.call.stages.speak import SpeakStage
from callagent.call.stages.transcribe import TranscribeStage
from callagent.call.tap import Tap
from callagent.dialogue.actions import (
    CallBegan,
    CallerKeyed,
    CallerSilent,
    HangUp,
    Kind,
    Listen,
    Record,
    Recorded,
    Transfer,
    Transferred,
)
from callagent.events import (
    BargedIn,
    CallerRecalled,
    CallerStarted,
    CallerStopped,
    DigitPressed,
    MessageLeft,
    StageFailed,
    TurnEnded,
)
from callagent.media.audio import Chunk, duration_s, samples
from callagent.stt.transcriber import Hints
from callagent.telephony.leg import Leg
from callagent.turn.floor import Duty, Floor, Happening, State
from callagent.turn.keypad import KEYS, Keypad
from callagent.turn.patience import patience_for
from callagent.turn.voice import VoiceChange

log = structlog.get_logger("callagent.call")

MASK: Final = "x"
LINE_PATIENCE: Final = samples(LONGEST_STALL_S)
"""How long a recording waits for the caller's audio before it goes on without it, in samples."""
AGENT_PATIENCE_S: Final = 10.0
"""How long the agent may have the floor and say nothing."""
GOODBYE_S: Final = 60.0
"""How long the agent's last words may take."""


class Conversation:
    """Everything between one caller and the agent; a `Desk` to the stages."""

    def __init__(
        self, leg: Leg, services: Services, journal: Journal, tap: Tap, parked: ParkedCall | None = None
    ) -> None:
        self.leg = leg
        self.services = services
        self.journal = journal
        self.tap = tap
        self.turn = 0
        self.listening: Listen | None = None
        self.disposition: str | None = None
        """Set when the dialogue ends the call."""
        self.lag_peak_s = 0.0
        self.heard_s = 0.0
        """Seconds of the caller's audio that came."""
        self.floor = Floor()
        self.ear = Ear(services.voice_model)
        self.keypad = Keypad()
        self.history = History()
        self.mouth = Mouth(leg, services.clock, journal, tap, self.ear, self.history)
        self.deeds = Deeds(leg, services, journal, tap)
        self.dialogue = DialogueStage(services, journal, self, self.history, self.deeds)
        self.pipeline = CallPipeline(
            [
                TranscribeStage(services, journal, self),
                self.dialogue,
                SpeakStage(services, journal, self, self.mouth),
            ]
        )
        self._leave: Callable[[], None] = lambda: None
        self._turn_until_s = 0.0
        """Monotonic time at which the caller's turn is closed, whatever goes on."""
        self._stopped_at_s = 0.0
        """Monotonic time of the caller's last sound or key in the open turn."""
        self._open_audio: AudioFeed | None = None
        """Audio of a turn whose words are not known yet."""
        self._deciding = True
        """Whether the dialogue has been given something and has not said yet what it expects next."""
        self._parked = parked
        """This call as it was when it was handed over; None for a new one."""
        self._handing_over = False
        self._message: Message | None = None
        """The message that the caller is leaving."""
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def private(self) -> bool:
        """Whether the answer to what the caller was last asked must be hidden."""
        return self.listening is not None and self.listening.private

    @property
    def spoken_s(self) -> float:
        """Seconds of the agent's audio that were played."""
        return self.mouth.played_s

    async def start(self) -> None:
        """Greet the caller."""
        self.ear.begin(self.services.clock.now_s())
        await self.pipeline.start()
        self._leave = self.services.heartbeat.join(self._beat)
        if self._parked is not None:
            self.dialogue.take_up(self._parked.state)
            if self._parked.declined:
                self.deeds.decline()
            self.floor.extend(self._agent_until_s())
            self.pipeline.send(InputFrame(self.turn, Transferred("nobody")))
            return
        info = self.leg.info
        began = CallBegan(self.services.clock.wall(), info.caller, seed=zlib.crc32(info.call_id.encode()))
        began = await self._recall(began)
        self.floor.extend(self._agent_until_s())
        self.pipeline.send(InputFrame(self.turn, began))

    async def _recall(self, began: CallBegan) -> CallBegan:
        """What an earlier call left behind; it costs the caller a third of a second at worst."""
        if self.services.reception is None:
            return began
        dialogue = self.services.dialogue
        welcome = await self.services.reception.welcome(began.caller, dialogue.name, dialogue.version, began.now)
        self.dialogue.held = welcome.held.state if welcome.held else None
        self.deeds.recall(welcome.facts)
        self.journal.write(
            CallerRecalled(
                at_s=self.journal.at_s(),
                known=welcome.facts.get("caller") == "known",
                taken_up=welcome.held is not None,
            )
        )
        return replace(began, known=welcome.facts)

    async def hold(self) -> None:
        """Keep what the caller was in the middle of, for when they call again. After the call; never raises."""
        state = self.dialogue.unfinished()
        if state is None or self.services.reception is None or not self.deeds.may_hold:
            return
        dialogue = self.services.dialogue
        held = HeldCall(dialogue.name, dialogue.version, state)
        await self.services.reception.hold(self.leg.info.caller, held, self.services.clock.wall())

    async def remember(self, disposition: str) -> None:
        """Keep what the caller agreed to be known by. After the call; never raises."""
        language = self.listening.language if self.listening else self.services.dialogue.language
        await self.deeds.remember(language, disposition, self.dialogue.place)

    async def stop(self, within_s: float) -> bool:
        """Let go of everything; False when the pipeline had to be left behind."""
        self._leave()
        self._keep_message()
        self.ear.close_feed()
        self.mouth.stop(self.services.clock.now_s())
        for errand in self._errands:
            errand.cancel()
        stopped = await self.pipeline.stop(within_s)
        await self.deeds.finish(within_s)
        return stopped

    # --- what comes from the leg -----------------------------------------------------------------------------------

    def hear(self, received: Chunk) -> None:
        """20 ms from the caller."""
        now_s = self.services.clock.now_s()
        self.heard_s += duration_s(received.pcm)
        chunk = self.ear.place(received, now_s)
        self.tap.caller_heard(chunk)
        for change in self.ear.hear(chunk):
            if change is VoiceChange.STARTED:
                self.journal.write(CallerStarted(at_s=self.journal.at_s(), position=self.ear.speech_began))
                self._voice_started(now_s)
            else:
                self._voice_stopped()
        if self._message is not None and self._message.hear(chunk, speaking=self.ear.speaking):
            self._end_message()

    def key(self, digit: str) -> None:
        """The caller pressed a key; A to D are no answer to anything."""
        if digit not in KEYS:
            return
        now_s = self.services.clock.now_s()
        # What is yet to be asked may be private as well.
        hidden = self.private or self._deciding
        self.journal.write(DigitPressed(at_s=self.journal.at_s(), digit=MASK if hidden else digit))
        if self.floor.state is State.OVER or self._handing_over:
            return
        if self.floor.state is State.MESSAGE:
            if digit == FINISH:
                self._end_message("keys")
            return
        if self.floor.state is not State.KEYS:
            self.turn += 1
            self._open_audio = None
        self._stopped_at_s = now_s
        self.keypad.press(digit)
        until_s = now_s + patience_for(self._kind).key_gap_s
        self._do(self.floor.on(Happening.KEY_PRESSED, until_s=until_s), by="keys")
        self._check_keys()

    def marked(self, name: str) -> None:
        """The carrier played up to a mark."""
        self.mouth.marked(name, self.services.clock.now_s())

    def _voice_started(self, now_s: float) -> None:
        if self.floor.state is not State.PAUSE:
            # A turn that goes on after a pause gets no more time than one without.
            self._turn_until_s = now_s + patience_for(self._kind).longest_turn_s
        duties = self.floor.on(Happening.VOICE_STARTED, until_s=self._turn_until_s)
        if Duty.OPEN_TURN in duties:
            # Before anything else: whatever is still made for the old turn must find it over.
            self.turn += 1
        self._do(duties, by="voice")

    def _voice_stopped(self) -> None:
        ended = self.ear.speech_ended
        ended_s = self.ear.time_of(ended)
        self.journal.write(CallerStopped(at_s=self.journal.at_s(), position=ended))
        if self.floor.state is State.CALLER:
            self._stopped_at_s = ended_s
        self._do(self.floor.on(Happening.VOICE_STOPPED, until_s=ended_s + patience_for(self._kind).pause_s))

    def _check_keys(self) -> None:
        """While a decision is under way it is not known what will be asked: keys are only gathered."""
        if self.floor.state is State.KEYS and not self._deciding and self.keypad.complete:
            self._do(self.floor.on(Happening.KEYS_COMPLETE, until_s=self._agent_until_s()))

    def _beat(self, now_s: float) -> None:
        """Every 20 ms: audio out, timers."""
        self.lag_peak_s = max(self.lag_peak_s, self.services.heartbeat.lag_s)
        self.mouth.beat(now_s)
        self.tap.advance(self.ear.position_at(now_s) - LINE_PATIENCE)
        if self.floor.tick(now_s):
            if self.floor.state is State.CALLER:
                # Still speaking, but for too long: the turn ends here.
                self._stopped_at_s = now_s
            self._do(self.floor.on(Happening.TIMED_OUT, until_s=self._agent_until_s()))

    def _agent_until_s(self) -> float:
        """When to look whether the agent, who has the floor now, is doing anything with it."""
        return self.services.clock.now_s() + AGENT_PATIENCE_S

    # --- what the floor's table asks for ------------------------------------------------------------------------------

    def _do(self, duties: tuple[Duty, ...], by: Literal["voice", "keys"] = "voice") -> None:
        for duty in duties:
            if duty is Duty.INTERRUPT:
                self._interrupt(by)
            else:
                self._DUTIES[duty](self)

    def _interrupt(self, by: Literal["voice", "keys"]) -> None:
        """The agent falls silent now; the stages hear of it after the caller does."""
        now_s = self.services.clock.now_s()
        began_s = self.ear.time_of(self.ear.speech_began) if by == "voice" else now_s
        if self.mouth.stop(now_s):
            latency_s = round(max(0.0, self.services.clock.now_s() - began_s), 4)
            self.journal.write(BargedIn(at_s=self.journal.at_s(), by=by, latency_s=latency_s))
        self.pipeline.interrupt()

    def _open_turn(self) -> None:
        """Begin to transcribe; a turn whose words are not known yet goes on in the new one."""
        self._open_audio = self.ear.open_feed(before=self._open_audio)
        self.pipeline.send(TurnOpenedFrame(self.turn, self._open_audio, self._hints()))

    def _close_turn(self) -> None:
        self._end_turn("voice")
        self.ear.close_feed()

    def _drop_turn(self) -> None:
        self.ear.close_feed()
        self.pipeline.interrupt()

    def _take_keys(self) -> None:
        self._deciding = True
        self._end_turn("keys")
        self.pipeline.send(InputFrame(self.turn, CallerKeyed(self.keypad.take())))

    def _report_silence(self) -> None:
        self.turn += 1
        self._deciding = True
        self._stopped_at_s = self.services.clock.now_s()
        self._end_turn("silence")
        self.pipeline.send(InputFrame(self.turn, CallerSilent()))

    def _hang_up(self) -> None:
        self._run_errand(self.leg.hang_up())

    def _close_ear(self) -> None:
        self.ear.close_feed()

    def _end_turn(self, by: Literal["voice", "keys", "silence"]) -> None:
        self.journal.write(
            TurnEnded(
                at_s=self.journal.at_s(),
                turn=self.turn,
                stopped_at_s=self.journal.at_s(self._stopped_at_s),
                by=by,
            )
        )

    def _check_agent(self) -> None:
        """An agent that has not been heard for long gives the floor back, whatever became of its answer."""
        now_s = self.services.clock.now_s()
        left_s = AGENT_PATIENCE_S - self.mouth.quiet_s(now_s)
        if left_s > 0:
            self.floor.extend(now_s + left_s)
            return
        self.mouth.stop(now_s)
        self.journal.write(StageFailed(at_s=self.journal.at_s(), stage="pipeline", error="NoAnswer"))
        self.turn += 1
        self._open_audio = None
        self.pipeline.interrupt()
        self._give_floor(self.listening.silence_s if self.listening else AGENT_PATIENCE_S)

    async def _hand_over(self, wanted: Transfer) -> None:
        """Have somebody else rung; the call is kept, should nobody pick up."""
        clock, parking, call_id = self.services.clock, self.services.parking, self.leg.info.call_id
        before, self.disposition = self.disposition, f"transferred to {' or '.join(one.name for one in wanted.people)}"
        shop = (self.services.dialogue, self.services.look_up, self.services.subjects)
        parking.park(call_id, ParkedCall(*shop, self.dialogue.state, self.deeds.declined), clock.now_s())
        if await self.deeds.transfer(wanted, self._hints().language):
            parking.take(call_id, clock.now_s())
            self.disposition = before
            self._handing_over = False
            self.pipeline.send(InputFrame(self.turn, Transferred("nobody")))

    # --- a message ---------------------------------------------------------------------------------------------------

    def _begin_message(self, wanted: Record) -> None:
        self._message = Message(wanted)
        # A line that brings no audio must not make it endless.
        self.floor.on(Happening.MESSAGE_BEGAN, until_s=self.services.clock.now_s() + wanted.limit_s + LONGEST_STALL_S)

    def _end_message(self, by: Literal["keys", "silence"] = "silence") -> None:
        self.turn += 1
        self._deciding = True
        self._stopped_at_s = self.services.clock.now_s()
        self._end_turn(by)
        seconds = self._keep_message()
        self._do(self.floor.on(Happening.MESSAGE_ENDED, until_s=self._agent_until_s()))
        self.pipeline.send(InputFrame(self.turn, Recorded(seconds)))

    def _keep_message(self) -> float:
        """Keep what the caller has said so far; its seconds."""
        message, self._message = self._message, None
        if message is None:
            return 0.0
        pcm = message.take()
        self.journal.write(
            MessageLeft(
                at_s=self.journal.at_s(),
                name=message.wanted.line,
                seconds=round(duration_s(pcm), 2),
                file=self.tap.message_left(pcm) if pcm else "",
                send_to=tuple(person.name for person in message.wanted.send_to),
            )
        )
        return duration_s(pcm)

    _DUTIES: ClassVar[Mapping[Duty, Callable[["Conversation"], None]]] = {
        Duty.OPEN_TURN: _open_turn,
        Duty.CLOSE_TURN: _close_turn,
        Duty.DROP_TURN: _drop_turn,
        Duty.CLOSE_EAR: _close_ear,
        Duty.TAKE_KEYS: _take_keys,
        Duty.REPORT_SILENCE: _report_silence,
        Duty.CHECK_AGENT: _check_agent,
        Duty.END_MESSAGE: _end_message,
        Duty.HANG_UP: _hang_up,
    }

    def _give_floor(self, silence_s: float) -> None:
        now_s = self.services.clock.now_s()
        self._deciding = False
        self.floor.on(Happening.AGENT_FINISHED, until_s=now_s + silence_s)
        if self.ear.speaking:
            # They began while the floor could not be taken; what they are saying counts from here.
            self._voice_started(now_s)

    def _run_errand(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do what must wait for something, from where nobody can wait."""
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("errand failed", call=self.leg.info.call_id, **fault(error))
            self.journal.write(StageFailed(at_s=self.journal.at_s(), stage="call", error=type(error).__name__))

    # --- what the stages tell (the Desk) --------------------------------------------------------------------------

    def transcribed(self, turn: int) -> bool:
        """A turn has been understood, or could not be; False when the caller has gone on, and its words are void."""
        if turn != self.turn:
            return False
        self._open_audio = None
        self._deciding = True
        return True

    def expect(self, listen: Listen) -> None:
        """The dialogue knows what the caller can say next."""
        self.listening = listen
        self._deciding = False
        self.keypad.expect(listen.digits[1] if listen.digits else None)
        self._check_keys()

    def ending(self, hang_up: HangUp) -> int:
        """The dialogue wants to end the call: nothing that the caller says changes that any more."""
        self.disposition = hang_up.disposition
        self._do(self.floor.on(Happening.ENDING, until_s=self.services.clock.now_s() + GOODBYE_S))
        return self.turn

    def must_be_heard(self) -> None:
        """The caller's voice must not cut what is said now."""
        self.floor.on(Happening.AGENT_FIRM, until_s=self._agent_until_s())

    def answered(self, then: Listen | HangUp | Record | Transfer) -> None:
        """Everything that was to be said has been heard."""
        if isinstance(then, HangUp):
            self._hang_up()
        elif isinstance(then, Record):
            self._begin_message(then)
        elif isinstance(then, Transfer):
            self._handing_over = True
            self._run_errand(self._hand_over(then))
        else:
            self._give_floor(then.silence_s)

    @property
    def _kind(self) -> str:
        return str(self.listening.kind) if self.listening else str(Kind.FREE)

    def _hints(self) -> Hints:
        listen = self.listening
        if listen is None:
            return Hints(self.services.dialogue.language)
        return Hints(listen.language, listen.phrases, listen.fillers, listen.digits)
