"""Whisper through faster-whisper, with a model of random weights: the real loading and decoding, nonsense for text."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stt.speech import in_chunks
from support.tiny_whisper import make_tiny_whisper

from callagent.errors import (
    ConfigurationError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.stt.messages import Kind, Message
from callagent.stt.transcriber import Hints, Transcript
from callagent.stt.whisper import WhisperTranscriber
from callagent.stt.whisper_files import models_below
from callagent.stt.whisper_worker import Ask, Heard, ModelMissingError, Recognizer, Setup, answer, load, plain

SPEECH = (np.random.default_rng(1).normal(0, 3000, 24_000)).astype("<i2").tobytes()
"""Three seconds of something that is not silence."""
ENGLISH = Hints(language="en")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model."""
    return make_tiny_whisper(tmp_path_factory.mktemp("models") / "tiny")


def made(model: Path | str, **options: Any) -> WhisperTranscriber:
    """A transcriber that takes nonsense for text, with one processor."""
    given: dict[str, Any] = {"model": str(model), "threads": 1, "most_repetition": 1e9, "interim_s": 0.0} | options
    return WhisperTranscriber(WhisperTranscriber.Options(**given))


@pytest.fixture
async def ear(model: Path) -> AsyncIterator[WhisperTranscriber]:
    """One that listens; nothing of it is left after the test."""
    tasks = asyncio.all_tasks()
    transcriber = made(model)
    yield transcriber
    await transcriber.aclose()

    assert transcriber.process.pid is None
    assert asyncio.all_tasks() - tasks - {asyncio.current_task()} == set()


async def turn(transcriber: WhisperTranscriber, pcm: bytes = SPEECH, hints: Hints = ENGLISH) -> list[Transcript]:
    """All transcripts of one turn."""
    return [each async for each in transcriber.transcribe(in_chunks(pcm), hints)]


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_turn_is_decoded(ear: WhisperTranscriber) -> None:
    """The model's words, lower case, with a confidence; the same audio gives the same."""
    await ear.warm_up()
    (first,) = await turn(ear)
    (second,) = await turn(ear)

    assert first == second
    assert first.final
    assert first.text
    assert all(word.startswith("w") for word in first.text.split())
    assert 0 < first.confidence < 1
    assert first.provider == "whisper"
    (held,) = ear.held
    assert (held.name, held.digest) == ("tiny", ear.process.digest)
    assert held.memory > 10_000_000


async def test_the_model_is_loaded_when_first_needed(ear: WhisperTranscriber) -> None:
    """Without a warm-up the first turn starts it; it is one process for all turns, and its weights are named."""
    before = ear.process.pid
    await asyncio.gather(*(turn(ear) for _ in range(3)))
    pid = ear.process.pid
    await turn(ear)

    assert before is None
    assert pid is not None
    assert ear.process.pid == pid
    assert ear.info.version == f"tiny int8 {ear.process.digest}"
    assert len(ear.process.digest) == 12


