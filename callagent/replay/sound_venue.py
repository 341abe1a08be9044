"""Where recorded calls are had again by their sound: today's turn-taking and flow, and who else of today is wanted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from callagent.assembly import make_services, make_turn_judge
from callagent.call.heartbeat import Heartbeat
from callagent.call.latency import turn_latencies
from callagent.call.services import Services
from callagent.clock import SystemClock
from callagent.edition import Edition
from callagent.events import Event
from callagent.evidence import ModelReplied, SpeechMade, UtteranceTranscribed
from callagent.hooks import Hooks
from callagent.providers import EMBEDDED, make_provider, make_transcriber
from callagent.recording.folder import CallFolder
from callagent.replay.cast import Cast
from callagent.replay.compare import Comparison, compare
from callagent.replay.course import Replayed, course_of
from callagent.replay.faults import Fault
from callagent.replay.players.elsewhere import TranscriberElsewhere
from callagent.replay.sound import SoundReplay, replay_into, replay_sound
from callagent.replay.troubled import Captured, Reserves
from callagent.replay.venue import Venue
from callagent.resilience.roster import Roster
from callagent.settings.settings import Settings
from callagent.stt.transcriber import Transcriber
from callagent.warm_up import WarmUp

MOST_TIMES: Final = 3
"""At which something was not in the recording, that a person is told of."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What is to be otherwise than in the recordings."""

    stt: str = ""
    """Registry name of who transcribes anew; empty for what was transcribed then."""
    look_up_anew: bool = False
    """Whether today's tables answer every look-up."""
    faults: Sequence[Fault] = ()
    keep_in: Path | None = None
    """A folder in which each replay is kept as a call of its own, spoken by today's voice; None for nowhere."""


class SoundVenue:
    """For any number of calls, on one loop with virtual time; close it there."""

    def __init__(self, settings: Settings, venue: Venue, orders: Orders) -> None:
        """Raises ConfigurationError, also for a recogniser that there is not."""
        self._settings = settings.model_copy(update={"stt": (orders.stt,)}) if orders.stt else settings
        self._venue = venue
        self._orders = orders
        self._captured = Captured()
        self._ready: dict[tuple[str, str], tuple[Services, Edition]] = {}
        """By shop and the language that calls begin in."""
        self._ear: TranscriberElsewhere | None = None
        if orders.stt:
            self._ear = TranscriberElsewhere(make_transcriber(self._settings, SystemClock(), Roster()))
        self._reserves: dict[Transcriber, TranscriberElsewhere] = {}
        """Who takes over from a recogniser with a fault."""

    async def replay(self, folder: CallFolder) -> Comparison:
        """One call. Raises RecordingError, ContentError, ConfigurationError and ProviderError."""
        events = folder.events()
        before = replace(course_of(events), latency=_latency(events))
        services, edition = await self._services(before.started.flow, before.started.language)
        cast = self._cast(events)
        keep_in = self._orders.keep_in
        if keep_in is None:
            done = await replay_sound(folder, events, services, public=edition.public, cast=cast)
        else:
            place = keep_in / f"{folder.name}-again"
            done = await replay_into(place, folder, events, services, public=edition.public, cast=cast)
        after = replace(course_of(done.events), latency=_latency(done.events))
        replayed = Replayed(after, missing=list(_told(done)))
        return compare(folder.name, "sound", before, replayed, edition.dialogue.version)

    async def aclose(self) -> None:
        """Let go of who worked."""
        for ear in (self._ear, *self._reserves.values()):
            if ear is not None:
                await ear.aclose()
        for services, edition in self._ready.values():
            await services.synthesizer.aclose()
            await edition.supersede()

    async def _services(self, shop: str, language: str) -> tuple[Services, Edition]:
        if (shop, language) not in self._ready:
            clock = SystemClock()
            speaks = self._venue.theatre(shop).flow.languages
            settings = self._settings.model_copy(update={"language": language if language in speaks else ""})
            edition = Edition.read(self._venue.folders(shop), settings, clock)
            edition.prepare()
            hooks = Hooks(refit=self._captured.refit)
            judge = make_turn_judge(self._settings)
            made = make_services(self._settings, clock, Heartbeat(clock), edition, Roster(), None, judge, hooks)
            if self._orders.faults and self._orders.keep_in:
                await self._store_prompts(made, edition)
            if self._ear is not None:
                await self._ear.warm_up()
                made = replace(made, transcriber=self._ear)
            self._ready[shop, language] = edition.over(made), edition
        return self._ready[shop, language]

    async def _store_prompts(self, made: Services, edition: Edition) -> None:
        """As a server has them when it is ready: what callers hear when nobody can speak."""
        reserve = make_provider("tts", EMBEDDED["tts"], self._settings)
        try:
            await WarmUp(made, edition.dialogue, _nothing, reserve).store(edition.dialogue, None)
        finally:
            await reserve.aclose()

    def _cast(self, events: Iterable[Event]) -> Cast:
        orders = self._orders
        return Cast(
            hears="today" if orders.stt else "recorded",
            speaks="today" if orders.keep_in else "recorded",
            looks_up="today" if orders.look_up_anew else "recorded",
            asks_today=True,
            faults=tuple(orders.faults),
            reserves=self._who_takes_over(events) if orders.faults else {},
        )

    def _who_takes_over(self, events: Iterable[Event]) -> Reserves:
        """Recognisers work elsewhere: how soon one is ready that is started now is not to decide what it hears."""
        reserves = self._captured.reserves(_worked(events))
        if not any(fault.where == "stt" for fault in self._orders.faults):
            return reserves
        for one in reserves["stt"]:
            if one not in self._reserves:
                self._reserves[one] = TranscriberElsewhere(one)
        return {**reserves, "stt": tuple(self._reserves[one] for one in reserves["stt"])}


def _nothing() -> None:
    """Nobody waits for it."""


def _worked(events: Iterable[Event]) -> Mapping[str, str]:
    """Who did the work of each stage in a recording."""
    worked: dict[str, str] = {}
    for event in events:
        match event:
            case UtteranceTranscribed(provider=provider):
                worked["stt"] = provider
            case ModelReplied(provider=provider):
                worked["llm"] = provider
            case SpeechMade(provider=provider):
                worked["tts"] = provider
            case _:
                pass
    return worked


def _latency(events: Iterable[Event]) -> dict[int, float]:
    return {one.turn: one.response_ms for one in turn_latencies(events) if one.by != "silence"}


def _told(done: SoundReplay) -> Iterable[str]:
    times: dict[str, list[str]] = {}
    for one in done.missing:
        times.setdefault(f"{one.what}, {one.instead}", []).append(f"{one.at_s:.1f}")
    for what, at in times.items():
        more = f" and {len(at) - MOST_TIMES} times more" if len(at) > MOST_TIMES else ""
        yield f"at {', '.join(at[:MOST_TIMES])} s{more}: {what}"
    if done.told_otherwise:
        yield f"{done.told_otherwise} answers of the model were to other instructions than it gets today"
