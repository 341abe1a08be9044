"""A whole phone call inside the process: loopback leg, scripted providers, virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from callagent.call.ahead import PromptsAhead
from callagent.call.call import run_call
from callagent.call.callers import Reception
from callagent.call.heartbeat import Heartbeat
from callagent.call.journal import Listener
from callagent.call.parking import Parking
from callagent.call.services import Dialogue, KeptAnswer, Limits, ParkedCall, Services, TurnJudge
from callagent.call.stored import StoredPrompts
from callagent.call.summary import CallSummary
from callagent.call.tap import Tap
from callagent.clock import IST, Clock, SystemClock
from callagent.dialogue.actions import LookedUp, Mood
from callagent.dialogue.answers import Answers
from callagent.dialogue.evidence import Subjects
from callagent.dialogue.flow import Flow
from callagent.events import AgentSaid, Event
from callagent.flow_dialogue import FlowDialogue
from callagent.knowledge.shop import Shop, open_shop
from callagent.llm.model import LanguageModel
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.simulator.caller import ScriptedCaller
from callagent.simulator.observations import CallerBegan, Observation
from callagent.simulator.phone import CallerReport
from callagent.simulator.script import Script
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Transcriber
from callagent.telephony.leg import LegInfo
from callagent.telephony.loopback import LoopbackLine, loopback
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, Synthesizer

ROOT = Path(__file__).parent.parent.parent
SHIPPED = ROOT / "flows" / "electrical"
CALLER = LegInfo(call_id="CAtest", carrier="loopback", caller="+919800000001", called="+911140000000")
MORNING = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
"""A Friday on which the shop is open."""


@dataclass
class Setting:
    """What a call is made with; a test replaces what it is about."""

    cache: Path
    flow: Path = SHIPPED
    began: datetime = MORNING
    dialogue: Dialogue | None = None
    transcriber: Transcriber | None = None
    synthesizer: Synthesizer = field(default_factory=lambda: ScriptedSynthesizer(ScriptedSynthesizer.Options()))
    model: LanguageModel | None = None
    limits: Limits = field(default_factory=Limits)
    reception: Reception | None = None
    voice: str = ""
    voices: Mapping[str, Mapping[Mood, str]] = field(default_factory=dict)
    parking: Parking[ParkedCall] = field(default_factory=Parking)
    answers: Answers[KeptAnswer] = field(default_factory=Answers)
    listeners: Sequence[Listener] = ()
    tap: Tap | None = None
    stored: StoredPrompts = field(default_factory=StoredPrompts)
    turn_judge: TurnJudge | None = None
    look_up_takes_s: float = 0.0
    info: LegInfo = CALLER
    may_ring: Callable[[str], bool] = lambda _: True
    prepares: bool = False
    """Whether prompts are made ready while the caller speaks, as a server does."""


@dataclass(frozen=True)
class PhoneCall:
    """A call that is over."""

    summary: CallSummary
    events: list[Event]
    report: CallerReport | None
    texts: list[tuple[str, str]] = field(default_factory=list)
    """Number and text of the messages that were sent."""
    rung: list[str] = field(default_factory=list)
    """Numbers to which the call was handed over."""

    @property
    def said(self) -> list[str]:
        """The agent's lines in order; one that was cut ends with '…'."""
        return [
            event.line + ("" if event.heard == event.text else "…")
            for event in self.events
            if isinstance(event, AgentSaid)
        ]

    def of(self, kind: type[Event]) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def place_call(setting: Setting, script: Script) -> PhoneCall:
    """Have the call that the script describes, from answer to hang-up, in virtual time."""
    return run(_place_call(setting, script))


async def _place_call(setting: Setting, script: Script) -> PhoneCall:
    transcriber = setting.transcriber or ScriptedTranscriber(ScriptedTranscriber.Options())

    def observe(observation: Observation) -> None:
        # What stands in parentheses cannot be made out.
        if isinstance(observation, CallerBegan) and isinstance(transcriber, ScriptedTranscriber):
            transcriber.say("" if observation.text.startswith("(") else observation.text)

    voice = EspeakSynthesizer(EspeakSynthesizer.Options())

    async def speak(text: str) -> bytes:
        return b"".join([chunk.pcm async for chunk in voice.synthesize(Speech(text, voice="en-us+f3"))])

    caller = ScriptedCaller(script, speak, observe)
    await caller.prepare()
    await voice.aclose()
    return await have_call(setting, transcriber, caller.call)


