"""What every transcriber keeps to."""

from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from stt.speech import in_chunks, spoken
from support.deepgram_server import KEY, deepgram_server
from support.tiny_whisper import make_tiny_whisper

from callagent.registry import resolve
from callagent.stt.registry import TRANSCRIBERS
from callagent.stt.transcriber import Hints, Transcriber

HINTS = Hints(phrases=("price", "goodbye"))


@pytest.fixture(params=sorted(TRANSCRIBERS))
async def transcriber(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Transcriber]:
    """Each transcriber of the registry, made and closed."""
    made = resolve("transcriber", request.param, TRANSCRIBERS)
    wanted: dict[str, Any] = {"cache_dir": tmp_path, "workers": 1, "lines": ("price",), "delay_ms": 0, "api_key": KEY}
    if request.param == "whisper":
        wanted |= {"model": str(make_tiny_whisper(tmp_path / "tiny")), "threads": 1}
    async with deepgram_server(*["price"] * 9) as server:
        wanted["url"] = server.url
        known = {field.name for field in fields(made.Options)} & set(wanted)
        transcriber: Transcriber = made(made.Options(**{name: wanted[name] for name in known}))
        await transcriber.warm_up()
        yield transcriber
        await transcriber.aclose()


async def test_exactly_one_final(transcriber: Transcriber) -> None:
    """A turn gives one final at its end, under the transcriber's own name."""
    heard = [each async for each in transcriber.transcribe(in_chunks(spoken("price")), HINTS)]

    assert [each.final for each in heard] == [False] * (len(heard) - 1) + [True]
    assert heard[-1].provider == transcriber.info.name
    assert 0 <= heard[-1].confidence <= 1


async def test_no_audio_no_text(transcriber: Transcriber) -> None:
    """A turn without audio gives an empty final."""
    heard = [each async for each in transcriber.transcribe(in_chunks(b""), HINTS)]

    assert [(each.text, each.final) for each in heard] == [("", True)]


async def test_chunks_of_any_size(transcriber: Transcriber) -> None:
    """Audio cut oddly is the same audio."""
    *_, heard = [each async for each in transcriber.transcribe(in_chunks(spoken("price"), 977), HINTS)]

    assert heard.final


async def test_closed_before_it_began(transcriber: Transcriber) -> None:
    """A turn that nobody wants any more can be closed, and the next one is heard."""
    turn = transcriber.transcribe(in_chunks(spoken("price")), HINTS)
    await turn.aclose()

    *_, heard = [each async for each in transcriber.transcribe(in_chunks(spoken("price")), HINTS)]

    assert heard.final


async def test_what_it_can_do(transcriber: Transcriber) -> None:
    """Its name is the registry's, and it has a version."""
    info = transcriber.info

    assert info.name in TRANSCRIBERS
    assert info.version
