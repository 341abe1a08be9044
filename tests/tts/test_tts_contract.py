"""What every synthesizer of the registry must do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import edge_tts.communicate
import pytest
from support.edge_server import EdgeServer
from support.elevenlabs_server import KEY, ElevenLabsServer
from support.loudness import speech_level

from callagent.errors import ConfigurationError
from callagent.media.audio import BYTES_PER_SAMPLE, duration_s
from callagent.registry import resolve
from callagent.tts.registry import SYNTHESIZERS
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer

FAST = {"scripted": {"first_audio_ms": 0.0, "speed": 1e6}}
"""Options that make a test short."""
TINY_VOICE = Path(__file__).parent / "data" / "tiny.onnx"
TEXT = "Welcome to the shop. How may I help you?"


@pytest.fixture
async def services(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, dict[str, Any]]]:
    """Options by provider; behind those that need a network are servers of ours."""
    async with EdgeServer().running() as edge, ElevenLabsServer().running() as elevenlabs:
        monkeypatch.setattr(edge_tts.communicate, "WSS_URL", edge.url)
        yield FAST | {
            "elevenlabs": {"api_key": KEY, "base_url": elevenlabs.url},
            "piper": {"voices": {"en": str(TINY_VOICE)}},
        }


@pytest.fixture(params=sorted(SYNTHESIZERS))
async def synthesizer(
    request: pytest.FixtureRequest, services: dict[str, dict[str, Any]]
) -> AsyncIterator[Synthesizer]:
    """Each of them, built as the registry says."""
    provider = resolve("synthesizer", request.param, SYNTHESIZERS)
    made: Synthesizer = provider(provider.Options(**services.get(request.param, {})))
    yield made
    await made.aclose()


async def spoken(synthesizer: Synthesizer, speech: Speech) -> list[SpeechChunk]:
    """All chunks."""
    return [chunk async for chunk in synthesizer.synthesize(speech)]


async def test_it_goes_by_its_registry_name(synthesizer: Synthesizer) -> None:
    """And has a version, which is part of cache keys."""
    await synthesizer.warm_up()

    assert synthesizer.info.name in SYNTHESIZERS
    assert synthesizer.info.version


async def test_a_sentence_becomes_telephone_audio(synthesizer: Synthesizer) -> None:
    """Whole samples, as long as a sentence takes, at the level of speech."""
    pcm = b"".join(chunk.pcm for chunk in await spoken(synthesizer, Speech(TEXT)))

    assert len(pcm) % BYTES_PER_SAMPLE == 0
    assert 1.5 < duration_s(pcm) < 5.0
    assert speech_level(pcm) == pytest.approx(-20, abs=1)


async def test_word_times_cover_the_text_in_order(synthesizer: Synthesizer) -> None:
    """Every word once, none outside the audio, each in the chunk that it begins in."""
    chunks = await spoken(synthesizer, Speech(TEXT))
    words = [word for chunk in chunks for word in chunk.words]
    ends = 0.0
    for chunk in chunks:
        begins, ends = ends, ends + duration_s(chunk.pcm)
        assert all(begins - 0.001 <= word.at_s < ends for word in chunk.words)

    assert synthesizer.info.word_times
    assert [word.text for word in words] == TEXT.split()
    assert sorted(word.at_s for word in words) == [word.at_s for word in words]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_nothing_to_say_is_no_audio(synthesizer: Synthesizer, text: str) -> None:
    """An empty text gives no chunk and no error."""
    assert await spoken(synthesizer, Speech(text)) == []


async def test_slower_is_longer(synthesizer: Synthesizer) -> None:
    """Half the rate takes clearly longer."""
    normal, slow = [await spoken(synthesizer, Speech(TEXT, rate=rate)) for rate in (1.0, 0.5)]

    assert sum(len(chunk.pcm) for chunk in slow) > 1.4 * sum(len(chunk.pcm) for chunk in normal)


async def test_calls_do_not_disturb_each_other(synthesizer: Synthesizer) -> None:
    """Five at the same time get what one gets, to a few milliseconds."""
    everyone = await asyncio.gather(*(spoken(synthesizer, Speech(TEXT)) for _ in range(5)))
    lengths = [sum(len(chunk.pcm) for chunk in chunks) for chunks in everyone]

    assert max(lengths) - min(lengths) <= BYTES_PER_SAMPLE * 80
    assert all([word.text for chunk in chunks for word in chunk.words] == TEXT.split() for chunks in everyone)


async def test_it_may_be_closed_in_the_middle(synthesizer: Synthesizer) -> None:
    """After a barge-in the next speech is whole."""
    async with aclosing(synthesizer.synthesize(Speech(TEXT))) as chunks:
        await anext(chunks)
    task = asyncio.create_task(spoken(synthesizer, Speech(TEXT)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await synthesizer.aclose()

    assert [word.text for chunk in await spoken(synthesizer, Speech(TEXT)) for word in chunk.words] == TEXT.split()


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    """For whoever mistypes a setting."""
    with pytest.raises(ConfigurationError, match="'espeek' is not a synthesizer; did you mean 'espeak'"):
        resolve("synthesizer", "espeek", SYNTHESIZERS)
