"""Piper's neural voices from files on this machine: natural, without a network; a sentence takes a tenth of its length.

A voice is two files, such as `en_GB-alba-medium.onnx` and the same name with `.json` after it; `callagent models pull`
fetches those that are named. Each is loaded once per process, shared by all calls, and let go of when nobody has spoken
with it for a while. A sentence is made whole, in a
thread and on one core, so that no call takes the machine from the others. Piper tells no times of words: they are
spread over the sentence by their length.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import structlog

from callagent.content.hinglish import respelled
from callagent.content.sentences import sentences
from callagent.errors import ConfigurationError, ProviderRejectedError, ProviderUnavailableError
from callagent.media.audio import duration_s
from callagent.media.level import normalised, trimmed
from callagent.media.resample import resample
from callagent.resilience.held import HeldModel
from callagent.tts import piper_files
from callagent.tts.limits import check_speech
from callagent.tts.narration import Narration
from callagent.tts.synthesizer import Speech, SpeechChunk, SpokenWord, SynthesizerInfo

NAME: Final = "piper"
REVISION: Final = "1"
"""To be raised when what is done to the engine's audio changes: it makes cached audio anew."""
SLOWEST, FASTEST = 0.5, 2.0
WHERE: Final = "voices are at https://huggingface.co/rhasspy/piper-voices"

_WORKERS: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="piper")

log = structlog.get_logger("callagent.tts")


@dataclass(frozen=True, slots=True)
class PiperOptions:
    """Which voices, and how they are to sound."""

    voices: Mapping[str, str] = field(default_factory=dict)
    """By language: a voice's name, such as {"en": "en_GB-alba-medium"}, or the path of its .onnx file."""
    revision: str = ""
    """Of voices by name: a version of their repository; empty for the one that was fetched last."""
    cache_dir: Path = Path("~/.cache/callagent")
    """What was fetched lies below it."""
    dbfs: float = -20.0
    """RMS level of the speech, in decibels of full scale."""
    idle_s: float = 900.0
    """Seconds without a word after which a voice is let go of; 0 keeps it."""

    def __post_init__(self) -> None:
        if find_spec("piper") is None:
            raise ConfigurationError("piper needs the package piper-tts; install callagent[piper].")
        if not self.voices:
            raise ConfigurationError(f"piper has no voice; set voices to files by language: {WHERE}.")
        for voice in self.voices.values():
            onnx = self.file_of(voice)
            for file in (onnx, Path(f"{onnx}.json")):
                if not file.is_file():
                    named = bool(piper_files.path_of(voice))
                    remedy = "fetch it with `callagent models pull`" if named else WHERE
                    raise ConfigurationError(f"piper's voice {voice if named else str(file)!r} is not there; {remedy}.")
        if self.idle_s < 0:
            raise ConfigurationError("piper needs idle_s of 0 or more, such as 900.")

    def file_of(self, voice: str) -> Path:
        """The .onnx file of one of the voices."""
        if piper_files.path_of(voice):
            return piper_files.fetched(voice, self.cache_dir, self.revision)
        return Path(voice).expanduser()


