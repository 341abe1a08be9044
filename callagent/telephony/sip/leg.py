"""A SIP call as a `Leg`."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from callagent.errors import CarrierError
from callagent.media.audio import Chunk
from callagent.media.rtp_quality import LineQuality
from callagent.telephony.leg import (
    AudioReceived,
    DigitReceived,
    HoldChanged,
    LegCounters,
    LegEnd,
    LegInfo,
    LegSignal,
    MarkPlayed,
    Whisper,
)
from callagent.telephony.signals import Signals
from callagent.telephony.sip.line import SipLine


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a caller is to be handed over to."""

    numbers: tuple[tuple[str, float], ...] = field(repr=False)
    """E.164 numbers, to be rung one after the other, each for so many seconds."""
    whisper: Whisper


class SipLeg:
    """The agent's end of an answered line. It begins to hear at once; whoever owns the line closes it."""

    def __init__(self, line: SipLine, info: LegInfo, *, may_transfer: bool) -> None:
        """`may_transfer` says whether there is a trunk that others can be rung through."""
        self.line = line
        """Where the call is now: it moves when another call takes its place."""
        self.wanted: Wanted | None = None
        """Set when the leg ended because somebody else is to have the caller."""
        self._info = info
        self._may_transfer = may_transfer
        self._signals = Signals()
        self._hanging_up = False
        line.hold_by(self)

    @property
    def info(self) -> LegInfo:
        """Who is on the line."""
        return self._info

    @property
    def counters(self) -> LegCounters:
        """What was lost, late or malformed so far."""
        media = self.line.media
        return LegCounters(media.malformed, media.lost_chunks, media.late_chunks)

    @property
    def quality(self) -> LineQuality | None:
        """How well the line carries the sound; None before any came."""
        return self.line.media.quality

    async def signals(self) -> AsyncGenerator[LegSignal, None]:
        """Everything from the caller, in order; ends after `LegEnded`. One reader only."""
        async for signal in self._signals.each():
            yield signal

    # --- from the line -----------------------------------------------------------------------------------------------

    def moved(self, line: SipLine) -> None:
        """The call goes on over another line."""
        self.line = line

    def heard(self, chunk: Chunk) -> None:
        """20 ms came; while nobody listens to what came before, they are lost."""
        if self._signals.room.is_set():
            self._signals.tell(AudioReceived(chunk))

    def pressed(self, digit: str) -> None:
        """A key was pressed."""
        self._signals.tell(DigitReceived(digit))

    def played(self, mark: str) -> None:
        """A mark was reached."""
        self._signals.tell(MarkPlayed(mark))

    def held(self, *, held: bool) -> None:
        """The caller has put the line on hold, or has taken it up again."""
        self._signals.tell(HoldChanged(held))

    def ended(self, reason: LegEnd) -> None:
        """The call is over."""
        self._signals.end(LegEnd.AGENT_HUNG_UP if self._hanging_up else reason)

    # --- to the caller -----------------------------------------------------------------------------------------------

    def play(self, pcm: bytes) -> None:
        """Have 20 or 40 ms follow what waits to be sent; a dead line swallows it."""
        if not self._signals.over:
            self.line.media.play(pcm)

    def mark(self, name: str) -> None:
        """Ask for a `MarkPlayed(name)` when all that was played so far has been heard."""
        if not self._signals.over:
            self.line.media.mark(name)

    def clear(self) -> None:
        """Throw away what is not sent yet; its marks come back at once."""
        if not self._signals.over:
            self._signals.tell(*map(MarkPlayed, self.line.media.clear()))

    async def send_text(self, to: str, text: str) -> None:  # noqa: ARG002
        """Raises CarrierError: telephone trunks carry no texts."""
        raise CarrierError("SIP trunks carry no text messages; take 'sms' out of the flow, or use another carrier.")

    async def transfer(self, numbers: Sequence[tuple[str, float]], whisper: Whisper) -> None:
        """Have others rung through the trunk, while the caller hears it ring. Raises CarrierError without a trunk."""
        if not self._may_transfer:
            raise CarrierError("There is no SIP trunk to ring anybody through; set one in CALLAGENT_SIP_TRUNKS.")
        if self._signals.over:
            raise CarrierError("The caller has hung up.")
        self.wanted = Wanted(tuple(numbers), whisper)
        self.line.hold_by(None)
        self._signals.end(LegEnd.HANDED_OVER)

    async def hang_up(self) -> None:
        """Say goodbye. The user agent repeats it until it is answered; nobody waits for that."""
        if self._hanging_up or self.wanted is not None:
            return
        self._hanging_up = True
        self.line.hang_up()
        # Where the line was over already, its holder has been told so.
        self._signals.end(LegEnd.AGENT_HUNG_UP)
