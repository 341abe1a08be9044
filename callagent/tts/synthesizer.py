"""The contract of speech synthesis: a text in, audio out as it is made."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from callagent.tts.plain import plain_text


@dataclass(frozen=True, slots=True)
class Speech:
    """A sentence or so to be spoken, and how."""

    text: str
    """What is to be said; markup and pictures in it are taken out when the speech is made, see `plain`."""
    language: str = "en"
    """BCP 47 tag, or "hinglish"."""
    voice: str = ""
    """The provider's own name for a voice; empty means the provider's default for the language."""
    rate: float = 1.0
    """Speed relative to the voice's own; 0.8 is slower."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", plain_text(self.text))


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """When a word begins in the audio."""

    text: str
    at_s: float
    """Seconds from the first sample of the speech."""


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """The next stretch of audio of a speech."""

    pcm: bytes
    """Signed 16-bit little-endian mono at 8 kHz (see media.audio); any length."""
    words: tuple[SpokenWord, ...] = ()
    """Words that begin in this chunk, when the provider tells."""
    provider: str = ""
    """Registry name of who spoke; empty for the synthesizer that was asked itself."""
    version: str = ""
    """Of that provider, likewise."""


@dataclass(frozen=True, slots=True)
class SynthesizerInfo:
    """What a synthesizer can do, as data."""

    name: str
    version: str
    """Part of every cache key: a new version of the voice is a new sound."""
    languages: tuple[str, ...]
    """Empty means any."""
    word_times: bool
    needs_network: bool
    splices: bool = False
    """Whether a sentence spoken in two parts, cut at a comma with a breath between them, sounds like one."""


class Synthesizer(Protocol):
    """A voice, shared by all calls of the process."""

    @property
    def info(self) -> SynthesizerInfo:
        """What it can do."""
        ...

    async def warm_up(self) -> None:
        """Load whatever the first caller should not wait for. Raises ProviderError."""
        ...

    def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Speak; yields audio as soon as there is some. May be cancelled, or closed, at any await.

        Raises ProviderError, before or in the middle of the audio.
        """
        ...

    async def aclose(self) -> None:
        """Let go of models and connections."""
        ...
