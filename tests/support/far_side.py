"""Far sides of calls that can be told what to do wrong: each a `Line` with a carrier's misfortunes."""

import asyncio
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Generic, TypeVar

import aiohttp
from support.sip_peer import EVENT_TYPE, SipPeer

from callagent.media.audio import SILENCE
from callagent.simulator.audiosocket_line import AudioSocketLine
from callagent.simulator.line import Line
from callagent.simulator.ticker import Ticker
from callagent.simulator.twilio_call import TwilioCall
from callagent.simulator.websocket_line import WebSocketLine
from callagent.telephony.loopback import LoopbackLine

TAKES_S: Final = 1.0
"""A line that takes nothing for so long is full."""

AnyLine = TypeVar("AnyLine", bound=Line)


class FarSide(Generic[AnyLine]):
    """A telephone with its carrier."""

    def __init__(self, line: AnyLine) -> None:
        self.line = line

    @property
    def gaps(self) -> int:
        """See `Line`."""
        return self.line.gaps

    async def exchange(self, spoken: bytes) -> bytes | None:
        """See `Line`."""
        return await self.line.exchange(spoken)

    def press(self, digit: str) -> None:
        """See `Line`."""
        self.line.press(digit)

    async def hang_up(self) -> None:
        """See `Line`."""
        await self.line.hang_up()

    async def vanish(self) -> None:
        """Be gone without the carrier's goodbye."""
        raise NotImplementedError

    async def freeze(self) -> None:
        """From now on take nothing, do nothing and answer nothing, though the connection stands."""

    async def babble(self, messages: int) -> None:
        """Send so much that means nothing, of many kinds."""
        raise NotImplementedError

    async def flood(self, chunks: int) -> None:
        """Say so many chunks as fast as the line takes them, and no more when it is full."""
        raise NotImplementedError

    def lose(self, chunks: int) -> None:
        """Have the network lose so many chunks of what is said next."""
        raise NotImplementedError


class LoopbackFar(FarSide[LoopbackLine]):
    """In the process."""

    async def vanish(self) -> None:
        """See `FarSide`."""
        self.line.lose()

    async def flood(self, chunks: int) -> None:
        """See `FarSide`; it keeps its own time."""
        for _ in range(chunks):
            await self.line.exchange(SILENCE)


class AudioSocketFar(FarSide[AudioSocketLine]):
    """An Asterisk at the other end of an AudioSocket."""

    async def vanish(self) -> None:
        """In the middle of a frame: between two, an end is how Asterisk hangs up."""
        await self.line.send_bytes(b"\x10\x01")
        await self.line.hang_up()

    async def freeze(self) -> None:
        """See `FarSide`."""
        await _end(self.line._reading)
        self.line._reader._transport.pause_reading()  # type: ignore[attr-defined]

    async def babble(self, messages: int) -> None:
        """Types that nobody knows, keys that are none, half a sample, no UUID, and more than a frame may hold."""
        kinds = (
            b"\x77\x00\x04what",
            b"\x03\x00\x02ab",
            b"\x10\x00\x03abc",
            b"\x01\x00\x00",
            b"\x10\xff\xff" + bytes(0xFFFF),
        )
        for number in range(messages):
            await self.line.send_bytes(kinds[number % len(kinds)])

    async def flood(self, chunks: int) -> None:
        """See `FarSide`."""

        async def say() -> None:
            await self.line.send(0x10, SILENCE)
            await self.line._writer.drain()

        await _while_taken(chunks, say)


class WebSocketFar(FarSide[WebSocketLine]):
    """An Asterisk at the other end of its WebSocket channel."""

    async def vanish(self) -> None:
        """See `FarSide`."""
        wire = self.line._socket.get_extra_info("socket")
        wire.shutdown(2)

    async def freeze(self) -> None:
        """See `FarSide`."""
        await _end(self.line._reading)

    async def babble(self, messages: int) -> None:
        """Events that nobody knows, keys that are none, and a second beginning; lines and JSON."""
        kinds = (
            "",
            "NEW_EVENT x:1",
            "{broken",
            '{"event": ["MEDIA_XON"]}',
            '{"event": "DTMF_END", "digit": {"a": 1}}',
            "DTMF_END digit:12",
            "MEDIA_START format:ulaw optimal_frame_size:160",
            "\x00" * 300,
        )
        for number in range(messages):
            await self.line._socket.send_str(kinds[number % len(kinds)])

    async def flood(self, chunks: int) -> None:
        """See `FarSide`."""
        await _while_taken(chunks, lambda: self.line._socket.send_bytes(self.line._coded(SILENCE)))


