"""Who works in a replay: those of the recording, or those of today."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, TypeAlias

from callagent.call.callers import UnfinishedCall, Welcome
from callagent.call.parking import Parking
from callagent.call.services import Dialogue, KeptAnswer, ParkedCall, Services
from callagent.dialogue.answers import Answers
from callagent.events import CallerRecalled, CallStarted, Event, TransferFailed
from callagent.evidence import DialogueAdvanced, ModelReplied, ShopAnswered, SpeechMade, UtteranceTranscribed
from callagent.llm.model import ModelInfo
from callagent.recording.redaction import restore
from callagent.replay.faults import Fault
from callagent.replay.players.model import RecordedModel
from callagent.replay.players.notes import Notes
from callagent.replay.players.reception import RecordedReception
from callagent.replay.players.retold import Retold
from callagent.replay.players.shop import RecordedShop
from callagent.replay.players.silenced import RecordedDetection, Silenced
from callagent.replay.players.stored import stored_for
from callagent.replay.players.thinking import PacedDialogue
from callagent.replay.players.transcriber import RecordedTranscriber, TodaysTranscriber
from callagent.replay.players.voice import RecordedVoice
from callagent.replay.troubled import Reserves
from callagent.simulator.virtual_time import VirtualTimeLoop

Who: TypeAlias = Literal["recorded", "today"]


@dataclass(frozen=True, slots=True)
class Cast:
    """Who works in a replay: as in the recording, or those of the services that are given."""

    hears: Who = "recorded"
    thinks: Who = "recorded"
    speaks: Who = "recorded"
    looks_up: Who = "recorded"
    asks_today: bool = False
    """Whether look-ups that are not in the recording go to today's tables; else the tables are down for them."""
    faults: tuple[Fault, ...] = ()
    reserves: Reserves = field(default_factory=dict)
    """Who takes over from those with a fault; where there is nobody, the stage is down. See `troubled.Captured`."""


AS_RECORDED: Final = Cast()


class Company:
    """That of one replay."""

    def __init__(self, today: Services, events: tuple[Event, ...], notes: Notes, cast: Cast) -> None:
        self._today = today
        self._events = events
        self._notes = notes
        self._cast = cast
        self._models: list[RecordedModel] = []

    @property
    def told_otherwise(self) -> int:
        """How many of the model's answers were to other instructions than it gets today."""
        return sum(model.told_otherwise for model in self._models)

    @property
    def first(self) -> DialogueAdvanced | None:
        """What the recorded dialogue was given first; None where there was none, or nothing of it was recorded."""
        return next((event for event in self._events if isinstance(event, DialogueAdvanced)), None)

    def services(self, zero_s: float, silenced: Silenced) -> Services:
        """All of them; the call's making took `zero_s`."""
        today, cast, events, notes = self._today, self._cast, self._events, self._notes
        retold = Retold(events)
        services = replace(
            today,
            voice_pool=RecordedDetection(zero_s, silenced),
            answers=Answers[KeptAnswer](),
            parking=Parking[ParkedCall](),
            ahead=None,
            dialogue=self._dialogue(),
            reception=self._reception(),
        )
        if not any(isinstance(event, TransferFailed) and event.reason == "not allowed" for event in events):
            services = replace(services, may_ring=lambda _number: True)
        heard = [event for event in events if isinstance(event, UtteranceTranscribed)]
        if cast.hears == "recorded":
            like = _like(today.transcriber.info, heard)
            services = replace(services, transcriber=RecordedTranscriber(heard, notes, like, retold))
        elif silenced:
            hears = TodaysTranscriber(heard, notes, today.transcriber, retold, silenced)
            services = replace(services, transcriber=hears)
        if cast.thinks == "recorded":
            replied = [event for event in events if isinstance(event, ModelReplied)]
            if replied or today.model is not None:
                info = today.model.info if today.model else ModelInfo("recording", "", needs_network=True)
                model = RecordedModel(replied, notes, _like(info, replied), retold)
                self._models.append(model)
                services = replace(services, model=model)
        if cast.speaks == "recorded":
            made = [event for event in events if isinstance(event, SpeechMade)]
            like = _like(today.synthesizer.info, made)
            services = replace(services, synthesizer=RecordedVoice(made, notes, like, retold))
        if cast.looks_up == "recorded":
            answered = [event for event in events if isinstance(event, ShopAnswered)]
            shop = RecordedShop(answered, notes, today.look_up if cast.asks_today else None)
            services = replace(services, look_up=shop.look_up)
        return replace(services, stored=stored_for(services, today, events, cast.faults))

    def _dialogue(self) -> Dialogue:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, VirtualTimeLoop):
            return self._today.dialogue
        advanced = (event for event in self._events if isinstance(event, DialogueAdvanced))
        return PacedDialogue(self._today.dialogue, advanced, loop)

    def _reception(self) -> RecordedReception | None:
        recalled = next((event for event in self._events if isinstance(event, CallerRecalled)), None)
        first, started, unfinished = self.first, self._events[0], None
        if recalled is None or first is None:
            return None
        if recalled.taken_up and first.state is not None and isinstance(started, CallStarted):
            state = restored(first.state)
            unfinished = UnfinishedCall(started.flow, started.flow_version, state)
        known = {name: restore(value) for name, value in first.given.get("known", {}).items()}
        return RecordedReception(Welcome(known, unfinished), recalled.at_s)


def _like(info: Any, recorded: list[Any]) -> Any:
    """What one of today can do, by the name of the one that did the work in the recording."""
    who = next((one for one in recorded if one.provider not in ("", "cache") and one.outcome != "failed"), None)
    return replace(info, name=who.provider, version=who.version) if who else info


def restored(value: Any) -> Any:
    """JSON data with every text in it as it was said."""
    if isinstance(value, str):
        return restore(value)
    if isinstance(value, Mapping):
        return {name: restored(inner) for name, inner in value.items()}
    return [restored(inner) for inner in value] if isinstance(value, list | tuple) else value
