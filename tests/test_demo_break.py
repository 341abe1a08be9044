"""`callagent demo --break`: what is put in front of the providers, and what becomes of a call."""

import argparse
import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from support.environment import command, environment
from support.faulty import FaultyEar, FaultyModel, FaultyVoice
from support.phone_call import ROOT
from support.troubles import troubles

from callagent.clock import ManualClock
from callagent.commands.demo import Demo
from callagent.commands.outage import FRONT, Outage
from callagent.errors import ConfigurationError, ProviderUnavailableError
from callagent.llm.model import Conversation
from callagent.resilience.incidents import Failed, Incident, TookOver, reporting
from callagent.stt.transcriber import Hints
from callagent.tts.synthesizer import Speech

SOUND = b"\x00\x20\x00\xe0" * 400
VOICE = FaultyVoice("voice", lambda _: [SOUND])
EAR = FaultyEar("ear", ["price"])
MODEL = FaultyModel("model", lambda _: ["Take a fan."])


async def silence() -> AsyncGenerator[bytes, None]:
    """A turn without a sound."""
    yield b"\x00\x00" * 160


async def use(outage: Outage, stage: str) -> list[str]:
    """Have a stage do its work once; who did it."""
    if stage == "stt":
        heard = outage.refit("stt", EAR).transcribe(silence(), Hints())
        return [transcript.provider async for transcript in heard]
    if stage == "tts":
        return [chunk.provider async for chunk in outage.refit("tts", VOICE).synthesize(Speech("Hello."))]
    return [piece.by.name async for piece in outage.refit("llm", MODEL).reply(Conversation("", ()))]


@pytest.mark.parametrize(("stage", "real"), [("stt", "ear"), ("llm", "model"), ("tts", "voice")])
async def test_a_broken_provider_has_the_real_one_take_over(stage: str, real: str) -> None:
    """Before it breaks it does the work; then it is told that it failed and who took over."""
    outage = Outage(stage, ManualClock())
    incidents: list[Incident] = []
    with reporting(troubles(incidents)):
        before = await use(outage, stage)
        outage.broken = True
        after = await use(outage, stage)

    assert (set(before), set(after)) == ({FRONT}, {real})
    assert [type(one) for one in incidents] == [Failed, TookOver]
    assert incidents[1] == TookOver(incidents[0].stage, FRONT, real)


@pytest.mark.parametrize("stage", ["stt", "tts"])
async def test_with_all_broken_nobody_takes_over(stage: str) -> None:
    """The stage is down, its last provider included."""
    outage = Outage("all", ManualClock())
    outage.broken = True

    with pytest.raises(ProviderUnavailableError):
        await use(outage, stage)


def test_other_stages_are_left_alone() -> None:
    """Also where there is no language model to be broken."""
    assert Outage("stt", ManualClock()).refit("tts", VOICE) is VOICE
    assert Outage("all", ManualClock()).refit("llm", None) is None


def test_a_time_without_anything_to_break_is_refused() -> None:
    """It would have no effect."""
    with pytest.raises(ConfigurationError, match="--break"):
        Demo(argparse.Namespace(json=True, caller=None, language="en", broken=None, at=3.0))


async def demo(tmp_path: Path, broken: str) -> dict[str, Any]:
    """What the demo tells of a call in which something breaks."""
    given = environment(tmp_path, CALLAGENT_STT="pocketsphinx", CALLAGENT_TTS="espeak", CALLAGENT_OPTIONS="{}")
    pipe = asyncio.subprocess.PIPE
    async with command("demo", "--json", "--break", broken, cwd=ROOT, env=given, stdout=pipe, stderr=pipe) as process:
        async with asyncio.timeout(110):
            output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode() + output.decode()
    result: dict[str, Any] = json.loads(output)
    return result


@pytest.mark.slow
async def test_with_everything_broken_the_caller_is_handed_to_a_person(tmp_path: Path) -> None:
    """Heard no longer and told nothing more, the caller keys, hears an apology, and somebody is rung."""
    summary = (await demo(tmp_path, "all"))["summary"]

    assert summary["disposition"] == "transferred to counter or owner"
    assert [(one["stage"], one["instead"]) for one in summary["outages"]] == [
        ("stt", "keypad"),
        ("tts", "stored prompts"),
    ]


@pytest.mark.slow
async def test_with_the_model_broken_another_answers(tmp_path: Path) -> None:
    """The caller talks freely with one, and after it has failed with the next."""
    result = await demo(tmp_path, "llm")

    assert result["reached_end"]
    assert {(one["stage"], one["failed"]) for one in result["summary"]["take_overs"]} == {("llm", FRONT)}
