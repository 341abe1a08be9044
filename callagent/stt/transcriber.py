"""The contract of speech recognition: one utterance in, words out."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Hints:
    """What the caller can be expected to say now; a recogniser may use it, and must reject what it cannot be."""

    language: str = "en"
    """BCP 47 tag, or "hinglish"."""
    phrases: tuple[str, ...] = ()
    """Whole phrases, lower case, as spoken: "ceiling fan", "opening hours", "yes"."""
    fillers: tuple[str, ...] = ()
    """Polite words that may stand before or after a phrase: "i want", "please"."""
    digits: tuple[int, int] | None = None
    """Fewest and most digits, when a number may be spoken digit by digit."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, as far as the provider can tell."""

    text: str
    """Lower case words; digits as words or figures. Empty when nothing could be made of the audio."""
    confidence: float
    """0 to 1, comparable only within one provider."""
    final: bool
    """False for an interim, which a later transcript of the same utterance replaces."""
    provider: str
    """Registry name of who recognized it."""
    version: str = ""
    """Of that provider; empty for the transcriber that was asked itself."""


@dataclass(frozen=True, slots=True)
class TranscriberInfo:
    """What a transcriber can do, as data."""

    name: str
    version: str
    languages: tuple[str, ...]
    """Empty means any."""
    interims: bool
    free_speech: bool
    """False when it can only choose among the hints."""
    needs_network: bool


class Transcriber(Protocol):
    """A recogniser, shared by all calls of the process."""

    @property
    def info(self) -> TranscriberInfo:
        """What it can do."""
        ...

    async def warm_up(self) -> None:
        """Load whatever the first caller should not wait for. Raises ProviderError."""
        ...

    def transcribe(self, audio: AsyncIterator[bytes], hints: Hints) -> AsyncGenerator[Transcript, None]:
        """Recognize one turn of a caller.

        `audio` yields PCM (see media.audio) as it is spoken and ends when the caller's turn has ended. Yields any
        number of interims, then exactly one final. May be cancelled, or closed, at any await. Raises ProviderError.
        """
        ...

    async def aclose(self) -> None:
        """Let go of models, processes and connections."""
        ...


@runtime_checkable
class Preparable(Protocol):
    """A transcriber to which it makes a difference to know beforehand what callers will be asked."""

    async def prepare(self, expected: Sequence[Hints]) -> None:
        """Get ready for turns with these hints, likeliest first, as far as there is room; turns go before.

        Call after `warm_up`. Returns without waiting for all of it. Raises ProviderError.
        """
        ...
