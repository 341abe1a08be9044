"""Who works in a replay, how a call began, and what is kept of a replay."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from call.test_call_pickup import RUNG, TAPE, stay, tone
from support.caller_voice import chunks
from support.differing import differing
from support.phone_call import Setting, have_call
from support.recorded_call import public, record, replay, services_of

from callagent.clock import IST
from callagent.errors import RecordingError
from callagent.events import (
    AgentSaid,
    CallEnded,
    CallerStarted,
    CallStarted,
    CallTransferred,
    Event,
    MachineDetected,
    TranscriptReceived,
    TransferFailed,
)
from callagent.evidence import DialogueAdvanced
from callagent.media.audio import SILENCE
from callagent.media.vad import load_voice_model
from callagent.media.voice_pool import VoicePool
from callagent.recording.folder import CallFolder
from callagent.recording.import_sound import Source
from callagent.recording.importing import About, Importer
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.replay.cast import AS_RECORDED, Cast
from callagent.replay.players.elsewhere import TranscriberElsewhere
from callagent.replay.sound import SoundReplay, replay_into, replay_sound
from callagent.simulator.virtual_time import run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.stt.transcriber import Hints
from callagent.telephony.loopback import LoopbackLine

SHORT = "steps: [hear, say: price, hear, hang up]"


def test_another_transcriber_hears_the_recorded_sound(tmp_path: Path) -> None:
    """What it makes of it, the flow of today answers."""
    folder = record(Setting(tmp_path / "cache"), SHORT, tmp_path / "call")
    today = ScriptedTranscriber(ScriptedTranscriber.Options(lines=("opening hours",)))
    again = replay(folder, Setting(tmp_path / "cache", transcriber=today), Cast(hears="today", speaks="today"))
    assert [event.text for event in again.events if isinstance(event, TranscriptReceived)] == ["opening hours"]
    assert "our_hours" in [event.line for event in again.events if isinstance(event, AgentSaid)]


def test_a_recogniser_that_needs_real_time_has_a_loop_of_its_own(tmp_path: Path) -> None:
    """The call waits for it, and comes out as with any other."""
    folder = record(Setting(tmp_path / "cache"), SHORT, tmp_path / "call")
    today = TranscriberElsewhere(ScriptedTranscriber(ScriptedTranscriber.Options(lines=("price",), delay_ms=10)))
    again = replay(folder, Setting(tmp_path / "other cache", transcriber=today), Cast(hears="today"))
    assert differing(folder.events(), again.events) == ()
    run(today.aclose())


def test_a_recording_from_elsewhere_is_had_with_the_shop_of_today(tmp_path: Path) -> None:
    """Its caller says what was heard at the import, when they said it; today's flow answers, with today's latencies."""
    mine = record(Setting(tmp_path / "cache"), SHORT, tmp_path / "call")

    async def imported() -> CallFolder:
        importer = Importer(
            tmp_path / "imported",
            ScriptedTranscriber(ScriptedTranscriber.Options(lines=("price",), delay_ms=0)),
            VoicePool(load_voice_model()),
            faster=1e9,
        )
        about = About("toys", "en", datetime(2026, 11, 20, 11, 0, tzinfo=IST))
        return CallFolder((await importer.take(Source(mine.path / "call.wav"), about, Hints())).folder)

    folder = asyncio.run(imported())
    again = replay(folder, Setting(tmp_path / "cache"))

    def started_s(events: Iterable[Event]) -> list[float]:
        return [event.at_s for event in events if isinstance(event, CallerStarted)]

    assert [event.text for event in again.events if isinstance(event, TranscriptReceived)] == ["price"]
    assert started_s(again.events) == pytest.approx(started_s(folder.events()), abs=0.1)
    asked = [event.line for event in mine.events() if isinstance(event, AgentSaid)]
    assert [event.line for event in again.events if isinstance(event, AgentSaid)][: len(asked)] == asked
    assert {one.instead for one in again.missing if one.what == "speech"} == {"estimated"}


def test_a_machine_is_known_again(tmp_path: Path) -> None:
    """A call that the agent made waits for the same greeting, and leaves the same message."""

    async def answers(line: LoopbackLine) -> None:
        for chunk in await chunks(TAPE):
            await line.exchange(chunk)
        for _ in range(25):
            await line.exchange(SILENCE)
        await tone(line, 0.5)
        await stay(line)

    rung = replace(RUNG, caller="+919812345678")  # the message for the machine has another number in it
    disk = DiskWriter()
    recorder = Recorder(tmp_path / "call", disk, caller=rung.caller)
    heard = ScriptedTranscriber(ScriptedTranscriber.Options())
    recorder.spare(public())
    setting = Setting(tmp_path / "cache", info=rung, tap=recorder, listeners=[recorder.on_event])
    call = run(have_call(setting, heard, answers))
    recorder.finish(call.summary.as_dict())
    disk.close()
    folder = CallFolder(tmp_path / "call")
    again = replay(folder, Setting(tmp_path / "other cache"))
    assert any(isinstance(event, MachineDetected) for event in again.events)
    assert differing(folder.events(), again.events) == ()


def test_a_call_that_came_back_goes_on_where_it_stood(tmp_path: Path) -> None:
    """Nobody had picked up; the dialogue's state of then is in the recording."""
    setting = Setting(tmp_path / "cache")
    handed_over = record(setting, "steps: [hear, say: operator, hear, silent: 12 seconds]", tmp_path / "first")
    assert any(isinstance(event, CallTransferred) for event in handed_over.events())
    back = record(setting, "steps: [hear, hang up]", tmp_path / "second")
    first = next(event for event in back.events() if isinstance(event, DialogueAdvanced))
    assert first.given["kind"] == "Transferred"
    again = replay(back, Setting(tmp_path / "other cache"))
    assert differing(back.events(), again.events) == ()


