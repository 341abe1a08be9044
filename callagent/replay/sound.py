"""The sound of a recorded call through today's code: voice detection, turn-taking, stages and flow, all anew.

::

    call.wav, keys, hold ──► loopback line ──► call.call.run_call ──► events
    transcripts, model's words, speeches, look-ups ──► players/ ──────┘

It is the code of a live call from end to end; only who is on the line and who works in the stages are played. On a
`simulator.virtual_time` loop it takes as long as its work takes.
"""

import asyncio
from bisect import bisect
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from callagent.call.call import run_call
from callagent.call.callers import Learned
from callagent.call.heartbeat import Heartbeat
from callagent.call.journal import Listener
from callagent.call.services import ParkedCall, Services
from callagent.call.summary import CallSummary
from callagent.call.tap import NoTap, Tap
from callagent.dialogue.state import State
from callagent.errors import RecordingError
from callagent.events import CallStarted, Event, PlaybackConfirmed
from callagent.evidence import DialogueAdvanced, UtteranceTranscribed
from callagent.media.audio import CHUNK_MS, SAMPLE_RATE
from callagent.recording.aside import made_aside
from callagent.recording.folder import CallFolder, RecordedSound
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.recording.redaction import CALLER_STAND_IN, restore
from callagent.replay.cast import AS_RECORDED, Cast, Company, Who, restored
from callagent.replay.players.caller import RecordedCaller, deeds
from callagent.replay.players.heart import RecordedHeart
from callagent.replay.players.keeper import Keeper
from callagent.replay.players.leg import RecordedLeg
from callagent.replay.players.notes import Missing, Notes
from callagent.replay.players.silenced import Silenced
from callagent.replay.redacted import Public, redacted_events
from callagent.replay.troubled import with_faults
from callagent.simulator.virtual_time import VirtualTimeLoop
from callagent.telephony.leg import LegInfo
from callagent.telephony.loopback import loopback

LOOPBACK: Final = "loopback"
CONFIRMED_S: Final = 0.5
"""Within so long the first of an answer is confirmed."""

CUT_S: Final = 1.0
"""So much of its end may a recording lack without being called cut off."""
LONGEST_S: Final = 3600.0
"""Seconds of sound that may wait for the disk while a replay is kept."""


@dataclass(frozen=True, slots=True)
class SoundReplay:
    """A call that was had again."""

    events: tuple[Event, ...]
    """All of them, evidence included, in the order in which a recording would hold them."""
    summary: CallSummary
    missing: tuple[Missing, ...]
    """What was asked and is not in the recording, in order."""
    told_otherwise: int
    """How many of the model's answers were to other instructions than it gets today."""
    texts: tuple[tuple[str, str], ...] = ()
    """Numbers and texts of messages that would have been sent."""


async def replay_sound(
    folder: CallFolder,
    events: tuple[Event, ...],
    services: Services,
    *,
    public: Public = (),
    cast: Cast = AS_RECORDED,
    tap: Tap | None = None,
    listeners: Sequence[Listener] = (),
) -> SoundReplay:
    """Have the call of a folder again, whose events those are, with today's flow and turn-taking.

    `services` has the dialogue, and whoever works as of today; clock and heartbeat are replaced. A recogniser of today
    that works over sockets or pipes has to be in a `players.elsewhere.TranscriberElsewhere`. `public` is what the
    shop's prompts tell everybody. `tap` gets the sound and the evidence, `listeners` all other events. Nothing is
    written into the folder. Run it on a loop with virtual time.

    Raises RecordingError when the recording lacks what this needs.
    """
    started = _started(folder, events, cast.hears)
    notes = Notes()
    with folder.sound() as sound:
        if (heard_s := sound.samples / SAMPLE_RATE) < events[-1].at_s - CUT_S:
            notes.missing.append(Missing(round(heard_s, 1), "sound", folder.name, "silence from there on"))
        replayed = _Replay(folder, events, started, services, notes, cast)
        done = await replayed.run(sound, tap or NoTap(), listeners)
    return replace(done, events=redacted_events(done.events, started, public))


async def replay_into(
    place: Path,
    folder: CallFolder,
    events: tuple[Event, ...],
    services: Services,
    *,
    public: Public = (),
    cast: Cast = AS_RECORDED,
) -> SoundReplay:
    """As `replay_sound`, and keep it as a recorded call in a new folder: to be heard, let a voice of today speak.

    Raises RecordingError when the folder is there already, or cannot be written.
    """
    if place.exists():  # noqa: ASYNC240  # before anything goes on
        raise RecordingError(f"{place}: is there already. Name a folder that is not, or remove it.")
    with made_aside(place) as made:
        disk = DiskWriter(LONGEST_S, keys=folder.keys)
        recorder = Recorder(made, disk, caller=CALLER_STAND_IN)
        recorder.spare(public)
        summary: dict[str, Any] | None = None
        try:
            replayed = await replay_sound(
                folder,
                events,
                services,
                public=public,
                cast=cast,
                tap=recorder,
                listeners=[recorder.on_event],
            )
            summary = replayed.summary.as_dict()
        finally:
            recorder.finish(summary)
            await asyncio.to_thread(disk.close)
        if recorder.incomplete:
            raise RecordingError(f"{place}: not all of the call could be written. Is there room on the disk?")
        return replayed


