"""The embedded recogniser: offline, on the processor, for what the hints allow and nothing else.

pocketsphinx cannot take dictation from a telephone (more than a third of the words are wrong), but chooses well among a
step's phrases or hears a number digit by digit. What fits none of them is rejected: the transcript is empty.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from callagent.errors import ConfigurationError
from callagent.resilience.held import HeldModel, resident
from callagent.stt.telephone_model import prepare_model
from callagent.stt.transcriber import Hints, TranscriberInfo, Transcript
from callagent.stt.workers import WorkerPool

NAME = "pocketsphinx"


@dataclass(frozen=True, slots=True)
class PocketsphinxOptions:
    """How much of the machine it may take, and how sure it must be."""

    workers: int = 2
    """Processes; one decodes about 8 callers who speak at the same time."""
    accept: float = 0.45
    """Confidence, 0 to 1, below which the answer is rejected."""
    timeout_s: float = 5.0
    """From the end of a turn's audio to its transcript, at the longest."""
    cache_dir: Path = Path("~/.cache/callagent")
    """Holds the model as adapted to the telephone, 2 MB."""


class PocketsphinxTranscriber:
    """Recognizes a turn among its hints, in worker processes shared by all calls."""

    Options = PocketsphinxOptions

    def __init__(self, options: PocketsphinxOptions) -> None:
        if options.workers < 1:
            raise ConfigurationError(f"{NAME}: workers is {options.workers}; it must be 1 or more")
        if not 0 <= options.accept <= 1:
            raise ConfigurationError(f"{NAME}: accept is {options.accept}; it must be from 0 to 1")
        self._options = options
        self._pool: WorkerPool | None = None
        self._preparing = asyncio.Lock()

    @property
    def info(self) -> TranscriberInfo:
        """English, and Hindi as far as English sounds carry it; only what the hints allow."""
        return TranscriberInfo(
            name=NAME,
            version=version("pocketsphinx"),
            languages=("en", "hi", "hinglish"),
            interims=False,
            free_speech=False,
            needs_network=False,
        )

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The adapted model: each worker has its own."""
        pids = self._pool.pids if self._pool is not None else ()
        return (HeldModel(NAME, "telephone", version("pocketsphinx"), "", resident(*pids)),) if pids else ()

    async def warm_up(self) -> None:
        """Adapt the model if that was never done, and start the workers.

        Raises ConfigurationError when the cache folder cannot be written to, ProviderUnavailableError when a worker
        cannot start.
        """
        await (await self._ready_pool()).fill()

    async def prepare(self, expected: Sequence[Hints]) -> None:
        """Compile the grammars of `expected` in every worker, when it has nothing else to do."""
        await (await self._ready_pool()).prepare(expected)

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """One final; empty, with the confidence that was too low, when the turn fits no hint.

        Raises ProviderUnavailableError or ProviderTimeoutError.
        """
        pool = await self._ready_pool()
        text, confidence = await pool.recognize(audio, hints)
        accepted = confidence >= self._options.accept
        yield Transcript(text=text if accepted else "", confidence=round(confidence, 3), final=True, provider=NAME)

    async def aclose(self) -> None:
        """End the workers."""
        if self._pool is not None:
            await self._pool.close()

    async def _ready_pool(self) -> WorkerPool:
        async with self._preparing:
            if self._pool is None:
                options = self._options
                model = await asyncio.to_thread(prepare_model, options.cache_dir.expanduser())
                self._pool = WorkerPool(NAME, model.folder, options.workers, options.timeout_s)
        return self._pool
