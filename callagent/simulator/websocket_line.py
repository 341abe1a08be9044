"""An Asterisk that calls over its WebSocket channel, with the caller's telephone: a `Line`.

It behaves as chan_websocket does, and has nothing in common with its server: sound is queued in whole frames and
played 20 ms at a time, marks stand in the same queue, a flush throws both away, and commands that it does not know, or
that are too long, get no answer.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import numpy as np

from callagent.media.audio import SILENCE
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.simulator.own_pace import OwnPace

XOFF: Final = 900
XON: Final = 800
MOST_QUEUED: Final = 1000
LONGEST_COMMAND: Final = 128
LONGEST_GAP: Final = 3
"""Ticks without sound; more of them are a pause between sentences."""
FRAMES: Final = {"ulaw": 160, "slin": 320, "slin16": 640}
"""Bytes of 20 ms, by format."""


@dataclass(frozen=True, slots=True)
class Channel:
    """How Asterisk was told to dial."""

    format: str = "ulaw"
    is_json: bool = False
    knows_marks: bool = True
    variables: Mapping[str, str] | None = None
    channel_id: str = "1763.42"


class WebSocketLine:
    """One call on a connected WebSocket; `begin` starts it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, channel: Channel) -> None:
        self.commands: list[str] = []
        """Names of the commands that came, in order."""
        self.most_queued = 0
        """Most frames that ever waited."""
        self.lost_bytes = 0
        """Of sound that came in no whole frame."""
        self._socket = socket
        self._channel = channel
        self._frame = FRAMES[channel.format]
        self._queue: deque[bytes | str] = deque()
        """Frames of sound, and marks."""
        self._is_full = False
        self._wants_drained = False
        self._pace = OwnPace()
        self._gaps = 0
        self._dry = LONGEST_GAP + 1
        """Ticks since the queue ran dry."""
        self._over = False
        self._reading: asyncio.Task[None] | None = None

    async def begin(self) -> "WebSocketLine":
        """Say MEDIA_START, and listen from now on."""
        channel = self._channel
        given: dict[str, Any] = {
            "connection_id": "shop",
            "channel": "WebSocket/shop/0x5140001a0040",
            "channel_id": channel.channel_id,
            "format": channel.format,
            "optimal_frame_size": self._frame,
            "ptime": 20,
        }
        if channel.is_json:
            given["channel_variables"] = dict(channel.variables or {})
        else:
            del given["channel"]
        await self.tell("MEDIA_START", **given)
        self._reading = asyncio.create_task(self._read(), name="websocket line")
        return self

    @property
    def gaps(self) -> int:
        """See `Line`: times the queue ran dry and more sound came within `LONGEST_GAP`."""
        return self._gaps

    async def exchange(self, spoken: bytes) -> bytes | None:
        """See `Line`. One user only."""
        await self._pace.next(spoken)
        if self._over:
            return None
        with suppress(ConnectionError, aiohttp.ClientError):
            while self._pace.keys:
                await self.tell("DTMF_END", digit=self._pace.keys.pop(0), channel_id=self._channel.channel_id)
            await self._socket.send_bytes(self._coded(spoken))
        return await self._hear()

    def press(self, digit: str) -> None:
        """See `Line`; the key goes out with the next tick. ValueError for what is no key."""
        self._pace.press(digit)

    async def hang_up(self) -> None:
        """See `Line`: Asterisk closes the WebSocket."""
        self._over = True
        await self._socket.close()
        if self._reading is not None:
            await asyncio.wait({self._reading})

    async def tell(self, event: str, **given: Any) -> None:
        """Send an event, in the channel's format."""
        if self._channel.is_json:
            await self._socket.send_str(json.dumps({"event": event} | given))
        elif event == "MEDIA_MARK_PROCESSED":
            await self._socket.send_str(f"{event} {given['correlation_id']}")
        else:
            await self._socket.send_str(" ".join([event, *(f"{name}:{value}" for name, value in given.items())]))

    async def _hear(self) -> bytes:
        """The next 20 ms; marks before them take no time."""
        if self._is_full and self._frames() < XON:
            self._is_full = False
            await self.tell("MEDIA_XON", channel_id=self._channel.channel_id)
        while self._queue and isinstance(mark := self._queue[0], str):
            self._queue.popleft()
            await self.tell("MEDIA_MARK_PROCESSED", channel_id=self._channel.channel_id, correlation_id=mark)
        if not self._queue:
            if self._wants_drained:
                self._wants_drained = False
                await self.tell("QUEUE_DRAINED", channel_id=self._channel.channel_id)
            self._dry += 1
            return SILENCE
        frame = self._queue.popleft()
        assert isinstance(frame, bytes)  # noqa: S101  # marks are gone
        self._gaps += 0 < self._dry <= LONGEST_GAP
        self._dry = 0
        return self._heard(frame)

    def _frames(self) -> int:
        return sum(isinstance(one, bytes) for one in self._queue)

    async def _read(self) -> None:
        """Take what the server sends until it ends the call."""
        with suppress(ConnectionError, aiohttp.ClientError):
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    await self._take(message.data)
                elif message.type is aiohttp.WSMsgType.TEXT and len(message.data) <= LONGEST_COMMAND:
                    await self._obey(message.data)
        self._over = True

    async def _take(self, data: bytes) -> None:
        whole = len(data) // self._frame * self._frame
        self.lost_bytes += len(data) - whole
        for at in range(0, whole, self._frame):
            if self._frames() >= MOST_QUEUED:
                return
            self._queue.append(data[at : at + self._frame])
        self.most_queued = max(self.most_queued, self._frames())
        if not self._is_full and self._frames() >= XOFF:
            self._is_full = True
            await self.tell("MEDIA_XOFF", channel_id=self._channel.channel_id)

    async def _obey(self, text: str) -> None:
        if self._channel.is_json:
            given = json.loads(text)
            name, mark = given["command"], given.get("correlation_id", "")
        else:
            name, _, mark = text.partition(" ")
        self.commands.append(name)
        match name:
            case "MARK_MEDIA" if self._channel.knows_marks:
                self._queue.append(str(mark))
            case "FLUSH_MEDIA":
                self._queue.clear()
            case "REPORT_QUEUE_DRAINED":
                self._wants_drained = True
            case "HANGUP":
                self._over = True
                await self._socket.close()

    def _coded(self, pcm: bytes) -> bytes:
        match self._channel.format:
            case "ulaw":
                return ulaw_encode(pcm)
            case "slin16":
                return np.repeat(np.frombuffer(pcm, "<i2"), 2).astype("<i2").tobytes()
            case _:
                return pcm

    def _heard(self, frame: bytes) -> bytes:
        match self._channel.format:
            case "ulaw":
                return ulaw_decode(frame)
            case "slin16":
                return bytes(np.frombuffer(frame, "<i2").reshape(-1, 2).mean(axis=1).astype("<i2").tobytes())
            case _:
                return frame
