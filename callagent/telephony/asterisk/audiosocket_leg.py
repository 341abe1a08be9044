"""An AudioSocket call as a `Leg`.

Asterisk plays whatever comes at once and cannot be asked to forget it, so this keeps the time: one frame every 20 ms on
absolute deadlines, silence where there is nothing to say; and what is to be said waits here, where it can be taken
back. Frames are of the rate that Asterisk's are: a channel drops those of another.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from callagent.errors import CarrierError, CarrierRefusedError
from callagent.media.audio import CHUNK_BYTES, CHUNK_MS, SAMPLE_RATE
from callagent.media.playback import PlaybackBuffer
from callagent.telephony.asterisk.audiosocket import (
    HANG_UP,
    HUNG_UP_CODE,
    Failed,
    Frame,
    HungUp,
    Identified,
    Keyed,
    Malformed,
    Sound,
    sound_frame,
)
from callagent.telephony.asterisk.handovers import HandOver
from callagent.telephony.asterisk.leg import AsteriskLeg
from callagent.telephony.asterisk.sound import Coding, Inward, Outward
from callagent.telephony.leg import (
    DigitReceived,
    LegEnd,
    LegInfo,
    LegSignal,
    MarkPlayed,
    Whisper,
)

FIRST_S: Final = 0.5
"""How long the first frame waits for one of Asterisk's, whose rate it is to have."""
LATEST_S: Final = 0.06
"""Frames that are later than this are not sent in one go, but from now on: the caller would only hear all later."""
UNSENT: Final = 3
"""Frames that may wait to be sent; while there are more, those that follow are dropped."""
STUCK_S: Final = 5.0
"""A line that has taken nothing for so long is lost."""
GOODBYE_S: Final = 1.0
"""How long Asterisk may take to close the connection after it was told to hang up."""

log = structlog.get_logger("callagent.asterisk")


