"""ElevenLabs through its own library: natural voices in English, Hindi and both mixed; needs a key.

Text goes out in one request and audio comes back as it is made, raw at the telephone's own rate, with the time of every
character. Connections are kept alive and used again by all calls (`CONNECTIONS` of them, `KEPT_S` seconds); `warm_up`
opens the first.
"""

import asyncio
import binascii
import re
from base64 import b64decode
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final, cast
from zlib import crc32

from callagent.content.hinglish import respelled
from callagent.errors import (
    ConfigurationError,
    ProviderError,
    ProviderRejectedError,
    ProviderTimeoutError,
    ProviderUnavailableError,
)
from callagent.media.g711 import ulaw_decode
from callagent.media.level import amplified
from callagent.media.resample import StreamResampler
from callagent.resilience.connections import Request
from callagent.tts.character_times import CharacterTimes
from callagent.tts.limits import FAREWELL_S, check_speech
from callagent.tts.narration import Narration
from callagent.tts.refusals import refusal
from callagent.tts.synthesizer import Speech, SpeechChunk, SynthesizerInfo

NAME: Final = "elevenlabs"
GEORGE: Final = "JBFqnCBsd6RMkjVDRZzb"
"""A voice that every account has."""
DEFAULT_VOICES: Final[Mapping[str, str]] = {"en": GEORGE, "hi": GEORGE, "hinglish": GEORGE}
"""By language: one voice speaks all of them."""
VOICE: Final = re.compile(r"[A-Za-z0-9_-]+")
RATES: Final[Mapping[str, int]] = {"pcm_8000": 8000, "pcm_16000": 16000, "pcm_24000": 24000, "ulaw_8000": 8000}
"""Hertz, by the format of the audio that is asked for."""
SLOWEST, FASTEST = 0.7, 1.2
"""What the service's models can do."""
WITH_LANGUAGE: Final = ("eleven_flash_v2_5", "eleven_turbo_v2_5", "eleven_v3", "eleven_v4")
"""Beginnings of the models that can be told which language a text is in."""
LARGEST: Final = 16_000_000
"""Bytes of an answer: more than the longest text takes in the largest format."""
CONNECTIONS: Final = 32
KEPT_S: Final = 60.0
SLACK_S: Final = 0.5
"""How much longer the audio may be than its characters are said to take, and half as long again."""
REMEDY: Final = "check ELEVENLABS_API_KEY, what the key may be used for, and the account's credits"


@dataclass(frozen=True, slots=True)
class ElevenLabsOptions:
    """Whose account, how it is to sound, and how long to wait."""

    api_key: str = field(default="", repr=False)
    voices: Mapping[str, str] = field(default_factory=dict)
    """Voice by language, over `DEFAULT_VOICES`: identifiers, as the website shows them."""
    model: str = "eleven_flash_v2_5"
    """The flash models answer in a tenth of a second; the others are meant for studios."""
    output_format: str = "pcm_8000"
    """One of `RATES`; "ulaw_8000" needs half of the line's width."""
    gain_db: float = 0.0
    """Louder, or softer below 0, to match the other voices."""
    base_url: str = "https://api.elevenlabs.io"
    """Another region's, such as https://api.eu.residency.elevenlabs.io."""
    connect_s: float = 1.5
    stall_s: float = 5.0
    """Longest wait for the service to take or to send something."""

    def __post_init__(self) -> None:
        if not self.api_key:
            raise ConfigurationError("elevenlabs has no key: set ELEVENLABS_API_KEY.")
        if self.output_format not in RATES:
            raise ConfigurationError(f"elevenlabs cannot use {self.output_format!r}; give one of {', '.join(RATES)}.")
        if self.connect_s <= 0 or self.stall_s <= 0:
            raise ConfigurationError("elevenlabs needs connect_s and stall_s above 0, such as 1.5 and 5.")
        if find_spec("elevenlabs") is None:
            raise ConfigurationError("elevenlabs needs its package; install callagent[elevenlabs].")


