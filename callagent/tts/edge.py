"""Microsoft Edge's read-aloud voices through `edge-tts`: no key, no promise of service, good Indian English and Hindi.

The audio is 24 kHz MP3 and is decoded as it comes in, so it is heard before the sentence is done. The service takes one
text on a connection and then closes it: the connection for the next sentence is opened meanwhile. Words come with their
times.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from importlib.util import find_spec
from math import ceil
from typing import Any, Final
from zlib import crc32

from callagent.content.hinglish import respelled
from callagent.errors import (
    ConfigurationError,
    MediaError,
    ProviderDeniedError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.media.level import amplified
from callagent.tts import mp3
from callagent.tts.edge_connections import Spares
from callagent.tts.limits import FAREWELL_S, check_speech, longest_s
from callagent.tts.narration import Narration
from callagent.tts.refusals import refusal
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo

NAME: Final = "edge"
DEFAULT_VOICES: Final[Mapping[str, str]] = {
    "en": "en-IN-NeerjaNeural",
    "hi": "hi-IN-SwaraNeural",
    "hinglish": "hi-IN-SwaraNeural",
}
"""By language."""
VOICE: Final = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]+)+Neural")
SLOWEST, FASTEST = 0.5, 2.0
BYTES_PER_S: Final = 6000
"""Of the service's MP3."""
TICKS_PER_S: Final = 10_000_000
REMEDY: Final = "it knows only clients of its own day; update the package edge-tts, and set the clock"


@dataclass(frozen=True, slots=True)
class EdgeOptions:
    """How it is to sound, and how long to wait."""

    voices: Mapping[str, str] = field(default_factory=dict)
    """Voice by language, over `DEFAULT_VOICES`, such as {"en": "en-IN-PrabhatNeural"}."""
    gain_db: float = 0.0
    """Louder, or softer below 0, to match the other voices."""
    connect_s: float = 1.5
    """For finding the service, connecting and TLS."""
    stall_s: float = 5.0
    """Longest silence of the service."""
    spare_s: float = 30.0
    """How long a connection is held open for the next sentence; 0 opens none ahead."""

    def __post_init__(self) -> None:
        for voice in self.voices.values():
            if not VOICE.fullmatch(voice):
                raise ConfigurationError(f"edge has no voice {voice!r}; a name is as in en-IN-NeerjaNeural.")
        if self.connect_s <= 0 or self.stall_s <= 0 or self.spare_s < 0:
            raise ConfigurationError(
                "edge needs connect_s and stall_s above 0, such as 1.5 and 5, and spare_s of 0 or more, such as 30."
            )
        if find_spec("edge_tts") is None or find_spec("av") is None:
            raise ConfigurationError("edge needs the packages edge-tts and av; install callagent[edge].")


