"""The cache of fixed speech: made once, kept whole, and never in a caller's way."""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.tts import cache
from callagent.tts.cache import CachedSynthesizer
from callagent.tts.synthesizer import Speech, SpeechChunk, SpokenWord, SynthesizerInfo

HELLO = Speech("Hello there")
BYE = Speech("Good bye")


class Voice:
    """Says each word as one chunk of its letters; counts, and stops where it is told to."""

    def __init__(self, version: str = "1", fails: ProviderError | None = None) -> None:
        self.said: list[str] = []
        self.fails = fails
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.closed = False
        self._version = version

    @property
    def info(self) -> SynthesizerInfo:
        """A name and the version it was made with."""
        return SynthesizerInfo("voice", self._version, (), word_times=True, needs_network=False)

    async def warm_up(self) -> None:
        """Counted as if it were said."""
        self.said.append("warm")

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """One chunk for each word."""
        self.said.append(speech.text)
        for number, word in enumerate(speech.text.split()):
            if number:
                await self.go_on.wait()
                if self.fails is not None:
                    raise self.fails
            yield SpeechChunk(word.encode() * 2, (SpokenWord(word, number / 10),))

    async def aclose(self) -> None:
        """Remembered."""
        self.closed = True


async def heard(chunks: AsyncGenerator[SpeechChunk, None]) -> tuple[bytes, tuple[SpokenWord, ...]]:
    """Everything of a speech."""
    every = [chunk async for chunk in chunks]
    return b"".join(chunk.pcm for chunk in every), tuple(word for chunk in every for word in chunk.words)


SOUND = (b"HelloHellotherethere", (SpokenWord("Hello", 0.0), SpokenWord("there", 0.1)))


async def settled(synthesizer: CachedSynthesizer) -> None:
    """Wait until nothing is being made or written."""
    await asyncio.gather(*(task for _, task in synthesizer._makings.values()))


def only_file(folder: Path) -> Path:
    """The one file that is in the folder."""
    [path] = folder.iterdir()
    return path


def files(folder: Path) -> list[str]:
    """Suffixes of what is in the folder."""
    return sorted(path.suffix for path in folder.iterdir())


async def test_a_fixed_speech_is_made_once(tmp_path: Path) -> None:
    """The second time it comes from memory, sound and words alike."""
    voice = Voice()
    synthesizer = CachedSynthesizer(voice, tmp_path)
    first = await heard(synthesizer.fixed(HELLO))
    await settled(synthesizer)

    assert SOUND == first == await heard(synthesizer.fixed(HELLO))
    assert voice.said == ["Hello there"]
    assert files(tmp_path) == [".speech"]


async def test_another_process_finds_it_on_disk(tmp_path: Path) -> None:
    """With its word times, and known before it is asked for."""
    before = CachedSynthesizer(Voice(), tmp_path)
    await before.prepare([HELLO])
    await settled(before)
    voice = Voice()
    synthesizer = CachedSynthesizer(voice, tmp_path)
    await synthesizer.warm_up()

    assert synthesizer.is_cached(HELLO)
    assert not synthesizer.is_cached(BYE)
    assert await heard(synthesizer.fixed(HELLO)) == SOUND
    assert voice.said == ["warm"]


async def test_what_is_not_fixed_is_not_kept(tmp_path: Path) -> None:
    """Names and numbers pass through and leave no trace."""
    voice = Voice()
    synthesizer = CachedSynthesizer(voice, tmp_path)
    for _ in range(2):
        assert await heard(synthesizer.synthesize(HELLO)) == SOUND

    assert voice.said == ["Hello there"] * 2
    assert not synthesizer.is_cached(HELLO)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "other",
    [
        Speech("Hello There"),
        Speech("Hello there", "hi"),
        Speech("Hello there", voice="x"),
        Speech("Hello there", rate=0.9),
    ],
)
async def test_every_part_of_a_speech_makes_a_difference(other: Speech, tmp_path: Path) -> None:
    """Text, language, voice and rate."""
    synthesizer = CachedSynthesizer(Voice(), tmp_path)
    await synthesizer.prepare([HELLO])

    assert not synthesizer.is_cached(other)


