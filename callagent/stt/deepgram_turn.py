"""One turn of a caller on a connection to Deepgram: its audio goes out, its words come in."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog

from callagent.errors import ProviderTimeoutError, ProviderUnavailableError
from callagent.media.audio import BYTES_PER_SAMPLE
from callagent.media.g711 import ulaw_encode
from callagent.stt.deepgram_streams import Over, Stream
from callagent.stt.deepgram_words import Words

MESSAGE_BYTES: Final = 1600
"""Of PCM, a tenth of a second."""
CATCH_UP_BYTES: Final = 16_000
"""Of PCM in one message, when there is more than that to be sent."""
GRACE_S: Final = 0.5
"""After `Finalize` with next to no audio left it may answer nothing; then it is asked to close, which it answers."""

log = structlog.get_logger("callagent.stt")


class Turn:
    """Begins with `start`; `hear` gives what comes of it, until it is whole; `aclose` ends it at any time."""

    def __init__(self, provider: str, stream: Stream, encoding: str, timeout_s: float) -> None:
        self.stream = stream
        self.heard = False
        """Whether anything has come from the stream in this turn."""
        self._provider = provider
        self._encoding = encoding
        self._timeout_s = timeout_s
        self._inbox: asyncio.Queue[Any] = asyncio.Queue()
        self._pcm = bytearray()
        """All of the turn's audio."""
        self._sent = 0
        self._sending = asyncio.Lock()
        self._ended = False
        """Whether there is no more audio to come."""
        self._finalized_s: float | None = None
        """The loop's time at which the last words were asked for."""
        self._closing = False
        self._sure = True
        """Whether the stream listens for what it was told to."""
        self._listening: asyncio.Task[None] | None = None

    def start(self, audio: AsyncIterator[bytes]) -> None:
        """Begin to send audio as it comes."""
        self.stream.begin(self._inbox)
        self._listening = asyncio.create_task(self._listen(audio), name="deepgram audio")

    async def move_to(self, stream: Stream) -> None:
        """Begin again on another stream, with all audio so far."""
        self.stream = stream
        self._inbox = asyncio.Queue()
        self._sent, self._finalized_s, self._closing, self._sure = 0, None, False, True
        stream.begin(self._inbox)
        await self._send()

    async def hear(self, words: Words) -> bool:
        """Wait for a result, be it the same as before; whether `words` are the turn's last. Raises ProviderError."""
        while True:
            message = await self._next()
            if isinstance(message, Over):
                raise message.error
            if message is None:
                if not self._pcm:
                    self.stream.sound = True
                    return True
                continue
            try:
                done, is_result = self._take(message, words)
            except ValueError as error:
                raise ProviderUnavailableError(self._provider, f"sent nonsense: {error}") from None
            if done or is_result:
                return done

    async def aclose(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    def _take(self, message: Any, words: Words) -> tuple[bool, bool]:
        """Whether a message was the last, and whether it was a result."""
        self.heard = True
        match getattr(message, "type", None):
            case "Results":
                if self.stream.is_stale(message):
                    return False, False
                words.take(message)
                done = self._finalized_s is not None and message.from_finalize is True
                self.stream.sound = done and self._sure and not self._closing
                return done, True
            case "Metadata" if self._closing:
                if not words.results:
                    raise ValueError("an end without a result")
                return True, False
            case "Metadata":
                pass
            case "ConfigureFailure":
                log.warning("keyterms not taken", provider=self._provider)
                self._sure = False
            case "Error":
                raise ProviderUnavailableError(self._provider, "reported an error")
            case kind if not isinstance(kind, str):
                raise ValueError("a message of no kind")
        return False, False

    async def _next(self) -> Any:
        """What comes next; None when all audio has been sent meanwhile."""
        while True:
            try:
                async with asyncio.timeout_at(self._due_s()):
                    return await self._inbox.get()
            except TimeoutError:
                if self._closing:
                    raise ProviderTimeoutError(
                        self._provider, f"no last transcript within {self._timeout_s:g} s"
                    ) from None
                self._closing = True
                await self.stream.ask_to_close()

    def _due_s(self) -> float | None:
        if self._finalized_s is None:
            return None
        return self._finalized_s + (self._timeout_s if self._closing else min(GRACE_S, self._timeout_s))

    async def _listen(self, audio: AsyncIterator[bytes]) -> None:
        try:
            async for pcm in audio:
                self._pcm += pcm
                if len(self._pcm) - self._sent >= MESSAGE_BYTES:
                    await self._send()
        finally:
            self._ended = True
        await self._send()

    async def _send(self) -> None:
        """Send what has not been sent, and after the last of it ask for the words."""
        async with self._sending:
            while piece := bytes(self._pcm[self._sent : self._sent + CATCH_UP_BYTES]):
                piece = piece[: len(piece) - len(piece) % BYTES_PER_SAMPLE]
                if not piece:
                    break
                self._sent += len(piece)
                await self.stream.send_audio(ulaw_encode(piece) if self._encoding == "mulaw" else piece)
            if self._ended and self._finalized_s is None:
                self._finalized_s = asyncio.get_running_loop().time()
                if self._pcm:
                    await self.stream.finalize()
                self._inbox.put_nowait(None)