async def test_interims_come_while_the_turn_lasts(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The growing turn is decoded again and again, never twice at a time; the last word is the whole turn's."""
    monkeypatch.setattr("callagent.stt.whisper_process.REST", 0.0)
    ear = made(model, interim_s=0.5)
    await ear.warm_up()
    spoken: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def audio() -> AsyncIterator[bytes]:
        while (chunk := await spoken.get()) is not None:
            yield chunk
            await settle()
            if ear.process._work:
                # The caller goes on when the model is done: what is tested is order, and not speed.
                await asyncio.wait(ear.process._work)
                await settle()

    for begin in range(0, len(SPEECH), 320):
        spoken.put_nowait(SPEECH[begin : begin + 320])
    spoken.put_nowait(None)
    transcripts = [each async for each in ear.transcribe(audio(), ENGLISH)]
    (whole,) = (await turn(ear))[-1:]

    assert [each.final for each in transcripts] == [False] * (len(transcripts) - 1) + [True]
    assert len(transcripts) >= 4
    assert transcripts[-1].text == whole.text

    await ear.aclose()


async def test_no_interims_while_others_need_the_model(model: Path) -> None:
    """A caller whose turn is over goes first."""
    ear = made(model, interim_s=0.1)
    await ear.warm_up()
    await ear.process._gate.acquire()
    listening = asyncio.create_task(turn(ear))
    for _ in range(600):
        await asyncio.sleep(0)
    ear.process._gate.release()

    assert [each.final for each in await listening] == [True]

    await ear.aclose()


async def test_interims_leave_the_model_some_rest(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not decoding all the time, or each caller's last words would have to wait."""
    monkeypatch.setattr("callagent.stt.whisper_process.REST", 1e6)
    ear = made(model, interim_s=0.1)
    await turn(ear)

    assert ear.process.free
    assert not ear.process.rested
    assert [each.final for each in await turn(ear)] == [True]

    await ear.aclose()


async def test_a_turn_cut_short(ear: WhisperTranscriber) -> None:
    """Wherever it is cancelled, the next turn is heard by the same process."""
    await ear.warm_up()
    pid = ear.process.pid
    for steps in (0, 1, 5, 80, 160):
        listening = asyncio.create_task(turn(ear))
        for _ in range(steps):
            await asyncio.sleep(0)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    (transcript,) = await turn(ear)

    assert transcript.text
    assert ear.process.pid == pid


async def test_no_audio_needs_no_model(ear: WhisperTranscriber) -> None:
    """An empty turn has an empty final at once."""
    (transcript,) = await turn(ear, b"")

    assert (transcript.text, transcript.final) == ("", True)


async def test_a_process_that_dies_is_replaced(ear: WhisperTranscriber) -> None:
    """Its turn fails, for the next recogniser to hear; the next turn has a new process."""
    await ear.warm_up()
    pid = ear.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    listening = asyncio.create_task(turn(ear))
    while not ear.process._gate.locked():  # noqa: ASYNC110
        await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ProviderUnavailableError, match="died"):
        await listening

    assert (await turn(ear))[-1].text
    assert ear.process.pid != pid


async def test_a_decoding_that_hangs_is_ended(model: Path) -> None:
    """After its time, with the process; the next turn is heard."""
    ear = made(model, timeout_s=0.3)
    await ear.warm_up()
    assert ear.process.pid is not None
    os.kill(ear.process.pid, signal.SIGSTOP)
    with pytest.raises(ProviderTimeoutError):
        await turn(ear)
    ear.process._timeout_s = 10.0

    assert (await turn(ear))[-1].text

    await ear.aclose()


async def test_an_idle_model_is_let_go_of(model: Path) -> None:
    """Its process ends, and comes back for the next turn."""
    ear = made(model, idle_s=0.05)
    await turn(ear)
    async with asyncio.timeout(5):
        while ear.process.pid is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    assert (await turn(ear))[-1].text

    await ear.aclose()


async def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    """Nothing is downloaded; it is said what fetches it."""
    ear = made("small", cache_dir=tmp_path)
    with pytest.raises(ProviderRejectedError, match="callagent models pull"):
        await ear.warm_up()
    with pytest.raises(ProviderRejectedError, match="no model 'small'"):
        await turn(ear)

    assert ear.process.pid is None
    assert not any(models_below(tmp_path).rglob("*.bin"))

    await ear.aclose()


async def test_a_mistyped_size_is_told_with_the_nearest(tmp_path: Path) -> None:
    """Nothing that could be fetched has that name."""
    with pytest.raises(ProviderRejectedError, match=r"'smal'\. Did you mean 'small'"):
        await made("smal", cache_dir=tmp_path).warm_up()


def setup(model: Path, **given: Any) -> Setup:
    """How a worker is started for a model."""
    usual: dict[str, Any] = {
        "model": str(model), "cache_dir": "/nowhere", "revision": "", "digest": "", "compute_type": "int8",
        "threads": 1, "nice": 0, "languages": ("en", "hi"), "most_repetition": 1e9,
    }  # fmt: skip
    return Setup(**usual | given)


@pytest.fixture(scope="module")
def recognizer(model: Path) -> Recognizer:
    """The model in this process."""
    return Recognizer(load(setup(model))[0], ("en", "hi"), 1e9)


@pytest.mark.parametrize("missing", ["model.bin", "tokenizer.json", "config.json"])
def test_a_model_that_is_not_whole(model: Path, tmp_path: Path, missing: str) -> None:
    """Each part is asked for; without its tokenizer, faster-whisper would look for one on the internet."""
    for file in model.iterdir():
        if file.name != missing:
            (tmp_path / file.name).symlink_to(file)
    with pytest.raises(ModelMissingError, match=missing):
        load(setup(tmp_path))


def test_another_model_than_was_pinned(model: Path) -> None:
    """Weights are known by their digest."""
    _, digest = load(setup(model))

    assert load(setup(model, digest=digest[:8].upper()))[1] == digest
    with pytest.raises(ModelMissingError, match=digest):
        load(setup(model, digest="0123abc"))


@pytest.fixture
def broken(model: Path, tmp_path: Path) -> Path:
    """A model of which only the beginning was fetched."""
    for file in model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:1000])
    return tmp_path


