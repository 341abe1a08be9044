"""A call on virtual time, recorded as a server records it, and had again from its folder."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from support.caller_voice import chunks
from support.phone_call import PhoneCall, Setting, have_call, make_services, place_call, shipped_flow

from callagent.call.heartbeat import Heartbeat
from callagent.call.services import Services
from callagent.dialogue.written import written_for_all
from callagent.media.audio import CHUNK_MS, CHUNK_SAMPLES, SILENCE, Chunk
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
from callagent.telephony.loopback import LoopbackLine

JITTER_S = 0.012


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
    return _kept(setting, lambda tapped: place_call(tapped, script), folder, spared, sound=sound, keys=keys)


def jittery_call(
    setting: Setting,
    said: Iterable[str],
    folder: Path,
    spared: frozenset[tuple[str, str]] | None = None,
    *,
    pauses: tuple[int, int],
    seed: int = 1,
) -> CallFolder:
    """Likewise, over a line on which sound comes as it comes; `pauses`, in 20 ms, go before and behind all words."""
    random = Random(seed)  # noqa: S311  # the same in every run

    async def caller(line: LoopbackLine) -> None:
        loop = asyncio.get_running_loop()
        spoken = [SILENCE] * pauses[0]
        for words in said:
            spoken += [*await chunks(words), *[SILENCE] * pauses[1]]
        begun_s = loop.time()
        for number, pcm in enumerate(spoken):
            due_s = begun_s + (number + 1) * CHUNK_MS / 1000 + random.uniform(0, JITTER_S)
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            line.bring(Chunk(pcm, number * CHUNK_SAMPLES), loop.time())
        await line.hang_up()

    def have(tapped: Setting) -> PhoneCall:
        assert tapped.transcriber is not None
        return run(have_call(tapped, tapped.transcriber, caller))

    return _kept(replace(setting, info=replace(setting.info, carrier="jittery")), have, folder, spared)


def _kept(
    setting: Setting,
    have: Callable[[Setting], PhoneCall],
    folder: Path,
    spared: frozenset[tuple[str, str]] | None,
    *,
    sound: bool = True,
    keys: KeyRing = PLAIN,
) -> CallFolder:
    disk = DiskWriter(keys=keys)
    recorder = Recorder(folder, disk, sound=sound, caller=setting.info.caller)
    recorder.spare(public() if spared is None else spared)
    call = have(replace(setting, tap=recorder, listeners=[recorder.on_event]))
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