class AudioSocketLeg(AsteriskLeg):
    """One connection whose call is known. Whoever owns the connection tells what came, and that it is closed.

    Without `hand_over` the dialplan cannot ring anybody else.
    """

    def __init__(self, transport: asyncio.Transport, info: LegInfo, hand_over: HandOver | None = None) -> None:
        super().__init__(info, Coding(SAMPLE_RATE), hand_over)
        self._transport = transport
        self._rate = SAMPLE_RATE
        self._playback = PlaybackBuffer(CHUNK_BYTES, b"\0")
        self._due_s: float | None = None
        """When the next frame is to go out; None before the first."""
        self._timer: asyncio.TimerHandle | None = None
        self._stuck_since_s: float | None = None
        self._said_goodbye = False

    @property
    def room(self) -> asyncio.Event:
        """Whether more may be read from the connection."""
        return self._signals.room

    async def signals(self) -> AsyncGenerator[LegSignal, None]:
        """Everything from Asterisk, in order; ends after `LegEnded`. One reader only."""
        if self._timer is None and not self._signals.over:
            self._timer = asyncio.get_running_loop().call_later(FIRST_S, self._begin)
        try:
            async for signal in self._signals.each():
                yield signal
        finally:
            self._stop()

    # --- from the connection -------------------------------------------------------------------------------------

    def received(self, frame: Frame) -> None:
        """A frame came."""
        match frame:
            case Sound(rate, pcm):
                self._hear(rate, pcm)
            case Keyed(digit):
                self._signals.tell(DigitReceived(digit))
            case HungUp():
                self._end(LegEnd.CALLER_HUNG_UP)
            case Failed(code) if code == HUNG_UP_CODE:
                self._end(LegEnd.CALLER_HUNG_UP)
            case Failed(code):
                log.warning("Asterisk reports an error", call=self._info.call_id, code=code)
                self._end(LegEnd.LINE_LOST)
            case Identified():
                self._note_nonsense("a second UUID")
            case Malformed(reason):
                self._note_nonsense(reason)

    def closed(self, *, clean: bool) -> None:
        """The connection is gone; `clean` when Asterisk closed it between two frames, as it does at a hang-up."""
        self._gone.set()
        self._end(LegEnd.CALLER_HUNG_UP if clean else LegEnd.LINE_LOST)

    def _hear(self, rate: int, pcm: bytes) -> None:
        if rate != self._rate:
            self._rate = rate
            self._inward, self._outward = Inward(Coding(rate)), Outward(Coding(rate))
        if self._due_s is None and not self._signals.over:
            self._begin()
        self._take_sound(pcm)

    def _end(self, reason: LegEnd) -> None:
        self._signals.end(LegEnd.AGENT_HUNG_UP if self._hanging_up else reason)
        self._stop()

    # --- to the caller -------------------------------------------------------------------------------------------

    def play(self, pcm: bytes) -> None:
        """Have 20 or 40 ms follow what waits to be sent; a dead line swallows it."""
        if not self._signals.over:
            self._playback.queue(pcm, asyncio.get_running_loop().time())

    def mark(self, name: str) -> None:
        """Ask for a `MarkPlayed(name)` when all that was played so far has been heard."""
        if not self._signals.over:
            self._playback.mark(name)

    def clear(self) -> None:
        """Throw away what waits here; its marks come back at once. At most one frame is with Asterisk."""
        pending = self._playback.clear()
        self._outward.restart()
        self._signals.tell(*map(MarkPlayed, pending))

    def _begin(self) -> None:
        """Send the first frame now."""
        self._stop()
        self._due_s = asyncio.get_running_loop().time()
        self._tick()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        due_s = self._due_s if self._due_s is not None and now_s - self._due_s <= LATEST_S else now_s
        self._due_s = due_s + CHUNK_MS / 1000
        # First of all: whatever fails below must not be the last that the caller hears.
        self._timer = loop.call_at(self._due_s, self._tick)
        heard = self._playback.tick(due_s)
        self._signals.tell(*map(MarkPlayed, heard.marks))
        frame = sound_frame(self._rate, self._outward.coded(heard.audio))
        if self._transport.get_write_buffer_size() <= UNSENT * len(frame):
            self._stuck_since_s = None
            self._transport.write(frame)
            return
        # What would be heard late is not heard: the caller is not to wait for what others wanted to say.
        if self._stuck_since_s is None:
            self._stuck_since_s = now_s
        elif now_s - self._stuck_since_s >= STUCK_S:
            log.warning("the line takes nothing", call=self._info.call_id, seconds=STUCK_S)
            self._end(LegEnd.LINE_LOST)

    async def send_text(self, to: str, text: str) -> None:  # noqa: ARG002
        """Raises CarrierError: AudioSocket carries no texts."""
        raise CarrierError("AudioSocket carries no text messages; take 'sms' out of the flow, or use another carrier.")

    async def transfer(self, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Hang up here, so that the dialplan goes on, and asks whom to ring. Raises CarrierError where it would not."""
        if self._hand_over is None:
            raise CarrierError(
                "The dialplan has not said that it rings others: let it ask /asterisk/next, and say transfer=yes."
            )
        if self._signals.over:
            raise CarrierRefusedError("The call is over.")
        self._hand_over(numbers, whisper)
        self.is_handed_over = True
        self._end(LegEnd.HANDED_OVER)
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        """Order Asterisk to let this connection go; once."""
        if self._said_goodbye or self._gone.is_set():
            return
        self._said_goodbye = True
        _try(lambda: self._transport.write(HANG_UP))
        # Closing with something unread would take the order back; Asterisk closes when it has got it.
        _try(self._transport.write_eof)
        self._signals.room.set()

    async def hang_up(self) -> None:
        """Tell Asterisk to hang up, and close; within `GOODBYE_S`, whatever it does."""
        if self._hanging_up:
            return
        self._hanging_up = True
        self._end(LegEnd.AGENT_HUNG_UP)
        if self._gone.is_set():
            return
        self._say_goodbye()
        try:
            async with asyncio.timeout(GOODBYE_S):
                await self._gone.wait()
        except TimeoutError:
            log.info("hang-up ignored", call=self._info.call_id, waited_s=GOODBYE_S)
        finally:
            self._transport.abort()


def _try(act: Callable[[], None]) -> None:
    """Do what a connection may be too far gone for."""
    with suppress(OSError, RuntimeError):
        act()