class PiperSynthesizer:
    """Speaks the languages that voices are set for."""

    Options = PiperOptions

    def __init__(self, options: PiperOptions) -> None:
        self._options = options
        self._files = {language: options.file_of(voice) for language, voice in options.voices.items()}
        self._digests = {file: _digest(file) for file in set(self._files.values())}
        digest = hashlib.sha256()
        for language, file in sorted(self._files.items()):
            digest.update(language.encode() + bytes.fromhex(self._digests[file]))
        voices = "+".join(dict.fromkeys(file.stem for _, file in sorted(self._files.items())))
        self._info = SynthesizerInfo(
            name=NAME,
            version=f"{version('piper-tts')}-{REVISION}-{voices}-{digest.hexdigest()[:12]}-{options.dbfs:g}",
            languages=tuple(self._files),
            word_times=True,
            needs_network=False,
        )
        self._voices: dict[Path, asyncio.Task[Any]] = {}
        """Those that are loaded, or about to be."""
        self._timers: dict[Path, asyncio.TimerHandle] = {}

    @property
    def info(self) -> SynthesizerInfo:
        """What it can do."""
        return self._info

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The voices that are loaded, or about to be."""
        return tuple(
            HeldModel(NAME, file.stem, self._options.revision, self._digests[file][:12], file.stat().st_size)
            for file in self._voices
        )

    async def warm_up(self) -> None:
        """Load every voice, a second each. Raises ProviderError."""
        for file in set(self._files.values()):
            await self._voice(file)

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Sentence by sentence; nothing for a text that has no words. Raises ProviderError.

        The name of a voice is one of the languages of `voices`.
        """
        file = self._file(speech)
        spoken_s = 0.0
        for sentence in sentences(speech.text):
            voice = await self._voice(file)
            chunk = await asyncio.get_running_loop().run_in_executor(
                _WORKERS, self._render, voice, sentence, speech.language, speech.rate
            )
            yield SpeechChunk(chunk.pcm, tuple(SpokenWord(word.text, spoken_s + word.at_s) for word in chunk.words))
            spoken_s += duration_s(chunk.pcm)

    async def aclose(self) -> None:
        """Let go of all voices; the next speech loads its own again."""
        for file in list(self._voices):
            self._let_go(file)

    def _file(self, speech: Speech) -> Path:
        check_speech(NAME, speech)
        wanted = speech.voice or speech.language
        base = "hi" if wanted == "hinglish" else wanted.split("-", 1)[0].lower()
        file = self._files.get(wanted) or self._files.get(base)
        if file is None:
            raise ProviderRejectedError(NAME, f"no voice is set for {wanted!r}, only for {', '.join(self._files)}")
        return file

    async def _voice(self, file: Path) -> Any:
        if file not in self._voices:
            self._voices[file] = asyncio.create_task(asyncio.to_thread(_load, file))
        loading = self._voices[file]
        try:
            # Whoever is interrupted leaves the voice to whoever comes next.
            voice = await asyncio.shield(loading)
        except Exception as error:
            if self._voices.get(file) is loading:
                self._let_go(file)
            raise ProviderUnavailableError(NAME, f"{file.name} cannot be loaded ({type(error).__name__})") from error
        self._keep(file)
        return voice

    def _keep(self, file: Path) -> None:
        timer = self._timers.pop(file, None)
        if timer is not None:
            timer.cancel()
        if self._options.idle_s:
            loop = asyncio.get_running_loop()
            self._timers[file] = loop.call_later(self._options.idle_s, self._let_go, file)

    def _let_go(self, file: Path) -> None:
        self._voices.pop(file)
        timer = self._timers.pop(file, None)
        if timer is not None:
            timer.cancel()

    def _render(self, voice: Any, sentence: str, language: str, rate: float) -> SpeechChunk:
        from piper import SynthesisConfig

        words = sentence.split()
        spoken = " ".join(respelled(words) if language == "hinglish" else words)
        pace = SynthesisConfig(length_scale=voice.config.length_scale / min(FASTEST, max(SLOWEST, rate)))
        try:
            pcm = b"".join(piece.audio_int16_bytes for piece in voice.synthesize(spoken, pace))
        except Exception as error:
            raise ProviderUnavailableError(NAME, f"could not speak ({type(error).__name__})") from error
        pcm = normalised(trimmed(resample(pcm, voice.config.sample_rate))[0], self._options.dbfs)
        narration = Narration(spoken, words)
        narration.audio(pcm)
        rest = narration.end()
        return SpeechChunk(pcm, rest.words if rest else ())


def _load(file: Path) -> Any:
    import onnxruntime
    from piper import PiperConfig, PiperVoice

    options = onnxruntime.SessionOptions()
    # By itself it takes all cores; one is fast enough, and the others are for other calls.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    config = PiperConfig.from_dict(json.loads(Path(f"{file}.json").read_text(encoding="utf-8")))
    voice = PiperVoice(session, config)
    for _ in voice.synthesize("ready"):
        pass
    log.info("voice loaded", provider=NAME, voice=file.name, megabytes=file.stat().st_size // 1_000_000)
    return voice


def _digest(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
