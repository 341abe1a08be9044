"""One SIP call with its sound: signalling and media under one roof, for whoever holds the call at the moment."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from callagent.clock import Clock
from callagent.errors import CallagentError
from callagent.media.audio import Chunk
from callagent.telephony.leg import LegEnd
from callagent.telephony.sip.network.guard import Bucket
from callagent.telephony.sip.offers.agreement import Agreed
from callagent.telephony.sip.parties import SipCall
from callagent.telephony.sip.sessions.session_events import (
    Answered,
    DigitPressed,
    Ended,
    EndReason,
    Held,
    MediaChanged,
    Resumed,
    Ringing,
    SessionEvent,
    TransferDone,
)
from callagent.telephony.sip.sessions.transferring import replaces
from callagent.telephony.sip.sound.media_line import MediaLine
from callagent.telephony.sip.trunks.trunk import Trunk

LEG_ENDS: Final[dict[EndReason, LegEnd]] = {
    EndReason.HUNG_UP: LegEnd.AGENT_HUNG_UP,
    EndReason.PEER_HUNG_UP: LegEnd.CALLER_HUNG_UP,
    EndReason.CANCELLED: LegEnd.CALLER_HUNG_UP,
    EndReason.REFUSED: LegEnd.CALLER_HUNG_UP,
}
"""After any other end the line counts as lost."""

MOST_KEYS_S: Final = 20.0
"""Keys a second that are taken for somebody's."""

log = structlog.get_logger("callagent.sip")


class Holder(Protocol):
    """Who has a line: the agent's leg, or what plays to a caller who is handed over. One at a time."""

    def moved(self, line: "SipLine") -> None:
        """The call goes on over another line (RFC 3891)."""
        ...

    def heard(self, chunk: Chunk) -> None:
        """20 ms came."""
        ...

    def pressed(self, digit: str) -> None:
        """A key was pressed."""
        ...

    def played(self, mark: str) -> None:
        """All that was played before the mark has been heard, or was cleared."""
        ...

    def held(self, *, held: bool) -> None:
        """The peer has put the line on hold, or has taken it up again."""
        ...

    def ended(self, reason: LegEnd) -> None:
        """The call is over."""
        ...


