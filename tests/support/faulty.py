"""Providers that fail to order, for tests of what happens then."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from callagent.errors import ProviderError
from callagent.llm.model import Conversation, ModelInfo, ToolCall
from callagent.stt.transcriber import Hints, TranscriberInfo, Transcript
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo

Script: TypeAlias = Sequence[float | bytes | str | ProviderError]
"""Seconds to wait, what to give, or what to raise, in order."""
Written: TypeAlias = Sequence[float | str | ToolCall | ProviderError]
"""Likewise for a model."""


@dataclass
class FaultyVoice:
    """A synthesizer that follows a script, the same for each text, or says "<text>" in sound when it has none."""

    name: str
    script: Callable[[Speech], Script]
    asked: list[str] = field(default_factory=list)
    """The texts it was asked to speak."""
    voices: list[str] = field(default_factory=list)
    closed: int = 0

    @property
    def info(self) -> SynthesizerInfo:
        """As data."""
        return SynthesizerInfo(self.name, "1", (), word_times=False, needs_network=True)

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Follow the script."""
        self.asked.append(speech.text)
        self.voices.append(speech.voice)
        try:
            for step in self.script(speech):
                if isinstance(step, ProviderError):
                    raise step
                if isinstance(step, bytes):
                    yield SpeechChunk(step)
                elif isinstance(step, float):
                    await asyncio.sleep(step)
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        """There is nothing to close."""


@dataclass
class FaultyEar:
    """A transcriber that follows a script: a text with a question mark is an interim, any other the final one."""

    name: str
    script: Script
    interims: bool = True
    reads: bool = True
    """Whether it listens to the whole turn before it goes through its script."""
    needs_network: bool = True
    heard: list[bytes] = field(default_factory=list)

    @property
    def info(self) -> TranscriberInfo:
        """As data."""
        return TranscriberInfo(
            self.name, "1", (), interims=self.interims, free_speech=True, needs_network=self.needs_network
        )

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Listen, then follow the script."""
        del hints
        if self.reads:
            self.heard.append(b"".join([chunk async for chunk in audio]))
        for step in self.script:
            if isinstance(step, ProviderError):
                raise step
            if isinstance(step, str):
                yield Transcript(step.rstrip("?"), 0.9, final=not step.endswith("?"), provider=self.name)
            elif isinstance(step, float):
                await asyncio.sleep(step)

    async def aclose(self) -> None:
        """There is nothing to close."""


@dataclass
class FaultyModel:
    """A language model that follows a script, made anew for each conversation."""

    name: str
    script: Callable[[Conversation], Written]
    asked: list[Conversation] = field(default_factory=list)
    closed: int = 0

    @property
    def info(self) -> ModelInfo:
        """As data."""
        return ModelInfo(self.name, "1", needs_network=True)

    async def warm_up(self) -> None:
        """There is nothing to load."""

    async def reply(self, conversation: Conversation) -> AsyncGenerator[str | ToolCall, None]:
        """Follow the script."""
        self.asked.append(conversation)
        try:
            for step in self.script(conversation):
                if isinstance(step, ProviderError):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.closed += 1

    async def aclose(self) -> None:
        """There is nothing to close."""
