"""A call over Asterisk's WebSocket channel as a `Leg`. Asterisk keeps the time: it queues what comes and plays it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Final

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from callagent.errors import CarrierError, CarrierRefusedError
from callagent.media.audio import duration_s
from callagent.telephony.asterisk import websocket
from callagent.telephony.asterisk.handovers import HandOver
from callagent.telephony.asterisk.leg import AsteriskLeg
from callagent.telephony.asterisk.marks import Marks
from callagent.telephony.asterisk.sound import CODINGS
from callagent.telephony.leg import (
    DigitReceived,
    LegEnd,
    LegInfo,
    LegSignal,
    MarkPlayed,
    Whisper,
)
from callagent.telephony.outbox import Outbox

GOODBYE_S: Final = 1.0
"""How long Asterisk may take to close the connection after it was told to hang up."""
CLEAN: Final = frozenset({WSCloseCode.OK, WSCloseCode.GOING_AWAY})
"""With these Asterisk closes when the caller has hung up."""
CLOSED: Final = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
"""After these nothing more comes."""

log = structlog.get_logger("callagent.asterisk")


class WebSocketLeg(AsteriskLeg):
    """One connection whose MEDIA_START has come. Raises KeyError for a format that is none of `CODINGS`.

    Without `hand_over` the dialplan cannot ring anybody else.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        start: websocket.MediaStarted,
        info: LegInfo,
        hand_over: HandOver | None = None,
    ) -> None:
        super().__init__(info, CODINGS[start.format], hand_over)
        self._socket = socket
        self._is_json = start.is_json
        self._frame_bytes = start.frame_bytes
        self._marks = Marks()
        self._part = b""
        """Less than a frame, of which Asterisk would lose the rest."""
        self._outbox: Outbox[str | bytes] = Outbox(self._write_one, log, info.call_id, self._must_wait)
        self._is_full = False
        """Whether Asterisk has asked for nothing more for now."""

    async def signals(self) -> AsyncGenerator[LegSignal, None]:
        """Everything from Asterisk, in order; ends after `LegEnded`. One reader only."""
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        try:
            async for signal in self._signals.each():
                yield signal
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._gone.set()

    # --- from Asterisk -------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        """The one reader."""
        reason = LegEnd.LINE_LOST
        try:
            while (message := await self._socket.receive()).type not in CLOSED:
                if message.type is WSMsgType.BINARY:
                    self._hear(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._obey(websocket.parse(message.data))
                if self._signals.over:
                    return
                await self._signals.room.wait()
            # Not the socket's code: that is another where Asterisk did not wait for our goodbye.
            if message.type is WSMsgType.CLOSE and message.data in CLEAN:
                reason = LegEnd.CALLER_HUNG_UP
        except ConnectionError:
            pass
        finally:
            self._gone.set()
            self._end(reason)

    def _hear(self, data: bytes) -> None:
        self._take_sound(data)
        self._tell_marks(self._marks.overdue(asyncio.get_running_loop().time()))

    def _obey(self, message: websocket.Message) -> None:
        now_s = asyncio.get_running_loop().time()
        match message:
            case websocket.Keyed(digit):
                self._signals.tell(DigitReceived(digit))
            case websocket.MarkProcessed(mark):
                self._tell_marks(self._marks.reached(mark))
            case websocket.QueueDrained():
                self._tell_marks(self._marks.drained(now_s))
            case websocket.QueueFull():
                self._is_full = True
            case websocket.QueueOpen():
                self._is_full = False
                self._outbox.look()
            case websocket.Other("ERROR"):
                log.warning("Asterisk reports an error", call=self._info.call_id)
            case websocket.Malformed(reason):
                self._note_nonsense(reason)
            case websocket.MediaStarted():
                self._note_nonsense("a second MEDIA_START")
            case websocket.Other():
                pass

    def _tell_marks(self, names: Sequence[str]) -> None:
        self._signals.tell(*map(MarkPlayed, names))

    def _end(self, reason: LegEnd) -> None:
        handed_over = LegEnd.HANDED_OVER if self.is_handed_over else None
        self._signals.end(handed_over or (LegEnd.AGENT_HUNG_UP if self._hanging_up else reason))

    # --- to the caller -------------------------------------------------------------------------------------------

    def play(self, pcm: bytes) -> None:
        """Send 20 or 40 ms towards the caller now, whole frames of it."""
        self._marks.played(duration_s(pcm), asyncio.get_running_loop().time())
        coded = self._part + self._outward.coded(pcm)
        whole = len(coded) - len(coded) % self._frame_bytes
        self._part = coded[whole:]
        if whole:
            self._send(coded[:whole])

    def mark(self, name: str) -> None:
        """Ask for a `MarkPlayed(name)` when all that was played so far has been heard."""
        short = self._marks.add(name, asyncio.get_running_loop().time())
        if self._marks.is_told:
            self._command("MARK_MEDIA", short)
        else:
            self._command("REPORT_QUEUE_DRAINED")

    def clear(self) -> None:
        """Throw away what Asterisk has not played yet, and what waits here; all marks come back at once."""
        self._outbox.clear()
        self._part = b""
        self._outward.restart()
        self._command("FLUSH_MEDIA")
        self._tell_marks(self._marks.clear())

    def _command(self, name: str, mark: str = "") -> None:
        self._send(websocket.command(name, mark, is_json=self._is_json))

    def _send(self, message: str | bytes) -> None:
        if not self._signals.over or self._hanging_up:
            self._outbox.put(message)

    async def _write(self) -> None:
        if await self._outbox.write():
            self._end(LegEnd.LINE_LOST)

    async def _write_one(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            await self._socket.send_bytes(message)
        else:
            await self._socket.send_str(message)

    def _must_wait(self, message: str | bytes) -> bool:
        """Sound waits while Asterisk has enough, and so does what belongs behind it."""
        return self._is_full and isinstance(message, bytes)

    async def send_text(self, to: str, text: str) -> None:  # noqa: ARG002
        """Raises CarrierError: the channel carries no texts."""
        raise CarrierError("Asterisk's WebSocket carries no text messages; take 'sms' out of the flow.")

    async def transfer(self, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Hang up here, so that the dialplan goes on, and asks whom to ring. Raises CarrierError where it would not."""
        if self._hand_over is None:
            raise CarrierError("The dialplan has not named the call: let it say call=UUID, and ask /asterisk/next.")
        if self._signals.over or self._hanging_up:
            raise CarrierRefusedError("The call is over.")
        self._hand_over(numbers, whisper)
        self.is_handed_over = True
        with suppress(TimeoutError, ConnectionError):  # a line that is gone has nobody to be rung for
            async with asyncio.timeout(GOODBYE_S):
                await self._say_goodbye()
        self._end(LegEnd.HANDED_OVER)

    async def _say_goodbye(self) -> None:
        """Order Asterisk to let this connection go."""
        await self._socket.send_str(websocket.command("HANGUP", is_json=self._is_json))

    async def hang_up(self) -> None:
        """Tell Asterisk to hang up, and close; within a bounded time, whatever it does."""
        if self._hanging_up:
            return
        self._hanging_up = True
        self._end(LegEnd.AGENT_HUNG_UP)
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(GOODBYE_S):
                if not self.is_handed_over:
                    await self._say_goodbye()
                await self._gone_or_closed()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE_S):
                await self._socket.close()

    async def _gone_or_closed(self) -> None:
        """Until Asterisk has closed, which the reader of the connection sees; nobody may read it any more."""
        with suppress(RuntimeError):  # somebody reads it still
            while not self._socket.closed:
                await self._socket.receive()
            return
        await self._gone.wait()
