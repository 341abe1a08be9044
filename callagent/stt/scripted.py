"""A transcriber that hears what it was told to hear: for tests, benches and rehearsals of a flow."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from callagent.stt.transcriber import Hints, TranscriberInfo, Transcript

NAME = "scripted"


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """What it hears, and how long it takes."""

    lines: tuple[str, ...] = ("",)
    """What each turn in succession turns out to be; begins again at the first. Empty means that nothing is heard."""
    delay_ms: int = 150
    """Milliseconds between the end of the audio and the transcript."""
    confidence: float = 1.0
    """Of every transcript with words in it, 0 to 1."""


class ScriptedTranscriber:
    """Ignores the sound and answers from its script; `say` goes before the script."""

    Options = ScriptedOptions

    def __init__(self, options: ScriptedOptions) -> None:
        self._options = options
        self._turns = 0
        self._said: deque[str] = deque()

    @property
    def info(self) -> TranscriberInfo:
        """Hears any language, freely, without a network."""
        return TranscriberInfo(
            name=NAME, version="1", languages=(), interims=False, free_speech=True, needs_network=False
        )

    def say(self, text: str) -> None:
        """Make `text` what the next turn to end was; several wait in order."""
        self._said.append(text)

    async def warm_up(self) -> None:
        """Ready at once."""

    async def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:  # noqa: ARG002 - the contract's
        """One final, `delay_ms` after the audio's end; empty when there was no audio at all."""
        heard = 0
        async for pcm in audio:
            heard += len(pcm)
        await asyncio.sleep(self._options.delay_ms / 1000)
        text = self._next() if heard else ""
        yield Transcript(text=text, confidence=self._options.confidence if text else 0.0, final=True, provider=NAME)

    async def aclose(self) -> None:
        """Nothing to let go of."""

    def _next(self) -> str:
        if self._said:
            return self._said.popleft()
        lines = self._options.lines
        if not lines:
            return ""
        self._turns += 1
        return lines[(self._turns - 1) % len(lines)]