async def test_a_new_version_of_the_voice_is_a_new_sound(tmp_path: Path) -> None:
    """What the old one said is not used."""
    old = CachedSynthesizer(Voice(), tmp_path)
    await old.prepare([HELLO])
    await settled(old)
    new = CachedSynthesizer(Voice(version="2"), tmp_path)
    await new.warm_up()

    assert not new.is_cached(HELLO)
    assert new.info.version == "2"


async def test_calls_that_ask_at_once_share_the_making(tmp_path: Path) -> None:
    """Ten calls, one synthesis, ten times the same sound."""
    voice = Voice()
    synthesizer = CachedSynthesizer(voice, tmp_path)

    assert await asyncio.gather(*(heard(synthesizer.fixed(HELLO)) for _ in range(10))) == [SOUND] * 10
    assert voice.said == ["Hello there"]


async def test_the_first_caller_hears_it_while_it_is_made(tmp_path: Path) -> None:
    """The first word is out before the second is made; who comes later starts at the beginning."""
    voice = Voice()
    voice.go_on.clear()
    synthesizer = CachedSynthesizer(voice, tmp_path)
    first = synthesizer.fixed(HELLO)
    word = await anext(first)
    later = asyncio.create_task(heard(synthesizer.fixed(HELLO)))
    voice.go_on.set()

    assert word.pcm == b"HelloHello"
    assert (await heard(first))[0] == b"therethere"
    assert await later == SOUND


async def test_it_is_made_to_its_end_when_the_caller_barges_in(tmp_path: Path) -> None:
    """No partial file is left, and the next caller need not wait."""
    voice = Voice()
    voice.go_on.clear()
    synthesizer = CachedSynthesizer(voice, tmp_path)
    async with aclosing(synthesizer.fixed(HELLO)) as chunks:
        await anext(chunks)
    while_made = (synthesizer.is_cached(HELLO), files(tmp_path))
    voice.go_on.set()
    await settled(synthesizer)

    assert while_made == (False, [])
    assert await heard(synthesizer.fixed(HELLO)) == SOUND
    assert voice.said == ["Hello there"]


async def test_closing_leaves_nothing_half_made(tmp_path: Path) -> None:
    """Whoever still listens is told, and no file is left."""
    voice = Voice()
    voice.go_on.clear()
    synthesizer = CachedSynthesizer(voice, tmp_path)
    listener = asyncio.create_task(heard(synthesizer.fixed(HELLO)))
    async with aclosing(synthesizer.fixed(HELLO)) as chunks:
        await anext(chunks)
    await synthesizer.aclose()

    with pytest.raises(ProviderUnavailableError, match="voice: was closed while it spoke"):
        await listener
    assert voice.closed
    assert files(tmp_path) == []


async def test_a_failure_is_told_to_all_and_not_kept(tmp_path: Path) -> None:
    """The next request tries anew."""
    voice = Voice(fails=ProviderUnavailableError("voice", "gone"))
    synthesizer = CachedSynthesizer(voice, tmp_path)
    results = await asyncio.gather(*(heard(synthesizer.fixed(HELLO)) for _ in range(3)), return_exceptions=True)
    voice.fails = None

    assert results == [voice_error for voice_error in results if isinstance(voice_error, ProviderUnavailableError)]
    assert files(tmp_path) == []
    assert await heard(synthesizer.fixed(HELLO)) == SOUND


