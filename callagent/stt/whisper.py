"""Whisper on this machine, through `faster-whisper`: free speech in English and Hindi without a network.

One model for all calls, in a process of its own, quantized to 8 bits. It is loaded when first needed, decodes one
stretch of audio at a time, and never downloads anything: `callagent models pull` does. Interims come from decoding the
growing turn again, when nobody else needs the model.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from callagent.errors import ConfigurationError, ProviderRejectedError
from callagent.media.audio import BYTES_PER_SAMPLE, SAMPLE_RATE
from callagent.resilience.held import HeldModel, resident
from callagent.stt.transcriber import Hints, TranscriberInfo, Transcript
from callagent.stt.whisper_files import models_below, repository
from callagent.stt.whisper_process import WhisperProcess
from callagent.stt.whisper_worker import Ask, Heard, Setup

NAME: Final = "whisper"
PACKAGE: Final = "faster-whisper"
LANGUAGES: Final = ("en", "hi")
"""What is told apart when the language is to be detected."""
MOST_HOTWORDS: Final = 200
"""Characters of a step's phrases that the model is told; more of them, and it hears them everywhere."""


@dataclass(frozen=True, slots=True)
class WhisperOptions:
    """Which model, and how much of the machine it may take."""

    model: str = "base"
    """A name that faster-whisper knows (tiny, base, small, ...; those with ".en" hear English only), or a folder."""
    revision: str = ""
    """Of a model by name: a commit of its repository; empty for the one that was fetched last."""
    digest: str = ""
    """How the SHA-256 of the model's weights begins; any other model is refused."""
    compute_type: str = "int8"
    threads: int = 2
    """Processors that it decodes with."""
    nice: int = 5
    """How far behind the calls it stands in line for them, 0 to 19."""
    interim_s: float = 1.0
    """Seconds of new audio after which a turn is decoded again while it lasts, if the model is not needed; 0: never."""
    hotwords: bool = True
    """Whether it is told the phrases that the step expects."""
    most_repetition: float = 2.4
    """Compression ratio of a text above which it is taken for a hallucination."""
    timeout_s: float = 10.0
    """For one decoding, at the longest; the process is ended then."""
    idle_s: float = 0.0
    """Seconds without work after which the model is let go of; 0 for never."""
    cache_dir: Path = Path("~/.cache/callagent")
    """The models lie below it."""


class WhisperTranscriber:
    """Recognizes free speech offline; see the options."""

    Options = WhisperOptions

    def __init__(self, options: WhisperOptions) -> None:
        if options.threads < 1 or not 0 <= options.nice <= 19:
            raise ConfigurationError(f"{NAME}: threads must be 1 or more, and nice from 0 to 19")
        if min(options.interim_s, options.idle_s) < 0 or options.timeout_s <= 0:
            raise ConfigurationError(f"{NAME}: interim_s and idle_s must be 0 or more, and timeout_s more than 0")
        self._options = options
        setup = Setup(
            model=options.model,
            cache_dir=str(models_below(options.cache_dir)),
            revision=options.revision,
            digest=options.digest,
            compute_type=options.compute_type,
            threads=options.threads,
            nice=options.nice,
            languages=LANGUAGES,
            most_repetition=options.most_repetition,
        )
        self.process = WhisperProcess(NAME, setup, options.timeout_s, options.idle_s)

    @property
    def info(self) -> TranscriberInfo:
        """Free speech; its interims come as there is time for them, and are not to be waited for."""
        model = Path(self._options.model).name
        return TranscriberInfo(
            name=NAME,
            version=" ".join(part for part in (model, self._options.compute_type, self.process.digest) if part),
            languages=("en",) if model.endswith(".en") else ("en", "hi", "hinglish"),
            interims=False,
            free_speech=True,
            needs_network=False,
        )

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The model, while its process runs."""
        process, options = self.process, self._options
        if process.pid is None:
            return ()
        name = Path(options.model).name
        return (HeldModel(NAME, name, options.revision, process.digest, resident(process.pid)),)

    async def warm_up(self) -> None:
        """Load the model. Raises ProviderRejectedError when it is not there, else ProviderUnavailableError."""
        await self._load()

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Interims when the model is free, then one final, empty when nothing was said. Raises ProviderError."""
        language = "" if hints.language == "hinglish" else hints.language.split("-")[0]
        hotwords = _hotwords(hints.phrases) if self._options.hotwords else ""
        pcm = bytearray()
        decoding: asyncio.Task[Heard] | None = None
        decoded_s = 0.0
        loading = None if self.process.pid else asyncio.create_task(self._load(), name="whisper's model")
        try:
            async for chunk in audio:
                pcm += chunk
                if loading is not None and loading.done():
                    loading.result()
                if decoding is not None and decoding.done():
                    heard, decoding = decoding.result(), None
                    # A language that was detected once is not looked for again.
                    language = heard.language
                    yield Transcript(heard.text, heard.confidence, final=False, provider=NAME)
                spoken_s = len(pcm) / (BYTES_PER_SAMPLE * SAMPLE_RATE)
                if decoding is None and self._wants_interim(spoken_s - decoded_s):
                    decoded_s = spoken_s
                    decoding = asyncio.create_task(self.process.ask(Ask(language, hotwords), bytes(pcm)))
            if not pcm:
                yield Transcript("", 0.0, final=True, provider=NAME)
                return
            if loading is not None:
                await loading
            heard = await self.process.ask(Ask(language, hotwords), bytes(pcm))
            yield Transcript(heard.text, heard.confidence, final=True, provider=NAME)
        finally:
            await _dropped(decoding, loading)

    async def aclose(self) -> None:
        """End the process."""
        await self.process.close()

    async def _load(self) -> None:
        try:
            version(PACKAGE)
        except PackageNotFoundError:
            raise ProviderRejectedError(
                NAME, f"the package {PACKAGE} is not installed; install callagent[whisper]"
            ) from None
        try:
            await self.process.load()
        except ProviderRejectedError:
            # Known only to the package, which takes a second to import.
            await asyncio.to_thread(_check_name, self._options.model)
            raise

    def _wants_interim(self, new_s: float) -> bool:
        return bool(self._options.interim_s) and new_s >= self._options.interim_s and self.process.rested


def _hotwords(phrases: tuple[str, ...]) -> str:
    told = ""
    for phrase in phrases:
        if len(told) + len(phrase) + 2 > MOST_HOTWORDS:
            break
        told += f", {phrase}" if told else phrase
    return told


def _check_name(model: str) -> None:
    """Raises ProviderRejectedError, with the nearest name, for a model that there is not."""
    try:
        repository(model)
    except ConfigurationError as error:
        raise ProviderRejectedError(NAME, str(error).removeprefix(f"{NAME} ")) from None


async def _dropped(*tasks: "asyncio.Task[Heard] | asyncio.Task[None] | None") -> None:
    """End what nobody waits for any more; what has begun in the process ends by itself."""
    given = [task for task in tasks if task is not None]
    for task in given:
        task.cancel()
    await asyncio.gather(*given, return_exceptions=True)