def _started(folder: CallFolder, events: tuple[Event, ...], hears: Who) -> CallStarted:
    started = events[0] if events else None
    if not isinstance(started, CallStarted):
        raise RecordingError(f"{folder.path}: does not begin with the beginning of a call.")
    if hears == "recorded" and not any(isinstance(one, DialogueAdvanced | UtteranceTranscribed) for one in events):
        raise RecordingError(
            f"{folder.path}: does not hold when which words were recognized, as recordings of older versions do not. "
            "Have a recogniser of today hear it (--stt pocketsphinx), or replay its words (--level words)."
        )
    return started


class _Replay:
    """One of them."""

    def __init__(
        self,
        folder: CallFolder,
        events: tuple[Event, ...],
        started: CallStarted,
        services: Services,
        notes: Notes,
        cast: Cast,
    ) -> None:
        self._folder = folder
        self._events = events
        self._started = started
        self._notes = notes
        self._cast = cast
        self._company = Company(services, events, notes, cast)

    async def run(self, sound: RecordedSound, tap: Tap, listeners: Sequence[Listener]) -> SoundReplay:
        """From its first event to its last."""
        silenced = Silenced(sound, self._events)
        done = deeds(self._events, self._notes)
        caller = RecordedCaller(sound, self._events, done, self._notes, silenced)
        info = self._leg_info()
        leg, line = loopback(info, float if info.carrier == LOOPBACK else self._marks_after_s())
        services = self._company.services(caller.zero_s, silenced)
        if isinstance(loop := asyncio.get_running_loop(), VirtualTimeLoop):
            loop.rewind()
        self._notes.begin()
        clock = _CallClock(self._notes.began_s, datetime.fromisoformat(self._started.started))
        heart: Heartbeat | RecordedHeart = Heartbeat(clock)
        if not caller.is_even:
            heart = RecordedHeart(caller.beats_s, self._notes.began_s)
        beating = asyncio.create_task(heart.run(), name="heartbeat")
        services = replace(services, clock=clock, heartbeat=heart)
        services = with_faults(services, self._cast.faults, self._cast.reserves, self._notes)
        self._park(services, clock)
        keeper = Keeper(tap)
        recorded = RecordedLeg(leg, self._events)
        call = asyncio.create_task(run_call(recorded, services, [keeper.on_event, *listeners], keeper))
        try:
            await caller.call(line)
            if caller.stopped:
                call.cancel()
            summary = await call
        finally:
            for task in (call, beating):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        return SoundReplay(
            tuple(keeper.events),
            summary,
            tuple(self._notes.missing),
            self._company.told_otherwise,
            tuple(leg.texts),
        )

    # --- who is on the line ----------------------------------------------------------------------------------------

    def _leg_info(self) -> LegInfo:
        started = self._started
        first = self._company.first
        caller = restore(str(first.given.get("caller", ""))) if first else ""
        caller = caller or started.caller
        return LegInfo(started.call_id, started.carrier, caller, started.called, started.outbound)

    def _marks_after_s(self) -> Callable[[], float]:
        """What a real line adds to the loopback's own way of telling what was played, which takes half a tick."""
        confirmed = [event for event in self._events if isinstance(event, PlaybackConfirmed)]
        times = [event.at_s for event in confirmed]
        delays = [max(0.0, event.delay_s - CHUNK_MS / 2000) for event in confirmed]

        def marks_after_s() -> float:
            """What it added in the answer that is heard now, or is about to be."""
            before = bisect(times, self._notes.at_s() + CONFIRMED_S) - 1
            return delays[max(0, before)] if delays else 0.0

        return marks_after_s

    def _park(self, services: Services, clock: "_CallClock") -> None:
        """Have a call that came back from another's telephone found where it was left."""
        first = self._company.first
        if first is None or first.given.get("kind") != "Transferred":
            return
        try:
            state = State.from_record(restored(first.state or {}))
        except (KeyError, TypeError, ValueError):
            raise RecordingError(
                f"{self._folder.path}: is a call that came back after nobody had picked up, and where it stood then is "
                "not in its events. Replay the call that was handed over; this one cannot be."
            ) from None
        parked = ParkedCall(
            services.dialogue, services.look_up, services.subjects, state, declined=False, learned=Learned()
        )
        services.parking.park(self._started.call_id, parked, clock.now_s())


class _CallClock:
    """A `Clock`: the loop's time, and the date of the recorded call."""

    def __init__(self, began_s: float, began: datetime) -> None:
        self._loop = asyncio.get_running_loop()
        self._began_s = began_s
        self._began = began

    def now_s(self) -> float:
        """Seconds on the loop's clock."""
        return self._loop.time()

    def wall(self) -> datetime:
        """The date of the recorded call, as much later as it has gone on."""
        return self._began + timedelta(seconds=self._loop.time() - self._began_s)
