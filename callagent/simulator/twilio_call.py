"""One call as Twilio carries it: a telephone on one side, a media stream on the other."""

import asyncio
import base64
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache

import aiohttp
import numpy as np

from callagent.errors import WireError
from callagent.media.audio import SILENCE
from callagent.media.g711 import ulaw_decode, ulaw_encode
from callagent.media.playback import PlaybackBuffer, PlaybackCounts
from callagent.simulator.call_end import CallEnd
from callagent.simulator.handset import Handset
from callagent.simulator.stream_messages import (
    CONNECTED,
    CallIds,
    ClearAsked,
    MarkAsked,
    PlayAsked,
    StreamMessages,
    read,
)
from callagent.simulator.twiml import Verb

STALL_S = 0.5
"""A server that does not read for so long has lost the call."""

_SILENT_PAYLOAD = base64.b64encode(ulaw_encode(SILENCE)).decode()


@lru_cache(maxsize=1024)
def _payload(spoken: bytes) -> str:
    """Many callers of a measurement say the same."""
    return base64.b64encode(ulaw_encode(spoken)).decode()


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong with a call on purpose; nothing, unless said."""

    wrong_signature: bool = False
    """Sign webhook and upgrade with another account's token."""
    unsigned: bool = False
    """Send no signature at all."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Stream parameters to falsify: name and value."""
    wrong_order: bool = False
    """Send a media message before `start`."""
    lose_every: int = 0
    """Lose every so many-th media message on the way; 0 loses none."""


@dataclass(slots=True)
class CallRecord:
    """What the carrier saw of a call."""

    sent_s: list[float] = field(default_factory=list)
    """Event-loop time of each 20 ms that was sent to the server."""
    heard_s: list[float] = field(default_factory=list)
    """Event-loop time of each 20 ms of the server's audio that was heard."""
    complaints: list[str] = field(default_factory=list)
    """Messages of the server that Twilio would have complained of."""
    marks: list[str] = field(default_factory=list)
    """Marks that went back to the server, played out or cleared."""
    said: list[str] = field(default_factory=list)
    """Texts that Twilio was told to speak itself, after the stream."""
    redirects: list[str] = field(default_factory=list)
    """TwiML that the call was redirected to."""
    audio: list[tuple[bytes, bytes]] | None = None
    """What was spoken and heard, 20 ms of PCM each, when the call is recorded."""

    def stereo(self) -> bytes:
        """The recorded call as PCM of two channels, caller left and agent right: for `wav_bytes(..., channels=2)`."""
        sides = zip(*(self.audio or []), strict=True)
        channels = [np.frombuffer(b"".join(side), "<i2") for side in sides]
        return np.stack(channels, axis=1).tobytes() if channels else b""


