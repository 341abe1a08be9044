"""Speech that is said in every call, made once: a synthesizer around a synthesizer.

Only what is asked for with `fixed` is kept in memory and on disk. What is the shop's own but changes, such as a price,
goes through `common`: it is kept in memory for a while. What holds a caller's name or number, or a model's words, goes
through `synthesize` and leaves no trace. The first request hears the audio as it is made, and requests for the same
words join it. Making goes on when the caller who asked first is gone, so that the next one need not wait.

No trouble with the disk is trouble for a caller: it is logged once, and the speech is made anew.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Final

import structlog

from callagent.errors import ProviderError, ProviderTimeoutError, ProviderUnavailableError
from callagent.resilience.held import HeldModel, held_by
from callagent.tts.cache_files import load, scan, store
from callagent.tts.kept_audio import KeptAudio
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer, SynthesizerInfo

log = structlog.get_logger("callagent.tts")

MAKING_S: Final = 60.0
"""Seconds after which making one speech is given up."""
MEMORY_BYTES: Final = 32_000_000
"""Half an hour of speech."""
COMMON_BYTES: Final = 8_000_000
"""Some two hundred sentences with prices."""


class _Making:
    """One speech on its way: what has been made so far, for any number of listeners."""

    def __init__(self) -> None:
        self.chunks: list[SpeechChunk] = []
        self._done = False
        self._error: Exception | None = None
        self._news = asyncio.Event()

    def publish(self, chunk: SpeechChunk) -> None:
        self.chunks.append(chunk)
        self._tell()

    def end(self, error: Exception | None = None) -> None:
        """No more will come; the first end counts."""
        if not self._done:
            self._done, self._error = True, error
            self._tell()

    async def follow(self) -> AsyncGenerator[SpeechChunk, None]:
        """Everything from the beginning, as it comes; raises what making it raised."""
        at = 0
        while True:
            news = self._news
            while at < len(self.chunks):
                yield self.chunks[at]
                at += 1
            if self._done:
                if self._error is not None:
                    raise self._error
                return
            await news.wait()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


class CachedSynthesizer:
    """`inner` with a memory. `folder` is made when it is missing, and may be shared by processes."""

    def __init__(self, inner: Synthesizer, folder: Path, memory_bytes: int = MEMORY_BYTES) -> None:
        self._inner = inner
        self._folder = folder
        self._memory = KeptAudio(memory_bytes)
        self._common = KeptAudio(COMMON_BYTES)
        self._on_disk: set[str] = set()
        self._makings: dict[str, tuple[_Making, asyncio.Task[None]]] = {}
        self._warned = False

    @property
    def info(self) -> SynthesizerInfo:
        """What the synthesizer inside can do."""
        return self._inner.info

    @property
    def held(self) -> tuple[HeldModel, ...]:
        """The models that the synthesizer inside has in memory."""
        return held_by((self._inner,))

    async def warm_up(self) -> None:
        """Look through the folder, and warm up the synthesizer inside. Raises ProviderError."""
        try:
            self._on_disk |= await asyncio.to_thread(scan, self._folder)
        except OSError as error:
            self._warn(error)
        await self._inner.warm_up()

    def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """As the synthesizer inside does it; nothing is kept."""
        return self._inner.synthesize(speech)

    async def fixed(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """The same audio as `synthesize`, from memory or disk when it is there, and kept when it is not.

        For words that are the same in every call and nobody's secret. Raises ProviderError.
        """
        key = self._key(speech)
        held = self._memory.get(key)
        if held is not None:
            yield held
            return
        if key not in self._makings:
            making = _Making()
            self._makings[key] = making, asyncio.create_task(self._make(key, speech, making))
        async with aclosing(self._makings[key][0].follow()) as chunks:
            async for chunk in chunks:
                yield chunk

    def is_cached(self, speech: Speech) -> bool:
        """Whether `fixed` will answer without synthesis, as far as is known without touching the disk."""
        key = self._key(speech)
        return key in self._memory or key in self._on_disk

    async def common(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """The same audio as `synthesize`, from memory when this process said it a while ago; on disk nothing is kept.

        For words that change, but tell nothing of a caller. Raises ProviderError.
        """
        key = self._key(speech)
        held = self._common.get(key)
        if held is not None:
            yield held
            return
        made: list[SpeechChunk] = []
        async with aclosing(self._inner.synthesize(speech)) as chunks:
            async for chunk in chunks:
                made.append(chunk)
                yield chunk
        if self._is_own(made):
            self._common.keep(key, joined(made))

    def is_remembered(self, speech: Speech) -> bool:
        """Whether `common` will answer without synthesis."""
        return self._key(speech) in self._common

    async def prepare(self, speeches: Iterable[Speech]) -> int:
        """Make ready what is not, and bring it into memory; how many of them are ready then.

        A speech that cannot be made is logged, without its words, and left for the call that needs it.
        """
        ready = 0
        for speech in speeches:
            try:
                async for _ in self.fixed(speech):
                    pass
            except ProviderError as error:
                log.warning("prompt not prepared", provider=error.provider, error=type(error).__name__)
            else:
                ready += 1
        return ready

    async def aclose(self) -> None:
        """Stop what is being made, and close the synthesizer inside."""
        tasks = [task for _, task in self._makings.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._inner.aclose()

    async def _make(self, key: str, speech: Speech, making: _Making) -> None:
        try:
            whole = await self._load(key)
            if whole is not None:
                making.publish(whole)
            else:
                async with asyncio.timeout(MAKING_S), aclosing(self._inner.synthesize(speech)) as chunks:
                    async for chunk in chunks:
                        making.publish(chunk)
            making.end()
            if whole is not None:
                self._memory.keep(key, whole)
            elif self._is_own(making.chunks):
                whole = joined(making.chunks)
                self._memory.keep(key, whole)
                await self._store(key, whole)
        except TimeoutError:
            making.end(ProviderTimeoutError(self.info.name, f"was not done with a prompt after {MAKING_S:g} s"))
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: whoever listens gets it
            making.end(error)
        finally:
            del self._makings[key]
            # Counts only when it was cancelled: everything else has ended it before.
            making.end(ProviderUnavailableError(self.info.name, "was closed while it spoke"))

    async def _load(self, key: str) -> SpeechChunk | None:
        try:
            kept = await asyncio.to_thread(load, self._folder, key)
        except FileNotFoundError:
            kept = None
        except OSError as error:
            self._warn(error)
            kept = None
        except ValueError:
            log.warning("cached speech is damaged and made anew", key=key)
            kept = None
        if kept is None:
            self._on_disk.discard(key)
        return kept

    async def _store(self, key: str, whole: SpeechChunk) -> None:
        try:
            await asyncio.to_thread(store, self._folder, key, whole)
        except OSError as error:
            self._warn(error)
        else:
            self._on_disk.add(key)

    def _is_own(self, chunks: Sequence[SpeechChunk]) -> bool:
        """Whether it is this voice; what another one said in its place is for this once."""
        return bool(chunks) and all(chunk.provider in ("", self.info.name) for chunk in chunks)

    def _key(self, speech: Speech) -> str:
        info = self._inner.info
        parts = [speech.text, speech.voice, speech.rate, speech.language, info.name, info.version]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _warn(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            log.warning("speech cannot be kept on disk", folder=str(self._folder), error=error.strerror)


def joined(chunks: Iterable[SpeechChunk]) -> SpeechChunk:
    """All of a speech in one."""
    chunks = tuple(chunks)
    if len(chunks) == 1 and not chunks[0].provider:
        return chunks[0]
    words = tuple(word for chunk in chunks for word in chunk.words)
    return SpeechChunk(b"".join(chunk.pcm for chunk in chunks), words)