async def test_a_model_that_is_broken(broken: Path) -> None:
    """It is told as such, by the class of the error."""
    ear = made(broken)
    with pytest.raises(ProviderRejectedError, match="cannot be loaded"):
        await ear.warm_up()
    await ear.aclose()


def test_a_language_is_detected_among_ours(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Urdu is Hindi as it is spoken; a language that no caller speaks is not considered."""
    found = [("fr", 0.5), ("en", 0.2), ("ur", 0.15), ("hi", 0.1)]
    monkeypatch.setattr(recognizer._model, "detect_language", lambda audio: ("fr", 0.5, found))

    assert recognizer.hear(Ask(), SPEECH).language == "hi"
    assert recognizer.hear(Ask("en"), SPEECH).language == "en"


def test_it_is_really_detected(recognizer: Recognizer) -> None:
    """By the model's own first step."""
    assert recognizer.hear(Ask(), SPEECH).language in {"en", "hi"}


def test_the_same_word_again_and_again_is_no_text(recognizer: Recognizer) -> None:
    """What it makes of noise compresses far too well; such text is left out."""
    strict = Recognizer(recognizer._model, ("en", "hi"), most_repetition=0.01)

    assert strict.hear(Ask("en"), SPEECH) == Heard("", 0.0, "en")


def test_a_decoder_that_breaks_is_told(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the class of the error alone, whose text may hold anything; the worker goes on."""

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("secret words")

    request = Message(Kind.AUDIO, 1, Ask("en", "fan").pack(SPEECH))
    with monkeypatch.context() as patch:
        patch.setattr(recognizer._model, "transcribe", broken)
        failed = answer(recognizer, request)

    assert failed == Message(Kind.FAILED, 1, b"RuntimeError")
    assert answer(recognizer, request).kind is Kind.HEARD
    assert answer(recognizer, Message(Kind.AUDIO, 2, b"{}}")).kind is Kind.FAILED


async def test_what_fails_in_the_process_fails_the_turn(ear: WhisperTranscriber) -> None:
    """A language that the model has never heard of, as an example."""
    with pytest.raises(ProviderUnavailableError, match="decoder failed"):
        await turn(ear, hints=Hints(language="xx"))

    assert (await turn(ear))[-1].text


def test_requests_and_answers_pass_unchanged() -> None:
    """Whatever bytes the audio has."""
    pcm = bytes(range(256)) * 3

    assert Ask.unpack(Ask("hi", "पंखा, fan").pack(pcm)) == (Ask("hi", "पंखा, fan"), pcm)
    assert Heard.unpack(Heard("पंखा", 0.5, "hi").pack()) == Heard("पंखा", 0.5, "hi")
    assert asdict(Heard("x", 1.0, "en"))["text"] == "x"


@pytest.mark.parametrize(
    ("text", "words"),
    [(" Ceiling Fan, please.", "ceiling fan please"), ("नमस्ते।", "नमस्ते"), ("Rs. 1,250!", "rs 1,250"), (" ... ", "")],
)
def test_text_is_made_plain(text: str, words: str) -> None:
    """Lower case without marks; figures stay whole."""
    assert plain(text) == words


@pytest.mark.parametrize("options", [{"threads": 0}, {"nice": 30}, {"interim_s": -1.0}, {"timeout_s": 0.0}])
def test_options_that_cannot_be(options: dict[str, Any]) -> None:
    """Refused at start, with what would be right."""
    with pytest.raises(ConfigurationError, match="must be"):
        made("small", **options)


def test_an_english_model_hears_english() -> None:
    """Its name says so."""
    assert made("small.en").info.languages == ("en",)
    assert "hinglish" in made("small").info.languages


async def test_a_package_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra; its name is told."""
    monkeypatch.setattr("callagent.stt.whisper.PACKAGE", "no-such-package-at-all")
    with pytest.raises(ProviderError, match=r"callagent\[whisper\]"):
        await made("small").warm_up()