def test_a_call_that_came_back_from_nowhere_is_refused(tmp_path: Path) -> None:
    """Without the state nobody can tell where it stood."""
    setting = Setting(tmp_path / "cache")
    record(setting, "steps: [hear, say: operator, hear, silent: 12 seconds]", tmp_path / "first")
    back = record(setting, "steps: [hear, hang up]", tmp_path / "second")
    events = tuple(
        DialogueAdvanced(at_s=event.at_s, turn=0, given=event.given, now=event.now, actions=event.actions)
        if isinstance(event, DialogueAdvanced)
        else event
        for event in back.events()
    )

    async def again() -> None:
        await replay_sound(back, events, services_of(Setting(tmp_path / "other cache")))

    with pytest.raises(RecordingError, match="came back after nobody had picked up"):
        run(again())


def test_a_replay_can_be_kept_as_a_call(tmp_path: Path) -> None:
    """It holds sound, events and summary, and is replayed as any other; a folder is never written over."""
    folder = record(Setting(tmp_path / "cache"), SHORT, tmp_path / "call")
    place = tmp_path / "again"

    async def keep() -> None:
        await replay_into(place, folder, folder.events(), services_of(Setting(tmp_path / "cache")), cast=AS_RECORDED)

    run(keep())
    kept = CallFolder(place)
    assert [one.field for one in differing(folder.events(), kept.events())] == ["caller"]  # a stand-in called
    assert {**(kept.summary() or {}), "caller": ""} == {**(folder.summary() or {}), "caller": ""}
    with kept.sound() as again, folder.sound() as before:
        assert (again.read(0, again.samples)[:, 0] == before.read(0, again.samples)[:, 0]).all()
    with pytest.raises(RecordingError, match="is there already"):
        run(keep())


def test_a_server_that_stopped_stops_again(tmp_path: Path) -> None:
    """The call ends as it did then."""
    folder = record(Setting(tmp_path / "cache"), SHORT, tmp_path / "call")
    *events, ended = folder.events()
    stopped = CallEnded(at_s=ended.at_s, disposition="server stopped", ended_by="server")
    assert isinstance(events[0], CallStarted)

    async def again() -> CallEnded:
        had = await replay_sound(folder, (*events, stopped), services_of(Setting(tmp_path / "cache")))
        assert isinstance(had.events[-1], CallEnded)
        return had.events[-1]

    assert run(again()) == stopped


def test_a_carrier_refuses_what_it_refused(tmp_path: Path) -> None:
    """A hand-over that failed then fails again, and the call goes on."""
    folder = record(
        Setting(tmp_path / "cache"), "steps: [hear, say: operator, hear, silent: 12 seconds]", tmp_path / "call"
    )
    events = tuple(
        TransferFailed(at_s=event.at_s, people=event.people, reason="CarrierRefusedError")
        if isinstance(event, CallTransferred)
        else event
        for event in folder.events()
    )
    had = run(_had(folder, events, tmp_path))
    (failed,) = [event for event in had.events if isinstance(event, TransferFailed)]
    assert failed.reason == "CarrierRefusedError"
    assert not any(isinstance(event, CallTransferred) for event in had.events)


async def _had(folder: CallFolder, events: tuple[Event, ...], place: Path) -> SoundReplay:
    return await replay_sound(folder, events, services_of(Setting(place / "other cache")))
