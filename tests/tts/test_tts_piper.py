"""Piper's voices, with a tiny one that hums each phoneme: loading, sharing, letting go, and words."""

import asyncio
import shutil
from pathlib import Path

import pytest
from support.spoken import TEXT, Spoken, speak

from callagent.errors import ConfigurationError, ProviderRejectedError, ProviderUnavailableError
from callagent.simulator.virtual_time import run
from callagent.tts import piper
from callagent.tts.piper import PiperOptions, PiperSynthesizer
from callagent.tts.synthesizer import Speech

TINY = Path(__file__).parent / "data" / "tiny.onnx"


def make(**options: object) -> PiperSynthesizer:
    """With the tiny voice for English and Hindi."""
    return PiperSynthesizer(PiperOptions(**{"voices": {"en": str(TINY), "hi": str(TINY)}} | options))  # type: ignore[arg-type]


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The voices that were loaded, by file name."""
    loaded: list[str] = []
    load = piper._load

    def counted(file: Path) -> object:
        loaded.append(file.name)
        return load(file)

    monkeypatch.setattr(piper, "_load", counted)
    return loaded


async def test_each_sentence_is_heard_when_it_is_made() -> None:
    """One chunk for each, with its words spread over it."""
    spoken = await speak(make())
    first, second = spoken.chunks

    assert [word.text for word in first.words] == ["Welcome", "to", "the", "shop."]
    assert [word.text for word in second.words] == ["How", "may", "I", "help", "you?"]
    assert second.words[0].at_s == pytest.approx(len(first.pcm) / 16_000, abs=0.05)


async def test_a_voice_is_loaded_once_for_all_calls(loads: list[str]) -> None:
    """Even when they all come at the same time and two languages have the same one."""
    voice = make()
    await asyncio.gather(*(speak(voice, Speech("hello", language)) for language in ["en", "hi", "en", "hinglish"]))

    assert loads == ["tiny.onnx"]
    assert len(voice.held) == 1


async def test_who_is_interrupted_leaves_the_voice_to_the_next(loads: list[str]) -> None:
    """A barge-in while it is being loaded."""
    voice = make()
    speaking = asyncio.create_task(speak(voice))
    while not loads:  # noqa: ASYNC110 - a thread fills it
        await asyncio.sleep(0)
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)

    assert (await speak(voice)).words == TEXT.split()
    assert loads == ["tiny.onnx"]


def test_a_voice_that_nobody_uses_is_let_go_of(loads: list[str]) -> None:
    """Counted from the last word, and loaded again when it is needed."""

    async def scenario() -> list[int]:
        voice = make(idle_s=600)
        loaded = []
        for wait_s in (0, 500, 500, 700):
            await asyncio.sleep(wait_s)
            loaded.append(len(voice.held))
            await speak(voice)
        await voice.aclose()
        return [*loaded, len(voice.held)]

    assert run(scenario()) == [0, 1, 1, 0, 0]
    assert loads == ["tiny.onnx"] * 2


def test_a_voice_may_be_kept_for_good() -> None:
    """With idle_s of 0."""

    async def scenario() -> int:
        voice = make(idle_s=0)
        await voice.warm_up()
        await asyncio.sleep(100_000)
        return len(voice.held)

    assert run(scenario()) == 1


async def test_hinglish_is_spoken_by_the_hindi_voice_and_told_as_written() -> None:
    """In its own script."""
    spoken = await speak(make(), Speech("aapka naam kya hai", "hinglish"))

    assert spoken.words == ["aapka", "naam", "kya", "hai"]


async def test_a_file_that_is_no_voice_is_told_and_asked_again(tmp_path: Path, loads: list[str]) -> None:
    """The next try finds it mended."""
    file = tmp_path / "voice.onnx"
    file.write_bytes(b"no model")
    shutil.copy(f"{TINY}.json", f"{file}.json")
    voice = make(voices={"en": str(file)})
    with pytest.raises(ProviderUnavailableError, match=r"voice\.onnx cannot be loaded"):
        await voice.warm_up()
    shutil.copy(TINY, file)

    assert (await speak(voice)).words == TEXT.split()
    assert len(loads) == 2


async def test_another_file_is_another_version(tmp_path: Path) -> None:
    """So that no prompt is kept in the old voice; a summary tells by its name which voice it was."""
    file = tmp_path / TINY.name
    shutil.copy(TINY, file)
    shutil.copy(f"{TINY}.json", f"{file}.json")
    same = make(voices={"en": str(file)}).info.version
    file.write_bytes(file.read_bytes() + b"\0")

    assert same == make(voices={"en": str(TINY)}).info.version
    assert f"-{TINY.stem}-" in same
    assert make(voices={"en": str(file)}).info.version != same


@pytest.mark.parametrize(
    ("speech", "says"),
    [
        (Speech("Hallo", "de"), "no voice is set for 'de', only for en, hi"),
        (Speech("Hello", rate=0), "a rate of 0 cannot be spoken"),
        (Speech("Hello " * 1000), "more than 2000 characters"),
    ],
)
async def test_what_cannot_be_spoken_is_refused(speech: Speech, says: str) -> None:
    """Another try would not help."""
    spoken: Spoken = await speak(make(), speech)

    assert isinstance(spoken.error, ProviderRejectedError)
    assert says in str(spoken.error)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"voices": {}}, "has no voice"),
        ({"voices": {"en": "/nowhere/voice.onnx"}}, "voice.onnx' is not there"),
        ({"idle_s": -1}, "0 or more"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, object], says: str) -> None:
    """At the start, with where voices are to be had."""
    with pytest.raises(ConfigurationError, match=says):
        make(**options)