class EdgeSynthesizer:
    """Speaks any language that the service has a voice for; one that is not among `voices` needs the voice's name."""

    Options = EdgeOptions

    def __init__(self, options: EdgeOptions) -> None:
        self._options = options
        self._voices = {**DEFAULT_VOICES, **options.voices}
        sound = crc32(repr((sorted(self._voices.items()), options.gain_db)).encode())
        self._spares = Spares(options.connect_s, options.spare_s)
        self._info = SynthesizerInfo(
            name=NAME,
            version=f"{version('edge-tts')}-{sound:08x}",
            languages=tuple(self._voices),
            word_times=True,
            needs_network=True,
        )

    @property
    def info(self) -> SynthesizerInfo:
        """What it can do."""
        return self._info

    async def warm_up(self) -> None:
        """Load library and decoder, a second; the service itself is not asked. Raises ProviderError."""
        await asyncio.to_thread(_load)

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Speak as audio comes in; nothing for a text that has no words. Raises ProviderError."""
        voice = self._voice(speech)
        if not speech.text:
            return
        words = speech.text.split()
        spoken = respelled(words) if speech.language == "hinglish" else words
        narration = Narration(" ".join(spoken), words)
        try:
            async with aclosing(self._chunks(narration, " ".join(spoken), voice, speech.rate)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ProviderError:
            raise
        except Exception as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        """Close the connections that wait."""
        await self._spares.aclose()

    def _voice(self, speech: Speech) -> str:
        base = speech.language.split("-", 1)[0].lower()
        voice = speech.voice or self._voices.get(speech.language) or self._voices.get(base, "")
        if not voice:
            raise ProviderRejectedError(NAME, f"no voice is set for the language {speech.language!r}")
        if not VOICE.fullmatch(voice):
            raise ProviderRejectedError(NAME, f"{voice!r} is no voice; a name is as in en-IN-NeerjaNeural")
        check_speech(NAME, speech)
        return voice

    async def _chunks(
        self, narration: Narration, text: str, voice: str, rate: float
    ) -> AsyncGenerator[SpeechChunk, None]:
        await asyncio.to_thread(_load)
        decoder = mp3.Mp3Stream()
        left = longest_s(text) * BYTES_PER_S / SLOWEST
        async with aclosing(self._messages(narration, text, voice, rate)) as messages:
            async for message in messages:
                if message["type"] == "WordBoundary":
                    begins_s = message["offset"] / TICKS_PER_S
                    narration.token(message["text"], begins_s, begins_s + message["duration"] / TICKS_PER_S)
                elif message["type"] == "audio":
                    left -= len(message["data"])
                    if left < 0:
                        raise ProviderUnavailableError(NAME, "sent more audio than the text can be")
                    chunk = narration.audio(decoder.feed(message["data"]))
                    if chunk is not None:
                        yield self._levelled(chunk)
        last = narration.audio(decoder.flush())
        # The library takes a connection that broke for one that came to its end.
        if narration.broken_off:
            raise ProviderUnavailableError(NAME, "broke off in the middle")
        for chunk in (last, narration.end()):
            if chunk is not None:
                yield self._levelled(chunk)

    def _levelled(self, chunk: SpeechChunk) -> SpeechChunk:
        return replace(chunk, pcm=amplified(chunk.pcm, self._options.gain_db))

    async def _messages(
        self, narration: Narration, text: str, voice: str, rate: float
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """What the library tells, none of it waited for too long."""
        from edge_tts import Communicate

        percent = round((min(FASTEST, max(SLOWEST, rate)) - 1) * 100)
        connector = await self._spares.take()
        patience = ceil(self._options.stall_s)
        source = Communicate(
            text,
            voice,
            rate=f"{percent:+d}%",
            boundary="WordBoundary",
            connector=connector,
            connect_timeout=ceil(self._options.connect_s),
            receive_timeout=patience,
        ).stream()
        waiting: asyncio.Future[Any] | None = None
        try:
            while True:
                waiting = asyncio.ensure_future(anext(source))
                said = narration.said_all
                # The library waits for a goodbye that it may never get.
                await asyncio.wait({waiting}, timeout=FAREWELL_S if said else self._options.stall_s)
                if not waiting.done():
                    if said:
                        return
                    raise ProviderTimeoutError(NAME, f"was silent for {self._options.stall_s:g} s")
                try:
                    message = waiting.result()
                except StopAsyncIteration:
                    return
                yield message
        finally:
            # With the connection gone first, nobody waits for the service's goodbye.
            await connector.abandon()
            if waiting is not None:
                waiting.cancel()
                # Also of one that is done: nobody may have looked at what it raised.
                await asyncio.gather(waiting, return_exceptions=True)
            await source.aclose()


def _load() -> None:
    try:
        import edge_tts  # noqa: F401

        mp3.load()
    except ImportError as error:
        raise ProviderRejectedError(NAME, f"cannot be loaded ({error.name}); install callagent[edge]") from error


def _translated(error: Exception) -> ProviderError:
    import aiohttp
    from edge_tts.exceptions import EdgeTTSException, SkewAdjustmentError

    match error:
        case aiohttp.ClientResponseError():
            return refusal(NAME, error.status, error.headers or {}, REMEDY)
        case SkewAdjustmentError():
            return ProviderDeniedError(NAME, f"refused us: {REMEDY}")
        case TimeoutError():
            return ProviderTimeoutError(NAME, "did not answer in time")
        case OSError() | aiohttp.ClientError():
            return ProviderUnavailableError(NAME, f"cannot be reached ({type(error).__name__})")
        case EdgeTTSException() | MediaError():
            return ProviderUnavailableError(NAME, f"sent no usable audio ({type(error).__name__})")
        case _:
            # The library takes messages apart without a look at what they are.
            return ProviderUnavailableError(NAME, f"does not keep to its protocol ({type(error).__name__})")
