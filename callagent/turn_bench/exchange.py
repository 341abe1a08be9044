"""One exchange: a whole call through `run_call`, on a loopback line, with the caller of a case at its other end."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from callagent.call.call import run_call
from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Services
from callagent.clock import IST
from callagent.events import AgentSaid, AgentStopped, Event, TranscriptReceived
from callagent.llm.scripted import ScriptedModel
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.simulator.turns.caller import CaseCaller, groups, padded
from callagent.simulator.turns.case import Case
from callagent.simulator.turns.sounds import background_pcm
from callagent.simulator.turns.trace import Sentence, Trace
from callagent.simulator.turns.verdict import Exchange, Said
from callagent.simulator.virtual_time import VirtualClock
from callagent.telephony.leg import LegInfo
from callagent.telephony.loopback import loopback
from callagent.turn_bench.labelled import LabelledTranscriber
from callagent.turn_bench.shelf import Shelf

MORNING: Final = datetime(2026, 11, 20, 11, 0, tzinfo=IST)
CALLER: Final = LegInfo(call_id="turns", carrier="loopback", caller="+919800000001", called="+911140000000")
REPLIES: Final = ("What would you like to know about our ceiling fans, their sizes, or their colours?", "It is quiet.")
"""What the language model says."""
BACKGROUND_S: Final = 11.0
"""Length of the background noise, which then begins again."""


@dataclass
class Rehearsals:
    """The agent's turns as they are when nobody disturbs them, by language and scene."""

    turns: dict[tuple[str, str], tuple[Sentence, ...]] = field(default_factory=dict)
    lasting: dict[tuple[str, str], int] = field(default_factory=dict)
    """Samples from the first audible to the last."""


@dataclass(frozen=True, slots=True)
class Played:
    """An exchange that is over."""

    case: Case
    exchange: Exchange
    spoken: bytes
    """The caller's side, PCM."""
    heard: bytes
    """The agent's."""
    events: tuple[Event, ...]


async def play(case: Case, shelf: Shelf, rehearsals: Rehearsals, heartbeat: Heartbeat) -> Played:
    """Have the exchange, on the running event loop."""
    clock = VirtualClock(asyncio.get_running_loop(), MORNING)
    key = case.language, case.scene
    trace = Trace(shelf.voice.sentences)
    background = b""
    if case.line.snr_db is not None:
        background = background_pcm(case.line.background, BACKGROUND_S, case.speech_dbfs - case.line.snr_db)
    caller = CaseCaller(case, await shelf.made(case), background, trace, rehearsals.lasting.get(key, 0))
    events: list[Event] = []

    def note(event: Event) -> None:
        events.append(event)
        if isinstance(event, AgentStopped) and not event.interrupted:
            caller.agent_ended()

    services = Services(
        clock=clock,
        heartbeat=heartbeat,
        voice_pool=VoicePool(load_voice_model()),
        dialogue=shelf.dialogue(case),
        transcriber=LabelledTranscriber(caller),
        synthesizer=shelf.voice,
        look_up=shelf.look_up,
        model=ScriptedModel(ScriptedModel.Options(replies=REPLIES)),
    )
    leg, line = loopback(replace(CALLER, call_id=f"turns {case.name}"))
    call = asyncio.create_task(run_call(leg, services, [note]))
    await caller.call(line)
    await call
    exchange = Exchange(
        rehearsed=rehearsals.turns.get(key, ()),
        stretches=tuple(trace.stretches),
        audible=tuple(trace.audible),
        groups=tuple(groups(trace)),
        disturbed=_disturbed(case),
        taken=caller.taken,
        meant=bool(case.taking),
        due=case.answered,
        unknown=tuple(trace.unknown),
        said=tuple(Said(event.text, event.heard) for event in events if isinstance(event, AgentSaid)),
        transcripts=tuple(event.text for event in events if isinstance(event, TranscriptReceived)),
        understood=case.understood,
    )
    return Played(case, exchange, padded(bytes(caller.spoken)), padded(bytes(caller.heard)), tuple(events))


def _disturbed(case: Case) -> bool:
    """Whether something is heard that is not the caller's own turn."""
    line = case.line
    return line.snr_db is not None or line.echo_db is not None or any(not sound.takes_floor for sound in case.sounds)
