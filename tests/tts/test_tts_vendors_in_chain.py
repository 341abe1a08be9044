"""The vendors' own libraries behind the chain: what is heard when their services fail, and what counts as heard."""

import asyncio
from collections.abc import AsyncIterator

import edge_tts.communicate
import pytest
from support.edge_server import EdgeServer
from support.elevenlabs_server import KEY, ElevenLabsServer
from support.spoken import TEXT, Spoken, speak
from support.vendors import SOON_S, Fault, Kind, VendorServer, nothing_left_behind

from callagent.clock import SystemClock
from callagent.media.playout import Playout
from callagent.resilience.deadlines import Deadlines
from callagent.resilience.lineup import Lineup
from callagent.tts.chain import SynthesizerChain
from callagent.tts.edge import EdgeOptions, EdgeSynthesizer
from callagent.tts.elevenlabs import ElevenLabsOptions, ElevenLabsSynthesizer
from callagent.tts.scripted import ScriptedOptions, ScriptedSynthesizer
from callagent.tts.synthesizer import Synthesizer

FIRST, SECOND = ["Welcome", "to", "the", "shop."], ["How", "may", "I", "help", "you?"]
SOON = Deadlines(first_s=0.8, stall_s=0.8)
"""As in a call, only sooner."""


@pytest.fixture(params=["edge", "elevenlabs"])
async def vendor(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[VendorServer, Synthesizer]]:
    """A vendor's server, and a voice that speaks through it."""
    if request.param == "edge":
        edge = EdgeServer()
        async with edge.running():
            monkeypatch.setattr(edge_tts.communicate, "WSS_URL", edge.url)
            yield edge, EdgeSynthesizer(EdgeOptions(spare_s=0))
        return
    elevenlabs = ElevenLabsServer()
    async with elevenlabs.running():
        voice = ElevenLabsSynthesizer(ElevenLabsOptions(api_key=KEY, base_url=elevenlabs.url))
        yield elevenlabs, voice
        await voice.aclose()


def chain(voice: Synthesizer) -> SynthesizerChain:
    """The vendor's voice, and behind it one that always speaks."""
    backup = ScriptedSynthesizer(ScriptedOptions(first_audio_ms=0, speed=1e6))
    return SynthesizerChain(Lineup([("vendor", voice), ("backup", backup)], SystemClock()), SOON)


def words_of(spoken: Spoken, provider: str) -> list[str]:
    """That one of them spoke."""
    return [word.text for chunk in spoken.chunks if chunk.provider == provider for word in chunk.words]


@pytest.mark.parametrize(
    ("kind", "vendors_own"),
    [
        ("hang", []),
        ("stop reading", []),
        ("garbage", []),
        ("noise", []),
        ("wrong schema", []),
        ("nothing", []),
        ("huge", []),
        ("status", []),
        ("drop", ["Welcome"]),
        ("hang later", ["Welcome"]),
    ],
)
async def test_the_next_voice_says_what_was_not_said(
    vendor: tuple[VendorServer, Synthesizer], kind: Kind, vendors_own: list[str]
) -> None:
    """All of the text is heard, only the broken sentence anew, and the vendor is asked again for the next text."""
    server, voice = vendor
    await voice.warm_up()
    server.requests = 0
    voices = chain(voice)
    server.script.append(Fault(kind))
    async with nothing_left_behind(server):
        spoken = await speak(voices)
        await voice.aclose()

    assert spoken.error is None
    assert (words_of(spoken, "vendor"), words_of(spoken, "backup")) == (vendors_own, FIRST + SECOND)
    assert spoken.took_s < SOON_S
    assert words_of(await speak(voices), "vendor") == FIRST + SECOND


async def test_a_sentence_that_was_said_is_not_said_again(vendor: tuple[VendorServer, Synthesizer]) -> None:
    """The second breaks; the first is not repeated, and times go on from it."""
    server, voice = vendor
    server.script.extend([None, Fault("drop")])
    spoken = await speak(chain(voice))
    times = [word.at_s for chunk in spoken.chunks for word in chunk.words]

    assert words_of(spoken, "vendor")[: len(FIRST)] == FIRST
    assert words_of(spoken, "backup") == SECOND
    assert times == sorted(times)


async def test_what_counts_as_heard_is_cut_by_the_voices_own_times(vendor: tuple[VendorServer, Synthesizer]) -> None:
    """A caller who interrupts after 1.1 seconds has heard three words, and less than half of the fourth."""
    playout = Playout()
    playout.begin("u", TEXT)
    for chunk in (await speak(chain(vendor[1]))).chunks:
        playout.append("u", chunk.pcm, chunk.words)
    playout.finish("u")
    for number in range(56):
        playout.due(number * 0.02)
    (heard,) = playout.clear(1.1)

    assert heard.words == "Welcome to the"


async def test_a_barge_in_costs_the_vendor_nothing(vendor: tuple[VendorServer, Synthesizer]) -> None:
    """Three of them, and it is still asked."""
    server, voice = vendor
    voices = chain(voice)
    server.script.extend([Fault("hang later")] * 3)
    async with nothing_left_behind(server):
        for _ in range(3):
            server.met.clear()
            speaking = asyncio.create_task(speak(voices))
            await server.met.wait()
            speaking.cancel()
            await asyncio.gather(speaking, return_exceptions=True)
        await voice.aclose()

    assert words_of(await speak(voices), "vendor") == FIRST + SECOND
