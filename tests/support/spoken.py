"""What came of a speech."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from callagent.errors import ProviderError
from callagent.media.audio import duration_s
from callagent.tts.synthesizer import Speech, SpeechChunk, Synthesizer

TEXT = "Welcome to the shop. How may I help you?"


@dataclass
class Spoken:
    """All of it, and the error that it ended in."""

    chunks: list[SpeechChunk] = field(default_factory=list)
    error: ProviderError | None = None
    took_s: float = 0.0

    @property
    def pcm(self) -> bytes:
        """The audio."""
        return b"".join(chunk.pcm for chunk in self.chunks)

    @property
    def seconds(self) -> float:
        """Of audio."""
        return duration_s(self.pcm)

    @property
    def words(self) -> list[str]:
        """That were told of."""
        return [word.text for chunk in self.chunks for word in chunk.words]


async def speak(synthesizer: Synthesizer, speech: Speech | str = TEXT) -> Spoken:
    """To the end, or to the error."""
    spoken = Spoken()
    now = asyncio.get_running_loop().time
    began_s = now()
    try:
        async with aclosing(synthesizer.synthesize(speech if isinstance(speech, Speech) else Speech(speech))) as chunks:
            async for chunk in chunks:
                spoken.chunks.append(chunk)
    except ProviderError as error:
        spoken.error = error
    spoken.took_s = now() - began_s
    return spoken
