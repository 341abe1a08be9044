"""The sound of a whisper: made once, bounded, and never a reason to keep a caller waiting."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from support.phone_call import Setting, make_services

from callagent.call.heartbeat import Heartbeat
from callagent.call.whispering import LONGEST_S, MAKING_S, Whispering
from callagent.errors import ProviderUnavailableError
from callagent.media.audio import duration_s
from callagent.simulator.virtual_time import VirtualClock, run
from callagent.stt.scripted import ScriptedTranscriber
from callagent.tts.scripted import ScriptedOptions, ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, SpeechChunk


class Voice(ScriptedSynthesizer):
    """Keeps what it was to say."""

    def __init__(self, **options: float) -> None:
        super().__init__(ScriptedOptions(**options))
        self.said: list[Speech] = []
        self.fails = False

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Hum it, or fail in the middle."""
        self.said.append(speech)
        async for chunk in super().synthesize(speech):
            yield chunk
            if self.fails:
                raise ProviderUnavailableError("scripted", "broke off")


def sounds(folder: Path, voice: Voice, text: str, times: int = 1) -> tuple[list[bytes], float]:
    """What is to be heard, and the seconds until it was there."""

    async def make() -> tuple[list[bytes], float]:
        clock = VirtualClock(asyncio.get_running_loop())
        setting = Setting(folder, synthesizer=voice, voices={"hi": {"business": "asha"}})
        services = make_services(setting, ScriptedTranscriber(ScriptedTranscriber.Options()), clock, Heartbeat(clock))
        whispering = Whispering(services, text, "hi")
        made = await asyncio.gather(*(whispering.sound() for _ in range(times)))
        return made, clock.now_s()

    return run(make())


def test_it_is_spoken_once_in_the_shops_voice(tmp_path: Path) -> None:
    """Though several people hear it."""
    voice = Voice()
    (first, second), _ = sounds(tmp_path, voice, "एक ग्राहक हैं।", times=2)

    assert voice.said == [Speech("एक ग्राहक हैं।", "hi", "asha")]
    assert first == second
    assert duration_s(first) > 0.5


def test_a_long_one_is_cut(tmp_path: Path) -> None:
    """The caller waits while it is heard."""
    [sound], _ = sounds(tmp_path, Voice(), "A caller. " * 100)

    assert duration_s(sound) == LONGEST_S


@pytest.mark.parametrize("text", ["", "A caller."])
def test_there_may_be_none(tmp_path: Path, text: str) -> None:
    """Nothing to say, or a voice that breaks off."""
    voice = Voice()
    voice.fails = True
    made, _ = sounds(tmp_path, voice, text)

    assert made == [b""]
    assert len(voice.said) == bool(text)


def test_a_slow_voice_is_not_waited_for(tmp_path: Path) -> None:
    """The person has picked up, and so has nothing to hear first."""
    made, after_s = sounds(tmp_path, Voice(first_audio_ms=60_000.0), "A caller.")

    assert (made, after_s) == ([b""], MAKING_S)


def test_who_hangs_up_takes_it_from_nobody(tmp_path: Path) -> None:
    """The next person hears it, made by the first one's asking."""
    voice = Voice(first_audio_ms=1000.0)

    async def make() -> bytes:
        clock = VirtualClock(asyncio.get_running_loop())
        setting = Setting(tmp_path, synthesizer=voice)
        services = make_services(setting, ScriptedTranscriber(ScriptedTranscriber.Options()), clock, Heartbeat(clock))
        whispering = Whispering(services, "A caller.", "en")
        first = asyncio.ensure_future(whispering.sound())
        await asyncio.sleep(0.5)
        first.cancel()
        return await whispering.sound()

    assert duration_s(run(make())) > 0.3
    assert len(voice.said) == 1