class TwilioCall:
    """A call that has been answered; it is a `Line` for the caller."""

    def __init__(
        self,
        ids: CallIds,
        stream: aiohttp.ClientWebSocketResponse,
        after: tuple[Verb, ...],
        faults: Faults,
        ended: Callable[["TwilioCall"], Awaitable[None]],
    ) -> None:
        self.ids = ids
        self.after = after
        """Verbs that are due when the server has closed the stream."""
        self.record = CallRecord()
        self.end: CallEnd | None = None
        self._stream = stream
        self._messages = StreamMessages(ids)
        self._playback = PlaybackBuffer()
        self._faults = faults
        self._ended = ended
        self._handset = Handset()
        self._tasks = _Tasks()

    @property
    def gaps(self) -> int:
        """See `Line`: the playback buffer ran dry before an utterance was complete."""
        return len(self._playback.counts.gap_ms)

    @property
    def complaints(self) -> list[str]:
        """What Twilio would have complained of."""
        return self.record.complaints

    @property
    def playback(self) -> PlaybackCounts:
        """How the server fed the playback buffer."""
        return self._playback.counts

    async def begin(self, parameters: dict[str, str]) -> None:
        """Say `connected` and `start`, and listen to the server from now on."""
        await self._stream.send_str(CONNECTED)
        if self._faults.wrong_order:
            await self._stream.send_str(StreamMessages(self.ids).media(_SILENT_PAYLOAD))
        await self._stream.send_str(self._messages.start(parameters | dict(self._faults.parameters)))
        self._tasks.reading = asyncio.create_task(self._read(), name="twilio stream")

    async def exchange(self, spoken: bytes) -> bytes | None:
        """See `Line`. One user only."""
        return await self._handset.exchange(spoken)

    def press(self, digit: str) -> None:
        """See `Line`; the key goes out with the next tick. ValueError for what is no key."""
        self._handset.press(digit)

    async def hang_up(self) -> None:
        """See `Line`; returns when the server has been told: `stop`, close and the status callback."""
        await self.finish(CallEnd.CALLER_HUNG_UP)

    async def vanish(self) -> None:
        """Lose the connection without `stop` and without a goodbye of the WebSocket."""
        await self.finish(CallEnd.VANISHED)

    async def tick(self, at_s: float) -> None:
        """Send 20 ms to the server and hear 20 ms of it; the ticker calls this."""
        if self.end is not None:
            return
        handset = self._handset
        spoken = handset.take()
        heard = self._playback.tick(at_s)
        try:
            async with asyncio.timeout(STALL_S):
                for name in heard.marks:
                    await self._send_mark(name)
                while handset.keys:
                    await self._stream.send_str(self._messages.dtmf(handset.keys.pop(0)))
                await self._send_media(spoken, at_s)
        except TimeoutError:
            self._end_soon(CallEnd.SERVER_STALLED)
            return
        except (ConnectionError, aiohttp.ClientError):
            self._end_soon(CallEnd.SERVER_CLOSED)
            return
        pcm = ulaw_decode(heard.audio) if heard.played else SILENCE
        if heard.played:
            self.record.heard_s.append(at_s)
        if self.record.audio is not None:
            self.record.audio.append((spoken, pcm))
        handset.hear(pcm)

    async def finish(self, end: CallEnd) -> None:
        """End the call in the way of `end`; the first end counts, a later one waits for it."""
        if self.end is None:
            self.end = end
            self._handset.hear(None)
            try:
                await self._say_goodbye(end)
                await self._tasks.stop_reading()
                await self._ended(self)
            finally:
                self._tasks.over.set()
        await self._tasks.over.wait()

    def end_by_api(self) -> None:
        """End the call soon, as an update of the Calls resource does."""
        self._end_soon(CallEnd.API_HUNG_UP)

    def _end_soon(self, end: CallEnd) -> None:
        if self._tasks.ending is None:
            self._tasks.ending = asyncio.create_task(self.finish(end), name="twilio call ends")

    async def _say_goodbye(self, end: CallEnd) -> None:
        try:
            if end in {CallEnd.VANISHED, CallEnd.SERVER_STALLED}:
                self._cut_wire()
            elif end is not CallEnd.SERVER_CLOSED:
                await self._stream.send_str(self._messages.stop())
            await self._stream.close()
        except (ConnectionError, aiohttp.ClientError):
            pass  # the server was quicker

    def _cut_wire(self) -> None:
        """Close the connection below the WebSocket, which then cannot say goodbye."""
        wire = self._stream.get_extra_info("socket")
        if wire is not None:
            # By a twin: some event loops do not let their own sockets be shut down.
            with contextlib.suppress(OSError), socket.fromfd(wire.fileno(), wire.family, wire.type) as twin:
                twin.shutdown(socket.SHUT_RDWR)

    async def _send_media(self, spoken: bytes, at_s: float) -> None:
        lose = self._faults.lose_every
        if lose and len(self.record.sent_s) % lose == lose - 1:
            self._messages.skip()
        else:
            # Comparing with one fixed object is cheaper than coding silence 50 times a second.
            payload = _SILENT_PAYLOAD if spoken is SILENCE else _payload(spoken)
            await self._stream.send_str(self._messages.media(payload))
        self.record.sent_s.append(at_s)

    async def _send_mark(self, name: str) -> None:
        self.record.marks.append(name)
        await self._stream.send_str(self._messages.mark(name))

    async def _read(self) -> None:
        """Do what the server asks until it closes the stream."""
        try:
            async for message in self._stream:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._obey(message.data)
                else:
                    self.record.complaints.append(f"a {message.type.name} message where JSON text was due")
        except (ConnectionError, aiohttp.ClientError):
            pass  # ends like an orderly close: Twilio goes on with the TwiML
        self._end_soon(CallEnd.SERVER_CLOSED)

    async def _obey(self, text: str) -> None:
        try:
            asked = read(text, self.ids)
        except WireError as error:
            self.record.complaints.append(str(error))
            return
        match asked:
            case PlayAsked():
                self._playback.queue(asked.payload, asyncio.get_running_loop().time())
            case MarkAsked():
                self._playback.mark(asked.name)
            case ClearAsked():
                for name in self._playback.clear():
                    await self._send_mark(name)


class _Tasks:
    """What a call has running in the background."""

    def __init__(self) -> None:
        self.reading: asyncio.Task[None] | None = None
        self.ending: asyncio.Task[None] | None = None
        self.over = asyncio.Event()

    async def stop_reading(self) -> None:
        if self.reading is not None and not self.reading.done():
            self.reading.cancel()
            await asyncio.wait([self.reading])
