"""`callagent demo --break`: providers that work until they are told to fail, in front of the real ones.

A broken stage has somebody to take over: the providers that are configured. With `all` nobody is left.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from callagent.clock import IST, Clock, SystemClock
from callagent.errors import ProviderUnavailableError
from callagent.llm.chain import ModelChain
from callagent.llm.model import Conversation, LanguageModel, ModelInfo, ToolCall
from callagent.resilience.lineup import Lineup
from callagent.stt.chain import TranscriberChain
from callagent.stt.transcriber import Hints, Preparable, Transcriber, TranscriberInfo, Transcript
from callagent.tts.chain import SynthesizerChain
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer, SynthesizerInfo

FRONT: Final = "breakable"
"""The name of who works until it is broken."""
KIND: Final = {
    "stt": "the recogniser",
    "llm": "the language model",
    "tts": "the voice",
    "all": "every provider, the last ones included,",
}


class Outage:
    """What breaks, and whether it has. `refit` puts breakable providers in front of those of a server."""

    def __init__(self, stage: str, clock: Clock) -> None:
        self.stage = stage
        self.broken = False
        self._clock = clock
        self._wrap: dict[str, Callable[[Any], Any]] = {
            "stt": lambda inner: BreakableTranscriber(self, inner),
            "llm": lambda inner: BreakableModel(self, inner),
            "tts": lambda inner: BreakableVoice(self, inner),
        }
        self._chain: dict[str, Callable[[Lineup[Any]], Any]] = {
            "stt": TranscriberChain,
            "llm": ModelChain,
            "tts": SynthesizerChain,
        }

    def check(self, provider: str) -> None:
        """Raise ProviderUnavailableError where it is broken."""
        if self.broken:
            raise ProviderUnavailableError(provider, "was broken by --break")

    def name(self, provider: Any) -> str:
        """Who a provider is while it may be broken: where nobody takes over, itself."""
        return str(provider.info.name) if self.stage == "all" else FRONT

    def refit(self, stage: str, provider: Any) -> Any:
        """What calls use in place of a stage's provider or chain."""
        if provider is None or self.stage not in (stage, "all"):
            return provider
        breakable = self._wrap[stage](provider)
        if self.stage == "all":
            return breakable
        return self._chain[stage](Lineup([(FRONT, breakable), (provider.info.name, provider)], self._clock))


class BreakableTranscriber:
    """Hears what `inner` hears."""

    def __init__(self, outage: Outage, inner: Transcriber) -> None:
        self._outage = outage
        self._inner = inner

    @property
    def info(self) -> TranscriberInfo:
        """That of who does the work."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Load it."""
        await self._inner.warm_up()

    async def prepare(self, expected: Sequence[Hints]) -> None:
        """Have it get ready."""
        if isinstance(self._inner, Preparable):
            await self._inner.prepare(expected)

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Recognize, as long as it is not broken."""
        name = self._outage.name(self._inner)
        self._outage.check(name)
        async with aclosing(self._inner.transcribe(audio, hints)) as transcripts:
            async for transcript in transcripts:
                self._outage.check(name)
                yield replace(transcript, provider=name)

    async def aclose(self) -> None:
        """Close it."""
        await self._inner.aclose()


class BreakableVoice:
    """Says what `inner` says."""

    def __init__(self, outage: Outage, inner: Synthesizer) -> None:
        self._outage = outage
        self._inner = inner

    @property
    def info(self) -> SynthesizerInfo:
        """That of who does the work."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Load it."""
        await self._inner.warm_up()

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Speak, as long as it is not broken."""
        self._outage.check(self._outage.name(self._inner))
        async with aclosing(self._inner.synthesize(speech)) as chunks:
            async for chunk in chunks:
                yield chunk
                self._outage.check(self._outage.name(self._inner))

    async def aclose(self) -> None:
        """Close it."""
        await self._inner.aclose()


class BreakableModel:
    """Answers what `inner` answers."""

    def __init__(self, outage: Outage, inner: LanguageModel) -> None:
        self._outage = outage
        self._inner = inner

    @property
    def info(self) -> ModelInfo:
        """That of who does the work."""
        return self._inner.info

    async def warm_up(self) -> None:
        """Load it."""
        await self._inner.warm_up()

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Answer, as long as it is not broken."""
        self._outage.check(self._outage.name(self._inner))
        async with aclosing(self._inner.reply(conversation)) as pieces:
            async for piece in pieces:
                yield piece
                self._outage.check(self._outage.name(self._inner))

    async def aclose(self) -> None:
        """Close it."""
        await self._inner.aclose()


class OpeningHours(SystemClock):
    """A Friday morning, so that there is somebody at the shop who can be rung."""

    def __init__(self) -> None:
        self._began_s = self.now_s()

    def wall(self) -> datetime:
        """Eleven o'clock, and as much later as it has been used."""
        return datetime(2026, 11, 20, 11, 0, tzinfo=IST) + timedelta(seconds=self.now_s() - self._began_s)
