"""Voice activity: positions, state and the resets, on speech that espeak-ng makes."""

import asyncio
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from callagent.errors import ConfigurationError, MediaError
from callagent.media import vad
from callagent.media.audio import CHUNK_BYTES, Chunk, silence
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.vad import CONTEXT, STATE_SIZE, WINDOW, VoiceActivity, VoiceWindow, load_voice_model
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech


def spoken(text: str) -> bytes:
    """Speech as it comes through a telephone."""

    async def speak() -> bytes:
        synthesizer = EspeakSynthesizer(EspeakSynthesizer.Options())
        return b"".join([chunk.pcm async for chunk in synthesizer.synthesize(Speech(text))])

    return ulaw_decode(ulaw_encode(asyncio.run(speak())))


def judged(pcm: bytes, activity: VoiceActivity | None = None, position: int = 0) -> list[VoiceWindow]:
    """All windows of `pcm`, fed in chunks of 20 ms."""
    activity = activity or VoiceActivity(load_voice_model())
    chunks = [
        Chunk(pcm[at : at + CHUNK_BYTES], position + at // 2)
        for at in range(0, len(pcm) // CHUNK_BYTES * CHUNK_BYTES, CHUNK_BYTES)
    ]
    return [window for chunk in chunks for window in activity.feed(chunk)]


def hiss(seconds: float) -> bytes:
    """A line's noise, some 60 dB under full scale."""
    noise = np.random.default_rng(7).standard_normal(round(8000 * seconds)) * 30
    return noise.astype("<i2").tobytes()


def test_speech_is_told_from_silence() -> None:
    """A sentence between two silences: likely inside, unlikely outside."""
    speech = spoken("Hello, I would like to know the price of a ceiling fan.")
    windows = judged(silence(1.0) + speech + silence(1.5))
    ends = 8000 + len(speech) // 2
    inside = [window.probability for window in windows if 9600 <= window.begins < ends - 1600]
    outside = [window.probability for window in windows if window.ends <= 7000 or window.begins > ends + 4800]

    assert np.mean(np.array(inside) > 0.5) > 0.8
    assert max(outside) < 0.35


def test_windows_have_their_places() -> None:
    """Each begins where the one before ended, on the caller's own count of samples."""
    windows = judged(hiss(0.2), position=1600)

    assert [(window.begins, window.ends) for window in windows] == [
        (1600 + WINDOW * number, 1600 + WINDOW * (number + 1)) for number in range(6)
    ]
    assert all(0.0 <= window.probability <= 1.0 for window in windows)


def test_a_gap_drops_the_unfinished_window() -> None:
    """After lost packets, windows begin where the audio goes on."""
    activity = VoiceActivity(load_voice_model())
    before = activity.feed(Chunk(hiss(0.02), 0))
    after = activity.feed(Chunk(hiss(0.04), 4000))

    assert before == []
    assert [window.begins for window in after] == [4000]


def test_a_large_chunk_gives_several_windows() -> None:
    """What is fed at once is judged as if it came piece by piece."""
    pcm = spoken("one two three")
    whole = len(pcm) // CHUNK_BYTES * CHUNK_BYTES

    assert VoiceActivity(load_voice_model()).feed(Chunk(pcm[:whole], 0)) == judged(pcm)


def test_calls_do_not_disturb_each_other() -> None:
    """Two callers on one model get what each would get alone."""
    first, second = spoken("good morning"), hiss(1.0)
    one, two = VoiceActivity(load_voice_model()), VoiceActivity(load_voice_model())
    mixed_one, mixed_two = [], []
    for at in range(0, min(len(first), len(second)) // CHUNK_BYTES * CHUNK_BYTES, CHUNK_BYTES):
        mixed_one += one.feed(Chunk(first[at : at + CHUNK_BYTES], at // 2))
        mixed_two += two.feed(Chunk(second[at : at + CHUNK_BYTES], at // 2))

    assert mixed_one == judged(first)[: len(mixed_one)]
    assert mixed_two == judged(second)[: len(mixed_two)]


def test_speech_after_a_long_silence_is_heard_at_once() -> None:
    """A minute on hold does not make the model deaf: within 200 ms of the first word it is sure."""
    speech = spoken("Yes, hello?")
    windows = judged(silence(60.0) + speech)
    sure = next(window.ends for window in windows if window.probability >= 0.5)

    assert sure - 60 * 8000 <= 1600


def test_the_state_is_cleared_only_in_clear_silence() -> None:
    """While someone speaks, however long, it stays; after two seconds without, it goes."""
    activity = VoiceActivity(load_voice_model())
    speech = spoken("This sentence has no pause that is longer than a breath and it goes on for quite a while")
    judged(speech[: 8000 * 2 * 3], activity)
    while_speaking = activity._since_reset
    judged(silence(1.0), activity, position=100_000)
    after = activity._since_reset

    assert while_speaking >= 90
    assert after < 40


def test_several_callers_can_be_judged_in_one_run() -> None:
    """The model takes a row for each, and gives the same answers as one by one."""
    model = load_voice_model()
    audio = np.random.default_rng(3).uniform(-0.3, 0.3, (3, CONTEXT + WINDOW)).astype(np.float32)
    states = np.zeros((2, 3, STATE_SIZE), np.float32)
    together, after = model.probabilities(audio, states)
    alone = [model.probabilities(audio[[row]], states[:, [row]])[0][0] for row in range(3)]

    assert together == pytest.approx(alone, abs=1e-5)
    assert after.shape == states.shape


def test_the_model_is_loaded_once() -> None:
    """And pipecat is not, for it."""
    assert load_voice_model() is load_voice_model()
    assert "pipecat.audio.vad.silero" not in sys.modules


@pytest.mark.parametrize(
    ("spec", "problem"), [(None, "pipecat-ai is missing"), ("nowhere/__init__.py", "is missing; install")]
)
def test_a_broken_installation_says_so(spec: str | None, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package or the file in it is not there."""
    found = None if spec is None else ModuleSpec("pipecat", None, origin=str(Path(spec)))
    monkeypatch.setattr(vad, "find_spec", lambda _: found)

    with pytest.raises(ConfigurationError, match=problem):
        load_voice_model.__wrapped__()


def test_half_a_sample_is_no_audio() -> None:
    """An odd number of bytes is an error."""
    with pytest.raises(MediaError, match="half a sample"):
        VoiceActivity(load_voice_model()).feed(Chunk(b"\0", 0))