class ElevenLabsSynthesizer:
    """One account's voices."""

    Options = ElevenLabsOptions

    def __init__(self, options: ElevenLabsOptions) -> None:
        self._options = options
        self._voices = {**DEFAULT_VOICES, **options.voices}
        sound = crc32(repr((sorted(self._voices.items()), options.output_format, options.gain_db)).encode())
        self._info = SynthesizerInfo(
            name=NAME,
            version=f"{version('elevenlabs')}-{options.model}-{sound:08x}",
            languages=(),
            word_times=True,
            needs_network=True,
        )
        self._clients: _Clients | None = None
        self._opening = asyncio.Lock()

    @property
    def info(self) -> SynthesizerInfo:
        """What it can do."""
        return self._info

    async def warm_up(self) -> None:
        """Load the library, a second or two, and open a connection. Raises ProviderError when that cannot be had."""
        clients = await self._open()
        try:
            # Any answer will do: a key may be good for nothing but speech.
            await clients.http.get(f"{self._options.base_url.rstrip('/')}/v1/models")
        except Exception as error:  # noqa: BLE001  # a traceback must not show the cause: it may hold the key
            raise _translated(error) from None

    async def synthesize(self, speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        """Speak as audio comes in; nothing for a text that has no words. Raises ProviderError."""
        check_speech(NAME, speech)
        if not speech.text:
            return
        clients = await self._open()
        try:
            async with aclosing(self._chunks(clients, speech)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ProviderError:
            raise
        except Exception as error:  # noqa: BLE001  # as above
            raise _translated(error) from None

    async def aclose(self) -> None:
        """Close the connections; the next speech opens new ones."""
        async with self._opening:
            clients, self._clients = self._clients, None
        if clients is not None:
            await clients.http.aclose()

    async def _open(self) -> "_Clients":
        async with self._opening:
            if self._clients is None:
                self._clients = await asyncio.to_thread(_clients, self._options)
            return self._clients

    async def _chunks(self, clients: "_Clients", speech: Speech) -> AsyncGenerator[SpeechChunk, None]:
        words = speech.text.split()
        spoken = respelled(words) if speech.language == "hinglish" else words
        narration = Narration(" ".join(spoken), words)
        decode, flush = _decoder(self._options.output_format)
        times = CharacterTimes(" ".join(spoken), narration)
        async with (
            clients.api.text_to_speech.with_raw_response.stream_with_timestamps(
                **self._request(speech, " ".join(spoken))
            ) as response,
            aclosing(response.data) as parts,
        ):
            while (part := await _next(parts, narration)) is not None:
                _note(times, part.alignment)
                chunk = narration.audio(decode(b64decode(part.audio_base_64, validate=True)))
                if times.orderly and narration.audio_s > 1.5 * narration.told_s + SLACK_S:
                    raise ProviderUnavailableError(NAME, "sent more audio than it says that the text takes")
                if chunk is not None:
                    yield self._levelled(chunk)
        last = narration.audio(flush())
        if not narration.audio_s:
            raise ProviderUnavailableError(NAME, "sent no sound")
        if narration.broken_off:
            raise ProviderUnavailableError(NAME, "sent less audio than the text takes")
        for chunk in (last, narration.end()):
            if chunk is not None:
                yield self._levelled(chunk)

    def _request(self, speech: Speech, text: str) -> dict[str, Any]:
        language = "hi" if speech.language == "hinglish" else speech.language.split("-", 1)[0].lower()
        voice = speech.voice or self._voices.get(speech.language) or self._voices.get(language) or self._voices["en"]
        if not VOICE.fullmatch(voice):
            raise ProviderRejectedError(NAME, f"{voice!r} is no voice; give its identifier, such as {GEORGE}")
        request: dict[str, Any] = {
            "voice_id": voice,
            "text": text,
            "model_id": self._options.model,
            "output_format": self._options.output_format,
        }
        # A model that does not know the code refuses the request; without one it finds out by itself.
        if language in self._voices and self._options.model.startswith(WITH_LANGUAGE):
            request["language_code"] = language
        if speech.rate != 1.0:
            request["voice_settings"] = {"speed": min(FASTEST, max(SLOWEST, speech.rate))}
        return request

    def _levelled(self, chunk: SpeechChunk) -> SpeechChunk:
        return replace(chunk, pcm=amplified(chunk.pcm, self._options.gain_db))


@dataclass(frozen=True, slots=True)
class _Clients:
    api: Any
    http: Any
    """The connections beneath."""


def _clients(options: ElevenLabsOptions) -> _Clients:
    """Loads the library. Raises ProviderError."""
    try:
        import httpx
        from elevenlabs.client import AsyncElevenLabs
    except ImportError as error:
        raise ProviderRejectedError(NAME, f"cannot be loaded ({error.name}); install callagent[elevenlabs]") from error

    class BoundedTransport(httpx.AsyncHTTPTransport):
        """Reads no more of an answer than can be speech: the library would hold a line of any length."""

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            watched = Request("tts", NAME)
            request.extensions["trace"] = watched.trace
            response = await super().handle_async_request(request)
            watched.answered()
            response.stream = BoundedStream(response.stream)
            return response

    class BoundedStream(httpx.AsyncByteStream):
        def __init__(self, inner: Any) -> None:
            self._inner = inner

        async def __aiter__(self) -> AsyncGenerator[bytes, None]:
            left = LARGEST
            async for data in self._inner:
                left -= len(data)
                if left < 0:
                    raise ProviderUnavailableError(NAME, "sent more than speech can be")
                yield data

        async def aclose(self) -> None:
            await self._inner.aclose()

    timeout = httpx.Timeout(options.stall_s, connect=options.connect_s, pool=options.connect_s)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=CONNECTIONS, keepalive_expiry=KEPT_S)
    http = httpx.AsyncClient(timeout=timeout, transport=BoundedTransport(limits=limits))
    # Given seconds, the library would put them in the place of the client's own; it hands on whatever it is given.
    api = AsyncElevenLabs(
        api_key=options.api_key, base_url=options.base_url, httpx_client=http, timeout=cast("float", timeout)
    )
    return _Clients(api, http)


async def _next(parts: AsyncGenerator[Any, None], narration: Narration) -> Any:
    """The next part of the answer; None after the last."""
    said = narration.said_all
    try:
        async with asyncio.timeout(FAREWELL_S if said else None):
            return await anext(parts, None)
    except TimeoutError:
        if said:
            return None
        raise


def _note(times: CharacterTimes, alignment: Any) -> None:
    if alignment is None:
        times.missing()
    else:
        begin_s, end_s = alignment.character_start_times_seconds, alignment.character_end_times_seconds
        times.part(alignment.characters, begin_s, end_s)


def _decoder(output_format: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    """From what was asked for to 8 kHz PCM, and what that still holds at the end."""
    rate = RATES[output_format]
    if output_format.startswith("ulaw"):
        return ulaw_decode, bytes
    if rate == RATES["pcm_8000"]:
        return bytes, bytes
    resampler = StreamResampler(rate)
    return resampler.feed, resampler.flush


def _translated(error: Exception) -> ProviderError:
    import httpx
    from elevenlabs.core.api_error import ApiError

    match error:
        case ProviderError():
            return error
        case ApiError(status_code=int() as status):
            return refusal(NAME, status, error.headers or {}, REMEDY)
        case httpx.TimeoutException() | TimeoutError():
            return ProviderTimeoutError(NAME, f"did not answer in time ({type(error).__name__})")
        case httpx.HTTPError() | OSError():
            return ProviderUnavailableError(NAME, f"cannot be reached, or broke off ({type(error).__name__})")
        case binascii.Error():
            return ProviderUnavailableError(NAME, "sent no audio")
        case _:
            # The library takes any JSON for an answer.
            return ProviderUnavailableError(NAME, f"does not keep to its protocol ({type(error).__name__})")