async def have_call(
    setting: Setting,
    transcriber: Transcriber,
    caller: Callable[[LoopbackLine], Awaitable[CallerReport | None]],
) -> PhoneCall:
    """Connect a caller on a loopback line with an agent, on the running event loop."""
    clock = VirtualClock(asyncio.get_running_loop(), setting.began)
    heartbeat = Heartbeat(clock)
    heartbeat.start()
    events: list[Event] = []
    services = make_services(setting, transcriber, clock, heartbeat)
    leg, line = loopback(setting.info)
    call = asyncio.create_task(run_call(leg, services, [events.append, *setting.listeners], setting.tap))
    report = await caller(line)
    summary = await call
    await heartbeat.stop()
    if services.ahead is not None:
        await services.ahead.aclose()
    await services.synthesizer.aclose()
    return PhoneCall(summary, events, report, leg.texts, leg.rung)


def make_services(setting: Setting, transcriber: Transcriber, clock: Clock, heartbeat: Heartbeat) -> Services:
    """What a call, or many at a time, have around them."""
    desk = _shipped() if setting.flow == SHIPPED else _Desk(setting.flow, clock)
    desk.clock.shown = clock
    voice = CachedSynthesizer(setting.synthesizer, setting.cache)
    return Services(
        clock=clock,
        heartbeat=heartbeat,
        voice_pool=VoicePool(load_voice_model()),
        dialogue=setting.dialogue or desk.dialogue(has_model=setting.model is not None),
        transcriber=transcriber,
        synthesizer=voice,
        ahead=PromptsAhead(voice, heartbeat) if setting.prepares else None,
        look_up=_look_up(desk.shop, setting.look_up_takes_s),
        model=setting.model,
        limits=setting.limits,
        subjects=desk.subjects,
        reception=setting.reception,
        voice=setting.voice,
        voices=setting.voices,
        parking=setting.parking,
        answers=setting.answers,
        stored=setting.stored,
        turn_judge=setting.turn_judge,
        may_ring=setting.may_ring,
    )


class _ShownClock:
    """The time of the call that is being made, for a shop that serves one call after another."""

    def __init__(self, shown: Clock) -> None:
        self.shown = shown

    def now_s(self) -> float:
        """Seconds, monotonic."""
        return self.shown.now_s()

    def wall(self) -> datetime:
        """The date and time of the call."""
        return self.shown.wall()


class _Desk:
    """A shop's folder as it was read, and what is made of it when it is first needed."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.clock = _ShownClock(clock)
        self.shop = open_shop(folder, clock=self.clock)
        self._folder = folder
        self._dialogues: dict[bool, FlowDialogue] = {}

    def dialogue(self, *, has_model: bool) -> FlowDialogue:
        """The engine over the folder's flow."""
        if has_model not in self._dialogues:
            prompts = ROOT / "prompts" / "electrical"
            self._dialogues[has_model] = FlowDialogue(self._folder, prompts, self.shop, has_model=has_model)
        return self._dialogues[has_model]

    @cached_property
    def subjects(self) -> Subjects:
        """The items that may be named."""
        return Subjects.of((item.name, item.names()) for item in self.shop.items())


@cache
def _shipped() -> _Desk:
    """The shop that ships, read once for all calls."""
    return _Desk(SHIPPED, SystemClock())


def shipped_flow() -> Flow:
    """The flow that ships."""
    return _shipped().dialogue(has_model=False).flow


def _look_up(shop: Shop, takes_s: float) -> Any:
    async def look_up(source: str, arguments: Any, gives: Any) -> LookedUp:
        await asyncio.sleep(takes_s)
        answer = await shop.look_up(source, arguments, gives)
        return LookedUp(answer.status, answer.values, answer.candidates)

    return look_up
