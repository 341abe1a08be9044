"""A Twilio media stream as a `Leg`."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from aiohttp import WSMsgType, web

from callagent.errors import CarrierError
from callagent.media.g711 import ulaw_decode
from callagent.telephony.leg import (
    AudioReceived,
    DigitReceived,
    LegCounters,
    LegEnd,
    LegEnded,
    LegInfo,
    LegSignal,
    MarkPlayed,
    Whisper,
)
from callagent.telephony.nonsense import Nonsense
from callagent.telephony.outbox import Outbox
from callagent.telephony.twilio import wire
from callagent.telephony.twilio.timeline import Timeline

GOODBYE_S: Final = 2.0
"""How long Twilio may take, after it accepted a hang-up, to close the stream."""

log = structlog.get_logger("callagent.twilio")


class TwilioLeg:
    """One accepted stream; `start` was checked by whoever made this."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        start: wire.Started,
        info: LegInfo,
        hang_up: Callable[[], Awaitable[None]],
        send_text: Callable[[str, str], Awaitable[None]],
        transfer: Callable[[Sequence[tuple[str, float]], Whisper], Awaitable[None]],
        counters: LegCounters,
    ) -> None:
        self._socket = socket
        self._stream_sid = start.stream_sid
        self._info = info
        self._hang_up = hang_up
        self._send_text = send_text
        self._transfer = transfer
        self._handed_over = False
        self._counters = counters
        self._timeline = Timeline(counters)
        self._outbox = Outbox(socket.send_str, log, info.call_id)
        self._nonsense = Nonsense(counters)
        self._hanging_up = False
        self._ended = False
        """Whether the carrier has ended the stream."""
        self._gone = asyncio.Event()

    @property
    def info(self) -> LegInfo:
        """Who is on the line."""
        return self._info

    @property
    def counters(self) -> LegCounters:
        """What was lost or malformed so far."""
        return self._counters

    @property
    def quality(self) -> None:
        """Not told by this carrier."""
        return

    async def signals(self) -> AsyncGenerator[LegSignal, None]:
        """Everything from Twilio, in order; ends after `LegEnded`."""
        writer = asyncio.create_task(self._write())
        try:
            async for message in self._socket:
                if message.type is not WSMsgType.TEXT:
                    signal = self._malformed("not text")
                else:
                    signal = self._signal(wire.parse(message.data))
                if signal is not None:
                    yield signal
                if isinstance(signal, LegEnded):
                    return
            self._ended = True
            yield LegEnded(self._end(LegEnd.LINE_LOST))
        finally:
            self._gone.set()
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    def _signal(self, message: wire.Message) -> LegSignal | None:
        match message:
            case wire.Media(_, timestamp_ms, ulaw):
                chunk = self._timeline.place(timestamp_ms, ulaw_decode(ulaw))
                return AudioReceived(chunk) if chunk else None
            case wire.Marked(name):
                return MarkPlayed(name)
            case wire.Keyed(digit):
                return DigitReceived(digit)
            case wire.Stopped():
                self._ended = True
                return LegEnded(self._end(LegEnd.CALLER_HUNG_UP))
            case wire.Malformed(reason):
                return self._malformed(reason)
            case _:
                return self._malformed("out of order")

    def _malformed(self, reason: str) -> LegSignal | None:
        """Count it; too much of it ends the stream."""
        if self._nonsense.is_too_much(asyncio.get_running_loop().time()):
            log.warning("stream broken off", call=self._info.call_id, malformed=self._counters.malformed, last=reason)
            return LegEnded(LegEnd.PROTOCOL_BROKEN)
        return None

    def play(self, pcm: bytes) -> None:
        """Send 20 or 40 ms towards the caller now."""
        self._outbox.put(wire.media_of(self._stream_sid, pcm))

    def mark(self, name: str) -> None:
        """Ask for a `MarkPlayed(name)` when all that was played so far has been heard."""
        self._outbox.put(wire.mark(self._stream_sid, name))

    def clear(self) -> None:
        """Throw away what Twilio has not played yet, and what waits here."""
        self._outbox.clear()
        self._outbox.put(wire.clear(self._stream_sid))

    async def _write(self) -> None:
        if await self._outbox.write():
            await self._socket.close()  # the reader takes it for a lost line

    async def send_text(self, to: str, text: str) -> None:
        """Send a text message from the number that was called, through the REST API. Raises CarrierError."""
        await self._send_text(to, text)

    async def transfer(self, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Have others rung, through the REST API: Twilio takes the call from this stream. Raises CarrierError."""
        self._handed_over = True
        try:
            await self._transfer(numbers, whisper)
        except Exception:
            self._handed_over = False
            raise

    def _end(self, otherwise: LegEnd) -> LegEnd:
        """Why the stream ended."""
        return LegEnd.HANDED_OVER if self._handed_over else LegEnd.AGENT_HUNG_UP if self._hanging_up else otherwise

    async def hang_up(self) -> None:
        """End the call through the REST API; when that fails, by closing the stream, which ends it as well."""
        if self._hanging_up:
            return
        self._hanging_up = True
        if self._ended or self._handed_over:
            # A call that was handed over is not this leg's to end.
            await self._socket.close()
            return
        try:
            await self._hang_up()
            # Twilio answers with `stop` and closes; the reader of `signals` sees it. Do not wait for ever.
            async with asyncio.timeout(GOODBYE_S):
                await self._gone.wait()
        except CarrierError as error:
            log.warning("hang-up refused", call=self._info.call_id, reason=str(error))
        except TimeoutError:
            log.warning("hang-up ignored", call=self._info.call_id, waited_s=GOODBYE_S)
        finally:
            await self._socket.close()