class SipLine:
    """One call. Made before its session, which tells it what happens; `begin` gives it that session's call."""

    def __init__(
        self,
        clock: Clock,
        make_media: "Callable[[SipLine], MediaLine]",
        forget: "Callable[[SipLine], None]" = lambda _: None,
    ) -> None:
        """`forget` is called once it is over. Raises CarrierError when there are no ports for another call."""
        self.ringing = asyncio.Event()
        """The other side is being alerted."""
        self.settled = asyncio.Event()
        """It was answered, or never will be."""
        self.over = asyncio.Event()
        self.ended: Ended | None = None
        self.peer_allows: set[str] | None = None
        """The methods that the peer says it takes, in small letters; None where it said nothing."""
        self.successor: SipLine | None = None
        """The line over which the call went on when another took its place."""
        self._keys = Bucket(MOST_KEYS_S, clock.now_s())
        self.trunk: Trunk | None = None
        """The trunk that it goes through; None of anybody else's call."""
        self._clock = clock
        self._forget = forget
        self._call: SipCall | None = None
        self._holder: Holder | None = None
        self._transferred: asyncio.Future[int] | None = None
        self._lost = False
        self.media = make_media(self)

    def begin(self, call: SipCall) -> None:
        """The call that this line is of."""
        self._call = call

    @property
    def call(self) -> SipCall:
        """The call; there is one since `begin`."""
        if self._call is None:
            raise RuntimeError("the line has no call yet")
        return self._call

    def hold_by(self, holder: Holder | None) -> None:
        """Whoever has the line from now on."""
        self._holder = holder
        if holder is not None and self.ended is not None:
            holder.ended(self._leg_end(self.ended))

    @property
    def latest(self) -> "SipLine":
        """Where the call is now: this line, or the last that took its place."""
        line = self
        while line.successor is not None:
            line = line.successor
        return line

    async def gone(self) -> None:
        """Wait until the call is over on whichever line it is."""
        while not self.latest.over.is_set():
            await self.latest.over.wait()

    @property
    def holder(self) -> Holder | None:
        """Who has the line."""
        return self._holder

    # --- from the media ----------------------------------------------------------------------------------------------

    def hears(self, chunk: Chunk) -> None:
        """20 ms came."""
        if self._holder is not None:
            self._holder.heard(chunk)

    def pressed(self, digit: str) -> None:
        """A key was pressed; more than any hand presses are dropped."""
        if self._holder is not None and self._keys.take(self._clock.now_s()):
            self._holder.pressed(digit)

    def marked(self, name: str) -> None:
        """A mark was reached."""
        if self._holder is not None:
            self._holder.played(name)

    def died(self) -> None:
        """Nothing comes any more: whoever was there is gone without a word."""
        log.warning("no sound from the peer any more")
        self._lost = True
        self.hang_up("SIP;cause=408")

    # --- from the session --------------------------------------------------------------------------------------------

    def tell(self, event: SessionEvent) -> None:
        """Something happened in the session."""
        match event:
            case Ringing():
                self.ringing.set()
            case Answered(agreed):
                if self._agree(agreed):
                    self.settled.set()
            case Held(agreed) | Resumed(agreed) | MediaChanged(agreed):
                self._agree(agreed)
                if self._holder is not None and not isinstance(event, MediaChanged):
                    self._holder.held(held=isinstance(event, Held))
            case DigitPressed(digit):
                self.pressed(digit)
            case TransferDone(code):
                if self._transferred is not None and not self._transferred.done():
                    self._transferred.set_result(code)
            case Ended():
                self._end(event)

    def _agree(self, agreed: Agreed) -> bool:
        try:
            self.media.agree(agreed)
        except CallagentError as error:
            log.error("the agreed sound cannot be had", error=str(error))
            self._lost = True
            self.hang_up("SIP;cause=488")
            return False
        return True

    def _end(self, ended: Ended) -> None:
        self.ended = ended
        self.media.close()
        self.settled.set()
        self.over.set()
        self._forget(self)
        if self._transferred is not None and not self._transferred.done():
            self._transferred.set_result(481)
        if self._holder is not None:
            self._holder.ended(self._leg_end(ended))

    def _leg_end(self, ended: Ended) -> LegEnd:
        return LegEnd.LINE_LOST if self._lost else LEG_ENDS.get(ended.reason, LegEnd.LINE_LOST)

    # --- commands ----------------------------------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        """Whether it was answered and goes on."""
        return self.settled.is_set() and self.ended is None

    def accept(self) -> None:
        """Take the call that came."""
        session = self.call.session
        self.call.do(session.ring(self._clock.now_s()))
        self.call.do(session.accept(self._clock.now_s()))

    def refuse(self, code: int) -> None:
        """Do not take it."""
        self.call.do(self.call.session.refuse(code))

    def hang_up(self, reason: str = "") -> None:
        """End the call, wherever it is; the peer is told."""
        if self._call is None:
            self.media.close()
        else:
            self.call.do(self.call.session.hang_up(self._clock.now_s(), reason))

    def press(self, digit: str) -> None:
        """Have the peer hear a key: as a telephone event, or by INFO where it takes none."""
        if not self.media.press(digit) and self.is_up:
            self.call.do(self.call.session.send_digit(digit))

    async def refer_to(self, other: "SipLine", within_s: float) -> int:
        """Have the peer take over the other line's call (RFC 3891): the status of that, 408 when it takes too long."""
        dialog = other.call.session.dialog
        if dialog is None or not self.is_up:
            return 481
        self._transferred = asyncio.get_running_loop().create_future()
        session, now_s = self.call.session, self._clock.now_s()
        self.call.do(session.transfer(str(dialog.target), now_s, replaces=replaces(dialog.id)))
        try:
            async with asyncio.timeout(within_s):
                return await self._transferred
        except TimeoutError:
            return 408
