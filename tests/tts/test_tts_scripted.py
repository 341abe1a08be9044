"""The voice that is a tone: its pace and its sound."""

from dataclasses import asdict

import numpy as np
import pytest

from callagent.errors import ConfigurationError, ProviderRejectedError
from callagent.media.audio import duration_s
from callagent.tts import scripted
from callagent.tts.scripted import ScriptedSynthesizer
from callagent.tts.synthesizer import Speech, SpokenWord


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every wait, which then takes no time."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(scripted, "sleep", sleep)
    return waited


async def test_audio_comes_at_the_pace_that_was_set(waits: list[float]) -> None:
    """First after 100 ms, then 100 ms of audio for every 10 ms."""
    synthesizer = ScriptedSynthesizer(ScriptedSynthesizer.Options())
    chunks = [chunk async for chunk in synthesizer.synthesize(Speech("a" * 15))]

    assert [duration_s(chunk.pcm) for chunk in chunks] == [0.1] * 10
    assert waits == pytest.approx([0.1] + [0.01] * 9)


async def test_the_text_takes_its_time(waits: list[float]) -> None:
    """Fifteen characters a second, at half the rate half as many."""
    synthesizer = ScriptedSynthesizer(ScriptedSynthesizer.Options())
    chunks = [chunk async for chunk in synthesizer.synthesize(Speech("one two three4 five", rate=0.5))]

    assert sum(duration_s(chunk.pcm) for chunk in chunks) == pytest.approx(19 / 7.5, abs=0.001)
    assert [word for chunk in chunks for word in chunk.words] == [
        SpokenWord("one", 0.0),
        SpokenWord("two", 4 / 7.5),
        SpokenWord("three4", 8 / 7.5),
        SpokenWord("five", 15 / 7.5),
    ]
    assert len(waits) == len(chunks)


async def test_it_is_never_silent(waits: list[float]) -> None:
    """Every 10 ms hold something audible, so that a gap on the line is a gap that the line made."""
    synthesizer = ScriptedSynthesizer(ScriptedSynthesizer.Options())
    pcm = b"".join([chunk.pcm async for chunk in synthesizer.synthesize(Speech("a" * 30))])
    peaks = np.abs(np.frombuffer(pcm, "<i2").astype(int)).reshape(-1, 80).max(axis=1)

    assert peaks.min() > 1000
    assert waits


async def test_a_rate_of_nothing_is_refused() -> None:
    """As by any provider."""
    with pytest.raises(ProviderRejectedError, match=r"a rate of 0\.0 cannot be spoken"):
        await anext(ScriptedSynthesizer(ScriptedSynthesizer.Options()).synthesize(Speech("hello", rate=0.0)))


@pytest.mark.parametrize("options", [{"speed": 0.0}, {"first_audio_ms": -1.0}])
def test_an_impossible_pace_is_refused(options: dict[str, float]) -> None:
    """When the settings are read, not in a call."""
    with pytest.raises(ConfigurationError, match="needs speed above 0"):
        ScriptedSynthesizer.Options(**options)
    assert asdict(ScriptedSynthesizer.Options()) == {"first_audio_ms": 100.0, "speed": 10.0}