class TwilioFar(FarSide[TwilioCall]):
    """A Twilio at the other end of a media stream."""

    def __init__(self, line: TwilioCall, ticker: Ticker) -> None:
        super().__init__(line)
        self._ticker = ticker
        self.is_frozen = False

    async def vanish(self) -> None:
        """See `FarSide`."""
        await self.line.vanish()

    async def freeze(self) -> None:
        """See `FarSide`."""
        self.is_frozen = True
        self._ticker.leave(self.line)
        await self.line._tasks.stop_reading()

    async def babble(self, messages: int) -> None:
        """No JSON, wrong base64, wrong fields, events that nobody knows, and what is no text at all."""
        kinds = (
            "no JSON",
            "[]",
            '{"event":"media","media":{"payload":"***"}}',
            '{"event":"media","media":{"payload":"' + "A" * 20_000 + '"}}',
            '{"event":"media","media":7}',
            '{"event":"dtmf","dtmf":{"digit":"12"}}',
            '{"event":"mark","mark":{"name":"\\ud800"}}',
            '{"event":{}}',
        )
        await self.line._stream.send_bytes(b"\x00\x01")
        for number in range(messages - 1):
            await self.line._stream.send_str(kinds[number % len(kinds)])

    async def flood(self, chunks: int) -> None:
        """See `FarSide`."""
        self._ticker.leave(self.line)
        payload = "/" * 212 + "/w=="
        await _while_taken(chunks, lambda: self.line._stream.send_str(self.line._messages.media(payload)))
        self._ticker.join(self.line)

    def lose(self, chunks: int) -> None:
        """See `FarSide`."""
        for _ in range(chunks):
            self.line._messages.skip()


class SipFar(FarSide[SipPeer]):
    """A telephone at the other end of SIP and RTP."""

    async def vanish(self) -> None:
        """See `FarSide`."""
        self.line.close()

    async def freeze(self) -> None:
        """See `FarSide`."""
        self.line.is_frozen = True

    async def babble(self, messages: int) -> None:
        """Packets that are none: too short, of another version, half an event, no G.711; over UDP no SIP either."""
        header = struct.pack("!BBHII", 0x80, self.line.offer.payload_type, 0, 0, 1)
        event = struct.pack("!BBHII", 0x80, EVENT_TYPE, 0, 0, 1)
        kinds = (b"\x80", b"\x40" + header[1:] + bytes(160), event + b"\x05\x0a", header, header + bytes(2001))
        for number in range(messages):
            self.line.send_media(kinds[number % len(kinds)])
        if self.line.offer.transport == "UDP":
            for data in (
                b"\x00\xff" * 20,
                b"INVITE",
                b"SIP/2.0 200 OK\r\n\r\n",
                b"BYE sip:a SIP/2.0\r\nVia: x\r\n\r\n",
            ):
                self.line.send_sip(data)

    async def flood(self, chunks: int) -> None:
        """See `FarSide`; who speaks faster than time is cut short by the jitter buffer."""
        for _ in range(chunks):
            await self.line.exchange(SILENCE)

    def lose(self, chunks: int) -> None:
        """See `FarSide`."""
        self.line.lose(chunks)


async def _end(task: asyncio.Task[None] | None) -> None:
    assert task is not None
    task.cancel()
    await asyncio.wait({task})


async def _while_taken(chunks: int, say: Callable[[], Awaitable[None]]) -> None:
    with suppress(TimeoutError, ConnectionError, aiohttp.ClientError):
        for _ in range(chunks):
            async with asyncio.timeout(TAKES_S):
                await say()
