"""Whether a turn sounds complete: the model, and how it is asked."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from statistics import median
from threading import Event

import numpy as np
import pytest
from support.human_voice import HUMAN, needs_human

from callagent.errors import ConfigurationError, MediaError
from callagent.media.audio import samples, silence
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.wav import read_wav
from callagent.tts.espeak import EspeakSynthesizer
from callagent.tts.synthesizer import Speech
from callagent.turn import smart_turn
from callagent.turn.smart_turn import SmartTurn, load_turn_model

LOUD = 500
"""Of 32768; what is quieter at a sentence's end is none of it."""
QUESTION = "Can I speak to somebody about my order?"


async def spoken(text: str) -> bytes:
    """A synthetic voice, as a telephone brings it; then the wait for more."""
    voice = EspeakSynthesizer(EspeakSynthesizer.Options())
    chunks = [chunk async for chunk in voice.synthesize(Speech(text))]
    await voice.aclose()
    return on_the_line(b"".join(chunk.pcm for chunk in chunks))


def on_the_line(pcm: bytes) -> bytes:
    """As a telephone brings it, and the wait for more."""
    return ulaw_decode(ulaw_encode(pcm + silence(0.2)))


def sentences() -> list[bytes]:
    """By a person, of 1.5 to 6 s, without the silence at their ends: the first two dozen that there are."""
    found = []
    for path in sorted(HUMAN.glob("*.wav")):
        spoken = np.frombuffer(read_wav(path), "<i2")
        if samples(1.5) < len(spoken) < samples(6.0):
            found.append(spoken[: np.flatnonzero(np.abs(spoken) > LOUD)[-1] + 1].tobytes())
    return found[:24]


class Slow:
    """A model that judges once the test lets it."""

    def __init__(self) -> None:
        self.go_on = Event()
        self.asked: list[bytes] = []

    def probability(self, pcm: bytes) -> float:
        """As long as the test wants."""
        self.asked.append(pcm)
        self.go_on.wait(60)
        if pcm == b"bad":
            raise RuntimeError("out of memory")
        return 0.8


@contextmanager
def asking(model: Slow, at_most: int = 1, deadline_s: float = 60.0) -> Iterator[SmartTurn]:
    """Somebody to ask the model, whose threads end with the test."""
    turn = SmartTurn(model, at_most, deadline_s)
    try:
        yield turn
    finally:
        model.go_on.set()
        turn.close()


async def begun(turn: SmartTurn, pcm: bytes = b"") -> "asyncio.Task[float | None]":
    """A question that the model has been asked."""
    task = asyncio.create_task(turn.completeness(pcm))
    await asyncio.sleep(0)
    return task


@needs_human
def test_a_sentence_that_breaks_off_sounds_incomplete() -> None:
    """To most of a person's sentences the model listens rightly; to which ones depends on the processor as well."""
    model = load_turn_model()
    whole = [model.probability(on_the_line(one)) for one in sentences()]
    broken = [model.probability(on_the_line(one[: len(one) * 3 // 10 * 2])) for one in sentences()]

    assert median(whole) > 0.8
    assert median(broken) < 0.6
    assert sum(one > other for one, other in zip(whole, broken, strict=True)) >= 16


async def test_what_was_said_long_ago_does_not_count() -> None:
    """Only the last eight seconds are judged, so a long turn costs no more than a short one."""
    model = load_turn_model()
    long = await spoken(QUESTION * 4)

    assert model.probability(long) == model.probability(long[-8 * 8000 * 2 :])


def test_the_model_is_loaded_once() -> None:
    """One session serves the process, there since the warm-up."""
    load_turn_model().warm_up()

    assert load_turn_model() is load_turn_model()
    assert "_session" in vars(load_turn_model())


def test_half_a_sample_is_no_audio() -> None:
    """An odd number of bytes is an error."""
    with pytest.raises(MediaError, match="half a sample"):
        load_turn_model().probability(b"\0")


@pytest.mark.parametrize(
    ("origin", "problem"), [(None, "pipecat-ai is missing"), ("nowhere/__init__.py", "is missing; install")]
)
def test_a_broken_installation_says_so(origin: str | None, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package or the file in it is not there."""
    found = None if origin is None else ModuleSpec("pipecat", None, origin=origin)
    monkeypatch.setattr(smart_turn, "find_spec", lambda _: found)

    with pytest.raises(ConfigurationError, match=problem):
        load_turn_model.__wrapped__()


async def test_the_answer_is_the_model_s() -> None:
    """Given what the caller said so far, as it is."""
    model = Slow()
    model.go_on.set()
    with asking(model) as turn:
        assert await turn.completeness(b"pcm") == 0.8

    assert model.asked == [b"pcm"]


async def test_whoever_comes_while_all_are_busy_decides_alone() -> None:
    """No queue is made: the answer would come too late, and the processor is needed for the audio."""
    model = Slow()
    with asking(model, at_most=1) as turn:
        first = await begun(turn)
        second = await turn.completeness(b"")
        model.go_on.set()

        assert second is None
        assert await first == 0.8
        assert await turn.completeness(b"") == 0.8


async def test_a_late_answer_is_none() -> None:
    """Past the deadline nobody waits, and the place is taken until the judgement is done."""
    model = Slow()
    with asking(model, deadline_s=0.0) as turn:
        assert await turn.completeness(b"") is None
        assert turn._under_way == 1


async def test_a_caller_who_goes_on_may_leave_the_question() -> None:
    """A cancelled question keeps its place until the model is done with it, then there is room again."""
    model = Slow()
    with asking(model) as turn:
        asked = await begun(turn)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        meanwhile = await turn.completeness(b"")
        model.go_on.set()
        await asyncio.get_running_loop().run_in_executor(turn._threads, int)  # its one thread is through

        assert meanwhile is None
        assert await turn.completeness(b"") == 0.8


async def test_a_model_that_fails_is_no_answer() -> None:
    """The turn ends by what else is known."""
    model = Slow()
    model.go_on.set()
    with asking(model) as turn:
        assert await turn.completeness(b"bad") is None
        assert await turn.completeness(b"") == 0.8