async def test_a_voice_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the longest time that a prompt may take to make."""
    monkeypatch.setattr(cache, "MAKING_S", 0.0)
    voice = Voice()
    voice.go_on.clear()

    with pytest.raises(ProviderTimeoutError, match="voice: was not done with a prompt"):
        await heard(CachedSynthesizer(voice, tmp_path).fixed(HELLO))


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no json\n",
        b"[]\n",
        b'{"words": []}\nxx',
        b'{"samples": 1, "crc32": 5, "words": []}\nxx',
        b'{"samples": 1, "crc32": 5, "words": [1]}\nxx',
        b"\xff\xfe\n",
    ],
)
async def test_a_damaged_file_is_made_anew(damage: bytes, tmp_path: Path) -> None:
    """The caller hears nothing of it, the log does, and the file is mended."""
    before = CachedSynthesizer(Voice(), tmp_path)
    await before.prepare([HELLO])
    await settled(before)
    path = only_file(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(damage)
    voice = Voice()
    synthesizer = CachedSynthesizer(voice, tmp_path)
    with capture_logs() as logs:
        sound = await heard(synthesizer.fixed(HELLO))
        await settled(synthesizer)

    assert sound == SOUND
    assert voice.said == ["Hello there"]
    assert [entry["event"] for entry in logs] == ["cached speech is damaged and made anew"]
    assert path.read_bytes() == whole


async def test_a_truncated_file_is_made_anew(tmp_path: Path) -> None:
    """One byte too few is noticed."""
    before = CachedSynthesizer(Voice(), tmp_path)
    await before.prepare([HELLO])
    await settled(before)
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])

    assert await heard(CachedSynthesizer(Voice(), tmp_path).fixed(HELLO)) == SOUND


async def test_without_a_disk_it_works_from_memory(tmp_path: Path) -> None:
    """One warning, without a word of what was said."""
    blocked = tmp_path / "a file, no folder"
    blocked.write_bytes(b"")
    voice = Voice()
    synthesizer = CachedSynthesizer(voice, blocked / "cache")
    with capture_logs() as logs:
        await synthesizer.warm_up()
        await synthesizer.prepare([HELLO, BYE, HELLO])
        await settled(synthesizer)

    assert voice.said == ["warm", "Hello there", "Good bye"]
    assert [entry["event"] for entry in logs] == ["speech cannot be kept on disk"]
    assert "Hello" not in str(logs)


async def test_a_full_disk_leaves_no_partial_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The speech is heard all the same."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    synthesizer = CachedSynthesizer(Voice(), tmp_path)
    with capture_logs() as logs:
        sound = await heard(synthesizer.fixed(HELLO))
        await settled(synthesizer)

    assert sound == SOUND
    assert [entry["error"] for entry in logs] == ["No space left on device"]
    assert files(tmp_path) == []


async def test_memory_has_a_limit(tmp_path: Path) -> None:
    """What was used longest ago goes first, and comes back from the disk."""
    voice = Voice()
    synthesizer = CachedSynthesizer(voice, tmp_path, memory_bytes=30)
    for speech in (HELLO, BYE, HELLO, Speech("Yes")):
        await synthesizer.prepare([speech])
        await settled(synthesizer)
    held = synthesizer._memory.held
    await synthesizer.prepare([BYE])

    assert held == 20 + 6
    assert voice.said == ["Hello there", "Good bye", "Yes"]
    assert synthesizer._memory.held <= 30


async def test_a_speech_larger_than_memory_is_still_heard(tmp_path: Path) -> None:
    """From the disk, every time."""
    synthesizer = CachedSynthesizer(Voice(), tmp_path, memory_bytes=5)
    await synthesizer.prepare([HELLO])
    await settled(synthesizer)

    assert synthesizer._memory.held == 0
    assert await heard(synthesizer.fixed(HELLO)) == SOUND


async def test_preparing_goes_on_after_a_failure(tmp_path: Path) -> None:
    """It tells how many are ready, and logs the rest without their words."""
    voice = Voice(fails=ProviderUnavailableError("voice", "gone"))
    synthesizer = CachedSynthesizer(voice, tmp_path)
    with capture_logs() as logs:
        ready = await synthesizer.prepare([HELLO, Speech("One"), BYE])

    assert ready == 1
    assert [entry["event"] for entry in logs] == ["prompt not prepared"] * 2
    assert "Hello" not in str(logs)


async def test_a_text_without_words_is_no_file(tmp_path: Path) -> None:
    """Nothing to hear and nothing to keep."""
    synthesizer = CachedSynthesizer(Voice(), tmp_path)

    assert await heard(synthesizer.fixed(Speech("  "))) == (b"", ())
    await settled(synthesizer)
    assert files(tmp_path) == []


async def test_leftovers_of_a_crash_are_removed(tmp_path: Path) -> None:
    """When they are so old that nobody can still be writing them."""
    for name, age_s in (("old.part", 7200), ("new.part", 10)):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    await CachedSynthesizer(Voice(), tmp_path).warm_up()

    assert only_file(tmp_path).name == "new.part"
