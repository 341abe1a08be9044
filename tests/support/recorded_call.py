"""A call on virtual time, recorded as a server records it, and had again from its folder."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from support.phone_call import Setting, make_services, place_call, shipped_flow

from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Services
from callagent.dialogue.written import written_for_all
from callagent.recording.at_rest.files import PLAIN
from callagent.recording.at_rest.keys import KeyRing
from callagent.recording.folder import CallFolder
from callagent.recording.recorder import DiskWriter, Recorder
from callagent.recording.redaction import public_in
from callagent.replay.cast import Cast
from callagent.replay.sound import SoundReplay, replay_sound
from callagent.simulator.script import Script, parse_script
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.scripted import ScriptedTranscriber


def record(setting: Setting, script: str, folder: Path) -> CallFolder:
    """Have the call of a script, and keep it."""
    return kept_call(setting, parse_script(script), folder)


def kept_call(
    setting: Setting,
    script: Script,
    folder: Path,
    spared: frozenset[tuple[str, str]] | None = None,
    *,
    sound: bool = True,
    keys: KeyRing = PLAIN,
) -> CallFolder:
    """Have a call and keep it, but for what is personal in it; `spared` is not, by default what the shop tells."""
    disk = DiskWriter(keys=keys)
    recorder = Recorder(folder, disk, sound=sound, caller=setting.info.caller)
    recorder.spare(public() if spared is None else spared)
    call = place_call(replace(setting, tap=recorder, listeners=[recorder.on_event]), script)
    recorder.finish(call.summary.as_dict())
    disk.close()
    return CallFolder(folder, keys)


def replay(
    folder: CallFolder,
    setting: Setting,
    cast: Cast | None = None,
    change: Callable[[Services], Services] = lambda services: services,
) -> SoundReplay:
    """Have it again, with the setting's people as today's."""
    return run(replay_here(folder, setting, cast, change))


async def replay_here(
    folder: CallFolder,
    setting: Setting,
    cast: Cast | None = None,
    change: Callable[[Services], Services] = lambda services: services,
) -> SoundReplay:
    """As `replay`, on the loop that runs."""
    services = change(services_of(setting))
    return await replay_sound(folder, folder.events(), services, public=public(), cast=cast or Cast())


@cache
def public() -> frozenset[tuple[str, str]]:
    """What the shop that ships tells everybody."""
    return public_in(written_for_all(shipped_flow()))


def services_of(setting: Setting) -> Services:
    """Who works today."""
    clock = VirtualClock(asyncio.get_running_loop(), setting.began)
    transcriber = setting.transcriber or ScriptedTranscriber(ScriptedTranscriber.Options())
    return make_services(setting, transcriber, clock, Heartbeat(clock))
