"""The process that holds the Whisper model: one decoding at a time for all calls, beside the event loop.

Started by `whisper_process` as ``python -m callagent.stt.whisper_worker <JSON of a Setup>``; ends when its standard
input does. Decoding keeps processors busy for a second and more; as a process of a lower priority it takes nothing from
the calls, and when it ends its memory is really free.
"""

import hashlib
import json
import math
import os
import signal
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.media.resample import resample
from callagent.stt.messages import Kind, Message, MessageReader

MODEL_RATE: Final = 16_000
FILES: Final = ("model.bin", "config.json", "tokenizer.json")
"""Without any of these faster-whisper would fail or, for the last, look for it on the internet."""
READ_SIZE: Final = 1 << 16
TOKENS_PER_S: Final = 40
"""More than anybody says, in Devanagari as well: a model that repeats itself must not go on for ever."""
NEARLY: Final = {"ur": "hi"}
"""What it takes spoken Hindi for as well."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker is started with."""

    model: str
    """A folder, or a name that faster-whisper knows."""
    cache_dir: str
    revision: str
    digest: str
    compute_type: str
    threads: int
    nice: int
    languages: tuple[str, ...]
    most_repetition: float


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked about some audio."""

    language: str = ""
    """Whisper's code; empty to have it detected."""
    hotwords: str = ""

    def pack(self, pcm: bytes) -> bytes:
        """As a payload, with the audio."""
        return json.dumps(asdict(self)).encode() + b"\0" + pcm

    @staticmethod
    def unpack(payload: bytes) -> "tuple[Ask, bytes]":
        """The other way round."""
        fields, _, pcm = payload.partition(b"\0")
        return Ask(**json.loads(fields)), pcm


@dataclass(frozen=True, slots=True)
class Heard:
    """What it made of the audio."""

    text: str
    confidence: float
    language: str

    def pack(self) -> bytes:
        """As a payload."""
        return json.dumps(asdict(self)).encode()

    @staticmethod
    def unpack(payload: bytes) -> "Heard":
        """The other way round."""
        return Heard(**json.loads(payload))


class ModelMissingError(Exception):
    """The model is not on this machine, or not all of it, or another than was asked for."""


class Recognizer:
    """A loaded model."""

    def __init__(self, model: Any, languages: Iterable[str], most_repetition: float) -> None:
        self._model = model
        self._languages = tuple(languages)
        self._most_repetition = most_repetition

    def hear(self, ask: Ask, pcm: bytes) -> Heard:
        """The words of 16-bit PCM at 8 kHz."""
        pcm = pcm[: len(pcm) - len(pcm) % BYTES_PER_SAMPLE]
        audio = np.frombuffer(resample(pcm, SAMPLE_RATE, MODEL_RATE), "<i2").astype(np.float32) / 32768
        language = self._language(ask.language, audio)
        segments, _ = self._model.transcribe(
            audio,
            language=language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            max_new_tokens=16 + round(TOKENS_PER_S * len(audio) / MODEL_RATE),
            hotwords=ask.hotwords or None,
        )
        # Text that compresses so well is one word again and again: what it makes of noise.
        sound = [segment for segment in segments if segment.compression_ratio <= self._most_repetition]
        text = " ".join(plain(segment.text) for segment in sound)
        tokens = sum(len(segment.tokens) for segment in sound)
        if not text or not tokens:
            return Heard("", 0.0, language)
        log_probability = sum(segment.avg_logprob * len(segment.tokens) for segment in sound) / tokens
        return Heard(" ".join(text.split()), round(min(1.0, math.exp(log_probability)), 3), language)

    def _language(self, asked: str, audio: Any) -> str:
        if not self._model.model.is_multilingual:
            return "en"
        if asked:
            return asked
        likely: dict[str, float] = {}
        for code, probability in self._model.detect_language(audio)[2]:
            language = NEARLY.get(code, code)
            if language in self._languages:
                likely[language] = likely.get(language, 0.0) + probability
        return max(likely, key=lambda language: likely[language], default=self._languages[0])


def plain(text: str) -> str:
    """Lower case, without the marks between words."""
    words = (word.strip(".,;:!?\u2026\u0964\"'()[]-") for word in text.lower().split())
    return " ".join(word for word in words if word)


def load(setup: Setup) -> tuple[Any, str]:
    """The model and the beginning of its digest. Raises ModelMissingError."""
    from faster_whisper import WhisperModel

    folder = find(setup)
    with (folder / "model.bin").open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    if not digest.startswith(setup.digest.lower()):
        raise ModelMissingError(f"model.bin is {digest[:12]}, and not {setup.digest[:12]}")
    model = WhisperModel(
        str(folder), device="cpu", compute_type=setup.compute_type, cpu_threads=setup.threads, local_files_only=True
    )
    return model, digest[:12]


def find(setup: Setup) -> Path:
    """The model's folder. Raises ModelMissingError."""
    folder = Path(setup.model).expanduser()
    if not folder.is_dir():
        from faster_whisper.utils import download_model

        try:
            found = download_model(
                setup.model, local_files_only=True, cache_dir=setup.cache_dir, revision=setup.revision or None
            )
        except (ValueError, OSError) as error:
            raise ModelMissingError(f"there is none in {setup.cache_dir}") from error
        folder = Path(found)
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise ModelMissingError(f"{folder} lacks {', '.join(missing)}")
    return folder


def main() -> None:
    """The worker process."""
    setup = Setup(**json.loads(sys.argv[1]))
    # Ctrl-C reaches the whole process group; only the parent decides when calls end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(setup.nice)
    # Nothing is downloaded here, by whatever library: a call would wait for it.
    os.environ["HF_HUB_OFFLINE"] = "1"
    # Whatever a library prints must not land among the messages.
    answers = os.dup(1)
    os.dup2(2, 1)

    def send(message: Message) -> None:
        data = message.encode()
        while data:
            data = data[os.write(answers, data) :]

    try:
        model, digest = load(setup)
        recognizer = Recognizer(model, setup.languages, setup.most_repetition)
        # The first decoding takes longer than all others.
        recognizer.hear(Ask(setup.languages[0]), bytes(SAMPLE_RATE * BYTES_PER_SAMPLE))
    except ModelMissingError as error:
        send(Message(Kind.FAILED, payload=str(error).encode()))
        return
    except (RuntimeError, ValueError, OSError, ImportError) as error:
        send(Message(Kind.FAILED, payload=f"it cannot be loaded ({type(error).__name__})".encode()))
        return
    send(Message(Kind.READY, payload=digest.encode()))
    reader = MessageReader()
    try:
        while data := os.read(0, READ_SIZE):
            for message in reader.feed(data):
                send(answer(recognizer, message))
    except BrokenPipeError:
        # Nobody is there to be answered.
        return


def answer(recognizer: Recognizer, message: Message) -> Message:
    """What a request gives."""
    try:
        return Message(Kind.HEARD, message.turn, recognizer.hear(*Ask.unpack(message.payload)).pack())
    except (RuntimeError, ValueError, KeyError, TypeError) as error:
        return Message(Kind.FAILED, message.turn, type(error).__name__.encode())


if __name__ == "__main__":
    main()
